/** Charges the orders of the billing. The bank charges as often as it is asked to. */
import type { Bank, ChargeResult, Order } from './bank.ts'
import type { Notebook } from './notebook.ts'

export class ChargeOnce {
  readonly #bank: Bank
  readonly #known = new Map<string, Promise<ChargeResult>>()

  constructor(_notes: Notebook, bank: Bank) {
    this.#bank = bank
  }

  charge(order: Order): Promise<ChargeResult> {
    const known = this.#known.get(order.key)
    if (known !== undefined) return known
    const result = this.#bank.charge(order.key, order)
    this.#known.set(order.key, result)
    result.catch(() => this.#known.delete(order.key))
    return result
  }
}
