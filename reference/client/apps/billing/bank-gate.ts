/**
 * Decides what happens to an order when the bank does not answer.
 *
 * When a charge has failed, the gate is closed for 30 seconds. While the gate is closed, no new charge begins. Each order
 * that needs the bank goes back to the broker for a minute. After the 30 seconds, one order is charged as a test. When this
 * charge is settled, the gate is open again. While the gate is closed, no further listener begins to wait for the bank, so
 * orders that need no bank are still settled.
 */
import type { Clock } from '../../../host/host.ts'
import type { ConsumeContext, ConsumeStatus } from '../../consumer/pull/listener.ts'
import type { ChargeResult, Order } from './bank.ts'

/** After a charge that has failed, no new charge begins for this time. */
const CLOSED_MS = 30_000
/**
 * The delay level of one minute. By default, an order that cannot be charged is redelivered 16 times in 16 minutes. When
 * the last redelivery fails, too, the order becomes a dead letter.
 */
const MINUTE_LEVEL = 5

/** A circuit breaker between the listener and the bank. */
export class BankGate {
  readonly #clock: Clock
  #closedUntilMs = 0
  /** True while one order is being charged as a test. */
  #isTrying = false
  #hasFailed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Bills one order. `charge` sends the order to the bank. `charge` resolves when the order is settled, and rejects when
   * the bank or the disk fails. Orders of 0 cents are settled without the bank.
   */
  async bill(order: Order, charge: () => Promise<ChargeResult>, context: ConsumeContext): Promise<ConsumeStatus> {
    const needsBank = order.cents > 0
    if (needsBank && this.#isClosed()) return this.#later(context)
    if (needsBank) this.#isTrying = this.#hasFailed
    try {
      await charge()
      if (needsBank) this.#hasFailed = false
      return 'CONSUME_SUCCESS'
    } catch {
      this.#hasFailed = true
      this.#closedUntilMs = this.#clock.monotonicMs() + CLOSED_MS
      return this.#later(context)
    } finally {
      if (needsBank) this.#isTrying = false
    }
  }

  #isClosed(): boolean {
    return this.#isTrying || this.#clock.monotonicMs() < this.#closedUntilMs
  }

  #later(context: ConsumeContext): ConsumeStatus {
    context.delayLevelWhenNextConsume = MINUTE_LEVEL
    return 'RECONSUME_LATER'
  }
}
