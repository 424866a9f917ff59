import type { Bank, ChargeResult, Order } from './bank.ts'
import type { Notebook } from './notebook.ts'

export class ChargeOnce {
  readonly #notes: Notebook
  readonly #bank: Bank

  constructor(notes: Notebook, bank: Bank) {
    this.#notes = notes
    this.#bank = bank
  }

  async charge(order: Order): Promise<ChargeResult> {
    if (this.#notes.has(order.key)) return 'charged'
    try { const r = await this.#bank.charge(order.key, order); await this.#notes.add(order.key); return r } catch (e) { if (await this.#bank.find(order.key)) return 'charged'; throw e }
  }
}
