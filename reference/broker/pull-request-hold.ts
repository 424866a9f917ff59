/**
 * Long polling: a pull that finds no message is held (it gets no answer yet) until a message arrives, or until the time of
 * the pull expires.
 *
 * With long polling, a pull is as fast as a push, because the pull is answered as soon as a message is dispatched. A held
 * pull needs entries in a table and one timer. The broker does not check held pulls at regular intervals.
 *
 * | event                     | what the broker does                                                                   |
 * | ------------------------- | -------------------------------------------------------------------------------------- |
 * | a message arrives         | the pulls of this queue that wait for the tag of this message, or for any message, are woken. No other pull is checked |
 * | a pull is woken           | the pull is answered as work of its own connection (`Channel.inTurn`), and not as work of the connection that has sent the message |
 * | a new pull needs more places than are free (`placesFor`) | the oldest pull of the connection with the most places is answered (`common/fair-places.ts`) |
 *
 * Invariants: every held pull is answered exactly once, unless its connection has closed. A pull that was woken is answered,
 * and is not held again.
 *
 * RocketMQ: `PullRequestHoldService`, `NotifyMessageArrivingListener`. Unlike GlassMQ, RocketMQ also checks all held pulls
 * every five seconds. GlassMQ has a timer for each pull instead.
 */
import { FairPlaces } from '../common/fair-places.ts'
import type { Host, TimerId } from '../host/host.ts'
import type { Channel } from '../remoting/channel.ts'
import { HELD_PER_CONNECTION_MAX, HELD_PULLS_MAX, TAGS_PER_PLACE, WAKES_AT_ONCE_MAX } from './limits.ts'

/** A pull that is held. */
export interface HeldPull {
  readonly group: string
  readonly topic: string
  readonly queueId: number
  /** The pull waits for a message at this offset or at a later offset. */
  readonly queueOffset: number
  /** Hashes of the tags that the pull waits for. When the value is undefined, any message of the queue wakes the pull. */
  readonly codes: ReadonlySet<number> | undefined
  /** The connection on which the pull arrived. */
  readonly channel: Channel
  /** Answers the pull with the messages that the queue has at the time of this call. */
  readonly answer: () => void
}

interface Held extends HeldPull {
  readonly timer: TimerId
}

/** The pulls of one queue that wait for messages of the same tag, or for any message. */
type Waiting = Set<Held>

/**
 * The held pulls of one queue, by the hash of each tag that they wait for. A pull that waits for any message has the key
 * `ANY`.
 */
type HeldOfQueue = Map<number | typeof ANY, Waiting>
const ANY = 'any'
/** The reason in the event log when a held request is answered early, because another request needs its place. */
export const PLACE_GIVEN_UP = 'all places are taken, and its connection has the most'

/** The held pulls of all queues. */
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
   * Holds a pull for at most `holdMs`. Returns false when the connection of the pull may not take more places. When the
   * result is false, the caller must answer the pull now.
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
  /**
   * Called when a message was dispatched. `maxOffset` is the new end of the queue of the message. `tagsCode` is the hash of
   * the tag of the message. Wakes all pulls of the queue that wait for this tag or for any message. A pull that waits for a
   * later offset than the offset of the message is woken, too.
   */
  messageArriving(topic: string, queueId: number, maxOffset: number, tagsCode: number): void {
    const queue = this.#queues.get(`${topic}@${queueId}`)
    if (queue === undefined) return
    for (const code of [ANY, tagsCode] as const) {
      const waiting = queue.get(code)
      if (waiting === undefined) continue
      // The pulls that are woken are removed at once, so that the next message does not find pulls that are already being
      // woken.
      queue.delete(code)
      this.#wakeSome([...waiting], 0, maxOffset)
    }
  }
  // #endregion arriving

  /**
   * Wakes the pulls from index `next` on. One turn of the event loop wakes only a limited number of pulls. Later turns wake
   * the other pulls.
   */
  #wakeSome(waiting: readonly Held[], next: number, maxOffset: number): void {
    const end = Math.min(waiting.length, next + WAKES_AT_ONCE_MAX)
    for (const held of waiting.slice(next, end)) {
      if (maxOffset > held.queueOffset) this.#wake(held, 'a message arrived')
      else this.#wake(held, 'it waits for a later one')
    }
    if (end < waiting.length) this.#host.clock.after(0, () => this.#wakeSome(waiting, end, maxOffset))
  }

  /** Answers all held pulls of one group for a queue, even when no message has arrived. */
  wakeGroup(group: string, topic: string, queueId: number, reason: string): void {
    for (const waiting of [...(this.#queues.get(`${topic}@${queueId}`)?.values() ?? [])])
      for (const held of [...waiting]) if (held.group === group) this.#wake(held, reason)
  }

  /** Called when a connection has closed. Removes the pulls of this connection without an answer. */
  channelClosed(channel: Channel): void {
    for (const held of [...this.#places.of(channel)]) this.#remove(held)
  }

  /** Called when the broker stops, and when the master changes. Answers every held pull. `reason` is for the event log. */
  wakeAll(reason: string): void {
    for (const queue of [...this.#queues.values()])
      for (const waiting of [...queue.values()]) for (const held of [...waiting]) this.#wake(held, reason)
  }

  #wake(held: Held, reason: string): void {
    if (!this.#remove(held) || held.channel.isClosed) return
    const { group, topic, queueId, queueOffset } = held
    this.#host.trace.emit?.('pull.woken', { group, topic, queueId, queueOffset, reason })
    held.channel.inTurn(0, held.answer)
  }

  /** Removes a held pull. Returns false when the pull was already removed. */
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

/**
 * Returns the number of places that a held request takes. A request with many tags takes several places, because it needs
 * more memory.
 */
export function placesFor(codes: ReadonlySet<number> | undefined): number {
  return 1 + Math.floor((codes?.size ?? 0) / TAGS_PER_PLACE)
}

/**
 * Returns true when the connection may take `weight` more places. When too few places are free, the connection with the most
 * places must free the places of its oldest request: `giveUp` is called with this request, and must answer the request.
 */
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
