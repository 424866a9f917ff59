/**
 * Hands messages to the listener in the order of their queue. The listener receives a message only after the previous
 * message of the queue has left the cache.
 *
 * | answer of the listener | next step                                                                             |
 * | ----------------- | ------------------------------------------------------------------------------------------ |
 * | CONSUME_SUCCESS   | the offset moves, and the next message is handed over                                    |
 * | RECONSUME_LATER   | the queue waits (by default 1 s), then the same message is handed over again. The later messages of the queue also wait |
 * | RECONSUME_LATER, after `maxReconsumeTimes` redeliveries | the message is sent to the retry topic, where it becomes a dead letter. Then the next message is handed over. When this send fails, the row above applies. A broadcasting consumer drops the message instead |
 *
 * A queue that waits does not delay other queues. In a clustering group, a queue is consumed only while the consumer trusts
 * the lock of the queue. When a consumer loses the lock of a queue, the consumer drops the cached messages and the offset
 * of this queue. The next owner continues at the offset that the broker has stored.
 *
 * Invariants: the listener has at most one message of a queue, and at most `consumeThreadMax` messages of all queues. In a
 * clustering group, an answer of the listener moves an offset only when the consumer still trusts the lock at that time.
 *
 * RocketMQ: `ConsumeMessageOrderlyService`.
 */
import type { MessageExt } from '../../../common/message.ts'
import type { Host, TimerId } from '../../../host/host.ts'
import * as limits from '../../limits.ts'
import {
  type ConsumeContext,
  type ConsumeService,
  type ConsumeStatus,
  callListener,
  messageFacts,
} from '../pull/listener.ts'
import type { PullLoop } from '../pull/pull-loop.ts'
import type { ConsumeSettings } from './consume-concurrently.ts'
import type { QueueLocks } from './queue-locks.ts'

/** The settings that only ordered consumption needs. */
export interface OrderlySettings extends ConsumeSettings {
  /**
   * The locks of the queues. Undefined for a broadcasting consumer: each member consumes all queues, so no lock is needed.
   */
  readonly locks: QueueLocks | undefined
  readonly maxReconsumeTimes: number
  readonly suspendCurrentQueueMs: number
  /** Called when a queue has a message for the listener, or an answer from it, and the lock of the queue is not trusted. */
  readonly onLockLost: (loop: PullLoop) => void
}

/** Hands the messages of each queue to the listener one at a time. */
export class ConsumeOrderly implements ConsumeService {
  readonly #host: Host
  readonly #settings: OrderlySettings
  /** The queues that may have a message for the listener. */
  readonly #ready = new Set<PullLoop>()
  /**
   * The busy queues. A queue is busy while the listener has one of its messages, or while one of its messages is being sent
   * to a broker.
   */
  readonly #busy = new Set<PullLoop>()
  /** The queues that wait after a failure. The value is the timer that ends the wait. */
  readonly #suspended = new Map<PullLoop, TimerId>()
  /** For each queue that is being given up, a callback that is called when the queue is no longer busy. */
  readonly #leaving = new Map<PullLoop, () => void>()
  #isPumping = false
  #open = true

  constructor(host: Host, settings: OrderlySettings) {
    this.#host = host
    this.#settings = settings
  }

  submit(loop: PullLoop): void {
    if (this.#busy.has(loop) || this.#suspended.has(loop)) return
    this.#ready.add(loop)
    this.#pump()
  }

  // #region give-up
  /** Calls `done` as soon as the queue is not busy. The next owner of the queue may not begin before `done` is called. */
  giveUp(loop: PullLoop, done: () => void): void {
    this.#ready.delete(loop)
    this.#resume(loop)
    if (this.#busy.has(loop)) this.#leaving.set(loop, done)
    else done()
  }

  isBusy(loop: PullLoop): boolean {
    return this.#busy.has(loop)
  }
  // #endregion give-up

  stop(): void {
    this.#open = false
    for (const loop of [...this.#suspended.keys()]) this.#resume(loop)
  }

  #resume(loop: PullLoop): void {
    const timer = this.#suspended.get(loop)
    if (timer !== undefined) this.#host.clock.cancel(timer)
    this.#suspended.delete(loop)
  }

  // #region consume-orderly
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    for (const loop of this.#ready) {
      if (!this.#open || this.#busy.size >= this.#settings.consumeThreadMax) break
      this.#ready.delete(loop)
      const message = loop.processQueue.first
      if (loop.processQueue.dropped || message === undefined) continue
      if (this.#hasLock(loop)) this.#consume(loop, message)
      else this.#settings.onLockLost(loop)
    }
    this.#isPumping = false
  }

  #hasLock(loop: PullLoop): boolean {
    return this.#settings.locks?.isHeld(loop.queue) ?? true
  }

  #consume(loop: PullLoop, message: MessageExt): void {
    this.#busy.add(loop)
    const context: ConsumeContext = {
      delayLevelWhenNextConsume: 0,
      suspendCurrentQueueMs: this.#settings.suspendCurrentQueueMs,
    }
    loop.processQueue.lastConsumeTimestamp = this.#host.clock.nowMs()
    const sinceMs = this.#host.clock.monotonicMs()
    callListener(this.#settings.listener, message, loop.queue, context, (status) => {
      const tookMs = this.#host.clock.monotonicMs() - sinceMs
      this.#settings.onConsumed(loop.queue.topic, tookMs, status === 'CONSUME_SUCCESS')
      this.#tell(loop, message, status)
      if (!this.#hasLock(loop)) this.#finish(loop, () => this.#settings.onLockLost(loop))
      else if (status === 'CONSUME_SUCCESS') this.#finish(loop, () => this.#remove(loop, message))
      else this.#failed(loop, message, context.suspendCurrentQueueMs)
    })
  }

  /**
   * Ends the work on one message of the queue, and runs `settle` unless the consumer was stopped. When the queue is being
   * given up, calls the callback of the queue. When the queue is not being given up and does not wait after a failure,
   * hands over the next message.
   */
  #finish(loop: PullLoop, settle: () => void): void {
    this.#busy.delete(loop)
    if (this.#open) settle()
    const leave = this.#leaving.get(loop)
    this.#leaving.delete(loop)
    leave?.()
    if (leave === undefined && !this.#suspended.has(loop)) this.#ready.add(loop)
    this.#pump()
  }

  /**
   * Removes a consumed message, and stores the new offset of the queue in memory. The new offset may be lower than the
   * stored offset, because an operator may have reset the queue. A message that is no longer in the cache has no effect.
   */
  #remove(loop: PullLoop, message: MessageExt): void {
    if (!loop.processQueue.has(message)) return // rare: the message has left the cache while it was handled
    this.#settings.offsets.update(loop.queue, loop.processQueue.remove(message), false)
  }
  // #endregion consume-orderly

  // #region suspend-queue
  #failed(loop: PullLoop, message: MessageExt, suspendMs: number): void {
    const again = () => this.#finish(loop, () => this.#suspend(loop, message, suspendMs))
    if (message.reconsumeTimes < this.#settings.maxReconsumeTimes) return again()
    if (this.#settings.sendBack === undefined) return this.#finish(loop, () => this.#remove(loop, message))
    this.#settings.sendBack.sendAsMessage(message, message.reconsumeTimes, (error) => {
      if (error === '') this.#finish(loop, () => this.#remove(loop, message))
      else again()
    })
  }

  #suspend(loop: PullLoop, message: MessageExt, suspendMs: number): void {
    if (loop.processQueue.dropped) return
    loop.processQueue.putBack({ ...message, reconsumeTimes: message.reconsumeTimes + 1 })
    const { SUSPEND_CURRENT_QUEUE_MS_MIN: min, SUSPEND_CURRENT_QUEUE_MS_MAX: max } = limits
    const timer = this.#host.clock.after(Math.min(Math.max(suspendMs, min), max), () => {
      this.#suspended.delete(loop)
      this.submit(loop)
    })
    this.#suspended.set(loop, timer)
  }
  // #endregion suspend-queue

  #tell(loop: PullLoop, message: MessageExt, status: ConsumeStatus): void {
    this.#host.trace.emit?.('message.consumed', { ...messageFacts(this.#settings.group, loop, message), status })
  }
}
