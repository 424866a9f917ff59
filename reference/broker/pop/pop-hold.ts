/**
 * Long polling for pops. A request that finds nothing is held until a message may have arrived for it, or its time has
 * expired.
 *
 * | event                                   | requests that are woken                                               |
 * | --------------------------------------- | --------------------------------------------------------------------- |
 * | a message arrives in the topic, or in a group's retry topic of it | of each group the longest waiting request that wants the message |
 * | a pop leaves messages behind             | one more request of the same group                                    |
 * | an ordered queue is free again           | the request that waits for this queue                                 |
 *
 * One message wakes one request of a group, because the other requests would find nothing. A woken request that finds
 * nothing is held again for the rest of its time.
 *
 * The cost of a message depends only on the requests that it wakes, because requests are found by topic, queue and tag. A
 * woken request runs as a turn of its connection. When all places are taken, the connection with the most requests must give
 * one up (`common/fair-places.ts`).
 *
 * RocketMQ: `PopLongPollingService`. Unlike this broker, RocketMQ checks all requests every 20 ms, and wakes a request for
 * every 800th message whatever the filter says.
 */
import { FairPlaces } from '../../common/fair-places.ts'
import { ANY_QUEUE, popRetryTopicV1, popRetryTopicV2 } from '../../common/pop-names.ts'
import type { Host, TimerId } from '../../host/host.ts'
import type { Channel } from '../../remoting/channel.ts'
import { HELD_PER_CONNECTION_MAX, WAKES_AT_ONCE_MAX } from '../limits.ts'
import { makePlace, PLACE_GIVEN_UP, placesFor } from '../pull-request-hold.ts'

/** A request that waits. */
export interface HeldPop {
  readonly group: string
  readonly topic: string
  /** The popped queue; -1 for any queue of the topic. */
  readonly queueId: number
  /** Hashes of the tags that the request waits for, or undefined when any message of the queue wakes the request. */
  readonly codes: ReadonlySet<number> | undefined
  /** The connection on which the request arrived. */
  readonly channel: Channel
  /** Runs the request again. `isOver` is true when its time has expired, so that it must be answered. */
  readonly again: (isOver: boolean) => void
}

interface Held extends HeldPop {
  timer: TimerId
  /** A request with a lower number has waited longer. */
  readonly number: number
}

/** Max number of held requests: for one queue and group, and in total. */
export interface PopHoldLimits {
  readonly eachMax: number
  readonly totalMax: number
}

/** Requests of one group that wait for the same messages, ordered by their waiting time, the longest first. */
type Waiting = Set<Held>

/** The held requests of all groups, and the keys by which they are found. */
export class PopHold {
  readonly #host: Host
  readonly #limits: PopHoldLimits
  readonly #places: FairPlaces<Channel, Held>
  /**
   * The held requests by what may wake them (`wakersOf`), then by group. A group's requests for a whole topic are found
   * under `topic@group`. A group's requests for one queue are found under `topic@group@queueId`.
   */
  readonly #byWaker = new Map<string, Map<string, Waiting>>()
  #nextNumber = 0

  constructor(host: Host, limits: PopHoldLimits) {
    this.#host = host
    this.#limits = limits
    this.#places = new FairPlaces(limits.totalMax, Math.min(HELD_PER_CONNECTION_MAX, limits.totalMax))
  }

  get count(): number {
    return this.#places.count
  }

  /** Returns the number of requests of a group that wait for a queue. */
  countOf(topic: string, group: string, queueId: number): number {
    return this.#byWaker.get(`${topic}@${group}@${queueId}`)?.get(group)?.size ?? 0
  }

  // #region hold-pop
  /**
   * Holds a request for `holdMs`. Returns false when too many requests are held. `lookMs` is the delay after which the
   * request is run again even if nothing has woken it.
   */
  hold(pop: HeldPop, holdMs: number, lookMs = Number.POSITIVE_INFINITY): boolean {
    const { group, topic, queueId, channel } = pop
    if (this.countOf(topic, group, queueId) >= this.#limits.eachMax) return false
    const weight = placesFor(pop.codes)
    if (!makePlace(this.#places, channel, weight, (held) => this.#wake(held, true, PLACE_GIVEN_UP))) return false
    const isOver = holdMs <= lookMs
    const held: Held = { ...pop, timer: 0, number: this.#nextNumber++ }
    held.timer = this.#host.clock.after(isOver ? holdMs : lookMs, () =>
      this.#wake(held, isOver, isOver ? 'its time is over' : 'its queue is free'),
    )
    this.#places.add(channel, held, weight)
    for (const waker of wakersOf(held)) {
      let groups = this.#byWaker.get(waker)
      if (groups === undefined) this.#byWaker.set(waker, (groups = new Map()))
      let waiting = groups.get(group)
      if (waiting === undefined) groups.set(group, (waiting = new Set()))
      waiting.add(held)
    }
    this.#host.trace.emit?.('pop.held', { group, topic, queueId })
    return true
  }
  // #endregion hold-pop

  // #region pop-arriving
  /** Called when a message was dispatched: wakes at most one request of each group. */
  messageArriving(topic: string, queueId: number, tagsCode: number): void {
    // Messages of a retry topic have passed the group's filter already. In a retry topic the topic's name alone is the
    // waker.
    const wakers = [topic]
    for (const queue of [ANY_QUEUE, queueId]) wakers.push(`${topic}#${queue}`, `${topic}#${queue}#${tagsCode}`)
    const longest = new Map<string, Held>()
    for (const waker of wakers)
      for (const [group, waiting] of this.#byWaker.get(waker) ?? []) {
        const first = firstOf(waiting)
        const other = longest.get(group)
        if (other === undefined || first.number < other.number) longest.set(group, first)
      }
    if (longest.size > 0) this.#wakeSome([...longest.values()], 0)
  }

  /** Wakes the requests from index `next` on, a limited number in one turn. The rest is woken in later turns. */
  #wakeSome(woken: readonly Held[], next: number): void {
    const end = Math.min(woken.length, next + WAKES_AT_ONCE_MAX)
    for (const held of woken.slice(next, end)) this.#wake(held, false, 'a message arrived')
    if (end < woken.length) this.#host.clock.after(0, () => this.#wakeSome(woken, end))
  }
  // #endregion pop-arriving

  /** Wakes the longest waiting request of a group, because its queue holds more messages (-1 means: some queue does). */
  wakeOne(topic: string, group: string, queueId: number, reason: string): void {
    const keys = queueId < 0 ? [''] : [`@${queueId}`, `@${ANY_QUEUE}`]
    const firsts = keys.flatMap((key) => {
      const waiting = this.#byWaker.get(`${topic}@${group}${key}`)?.get(group)
      return waiting === undefined ? [] : [firstOf(waiting)]
    })
    if (firsts.length > 0)
      this.#wake(
        firsts.reduce((a, b) => (b.number < a.number ? b : a)),
        false,
        reason,
      )
  }

  /** Called when a connection has closed: removes its requests without an answer. */
  channelClosed(channel: Channel): void {
    for (const held of [...this.#places.of(channel)]) this.#remove(held)
  }

  /** Wakes every request, so that each one is answered now. */
  wakeAll(): void {
    for (const groups of [...this.#byWaker.values()])
      for (const waiting of [...groups.values()])
        for (const held of [...waiting]) this.#wake(held, true, 'the broker stops')
  }

  /** Removes a held request. Returns false when the request was removed before. */
  #remove(held: Held): boolean {
    if (!this.#places.remove(held.channel, held)) return false
    this.#host.clock.cancel(held.timer)
    for (const waker of wakersOf(held)) {
      const groups = this.#byWaker.get(waker)
      const waiting = groups?.get(held.group)
      if (groups === undefined || waiting === undefined) continue
      waiting.delete(held)
      if (waiting.size === 0) groups.delete(held.group)
      if (groups.size === 0) this.#byWaker.delete(waker)
    }
    return true
  }

  #wake(held: Held, isOver: boolean, reason: string): void {
    if (!this.#remove(held) || held.channel.isClosed) return
    const { group, topic, queueId } = held
    this.#host.trace.emit?.('pop.woken', { group, topic, queueId, reason })
    held.channel.inTurn(0, () => held.again(isOver))
  }
}

/**
 * Returns the keys under which a request is found: by its group (`@`), by its retry topics, and by the messages that it
 * waits for (`#`). No name of a topic or group may contain `@` or `#`.
 */
function wakersOf({ topic, group, queueId, codes }: HeldPop): readonly string[] {
  const own = `${topic}#${queueId}`
  return [
    `${topic}@${group}`,
    `${topic}@${group}@${queueId}`,
    popRetryTopicV1(topic, group),
    popRetryTopicV2(topic, group),
    ...(codes === undefined ? [own] : Array.from(codes, (code) => `${own}#${code}`)),
  ]
}

function firstOf(waiting: ReadonlySet<Held>): Held {
  return waiting.values().next().value!
}
