/**
 * Long polling for pops. When a pop finds no message, the broker holds the request. The broker sends the answer when there
 * may be a message for this request, or when the time of the request has expired.
 *
 * | event                                   | requests that are woken                                               |
 * | --------------------------------------- | --------------------------------------------------------------------- |
 * | a message arrives in the topic, or in a retry topic that belongs to this topic | for each group, one request: the oldest one whose filter accepts the message |
 * | a pop leaves messages in the queue       | one more request of the same group                                    |
 * | a queue that is popped in order is free again | one request of the group, for this queue or for any queue        |
 *
 * One message wakes only one request of a group, because a second request of the group would find no message. When a woken
 * pop finds no message, it is held again for the rest of its time. NOTIFICATION requests are held in the same way, but are
 * answered when they are woken.
 *
 * The cost of a message depends only on the requests that it wakes, because requests are found by topic, queue and tag. A
 * woken request runs as work of its own connection (`Channel.inTurn`). When a new request needs more places than are free,
 * the oldest request of the connection with the most places is answered (`common/fair-places.ts`).
 *
 * RocketMQ: `PopLongPollingService`. Unlike GlassMQ, RocketMQ checks all requests every 20 ms. In RocketMQ, every 800th
 * message wakes a request even when the filter of the request does not accept the message.
 */
import { FairPlaces } from '../../common/fair-places.ts'
import { ANY_QUEUE, popRetryTopicV1, popRetryTopicV2 } from '../../common/pop-names.ts'
import type { Host, TimerId } from '../../host/host.ts'
import type { Channel } from '../../remoting/channel.ts'
import { HELD_PER_CONNECTION_MAX, WAKES_AT_ONCE_MAX } from '../limits.ts'
import { makePlace, PLACE_GIVEN_UP, placesFor } from '../pull-request-hold.ts'

/** A request that is held. */
export interface HeldPop {
  readonly group: string
  readonly topic: string
  /** The queue to pop. The value -1 means any queue of the topic. */
  readonly queueId: number
  /**
   * The hashes of the tags that the request waits for. When the value is undefined, any message of the queue wakes the
   * request.
   */
  readonly codes: ReadonlySet<number> | undefined
  /** The connection on which the request arrived. */
  readonly channel: Channel
  /**
   * Runs the request again. When `isOver` is true, the time of the request has expired, and the request must be answered.
   */
  readonly again: (isOver: boolean) => void
}

interface Held extends HeldPop {
  timer: TimerId
  /** The number of the request. A request with a lower number has waited longer. */
  readonly number: number
}

/**
 * Max numbers of held requests. `eachMax` is the max number for one queue and group, and `totalMax` is the max number of
 * places that all held requests take.
 */
export interface PopHoldLimits {
  readonly eachMax: number
  readonly totalMax: number
}

/**
 * The requests of one group that wait for the same messages. The first request of the set has waited for the longest time.
 */
type Waiting = Set<Held>

/** The held requests of all groups, and the keys under which these requests are found. */
export class PopHold {
  readonly #host: Host
  readonly #limits: PopHoldLimits
  readonly #places: FairPlaces<Channel, Held>
  /**
   * The held requests by key (`wakersOf`), then by group. The requests of a group for a whole topic have the key
   * `topic@group`. The requests of a group for one queue also have the key `topic@group@queueId`. All other keys name kinds
   * of messages.
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
   * Holds a request for at most `holdMs`. When `lookMs` is shorter than `holdMs`, the request runs again after `lookMs`,
   * even when no message has arrived. Returns false when too many requests of the queue and group or of the connection are
   * held.
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
  /** Called when a message was dispatched. Wakes at most one request of each group. */
  messageArriving(topic: string, queueId: number, tagsCode: number): void {
    if (this.#byWaker.size === 0) return
    // A message of a retry topic has already passed the filter of the group. So for a retry topic, only the name of the
    // topic is used as a key.
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

  /**
   * Wakes the requests from index `next` on. One turn of the event loop wakes only a limited number of requests. Later turns
   * wake the other requests.
   */
  #wakeSome(woken: readonly Held[], next: number): void {
    const end = Math.min(woken.length, next + WAKES_AT_ONCE_MAX)
    for (const held of woken.slice(next, end)) this.#wake(held, false, 'a message arrived')
    if (end < woken.length) this.#host.clock.after(0, () => this.#wakeSome(woken, end))
  }
  // #endregion pop-arriving

  /**
   * Wakes the request of a group that has waited for the longest time. Called when the queue has more messages or is free
   * again. The `queueId` -1 means any queue.
   */
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

  /** Called when a connection has closed. Removes the requests of this connection without an answer. */
  channelClosed(channel: Channel): void {
    for (const held of [...this.#places.of(channel)]) this.#remove(held)
  }

  /** Wakes every request. Each request is answered now, even without a message. `reason` is for the event log. */
  wakeAll(reason: string): void {
    for (const groups of [...this.#byWaker.values()])
      for (const waiting of [...groups.values()]) for (const held of [...waiting]) this.#wake(held, true, reason)
  }

  /** Removes a held request. Returns false when the request was already removed. */
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
 * Returns the keys under which a request is found: two keys for its group (with `@`), its retry topics, and one key for each
 * kind of message that the request waits for (with `#`). The names of topics and groups never contain `@` or `#`.
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
