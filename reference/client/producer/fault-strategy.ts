/**
 * Decides which brokers a producer avoids for some time (`sendLatencyFaultEnable`, off by default).
 *
 * For every try of a send that is not oneway, the producer measures how long the broker took. A slow broker is avoided for
 * some time. The slower the broker is, the longer this time is. A failed try counts as one that took ten seconds.
 *
 * | the send took at least (ms) | 50 | 100 | 550 | 1800 | 3000 | 5000  | 15000  |
 * | ------------------ | -- | --- | ----- | ----- | ----- | ------ | ------ |
 * | the broker is avoided for (ms) | 0 | 0 | 2000 | 5000 | 6000  | 10000  | 30000  |
 *
 * With `startDetectorEnable`, a broker also counts as unreachable after a send to it has failed. About every two seconds, a
 * probe is sent to such a broker, until a probe or a send succeeds. Without the detector, every broker counts as reachable.
 * A broker is no longer avoided when the time in the table has passed. When all brokers are avoided, the producer uses the
 * reachable brokers, and when none is reachable, all of them.
 *
 * RocketMQ: `MQFaultStrategy`, `LatencyFaultToleranceImpl`. In RocketMQ's Java client, the detector scans a table every
 * three seconds. In GlassMQ, a timer runs only while a broker is unreachable.
 */
import type { Host, TimerId } from '../../host/host.ts'
import { DETECT_INTERVAL_MS } from '../limits.ts'

const LATENCY_MS = [50, 100, 550, 1_800, 3_000, 5_000, 15_000] as const
const LEFT_ALONE_MS = [0, 0, 2_000, 5_000, 6_000, 10_000, 30_000] as const
/** A send that has failed counts as a send that took this time. */
const ISOLATION_LATENCY_MS = 10_000

interface FaultItem {
  availableAtMs: number
  reachable: boolean
}

/** Sends a probe to a broker. Calls `answered` with true when an answer has arrived in time, and otherwise with false. */
export type Probe = (brokerName: string, answered: (isThere: boolean) => void) => void

/** The brokers that one producer avoids now. */
export class FaultStrategy {
  readonly #host: Host
  /** The function that sends probes. The value is undefined when `startDetectorEnable` is off. */
  readonly #probe: Probe | undefined
  readonly #items = new Map<string, FaultItem>()
  #timer: TimerId | undefined

  constructor(host: Host, probe: Probe | undefined) {
    this.#host = host
    this.#probe = probe
  }

  // #region fault-strategy
  /** Records a send that the broker has answered with success after `tookMs`. */
  answered(brokerName: string, tookMs: number): void {
    this.#update(brokerName, tookMs, true)
  }

  /**
   * Records a send that has failed, without an answer or with an error answer. The send counts as very slow. With
   * `startDetectorEnable`, the broker counts as unreachable until a probe or a send succeeds.
   */
  failed(brokerName: string): void {
    this.#update(brokerName, ISOLATION_LATENCY_MS, this.#probe === undefined)
    this.#probeLater()
  }

  #update(brokerName: string, latencyMs: number, reachable: boolean): void {
    const item = this.#items.get(brokerName) ?? { availableAtMs: 0, reachable }
    const aloneMs = LEFT_ALONE_MS[LATENCY_MS.findLastIndex((minMs) => latencyMs >= minMs)] ?? 0
    item.availableAtMs = Math.max(item.availableAtMs, this.#host.clock.monotonicMs() + aloneMs)
    item.reachable = reachable
    this.#items.set(brokerName, item)
  }

  /** Returns false while the broker is avoided. */
  isAvailable(brokerName: string): boolean {
    const item = this.#items.get(brokerName)
    return item === undefined || this.#host.clock.monotonicMs() >= item.availableAtMs
  }

  isReachable(brokerName: string): boolean {
    return this.#items.get(brokerName)?.reachable ?? true
  }
  // #endregion fault-strategy

  /** Probes the unreachable brokers, each time two seconds after the previous probes, until every broker is reachable. */
  #probeLater(): void {
    const probe = this.#probe
    if (probe === undefined || this.#timer !== undefined) return
    const unreachable = [...this.#items].filter(([, item]) => !item.reachable)
    if (unreachable.length === 0) return
    this.#timer = this.#host.clock.after(DETECT_INTERVAL_MS, () => {
      this.#timer = undefined
      let left = unreachable.length
      for (const [brokerName, item] of unreachable) {
        probe(brokerName, (isThere) => {
          item.reachable ||= isThere
          if (--left === 0) this.#probeLater()
        })
      }
    })
  }

  stop(): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#items.clear()
  }
}
