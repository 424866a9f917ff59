/**
 * Who has which connections open, by what the host saw. At rest a client has one connection to an address: one more is one that
 * was opened too late for the call that wanted it, and that nobody uses or closes. A broker has several clients inside, each with
 * its own.
 */
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { demand } from '../violation.ts'

export class Connections {
  /** Open ones, by id: who opened it, and to where. */
  readonly #open = new Map<number, { readonly node: string; readonly to: string }>()

  hear(event: TraceEvent): void {
    if (event.kind === 'net.connecting') this.#open.set(event.connection, { node: event.node, to: event.to })
    else if (event.kind === 'net.closed') this.#open.delete(event.connection)
    else if (event.kind === 'node.stopped')
      for (const [id, { node }] of [...this.#open]) if (node === event.node) this.#open.delete(id)
  }

  /** Throws a `Violation` when one of the clients has two connections to one address. */
  demandOneEach(clients: readonly string[]): void {
    const seen = new Set<string>()
    for (const { node, to } of this.#open.values()) {
      if (!clients.includes(node)) continue
      const pair = `${node} to ${to}`
      demand(!seen.has(pair), 'connections', () => `at rest there are two connections from ${pair}`)
      seen.add(pair)
    }
  }
}
