/** Decides what becomes of an order when the bank does not answer. */
import type { Clock } from '../../../host/host.ts'
import type { ConsumeContext, ConsumeStatus } from '../../consumer/pull/listener.ts'
import type { ChargeResult, Order } from './bank.ts'

export class BankGate {
  readonly #clock: Clock
  #askAgainAtMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The broker chooses the delays: 10 s, 30 s, 1 min. Whoever comes while the bank is known to be down does not ask. */
  async bill(order: Order, charge: () => Promise<ChargeResult>, _context: ConsumeContext): Promise<ConsumeStatus> {
    if (order.cents > 0 && this.#clock.monotonicMs() < this.#askAgainAtMs) return 'RECONSUME_LATER'
    try {
      await charge()
      return 'CONSUME_SUCCESS'
    } catch {
      this.#askAgainAtMs = this.#clock.monotonicMs() + 45_000
      return 'RECONSUME_LATER'
    }
  }
}
