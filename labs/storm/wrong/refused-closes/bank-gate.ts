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
    const result = await charge().catch(() => 'down')
    if (result === 'charged') return 'CONSUME_SUCCESS'
    this.#closedUntilMs = this.#clock.monotonicMs() + 30_000
    return 'RECONSUME_LATER'
  }
}
