/** Decides what becomes of an order when the bank does not answer. */
import type { Clock } from '../../../host/host.ts'
import type { ConsumeContext, ConsumeStatus } from '../../consumer/pull/listener.ts'
import type { ChargeResult, Order } from './bank.ts'

export class BankGate {
  #isDown = false

  constructor(_clock: Clock) {}

  async bill(order: Order, charge: () => Promise<ChargeResult>, _context: ConsumeContext): Promise<ConsumeStatus> {
    if (order.cents > 0 && this.#isDown) return 'RECONSUME_LATER'
    try {
      await charge()
      return 'CONSUME_SUCCESS'
    } catch {
      this.#isDown = true
      return 'RECONSUME_LATER'
    }
  }
}
