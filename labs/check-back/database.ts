/**
 * The shop's database of the lab "The check-back": the application of both processes of the shop. It outlives them, and what it has
 * saved is what must be billed.
 */
import type { Cluster } from '../../reference/host/cluster.ts'

/** How the database decides about one attempt to save. */
export interface Decision {
  readonly outcome: 'saved' | 'refused'
  /** How long that takes, in ms. */
  readonly afterMs: number
}

interface Row extends Decision {
  readonly key: string
  /** The process that has asked first. */
  readonly node: string
  readonly fromMs: number
}

export class ShopDatabase {
  readonly #cluster: Cluster
  readonly #rows = new Map<string, Row>()
  /** Keys that were asked for, attempt by attempt. */
  readonly attempts: string[] = []

  /** `decide` is asked once for each id: with the order's key, and the number of the attempt for this key, from 1. */
  constructor(cluster: Cluster, decide: (key: string, attempt: number) => Decision) {
    this.#cluster = cluster
    cluster.onHanded('database.save', (node, json) => {
      const { id, key } = asked(json)
      const known = this.#rows.get(id)
      if (known !== undefined) return this.#answer(known, true)
      this.attempts.push(key)
      const row = {
        ...decide(key, this.attempts.filter((one) => one === key).length),
        key,
        node,
        fromMs: cluster.nowMs(),
      }
      this.#rows.set(id, row)
      return this.#answer(row, true)
    })
    cluster.onHanded('database.find', (_, json) => this.#answer(this.#rows.get(asked(json).id), false))
    cluster.onHanded('database.cancel', (node, json) => {
      const { id } = asked(json)
      if (!this.#rows.has(id))
        this.#rows.set(id, { outcome: 'refused', afterMs: 0, key: '', node, fromMs: cluster.nowMs() })
      return this.#answer(this.#rows.get(id), false)
    })
  }

  /** Keys of the orders that are saved by now. */
  saved(): ReadonlySet<string> {
    const rows = [...this.#rows.values()]
    return new Set(rows.filter((row) => row.outcome === 'saved' && this.#leftMs(row) === 0).map(({ key }) => key))
  }

  /** The processes that have saved an order under this key, or have begun to. */
  savers(key: string): readonly string[] {
    return [...this.#rows.values()].filter((row) => row.key === key && row.outcome === 'saved').map(({ node }) => node)
  }

  #leftMs({ fromMs, afterMs }: Row): number {
    return Math.max(0, fromMs + afterMs - this.#cluster.nowMs())
  }

  /** Who saves waits for the outcome; who asks is told that it is not decided yet. */
  #answer(row: Row | undefined, waits: boolean): string {
    if (row === undefined) return JSON.stringify({ outcome: 'nothing' })
    const leftMs = this.#leftMs(row)
    if (!waits && leftMs > 0) return JSON.stringify({ outcome: 'running' })
    return JSON.stringify({ outcome: row.outcome, afterMs: waits ? leftMs : 0 })
  }
}

/** What a process of the shop has asked. A text that is something else asks about nothing. */
function asked(json: string): { readonly id: string; readonly key: string } {
  try {
    const { id, key } = JSON.parse(json) as { id?: unknown; key?: unknown }
    return { id: String(id ?? ''), key: String(key ?? '') }
  } catch {
    return { id: '', key: '' }
  }
}
