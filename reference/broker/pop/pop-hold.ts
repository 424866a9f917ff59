/**
 * Long polling for pops: a request that finds nothing is kept until something may be there or its time is over.
 *
 * | wakes                                   | whom                                                                  |
 * | --------------------------------------- | --------------------------------------------------------------------- |
 * | a message in the topic, or in a group's retry topic of it | of each group the request that waits longest and wants it |
 * | a pop that left something behind         | one more of the same group                                            |
 * | an ordered queue that is free again      | the same                                                              |
 *
 * One message wakes one request of a group: the others would find nothing. Who is woken and still finds nothing waits on for
 * the rest of its time.
 *
 * RocketMQ: `PopLongPollingService`, which sweeps every 20 ms and wakes for every 800th message whatever the filter says.
 */
import { popRetryTopicV1, popRetryTopicV2 } from '../../common/pop-names.ts'
import type { Host, TimerId } from '../../host/host.ts'
import type { EntryFilter } from '../../store/get-message.ts'

export interface HeldPop {
  readonly group: string
  readonly topic: string
  /** -1: any. */
  readonly queueId: number
  readonly filter: EntryFilter
  /** Does the request again. `isOver`: its time has come, it must be answered. */
  readonly again: (isOver: boolean) => void
  /** False when nobody is there any more to answer. */
  readonly isWanted: () => boolean
}

interface Held extends HeldPop {
  timer: TimerId
}

export interface PopHoldLimits {
  readonly eachMax: number
  readonly totalMax: number
}

export class PopHold {
  readonly #host: Host
  readonly #limits: PopHoldLimits
  /** By `topic@group`, the longest first. */
  readonly #held = new Map<string, Set<Held>>()
  /** Keys of `#held` by each topic in which a message may come for them. */
  readonly #byTopic = new Map<string, Set<string>>()
  #count = 0

  constructor(host: Host, limits: PopHoldLimits) {
    this.#host = host
    this.#limits = limits
  }

  get count(): number {
    return this.#count
  }

  /** How many of a group wait for a queue. */
  countOf(topic: string, group: string, queueId: number): number {
    return [...(this.#held.get(`${topic}@${group}`) ?? [])].filter((held) => held.queueId === queueId).length
  }

  // #region hold-pop
  /** Keeps a request for `holdMs`; false when too many wait. `lookMs`: does it again by itself after so long. */
  hold(pop: HeldPop, holdMs: number, lookMs = Number.POSITIVE_INFINITY): boolean {
    const { group, topic, queueId } = pop
    const key = `${topic}@${group}`
    if (this.#count >= this.#limits.totalMax || this.countOf(topic, group, queueId) >= this.#limits.eachMax)
      return false
    const isOver = holdMs <= lookMs
    const held: Held = { ...pop, timer: 0 }
    held.timer = this.#host.clock.after(isOver ? holdMs : lookMs, () => {
      this.#remove(key, held)
      this.#wake(held, isOver, isOver ? 'its time is over' : 'its queue is free')
    })
    let waiting = this.#held.get(key)
    if (waiting === undefined) {
      this.#held.set(key, (waiting = new Set()))
      for (const name of topicsOf(topic, group)) this.#keysOf(name).add(key)
    }
    waiting.add(held)
    this.#count++
    if (this.#host.trace.on) this.#host.trace.emit('pop.held', { group, topic, queueId })
    return true
  }
  // #endregion hold-pop

  #keysOf(topic: string): Set<string> {
    let keys = this.#byTopic.get(topic)
    if (keys === undefined) this.#byTopic.set(topic, (keys = new Set()))
    return keys
  }

  // #region pop-arriving
  /** A message was dispatched. */
  messageArriving(topic: string, queueId: number, tagsCode: number): void {
    const keys = this.#byTopic.get(topic)
    if (keys === undefined) return
    for (const key of [...keys]) {
      const isOwn = key.startsWith(`${topic}@`)
      // whatever lies in a retry topic has passed the group's filter before
      this.#wakeFirst(key, (held) => !isOwn || (isFor(held, queueId) && held.filter(tagsCode)), 'a message arrived')
    }
  }
  // #endregion pop-arriving

  /** Something is left for the group in a queue (-1: in any). */
  wakeOne(topic: string, group: string, queueId: number, reason: string): void {
    this.#wakeFirst(`${topic}@${group}`, (held) => queueId < 0 || isFor(held, queueId), reason)
  }

  /** Everybody gets an answer now. */
  wakeAll(): void {
    for (const [key, waiting] of [...this.#held])
      for (const held of [...waiting]) {
        this.#remove(key, held)
        this.#wake(held, true, 'the broker stops')
      }
  }

  #wakeFirst(key: string, mayWake: (held: Held) => boolean, reason: string): void {
    for (const held of [...(this.#held.get(key) ?? [])]) {
      const isWanted = held.isWanted()
      if (isWanted && !mayWake(held)) continue
      this.#remove(key, held)
      if (!isWanted) continue
      return this.#wake(held, false, reason)
    }
  }

  #remove(key: string, held: Held): void {
    const waiting = this.#held.get(key)
    if (!waiting?.delete(held)) return
    this.#count--
    this.#host.clock.cancel(held.timer)
    if (waiting.size > 0) return
    this.#held.delete(key)
    for (const name of topicsOf(held.topic, held.group)) {
      const keys = this.#byTopic.get(name)
      keys?.delete(key)
      if (keys?.size === 0) this.#byTopic.delete(name)
    }
  }

  #wake({ group, topic, queueId, isWanted, again }: Held, isOver: boolean, reason: string): void {
    if (!isWanted()) return
    if (this.#host.trace.on) this.#host.trace.emit('pop.woken', { group, topic, queueId, reason })
    again(isOver)
  }
}

function isFor(held: HeldPop, queueId: number): boolean {
  return held.queueId < 0 || held.queueId === queueId
}

function topicsOf(topic: string, group: string): readonly string[] {
  return [topic, popRetryTopicV1(topic, group), popRetryTopicV2(topic, group)]
}
