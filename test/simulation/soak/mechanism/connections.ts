/**
 * Who has which connections open, by what the host saw. A client has one connection to an address: one more is one that was
 * opened too late for the call that wanted it, and that nobody uses or closes. A broker has several clients inside, each with
 * its own.
 */
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { demand } from '../violation.ts'

/** Two may stand side by side while one is being closed. */
const BESIDE_MS_MAX = 10_000

interface Connection {
  readonly node: string
  readonly to: string
}

export class Connections {
  readonly #clients: ReadonlySet<string>
  /** Where connections that are not open yet go, by id. */
  readonly #wanted = new Map<number, string>()
  readonly #open = new Map<number, Connection>()
  /** When two to one address were seen first. */
  #doubledMs = Infinity

  constructor(clients: readonly string[]) {
    this.#clients = new Set(clients)
  }

  /** Throws a `Violation` when a client has two connections to one address for long. */
  hear(event: TraceEvent): void {
    if (!this.#clients.has(event.node)) return
    if (event.kind === 'net.connecting') this.#wanted.set(event.connection, event.to)
    else if (event.kind === 'net.opened' && this.#wanted.has(event.connection)) {
      const to = this.#wanted.get(event.connection)!
      this.#open.set(event.connection, { node: event.node, to })
    } else if (event.kind === 'net.closed') this.#open.delete(event.connection)
    else if (event.kind === 'node.stopped') this.#stopped(event.node)
    else return this.#look(event.atMs)
    this.#doubledMs = this.#doubled() === '' ? Infinity : Math.min(this.#doubledMs, event.atMs)
  }

  #look(nowMs: number): void {
    demand(
      nowMs - this.#doubledMs <= BESIDE_MS_MAX,
      'connections',
      () => `since ${this.#doubledMs} ms there are two connections from ${this.#doubled()}`,
    )
  }

  /** A client and an address between which there are two; '' when there is none. */
  #doubled(): string {
    const seen = new Set<string>()
    for (const { node, to } of this.#open.values()) {
      const pair = `${node} to ${to}`
      if (seen.has(pair)) return pair
      seen.add(pair)
    }
    return ''
  }

  #stopped(node: string): void {
    for (const [id, one] of [...this.#open]) if (one.node === node) this.#open.delete(id)
  }
}
