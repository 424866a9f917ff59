/**
 * Charges each order once, although its message may be delivered more than once, and the billing may end at any moment.
 *
 * The key of a message identifies the order. An offset or a message id identifies only a message, and several messages may
 * be about the same order.
 */
import type { Bank, ChargeResult, Order } from './bank.ts'
import type { Notebook } from './notebook.ts'

/** Charges orders at a bank. Writes to the notebook which charges were begun and which were done. */
export class ChargeOnce {
  readonly #notes: Notebook
  readonly #bank: Bank
  /** Orders that are being charged now, by key. A second message about the same order waits for the same result. */
  readonly #underWay = new Map<string, Promise<ChargeResult>>()

  constructor(notes: Notebook, bank: Bank) {
    this.#notes = notes
    this.#bank = bank
  }

  /**
   * Resolves when the order is settled: the order is charged, or the bank has refused the charge. Rejects when the bank or
   * the disk fails.
   */
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
    // When the notebook shows that a charge was begun but not that it was done, the result of the charge is unknown. So the
    // bank is asked whether its books contain the charge.
    const isCharged = this.#notes.has(begun) && (await this.#bank.find(order.key))
    if (!isCharged) {
      await this.#notes.add(begun)
      if ((await this.#bank.charge(order.key, order)) === 'refused') return 'refused'
    }
    await this.#notes.add(done)
    return 'charged'
  }
}
