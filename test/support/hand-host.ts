/**
 * A host in the test's own hands, for one part of a program. The clock stands until the test moves it, connections open and
 * close when the test says so, and every call of the part is a line with its time. So a test says to the millisecond what
 * happens when nothing else happens.
 */
import type { ConnectionHandler, Host, ListenHandler } from '../../reference/host/host.ts'

interface Timer {
  readonly dueMs: number
  readonly number: number
  readonly run: () => void
}

/** What the monotonic clock shows when the test begins: a difference of two times is not one of the times. */
export const BEGIN_MS = 7_000_000

/** The host, and what a part has done with it. */
export class HandHost {
  /** The time since the test began. */
  nowMs = 0
  /** What the wall clock shows when the test begins. */
  wallMs = 1_700_000_000_000
  /** What `send` returns beyond the sent bytes: bytes that the peer has not read. */
  unreadBytes = 0
  /** What the part has done, as `TIME what`. */
  readonly lines: string[] = []
  readonly handlers = new Map<number, ConnectionHandler>()
  readonly listeners = new Map<number, ListenHandler>()
  readonly sent: Uint8Array[] = []
  readonly host: Host
  #timers: Timer[] = []
  #next = 1

  constructor() {
    const note = (what: string) => void this.lines.push(`${this.nowMs} ${what}`)
    const host = {
      name: 'node',
      clock: {
        nowMs: () => this.wallMs + this.nowMs,
        monotonicMs: () => BEGIN_MS + this.nowMs,
        after: (delayMs: number, run: () => void) => {
          const number = this.#next++
          this.#timers.push({ dueMs: this.nowMs + delayMs, number, run })
          return number
        },
        cancel: (gone: number) => {
          this.#timers = this.#timers.filter(({ number }) => number !== gone)
        },
      },
      network: {
        listen: (address: string, handler: ListenHandler) => {
          note(`listen ${address}`)
          this.listeners.set(this.#next, handler)
          return this.#next++
        },
        unlisten: (listener: number) => {
          note('unlisten')
          this.listeners.delete(listener)
        },
        connect: (address: string, handler: ConnectionHandler) => {
          note(`connect ${address}`)
          this.handlers.set(this.#next, handler)
          return this.#next++
        },
        send: (_: number, bytes: Uint8Array) => {
          if (bytes.length > 0) note(`send ${bytes.length}`)
          if (bytes.length > 0) this.sent.push(bytes)
          return this.unreadBytes
        },
        close: (_: number) => note('close'),
        reset: (_: number) => note('reset'),
        setReading: (_: number, isReading: boolean) => note(isReading ? 'read on' : 'read no more'),
        resolve: (name: string) => name,
      },
      random: { int: () => 0 },
      trace: { log: () => {} },
    }
    this.host = host as unknown as Host
  }

  /** The number of timers that are set. */
  get timers(): number {
    return this.#timers.length
  }

  /** Lets `ms` pass, with every timer that is due in them, in order. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms
    for (;;) {
      const due = this.#timers.filter(({ dueMs }) => dueMs <= untilMs)
      const next = due.sort((a, b) => a.dueMs - b.dueMs || a.number - b.number)[0]
      if (next === undefined) break
      this.host.clock.cancel(next.number)
      this.nowMs = Math.max(this.nowMs, next.dueMs)
      next.run()
    }
    this.nowMs = untilMs
  }

  /** The connection that was begun last. */
  get last(): number {
    return [...this.handlers.keys()].at(-1)!
  }

  open(connection = this.last): void {
    this.handlers.get(connection)!.onOpened?.(connection, 'node:1', 'peer:1')
  }

  receive(bytes: Uint8Array, connection = this.last): void {
    this.handlers.get(connection)!.onBytes(connection, bytes)
  }

  end(reason: string, connection = this.last): void {
    this.handlers.get(connection)!.onClosed(connection, reason)
  }

  /** What the part has done since the last call. */
  take(): readonly string[] {
    return this.lines.splice(0)
  }
}
