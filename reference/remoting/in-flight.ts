/**
 * The bytes that all connections of a server keep in memory at the same time: answers that their peers have not read, frames
 * that are not whole, requests that wait for their turn.
 *
 * Each connection has a limit, but without a limit for the sum forty connections took two gigabytes. When the sum is over the
 * limit, connections are cut until it is under three quarters of the limit, the slowest connection first. A connection's
 * slowness is its bytes times the milliseconds for which they have waited: a fast reader of a large answer is not slow, and a
 * slow reader of a small one is not either.
 *
 * The counted bytes may be too many, because nothing reports that a peer has read; so they are measured again before a
 * connection is cut. Measuring happens at most once for each quarter of the limit in new bytes, so its cost stays small.
 *
 * RocketMQ has no such limit: Netty's water marks are for each connection, and the broker ignores them.
 */

import type { Host } from '../host/host.ts'
import type { FairTurns } from './fair-turns.ts'
import { IN_FLIGHT_BYTES_MAX } from './limits.ts'

/** A connection that keeps bytes in memory. */
export interface BytesHolder {
  /** Returns its bytes now. */
  measure(): number
  /** Since when its bytes have waited, by the monotonic clock. */
  readonly waitingSinceMs: number
  readonly remoteAddress: string
  /** Ends the connection; its bytes are free at once (`set` to 0). */
  cutOff(reason: string): void
}

/** The bytes in memory of one server's connections. */
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

  /** Notes how many bytes a connection keeps now. May cut connections, this one too. */
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

/** What the connections of one server share; a client's share nothing. */
export interface ConnectionShares {
  readonly turns: FairTurns
  readonly inFlight: InFlightBytes
}
