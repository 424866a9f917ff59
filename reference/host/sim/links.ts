/**
 * The links between nodes. The links determine the time that bytes need from node to node, and know the active faults
 * between nodes.
 *
 * | fault            | existing connections            | new connections                       |
 * | ---------------- | ------------------------------- | ------------------------------------- |
 * | partition, keep  | bytes wait until the fault heals | wait too; `host unreachable` after 10 s |
 * | partition, reset | open ends get `reset`, connecting ends get `host unreachable` | `host unreachable` |
 * | link, delay      | bytes arrive later, in order     | open later; `host unreachable` after 10 s |
 * | link, bandwidth  | each send arrives when its bytes have passed at this rate | open as usual, and their bytes are limited, too |
 * | link, refuse     | not affected                     | `connection refused`                   |
 * | link, hold       | bytes wait until the fault heals | the held direction waits; `host unreachable` after 10 s |
 *
 * Several faults may affect one link, and each fault ends separately. Each direction of a link has a random stream for its
 * latency, for example `link a>b`. So bytes on other links do not change the latency of this link. The bandwidth of a link is
 * unlimited without a fault. With a fault, each connection may use the whole bandwidth. Not simulated: loss inside a connection. TCP sends
 * lost bytes again, so a program notices only a delay or a reset.
 */
import type { KeyedRandom } from './random.ts'

/** The effects of one fault on a direction between two nodes. */
export interface LinkFault {
  readonly holds: boolean
  readonly cuts: boolean
  readonly refuses: boolean
  readonly delayMs: number
  /** The bandwidth of each connection. Infinity when it is not limited. */
  readonly bytesPerMs: number
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

  /** Draws the latency, in ms, of bytes that leave now. */
  hopMs(from: string, to: string): number {
    let hop = this.#random.stream(`link ${from}>${to}`).between(this.#minMs, this.#maxMs)
    const faults = this.#faults.size === 0 ? undefined : this.#faults.get(key(from, to))
    if (faults !== undefined) for (const fault of faults) hop += fault.delayMs
    return hop
  }

  /** Returns the time in ms for which `sizeBytes` bytes occupy a connection. */
  transferMs(from: string, to: string, sizeBytes: number): number {
    let bytesPerMs = Number.POSITIVE_INFINITY
    const faults = this.#faults.size === 0 ? undefined : this.#faults.get(key(from, to))
    if (faults !== undefined) for (const fault of faults) bytesPerMs = Math.min(bytesPerMs, fault.bytesPerMs)
    return Math.ceil(sizeBytes / bytesPerMs)
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
