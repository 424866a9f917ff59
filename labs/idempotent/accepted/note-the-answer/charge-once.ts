/** Charges the orders of the billing. The bank charges as often as it is asked to. */
import type { Bank, ChargeResult, Order } from './bank.ts'
import type { Notebook } from './notebook.ts'

export class ChargeOnce {
  readonly #notes: Notebook
  readonly #bank: Bank
  readonly #running: Record<string, Promise<ChargeResult>> = {}

  constructor(notes: Notebook, bank: Bank) {
    this.#notes = notes
    this.#bank = bank
  }

  charge(order: Order): Promise<ChargeResult> {
    const { key } = order
    this.#running[key] ??= this.#settle(order).then(
      (result) => {
        delete this.#running[key]
        return result
      },
      (error: Error) => {
        delete this.#running[key]
        throw error
      },
    )
    return this.#running[key]
  }

  async #settle(order: Order): Promise<ChargeResult> {
    for (const result of ['charged', 'refused'] as const) if (this.#notes.has(`${order.key} ${result}`)) return result
    if (this.#notes.has(`${order.key} asked`)) {
      if (await this.#bank.find(order.key)) return this.#note(order, 'charged')
    } else await this.#notes.add(`${order.key} asked`)
    return this.#note(order, await this.#bank.charge(order.key, order))
  }

  async #note({ key }: Order, result: ChargeResult): Promise<ChargeResult> {
    await this.#notes.add(`${key} ${result}`)
    return result
  }
}
