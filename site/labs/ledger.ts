/**
 * The orders of a run: which were acknowledged, by which machine they were stored, and which have come home.
 *
 * Folded from the event log as the page has it; a picture for the learner, never evidence for a check.
 */
import type { TraceEvent } from '../../reference/host/trace.ts'

export interface Order {
  readonly key: string
  /** The machine that stored it last, or ''. */
  readonly storedOn: string
  readonly isHome: boolean
}

/** Orders drawn; a run with more is counted only. */
export const ORDERS_MAX = 60

/** Goes on by new events only. */
export class Ledger {
  #events: readonly TraceEvent[] | undefined
  #count = 0
  #orders = new Map<string, Order>()
  #stored = new Map<string, string>()

  /** The orders that a producer was told are safe, in the order of their sending. */
  upTo(events: readonly TraceEvent[], count: number): readonly Order[] {
    if (this.#events !== events || this.#count > count) {
      this.#events = events
      this.#count = 0
      this.#orders = new Map()
      this.#stored = new Map()
    }
    for (; this.#count < count; this.#count++) this.#add(events[this.#count]!)
    return [...this.#orders.values()].slice(0, ORDERS_MAX)
  }

  #add(event: TraceEvent): void {
    if (event.kind === 'message.sent' && event.status === 'SEND_OK') {
      const storedOn = this.#stored.get(event.key) ?? ''
      this.#orders.set(event.key, { key: event.key, storedOn, isHome: false })
    } else if (event.kind === 'record.appended') this.#stored.set(event.key, event.node)
    else if (event.kind === 'message.consumed' && event.status === 'CONSUME_SUCCESS') {
      const order = this.#orders.get(event.key)
      if (order !== undefined) this.#orders.set(event.key, { ...order, isHome: true })
    }
  }
}
