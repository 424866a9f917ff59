/** Decides what becomes of an order when the bank does not answer. */
import type { Clock } from '../../../host/host.ts'
import type { ConsumeContext, ConsumeStatus } from '../../consumer/pull/listener.ts'
import type { ChargeResult, Order } from './bank.ts'

export class BankGate {
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Bills one order. `charge` asks the bank: it resolves when the
   * order is settled, and rejects when the bank does not answer.
   */
  async bill(
    _order: Order,
    charge: () => Promise<ChargeResult>,
    _context: ConsumeContext,
  ): Promise<ConsumeStatus> {
    for (;;) {
      try {
        await charge()
        return 'CONSUME_SUCCESS'
      } catch {
        await this.#sleep(1_000)
      }
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve))
  }
}
