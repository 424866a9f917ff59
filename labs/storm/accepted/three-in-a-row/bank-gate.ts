/** Decides what becomes of an order when the bank does not answer. */
import type { Clock } from '../../../host/host.ts'
import type { ConsumeContext, ConsumeStatus } from '../../consumer/pull/listener.ts'
import type { ChargeResult, Order } from './bank.ts'

const FAILURES_MAX = 3
const REST_MS = 50_000

export class BankGate {
  readonly #clock: Clock
  #failures = 0
  #lastMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Three failures in a row close it; after a rest one more may fail. */
  bill(order: Order, charge: () => Promise<ChargeResult>, context: ConsumeContext): Promise<ConsumeStatus> {
    context.delayLevelWhenNextConsume = 5
    const isResting = this.#failures >= FAILURES_MAX && this.#clock.monotonicMs() - this.#lastMs < REST_MS
    if (order.cents > 0 && isResting) return Promise.resolve('RECONSUME_LATER')
    if (order.cents > 0) this.#lastMs = this.#clock.monotonicMs()
    return charge().then(
      () => {
        if (order.cents > 0) this.#failures = 0
        return 'CONSUME_SUCCESS'
      },
      () => {
        this.#failures++
        this.#lastMs = this.#clock.monotonicMs()
        return 'RECONSUME_LATER'
      },
    )
  }
}
