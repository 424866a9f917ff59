/**
 * What was sent, acknowledged, delivered, owned and committed in one run, and what must hold of it.
 *
 * Evidence is what crossed to the application; who owns a queue and what was committed is what nodes tell about themselves.
 */
import type { Delivery, ProduceResult } from '../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { demand } from '../violation.ts'

export const GROUP = 'billing'
export const TOPIC = 'Orders'

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
/** For so long: a rebalance of 20 s, and a held pull of 15 s, and what a paused node has still to do. */
const OVERLAP_MS = 60_000

export class History {
  /** Body by key, of everything that anybody tried to send. */
  readonly sent = new Map<string, string>()
  readonly acknowledged = new Map<string, ProduceResult>()
  /** Times each key was delivered. */
  readonly delivered = new Map<string, number>()
  /** Key by place. */
  readonly #places = new Map<string, string>()
  /** Owners of each queue: node names. */
  readonly #owners = new Map<string, Set<string>>()
  /** Offset committed last, by broker and queue, in this life of the broker. */
  readonly #committed = new Map<string, number>()
  /** Largest offset dispatched + 1, by broker and queue. */
  readonly #ends = new Map<string, number>()
  #movedAtMs = 0
  /** A promise that broke while events were coming in; thrown when somebody looks. */
  #broken: unknown

  answered(key: string, result: ProduceResult): void {
    if (result.status === 'SEND_OK') this.acknowledged.set(key, result)
  }

  hear(event: TraceEvent): void {
    try {
      this.#hear(event)
    } catch (error) {
      this.#broken ??= error
    }
  }

  /** A message was handed to a consumer. */
  deliver({ key, body, topic, brokerName, queueId, queueOffset }: Omit<Delivery, 'status'>): void {
    if (topic !== TOPIC) return
    try {
      const place = `${brokerName}/${queueId}@${queueOffset}`
      demand(
        this.sent.get(key) === body,
        'invention',
        () => `${key} was delivered as "${body}", sent as "${this.sent.get(key)}"`,
      )
      const before = this.#places.get(place) ?? key
      demand(before === key, 'invention', () => `${place} held ${before}, and now ${key}`)
      this.#places.set(place, key)
      this.delivered.set(key, (this.delivered.get(key) ?? 0) + 1)
      this.#reaches(`${brokerName}/${queueId}`, queueOffset + 1)
    } catch (error) {
      this.#broken ??= error
    }
  }

  /** Throws what broke so far. */
  look(): void {
    if (this.#broken !== undefined) throw this.#broken
  }

  /** Acknowledged and not delivered yet. */
  missing(): string[] {
    return [...this.acknowledged.keys()].filter((key) => !this.delivered.has(key))
  }

  /** Queues that do not have exactly one owner. */
  unsettled(queues: readonly string[]): string[] {
    return queues
      .map((queue) => ({ queue, owners: [...(this.#owners.get(queue) ?? [])] }))
      .filter(({ owners }) => owners.length !== 1)
      .map(({ queue, owners }) => `${queue} belongs to ${owners.length === 0 ? 'nobody' : owners.join(' and ')}`)
  }

  /** Queues whose stored offset is not at their end. `stored`: offset by broker and queue. */
  lagging(stored: ReadonlyMap<string, number>): string[] {
    return [...this.#ends]
      .filter(([queue, end]) => (stored.get(queue) ?? 0) !== end)
      .map(([queue, end]) => `${queue}: the offset ${stored.get(queue) ?? 0} is stored, the end is ${end}`)
  }

  #hear(event: TraceEvent): void {
    if (MOVES.has(event.kind)) this.#movedAtMs = event.atMs
    if (event.kind === 'node.stopped') this.#stopped(event.node)
    else if (event.kind === 'queue.assigned' && event.topic === TOPIC)
      this.#ownersOf(event.brokerName, event.queueId).add(event.node)
    else if (event.kind === 'queue.released' && event.topic === TOPIC)
      this.#ownersOf(event.brokerName, event.queueId).delete(event.node)
    else if (event.kind === 'entry.dispatched' && event.topic === TOPIC)
      this.#reaches(`${event.node}/${event.queueId}`, event.queueOffset + 1)
    else if (event.kind === 'offset.committed' && event.topic === TOPIC && event.group === GROUP)
      this.#commit(`${event.node}/${event.queueId}`, event.queueOffset, event.atMs)
  }

  #reaches(queue: string, end: number): void {
    this.#ends.set(queue, Math.max(this.#ends.get(queue) ?? 0, end))
  }

  #commit(queue: string, offset: number, atMs: number): void {
    const end = this.#ends.get(queue) ?? 0
    demand(offset <= end, 'offsets', () => `${queue}: ${offset} was committed, the queue ends at ${end}`)
    const before = this.#committed.get(queue) ?? 0
    const isQuiet = atMs - this.#movedAtMs > OVERLAP_MS
    demand(
      offset >= before || !isQuiet,
      'offsets',
      () => `${queue}: the stored offset fell from ${before} to ${offset}`,
    )
    this.#committed.set(queue, offset)
  }

  /** A consumer that is gone owns nothing; a broker that is gone may have forgotten the last seconds' offsets. */
  #stopped(node: string): void {
    for (const owners of this.#owners.values()) owners.delete(node)
    for (const queue of [...this.#committed.keys()]) if (queue.startsWith(`${node}/`)) this.#committed.delete(queue)
  }

  #ownersOf(brokerName: string, queueId: number): Set<string> {
    const queue = `${brokerName}/${queueId}`
    let owners = this.#owners.get(queue)
    if (owners === undefined) this.#owners.set(queue, (owners = new Set()))
    return owners
  }
}
