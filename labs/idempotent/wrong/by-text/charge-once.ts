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
    const name = order.text
    const running = this.#running.get(name)
    if (running !== undefined) return running
    const result = this.#charge(name, order).finally(() => this.#running.delete(name))
    this.#running.set(name, result)
    return result
  }

  async #charge(name: string, order: Order): Promise<ChargeResult> {
    if (this.#notes.has(`done ${name}`)) return 'charged'
    const isCharged = this.#notes.has(`begun ${name}`) && (await this.#bank.find(name))
    if (!isCharged) {
      await this.#notes.add(`begun ${name}`)
      await this.#bank.charge(name, order)
    }
    await this.#notes.add(`done ${name}`)
    return 'charged'
  }
}
