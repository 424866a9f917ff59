/**
 * A circuit breaker for a listener. A listener that fails or is slow too often is not called for some time.
 *
 * | option (ours; RocketMQ has none)  | default    | meaning                                                     |
 * | --------------------------------- | ---------- | ----------------------------------------------------------- |
 * | glassmqBreakerSlowMs              | 0: no breaker | an answer that took longer counts as a failure               |
 * | glassmqBreakerCalls               | 20         | how many of the last answers are counted                      |
 * | glassmqBreakerFailures            | 10         | how many failures among these answers open the breaker        |
 * | glassmqBreakerOpenMs              | 5000       | how long no message is handed over; then one message, as a probe |
 *
 * A message that failed is sent back as usual. The breaker protects the messages after it: they wait in order, and do not
 * use up their redeliveries while the listener is failing.
 */
import { CircuitBreaker } from '../../../common/limiters/circuit-breaker.ts'
import type { Host, TimerId } from '../../../host/host.ts'

/** The settings that decide when the breaker opens, and for how long. */
export interface ListenerBreakerOptions {
  readonly slowMs: number
  readonly calls: number
  readonly failures: number
  readonly openMs: number
}

const PROBES = 1

/** The circuit breaker of one consumer's listener. */
export class ListenerBreaker {
  readonly #host: Host
  readonly #slowMs: number
  readonly #breaker: CircuitBreaker
  #timer: TimerId | undefined
  /** The callbacks of refused pools. Pulled and popped messages have separate pools and share one listener. */
  readonly #refused = new Set<() => void>()

  constructor(host: Host, group: string, { slowMs, calls, failures, openMs }: ListenerBreakerOptions) {
    this.#host = host
    this.#slowMs = slowMs
    this.#breaker = new CircuitBreaker({ calls, failures, openMs, probes: PROBES }, (state) => {
      host.trace.emit?.('breaker.turned', { group, state })
    })
  }

  get round(): number {
    return this.#breaker.round
  }

  // #region listener-breaker
  /**
   * Returns true when a message may be handed over now. Otherwise returns false, and calls `again` later, when another
   * attempt may succeed.
   */
  begin(again: () => void): boolean {
    const waitMs = this.#breaker.begin(this.#host.clock.monotonicMs())
    if (waitMs === 0) return true
    this.#refused.add(again)
    this.#timer ??= this.#host.clock.after(waitMs, () => {
      this.#timer = undefined
      const refused = [...this.#refused]
      this.#refused.clear()
      for (const askAgain of refused) askAgain()
    })
    return false
  }

  ended(tookMs: number, isOk: boolean, round: number): void {
    this.#breaker.ended(this.#host.clock.monotonicMs(), isOk && tookMs <= this.#slowMs, round)
  }
  // #endregion listener-breaker

  stop(): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
  }
}
