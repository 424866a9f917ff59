/**
 * Long polling: a pull that finds nothing is kept until a message comes or its time is over.
 *
 * This is what makes pulling feel like being pushed to: the answer leaves the moment a message is dispatched. A held pull
 * costs one entry in a list and one timer; nothing looks at it in between.
 *
 * Invariants: every held pull is answered exactly once (woken or timed out), or its connection is gone; a woken pull is
 * never held again by the same waking.
 * RocketMQ: `PullRequestHoldService`, `NotifyMessageArrivingListener`. RocketMQ also sweeps every 5 s; a timer for each
 * pull makes that unnecessary.
 */
import type { Host, TimerId } from '../host/host.ts'
import type { EntryFilter } from '../store/get-message.ts'
import { HELD_PULLS_MAX } from './limits.ts'

export interface HeldPull {
  readonly group: string
  readonly topic: string
  readonly queueId: number
  /** Waits for a message at this offset or after it. */
  readonly queueOffset: number
  readonly filter: EntryFilter
  /** Answers the pull with what there is now. */
  readonly answer: () => void
  /** False when nobody is there any more to answer. */
  readonly isWanted: () => boolean
}

interface Held extends HeldPull {
  readonly timer: TimerId
}

export class PullRequestHold {
  readonly #host: Host
  readonly #held = new Map<string, Set<Held>>()
  #count = 0

  constructor(host: Host) {
    this.#host = host
  }

  get count(): number {
    return this.#count
  }

  // #region hold
  /** Keeps a pull for at most `holdMs`. False when too many are held: it must be answered now. */
  hold(pull: HeldPull, holdMs: number): boolean {
    if (this.#count >= HELD_PULLS_MAX) return false
    const key = `${pull.topic}@${pull.queueId}`
    const held: Held = {
      ...pull,
      timer: this.#host.clock.after(holdMs, () => this.#wake(key, held, 'its time is over')),
    }
    let queue = this.#held.get(key)
    if (queue === undefined) this.#held.set(key, (queue = new Set()))
    queue.add(held)
    this.#count++
    if (this.#host.trace.on) {
      const { group, topic, queueId, queueOffset } = pull
      this.#host.trace.emit('pull.held', { group, topic, queueId, queueOffset })
    }
    return true
  }
  // #endregion hold

  // #region arriving
  /** A message was dispatched; `maxOffset` is its queue's end now. Wakes the pulls that wanted it. */
  messageArriving(topic: string, queueId: number, maxOffset: number, tagsCode: number): void {
    const key = `${topic}@${queueId}`
    const queue = this.#held.get(key)
    if (queue === undefined) return
    for (const held of [...queue]) {
      if (maxOffset > held.queueOffset && held.filter(tagsCode)) this.#wake(key, held, 'a message arrived')
    }
  }
  // #endregion arriving

  /** One group's pulls of a queue get an answer now, whether a message came or not. */
  wakeGroup(group: string, topic: string, queueId: number, reason: string): void {
    const key = `${topic}@${queueId}`
    for (const held of [...(this.#held.get(key) ?? [])]) if (held.group === group) this.#wake(key, held, reason)
  }

  /** The broker is stopping: everybody gets an answer. */
  wakeAll(): void {
    for (const [key, queue] of [...this.#held])
      for (const held of [...queue]) this.#wake(key, held, 'the broker is stopping')
  }

  #wake(key: string, held: Held, reason: string): void {
    const queue = this.#held.get(key)
    if (queue === undefined || !queue.delete(held)) return
    if (queue.size === 0) this.#held.delete(key)
    this.#count--
    this.#host.clock.cancel(held.timer)
    if (!held.isWanted()) return
    if (this.#host.trace.on) {
      const { group, topic, queueId, queueOffset } = held
      this.#host.trace.emit('pull.woken', { group, topic, queueId, queueOffset, reason })
    }
    held.answer()
  }
}
