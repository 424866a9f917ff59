/**
 * What brokers say they have noted of a group's progress: never beyond a queue's end, and back only while queues change hands.
 * Nobody pulls from before what has been noted for long: an owner that could not read the offset must not begin anew.
 */
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { demand } from '../violation.ts'
import { GROUP, TOPIC } from './stage.ts'

/** After these, a queue may have an old and a new owner for a while, and the old one's word may come last. */
const MOVES: ReadonlySet<string> = new Set([
  'node.stopped',
  'node.ready',
  'queue.assigned',
  'queue.released',
  'consumer.joined',
  'consumer.left',
  'fault.began',
  'fault.healed',
])
/** For so long: a rebalance of 20 s, a held pull of 15 s, and what a paused node has still to do. */
const OVERLAP_MS = 60_000

export class NotedOffsets {
  /** Offset committed last, by `broker/id`, in this life of the broker. */
  readonly #committed = new Map<string, number>()
  /** Largest offset that is known to be there + 1, by `broker/id`. */
  readonly #ends = new Map<string, number>()
  /** Every offset committed in this life of the broker, the oldest first. */
  readonly #history = new Map<string, { readonly atMs: number; readonly offset: number }[]>()
  #movedAtMs = 0

  /** Throws a `Violation`. `slackMs`: an overlap may last so much longer. */
  hear(event: TraceEvent, slackMs = 0): void {
    if (MOVES.has(event.kind)) this.#movedAtMs = event.atMs
    if (event.kind === 'node.stopped') this.#stopped(event.node)
    else if (event.kind === 'entry.dispatched' && event.topic === TOPIC)
      this.reaches(`${event.node}/${event.queueId}`, event.queueOffset + 1)
    else if (event.kind === 'offset.committed' && event.topic === TOPIC && event.group === GROUP)
      this.#commit(`${event.node}/${event.queueId}`, event.queueOffset, event.atMs, slackMs)
    else if (event.kind === 'pull.answered' && event.topic === TOPIC && event.group === GROUP)
      this.#pulled(`${event.node}/${event.queueId}`, event.queueOffset, event.atMs - OVERLAP_MS - slackMs)
  }

  /** Whoever pulls now has read the offset after `sinceMs`, or has consumed the queue since then. */
  #pulled(queue: string, from: number, sinceMs: number): void {
    const noted = this.#history.get(queue)?.findLast(({ atMs }) => atMs < sinceMs)?.offset ?? 0
    demand(from >= noted, 'offsets', () => `${queue}: pulled from ${from}, and ${noted} was committed long before`)
  }

  /** A queue holds messages up to `end`. */
  reaches(queue: string, end: number): void {
    this.#ends.set(queue, Math.max(this.#ends.get(queue) ?? 0, end))
  }

  /** Queues whose stored offset is not at their end. `stored`: offset by `broker/id`. */
  lagging(stored: ReadonlyMap<string, number>): readonly string[] {
    return [...this.#ends]
      .filter(([queue, end]) => (stored.get(queue) ?? 0) !== end)
      .map(([queue, end]) => `${queue}: the offset ${stored.get(queue) ?? 0} is stored, the end is ${end}`)
  }

  #commit(queue: string, offset: number, atMs: number, slackMs: number): void {
    const end = this.#ends.get(queue) ?? 0
    demand(offset <= end, 'offsets', () => `${queue}: ${offset} was committed, the queue ends at ${end}`)
    const before = this.#committed.get(queue) ?? 0
    const mayFall = atMs - this.#movedAtMs <= OVERLAP_MS + slackMs
    demand(offset >= before || mayFall, 'offsets', () => `${queue}: the stored offset fell from ${before} to ${offset}`)
    this.#committed.set(queue, offset)
    const history = this.#history.get(queue) ?? []
    history.push({ atMs, offset })
    this.#history.set(queue, history)
  }

  /** A broker that is gone may have forgotten the last seconds' offsets. */
  #stopped(node: string): void {
    for (const queue of [...this.#committed.keys()]) {
      if (!queue.startsWith(`${node}/`)) continue
      this.#committed.delete(queue)
      this.#history.delete(queue)
    }
  }
}
