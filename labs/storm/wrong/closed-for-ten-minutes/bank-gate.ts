/**
 * Decides what becomes of an order when the bank does not answer.
 *
 * After a failure, the gate is closed for a while: no order asks the bank, and each goes back to the broker for a minute. Then
 * one order tries. A closed gate costs no call and holds no listener, so orders that need no bank go on.
 */
import type { Clock } from '../../../host/host.ts'
import type { ConsumeContext, ConsumeStatus } from '../../consumer/pull/listener.ts'
import type { ChargeResult, Order } from './bank.ts'

/** The time for which nobody asks a bank that has not answered. */
const CLOSED_MS = 600_000
/** One minute: 16 redeliveries are 16 minutes before an order becomes a dead letter. */
const MINUTE_LEVEL = 5

/** A circuit breaker between the listener and the bank. */
export class BankGate {
  readonly #clock: Clock
  #closedUntilMs = 0
  /** True while the first order after a failure tries. */
  #isTrying = false
  #hasFailed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Bills one order. `charge` asks the bank: it resolves when the order is settled, and rejects when the bank does not answer.
   * Orders of 0 cents are settled without the bank.
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
