/**
 * A circuit breaker around a listener: when it fails or is slow too often, it is left alone for a while.
 *
 * | option (ours; RocketMQ has none)  | default    | meaning                                                     |
 * | --------------------------------- | ---------- | ----------------------------------------------------------- |
 * | glassmqBreakerSlowMs              | 0: no breaker | an answer that took longer counts as a failure               |
 * | glassmqBreakerCalls               | 20         | of so many answers …                                         |
 * | glassmqBreakerFailures            | 10         | … so many failures open it                                   |
 * | glassmqBreakerOpenMs              | 5000       | so long nothing is handed over; then one message, as a probe  |
 *
 * A message that failed has been given back as ever. What the breaker saves is the next ones: they wait in order, and are not
 * used up, attempt by attempt, on a listener whose database is down.
 */
import { CircuitBreaker } from '../../../common/limiters/circuit-breaker.ts'
import type { Host, TimerId } from '../../../host/host.ts'

export interface ListenerBreakerOptions {
  readonly slowMs: number
  readonly calls: number
  readonly failures: number
  readonly openMs: number
}

const PROBES = 1

export class ListenerBreaker {
  readonly #host: Host
  readonly #slowMs: number
  readonly #breaker: CircuitBreaker
  #timer: TimerId | undefined
  /** Who asked in vain: pulled and popped messages have one listener. */
  readonly #refused = new Set<() => void>()

  constructor(host: Host, group: string, { slowMs, calls, failures, openMs }: ListenerBreakerOptions) {
    this.#host = host
    this.#slowMs = slowMs
    this.#breaker = new CircuitBreaker({ calls, failures, openMs, probes: PROBES }, (state) => {
      if (host.trace.on) host.trace.emit('breaker.turned', { group, state })
    })
  }

  get round(): number {
    return this.#breaker.round
  }

  // #region listener-breaker
  /** Whether a message may be handed over now; if not, `again` is called when it is worth asking again. */
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
