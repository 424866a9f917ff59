/** Decides what becomes of an order when the bank does not answer. */
import type { Clock } from '../../../host/host.ts'
import type { ConsumeContext, ConsumeStatus } from '../../consumer/pull/listener.ts'
import type { ChargeResult, Order } from './bank.ts'

export class BankGate {
  readonly #clock: Clock
  #closedUntilMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async bill(order: Order, charge: () => Promise<ChargeResult>, context: ConsumeContext): Promise<ConsumeStatus> {
    context.delayLevelWhenNextConsume = 5
    if (order.cents > 0 && this.#clock.monotonicMs() < this.#closedUntilMs) return 'RECONSUME_LATER'
    try {
      await charge()
      this.#closedUntilMs = 0 // the bank answers again
      return 'CONSUME_SUCCESS'
    } catch {
      this.#closedUntilMs = this.#clock.monotonicMs() + 45_000
      return 'RECONSUME_LATER'
    }
  }
}
