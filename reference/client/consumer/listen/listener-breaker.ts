/**
 * A circuit breaker for a listener. When the listener fails or is slow too often, the breaker opens: for some time, the
 * consumer does not call the listener.
 *
 * | option (RocketMQ has no such option) | default | meaning                                                     |
 * | --------------------------------- | ---------- | ----------------------------------------------------------- |
 * | glassmqBreakerSlowMs              | 0: no breaker | an answer that takes longer than this counts as a failure  |
 * | glassmqBreakerCalls               | 20         | this many of the newest answers are counted                   |
 * | glassmqBreakerFailures            | 10         | with this many failures among the counted answers, the breaker opens |
 * | glassmqBreakerOpenMs              | 5000       | for this time no message is handed over. Then one message is handed over as a test |
 *
 * A message that has failed is sent back as usual. The breaker protects the later messages: while the breaker is open, these
 * messages wait in their order and do not use up their redeliveries.
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
  /**
   * The callbacks of the pools of messages (`listener-pool.ts`) to which `begin` has returned false. Pulled messages and
   * popped messages have separate pools, but the pools call the same listener.
   */
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
   * Returns true when a message may be handed over now. When no message may be handed over, returns false, and calls `again`
   * when `begin` should be called again.
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
