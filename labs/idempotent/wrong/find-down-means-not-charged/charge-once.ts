/**
 * Charges each order once, although its message may come more than once, or the billing may end at any moment.
 *
 * What an order is, its key says: ids and offsets belong to messages, and one order may have several.
 */
import type { Bank, ChargeResult, Order } from './bank.ts'
import type { Notebook } from './notebook.ts'

/** Charges orders at a bank, with notes about what was begun and what was done. */
export class ChargeOnce {
  readonly #notes: Notebook
  readonly #bank: Bank
  /** Orders that are being charged now, by key: a second message about one of them waits for the same result. */
  readonly #underWay = new Map<string, Promise<ChargeResult>>()

  constructor(notes: Notebook, bank: Bank) {
    this.#notes = notes
    this.#bank = bank
  }

  /** Resolves when the order is settled: charged once, or refused. Rejects when the bank or the disk fails. */
  charge(order: Order): Promise<ChargeResult> {
    const known = this.#underWay.get(order.key)
    if (known !== undefined) return known
    const result = this.#chargeAlone(order).finally(() => this.#underWay.delete(order.key))
    this.#underWay.set(order.key, result)
    return result
  }

  async #chargeAlone(order: Order): Promise<ChargeResult> {
    const [begun, done] = [`begun ${order.key}`, `done ${order.key}`]
    if (this.#notes.has(done)) return 'charged'
    // begun and not done: an earlier life of the billing, or an earlier call, has not heard how it ended
    const isCharged = this.#notes.has(begun) && (await this.#bank.find(order.key).catch(() => false))
    if (!isCharged) {
      await this.#notes.add(begun)
      if ((await this.#bank.charge(order.key, order)) === 'refused') return 'refused'
    }
    await this.#notes.add(done)
    return 'charged'
  }
}
