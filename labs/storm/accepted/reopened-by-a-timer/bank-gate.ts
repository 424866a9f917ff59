/** Decides what becomes of an order when the bank does not answer. */
import type { Clock } from '../../../host/host.ts'
import type { ConsumeContext, ConsumeStatus } from '../../consumer/pull/listener.ts'
import type { ChargeResult, Order } from './bank.ts'

export class BankGate {
  readonly #clock: Clock
  #isOpen = true

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async bill({ cents }: Order, charge: () => Promise<ChargeResult>, context: ConsumeContext): Promise<ConsumeStatus> {
    if (cents === 0 || this.#isOpen) {
      const isSettled = await charge().then(
        () => true,
        () => false,
      )
      if (isSettled) return 'CONSUME_SUCCESS'
      this.#close()
    }
    context.delayLevelWhenNextConsume = 5
    return 'RECONSUME_LATER'
  }

  #close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#clock.after(40_000, () => {
      this.#isOpen = true
    })
  }
}
