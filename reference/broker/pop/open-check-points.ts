/**
 * The check points of one revive queue that were read and are not settled yet. They are kept in the order of the queue, and
 * by their identity, because an acknowledgement names the pop that it belongs to. Two check points may have the same
 * identity. In this case, an acknowledgement counts for both.
 *
 * RocketMQ: the `ConsumeReviveObj` of `PopReviveService`. In RocketMQ, the second check point of an identity replaces the
 * first one.
 */
import { type PopAck, type PopCheckPoint, popKey } from './check-point.ts'

/** A check point that was read and is not settled yet. */
export interface OpenCheckPoint {
  readonly ck: PopCheckPoint
  readonly reviveOffset: number
  /**
   * The time, by the wall clock, from which every acknowledgement of the check point should be in the revive queue. Because
   * the timer may be late, the settlement waits longer (`REVIVE_BEHIND_MS`, `AckBarrier`).
   */
  readonly ripeMs: number
  /** The queue offsets of the messages that were acknowledged. */
  readonly acked: Set<number>
}

/** The open check points of one revive queue. */
export class OpenCheckPoints {
  readonly #inOrder: OpenCheckPoint[] = []
  readonly #byKey = new Map<string, OpenCheckPoint[]>()

  /** The oldest check point, or undefined when no check point is open. */
  get oldest(): OpenCheckPoint | undefined {
    return this.#inOrder[0]
  }

  /** The number of check points that an acknowledgement can still reach. */
  get size(): number {
    return [...this.#byKey.values()].reduce((sum, namesakes) => sum + namesakes.length, 0)
  }

  add(open: OpenCheckPoint): void {
    this.#inOrder.push(open)
    const key = popKey(open.ck)
    const namesakes = this.#byKey.get(key)
    if (namesakes === undefined) this.#byKey.set(key, [open])
    else namesakes.push(open)
  }

  /**
   * Marks the messages of an acknowledgement as acknowledged in the open check points of the same pop. Ignores the
   * acknowledgement when no such check point is open, for example because the acknowledgement is too late.
   */
  acknowledge(ack: PopAck): void {
    for (const open of this.#byKey.get(popKey(ack)) ?? []) for (const offset of ack.ackOffsets) open.acked.add(offset)
  }

  /** Removes the oldest check point and returns it. Returns undefined when no check point is open. */
  takeOldest(): OpenCheckPoint | undefined {
    const oldest = this.#inOrder.shift()
    if (oldest === undefined) return undefined
    const key = popKey(oldest.ck)
    const left = this.#byKey.get(key)!.filter((open) => open !== oldest)
    if (left.length === 0) this.#byKey.delete(key)
    else this.#byKey.set(key, left)
    return oldest
  }
}
