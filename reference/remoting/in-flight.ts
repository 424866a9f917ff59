/**
 * Limits the bytes that all connections of one server together keep in memory: unread answers, incomplete frames, and
 * requests that wait for their turn.
 *
 * Each connection has its own limit, but without a limit for the sum, forty connections could use two gigabytes. When the
 * sum is above `IN_FLIGHT_BYTES_MAX`, the server closes connections, the slowest first, until the sum is at most three
 * quarters of this limit. The slowness of a connection is its number of bytes multiplied by the milliseconds for which these
 * bytes have waited. So a peer is not slow when it reads a large answer fast, or when only a small answer is unread.
 *
 * It can happen that the counted number is too large, because the host does not report each time that a peer has read bytes.
 * Therefore the bytes are measured again before a connection is closed. After that, the sum must grow by at least a quarter
 * of the limit before connections are closed again.
 *
 * RocketMQ has no limit for the sum. Netty's water marks apply to one connection, and RocketMQ's broker ignores these marks.
 */

import type { Host } from '../host/host.ts'
import type { FairTurns } from './fair-turns.ts'
import { IN_FLIGHT_BYTES_MAX } from './limits.ts'

/** A connection that keeps bytes in memory. */
export interface BytesHolder {
  /** Returns the number of bytes that the connection keeps now. */
  measure(): number
  /** The time, by the monotonic clock, since which these bytes have waited. */
  readonly waitingSinceMs: number
  readonly remoteAddress: string
  /** Closes the connection. Frees its bytes at once (calls `set` with 0). */
  cutOff(reason: string): void
}

/** Counts the bytes that the connections of one server keep in memory. */
export class InFlightBytes {
  readonly #host: Host
  readonly #bytesMax: number
  readonly #bytes = new Map<BytesHolder, number>()
  #totalBytes = 0
  #isRelieving = false

  constructor(host: Host, bytesMax = IN_FLIGHT_BYTES_MAX) {
    this.#host = host
    this.#bytesMax = bytesMax
  }

  get totalBytes(): number {
    return this.#totalBytes
  }

  /** Sets the number of bytes of a connection. When the sum is too large, closes connections, perhaps also `holder`. */
  set(holder: BytesHolder, bytes: number): void {
    this.#totalBytes += bytes - (this.#bytes.get(holder) ?? 0)
    if (bytes === 0) this.#bytes.delete(holder)
    else this.#bytes.set(holder, bytes)
    if (this.#totalBytes > this.#bytesMax && !this.#isRelieving) this.#relieve()
  }

  // #region cut-slowest
  #relieve(): void {
    this.#isRelieving = true
    for (const holder of [...this.#bytes.keys()]) this.set(holder, holder.measure())
    const nowMs = this.#host.clock.monotonicMs()
    const slowness = (holder: BytesHolder) => this.#bytes.get(holder)! * (nowMs - holder.waitingSinceMs + 1)
    const slowestFirst = [...this.#bytes.keys()]
      .map((holder) => ({ holder, slowness: slowness(holder) }))
      .sort((a, b) => b.slowness - a.slowness)
    for (const { holder } of slowestFirst) {
      if (this.#totalBytes <= (this.#bytesMax * 3) / 4) break
      const reason = `${this.#bytes.get(holder)} of its bytes wait, all connections together have ${this.#totalBytes}, and it is the slowest`
      this.#host.trace.log('warn', `the connection of ${holder.remoteAddress} is cut: ${reason}`)
      holder.cutOff(reason)
    }
    this.#isRelieving = false
  }
  // #endregion cut-slowest
}

/** The objects that all connections of one server share. Connections of a client do not have such objects. */
export interface ConnectionShares {
  readonly turns: FairTurns
  readonly inFlight: InFlightBytes
}
