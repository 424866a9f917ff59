/** Charges the orders of the billing. The bank charges as often as it is asked to. */
import type { Bank, ChargeResult, Order } from './bank.ts'
import type { Notebook } from './notebook.ts'

export class ChargeOnce {
  readonly #bank: Bank
  readonly #running = new Map<string, Promise<ChargeResult>>()

  constructor(_notes: Notebook, bank: Bank) {
    this.#bank = bank
  }

  /** Needs no notes: the bank's books are the notes. Two calls an order. */
  charge(order: Order): Promise<ChargeResult> {
    const running = this.#running.get(order.key)
    if (running !== undefined) return running
    const result = this.#bank
      .find(order.key)
      .then((isThere) => (isThere ? 'charged' : this.#bank.charge(order.key, order)))
      .finally(() => this.#running.delete(order.key))
    this.#running.set(order.key, result)
    return result
  }
}
