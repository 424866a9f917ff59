/**
 * How long bytes take from node to node, and which faults there are on the way.
 *
 * | fault            | existing connections            | new connections                       |
 * | ---------------- | ------------------------------- | ------------------------------------- |
 * | partition, keep  | bytes wait until it heals        | wait too; `host unreachable` after 10 s |
 * | partition, reset | both ends see `reset`            | `host unreachable`                     |
 * | link, delay      | later by this delay, in order     | later by this delay                    |
 * | link, refuse     | not affected                     | `connection refused`                   |
 *
 * Several faults may act on one link; each heals alone. Latency is drawn for each direction from the stream
 * `link <from>><to>`, so traffic elsewhere does not change it. Not here: bandwidth, loss inside a connection (TCP
 * repairs that; what remains is delay or a reset).
 */
import type { KeyedRandom } from './random.ts'

/** The faults on one direction between two nodes. */
export interface LinkFault {
  readonly holds: boolean
  readonly cuts: boolean
  readonly refuses: boolean
  readonly delayMs: number
}

/** The links between all nodes of one simulation. */
export class Links {
  readonly #random: KeyedRandom
  readonly #minMs: number
  readonly #maxMs: number
  readonly #faults = new Map<string, Set<LinkFault>>()

  constructor(random: KeyedRandom, minMs: number, maxMs: number) {
    this.#random = random
    this.#minMs = minMs
    this.#maxMs = maxMs
  }

  /** The time of one hop that starts now. */
  hopMs(from: string, to: string): number {
    let hop = this.#random.stream(`link ${from}>${to}`).between(this.#minMs, this.#maxMs)
    const faults = this.#faults.size === 0 ? undefined : this.#faults.get(key(from, to))
    if (faults !== undefined) for (const fault of faults) hop += fault.delayMs
    return hop
  }

  isHeld(from: string, to: string): boolean {
    return this.#any(from, to, (fault) => fault.holds)
  }

  isCut(from: string, to: string): boolean {
    return this.#any(from, to, (fault) => fault.cuts) || this.#any(to, from, (fault) => fault.cuts)
  }

  refuses(from: string, to: string): boolean {
    return this.#any(from, to, (fault) => fault.refuses)
  }

  add(from: string, to: string, fault: LinkFault): void {
    const known = this.#faults.get(key(from, to))
    if (known === undefined) this.#faults.set(key(from, to), new Set([fault]))
    else known.add(fault)
  }

  remove(from: string, to: string, fault: LinkFault): void {
    const known = this.#faults.get(key(from, to))
    known?.delete(fault)
    if (known?.size === 0) this.#faults.delete(key(from, to))
  }

  #any(from: string, to: string, is: (fault: LinkFault) => boolean): boolean {
    if (this.#faults.size === 0) return false
    for (const fault of this.#faults.get(key(from, to)) ?? []) if (is(fault)) return true
    return false
  }
}

function key(from: string, to: string): string {
  return `${from}>${to}`
}
