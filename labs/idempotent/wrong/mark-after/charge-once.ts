/** Charges the orders of the billing. The bank charges as often as it is asked to. */
import type { Bank, ChargeResult, Order } from './bank.ts'
import type { Notebook } from './notebook.ts'

export class ChargeOnce {
  readonly #notes: Notebook
  readonly #bank: Bank
  readonly #running = new Map<string, Promise<ChargeResult>>()

  constructor(notes: Notebook, bank: Bank) {
    this.#notes = notes
    this.#bank = bank
  }

  charge(order: Order): Promise<ChargeResult> {
    const running = this.#running.get(order.key)
    if (running !== undefined) return running
    const result = this.#charge(order).finally(() => this.#running.delete(order.key))
    this.#running.set(order.key, result)
    return result
  }

  async #charge(order: Order): Promise<ChargeResult> {
    if (this.#notes.has(order.key)) return 'charged'
    const result = await this.#bank.charge(order.key, order)
    await this.#notes.add(order.key)
    return result
  }
}
