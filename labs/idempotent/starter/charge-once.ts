/** Charges the orders of the billing. The bank charges as often as it is asked to. */
import type { Bank, ChargeResult, Order } from './bank.ts'
import type { Notebook } from './notebook.ts'

export class ChargeOnce {
  readonly #notes: Notebook
  readonly #bank: Bank

  constructor(notes: Notebook, bank: Bank) {
    this.#notes = notes
    this.#bank = bank
  }

  /**
   * Resolves when the order is settled. When it rejects, the message
   * goes back to the broker and comes again in a minute.
   */
  async charge(order: Order): Promise<ChargeResult> {
    return this.#bank.charge(order.key, order)
  }
}
