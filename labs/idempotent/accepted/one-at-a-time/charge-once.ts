/** Charges the orders of the billing. The bank charges as often as it is asked to. */
import type { Bank, ChargeResult, Order } from './bank.ts'
import type { Notebook } from './notebook.ts'

export class ChargeOnce {
  readonly #notes: Notebook
  readonly #bank: Bank
  #last: Promise<unknown> = Promise.resolve()

  constructor(notes: Notebook, bank: Bank) {
    this.#notes = notes
    this.#bank = bank
  }

  /** One order after the other: slow, and right. */
  charge(order: Order): Promise<ChargeResult> {
    const result = this.#last.then(() => this.#charge(order))
    this.#last = result.catch(() => {})
    return result
  }

  async #charge(order: Order): Promise<ChargeResult> {
    if (this.#notes.has(order.key)) return 'charged'
    const result = (await this.#bank.find(order.key)) ? 'charged' : await this.#bank.charge(order.key, order)
    if (result === 'charged') await this.#notes.add(order.key)
    return result
  }
}
