/**
 * Long polling: a pull that finds nothing is kept until a message arrives or its time is over.
 *
 * Long polling makes pulling feel like being pushed to: the answer leaves at the moment at which a message is dispatched. A
 * held pull costs one entry in a table and one timer; nothing looks at it in between.
 *
 * | what                      | costs                                                                                  |
 * | ------------------------- | -------------------------------------------------------------------------------------- |
 * | a message arrives         | only the pulls it wakes: they are found by queue and tag, whatever else is held           |
 * | a pull is woken           | a turn of its connection (`Channel.inTurn`), not of the sender's                          |
 * | all places are taken      | the connection that holds the most has its oldest pull answered; see `common/fair-places.ts` |
 *
 * Invariants: every held pull is answered exactly once (woken or timed out), or its connection is gone; the message that woke a
 * pull does not hold it again.
 * RocketMQ: `PullRequestHoldService`, `NotifyMessageArrivingListener`. RocketMQ also sweeps every 5 s; a timer for each
 * pull makes that unnecessary.
 */
import { FairPlaces } from '../common/fair-places.ts'
import type { Host, TimerId } from '../host/host.ts'
import type { Channel } from '../remoting/channel.ts'
import { HELD_PER_CONNECTION_MAX, HELD_PULLS_MAX, TAGS_PER_PLACE, WAKES_AT_ONCE_MAX } from './limits.ts'

/** A pull that waits. */
export interface HeldPull {
  readonly group: string
  readonly topic: string
  readonly queueId: number
  /** The pull waits for a message at this offset or after it. */
  readonly queueOffset: number
  /** Hashes of the tags that the pull waits for; undefined when any message wakes it. */
  readonly codes: ReadonlySet<number> | undefined
  /** The connection that the pull came over. */
  readonly channel: Channel
  /** Answers the pull with what the queue holds now. */
  readonly answer: () => void
}

interface Held extends HeldPull {
  readonly timer: TimerId
}

/** Pulls that wait for messages of one tag, or of any. */
type Waiting = Set<Held>

/** The held pulls of one queue, by the hash of each tag they wait for; under `ANY` those that any message wakes. */
type HeldOfQueue = Map<number | typeof ANY, Waiting>
const ANY = 'any'
/** Why a held request is answered early. */
export const PLACE_GIVEN_UP = 'all places are taken, and its connection has the most'

export class PullRequestHold {
  readonly #host: Host
  readonly #queues = new Map<string, HeldOfQueue>()
  readonly #places: FairPlaces<Channel, Held>

  constructor(host: Host, heldMax = HELD_PULLS_MAX, perConnectionMax = HELD_PER_CONNECTION_MAX) {
    this.#host = host
    this.#places = new FairPlaces(heldMax, perConnectionMax)
  }

  get count(): number {
    return this.#places.count
  }

  // #region hold
  /**
   * Keeps a pull for at most `holdMs`. Returns false when its connection already holds its share: the pull must be answered
   * now.
   */
  hold(pull: HeldPull, holdMs: number): boolean {
    const weight = placesFor(pull.codes)
    if (!makePlace(this.#places, pull.channel, weight, (held) => this.#wake(held, PLACE_GIVEN_UP))) return false
    const held: Held = {
      ...pull,
      timer: this.#host.clock.after(holdMs, () => this.#wake(held, 'its time is over')),
    }
    this.#places.add(pull.channel, held, weight)
    const key = `${pull.topic}@${pull.queueId}`
    let queue = this.#queues.get(key)
    if (queue === undefined) this.#queues.set(key, (queue = new Map()))
    for (const code of codesOf(pull)) {
      let waiting = queue.get(code)
      if (waiting === undefined) queue.set(code, (waiting = new Set()))
      waiting.add(held)
    }
    const { group, topic, queueId, queueOffset } = pull
    this.#host.trace.emit?.('pull.held', { group, topic, queueId, queueOffset })
    return true
  }
  // #endregion hold

  // #region arriving
  /** A message was dispatched; `maxOffset` is now its queue's end. Wakes the pulls that wait for this message. */
  messageArriving(topic: string, queueId: number, maxOffset: number, tagsCode: number): void {
    const queue = this.#queues.get(`${topic}@${queueId}`)
    if (queue === undefined) return
    for (const code of [ANY, tagsCode] as const) {
      const waiting = queue.get(code)
      if (waiting === undefined) continue
      // The pulls are taken out together, so that the next message does not find those that are still being woken.
      queue.delete(code)
      this.#wakeSome([...waiting], 0, maxOffset)
    }
  }
  // #endregion arriving

  /** Wakes pulls from `next` on, a limited number at a time; the rest is woken after other work has had its turn. */
  #wakeSome(waiting: readonly Held[], next: number, maxOffset: number): void {
    const end = Math.min(waiting.length, next + WAKES_AT_ONCE_MAX)
    for (const held of waiting.slice(next, end)) {
      if (maxOffset > held.queueOffset) this.#wake(held, 'a message arrived')
      else this.#wake(held, 'it waits for a later one')
    }
    if (end < waiting.length) this.#host.clock.after(0, () => this.#wakeSome(waiting, end, maxOffset))
  }

  /** Answers one group's pulls of a queue now, although no message came. */
  wakeGroup(group: string, topic: string, queueId: number, reason: string): void {
    for (const waiting of [...(this.#queues.get(`${topic}@${queueId}`)?.values() ?? [])])
      for (const held of [...waiting]) if (held.group === group) this.#wake(held, reason)
  }

  /** A connection is gone: its pulls need no answer. */
  channelClosed(channel: Channel): void {
    for (const held of [...this.#places.of(channel)]) this.#remove(held)
  }

  /** The broker is stopping: every pull is answered. */
  wakeAll(): void {
    for (const queue of [...this.#queues.values()])
      for (const waiting of [...queue.values()])
        for (const held of [...waiting]) this.#wake(held, 'the broker is stopping')
  }

  #wake(held: Held, reason: string): void {
    if (!this.#remove(held) || held.channel.isClosed) return
    const { group, topic, queueId, queueOffset } = held
    this.#host.trace.emit?.('pull.woken', { group, topic, queueId, queueOffset, reason })
    held.channel.inTurn(0, held.answer)
  }

  /** Returns false when the pull was woken before. */
  #remove(held: Held): boolean {
    if (!this.#places.remove(held.channel, held)) return false
    this.#host.clock.cancel(held.timer)
    const key = `${held.topic}@${held.queueId}`
    const queue = this.#queues.get(key)
    if (queue === undefined) return true
    for (const code of codesOf(held)) {
      const waiting = queue.get(code)
      if (waiting?.delete(held) === true && waiting.size === 0) queue.delete(code)
    }
    if (queue.size === 0) this.#queues.delete(key)
    return true
  }
}

function codesOf({ codes }: HeldPull): Iterable<number | typeof ANY> {
  return codes ?? [ANY]
}

/** How many places a held request takes: one, and more for a long list of tags, which takes memory. */
export function placesFor(codes: ReadonlySet<number> | undefined): number {
  return 1 + Math.floor((codes?.size ?? 0) / TAGS_PER_PLACE)
}

/** True when a connection may hold `weight` more. `giveUp` answers requests of the connections that hold too much. */
export function makePlace<P>(
  places: FairPlaces<Channel, P>,
  channel: Channel,
  weight: number,
  giveUp: (held: P) => void,
): boolean {
  for (;;) {
    const asked = places.ask(channel, weight)
    if (asked.answer !== 'taken') return asked.answer === 'free'
    for (const oldest of places.of(asked.largest)) {
      giveUp(oldest)
      break
    }
  }
}
