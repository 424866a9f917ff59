/**
 * Hands messages to the listener. The listener may have many messages at the same time, and may finish these messages in any
 * order.
 *
 * ```
 * cache ─► listener ─┬─ CONSUME_SUCCESS ──────────────────────────► offset may move
 *                    ├─ RECONSUME_LATER ─► back to the broker ─────► offset may move
 *                    │                        └─ no broker takes it: listener again in 5 s
 *                    └─ no answer for 15 min ─► back to the broker; a late answer is ignored
 * ```
 *
 * A message that fails does not delay other messages. The failed message leaves the cache, and the broker redelivers it
 * through the retry topic.
 *
 * A consumer may have a circuit breaker. While the listener fails too often or is too slow, the breaker stops the
 * deliveries. During this time, messages wait in the cache. When the cache is full, further messages wait at the broker.
 *
 * Invariant: while the consumer has the queue, a message leaves the cache only when it was consumed or sent back to the
 * broker. There are two exceptions: a broadcasting consumer removes a failed message, and the cache is cleared when the
 * broker moves the offset. `listener-pool.ts` limits how many messages the listener has at the same time.
 *
 * RocketMQ: `ConsumeMessageConcurrentlyService`, `ProcessQueue.cleanExpiredMsg`.
 */
import type { MessageExt } from '../../../common/message.ts'
import type { Host, TimerId } from '../../../host/host.ts'
import * as limits from '../../limits.ts'
import { type ConsumeService, type ConsumeStatus, messageFacts } from '../pull/listener.ts'
import type { OffsetStore } from '../pull/offset-store.ts'
import type { PullLoop } from '../pull/pull-loop.ts'
import { type Handed, ListenerPool, type ListenerPoolSettings, toHand } from './listener-pool.ts'
import type { SendBack } from './send-back.ts'

interface Consuming extends Handed {
  readonly loop: PullLoop
  /**
   * True when the listener took longer than `consumeTimeoutMs`. A later answer of the listener to this message is ignored.
   */
  isExpired: boolean
}

/** The settings that concurrent and ordered consumption need. */
export interface ConsumeSettings extends ListenerPoolSettings {
  readonly group: string
  readonly offsets: OffsetStore
  /**
   * Sends failed messages back to their broker. Undefined for a broadcasting consumer, which does not send messages back.
   */
  readonly sendBack: SendBack | undefined
  readonly consumeTimeoutMs: number
}

/** Hands messages of all queues to the listener, many at the same time. */
export class ConsumeConcurrently implements ConsumeService {
  readonly #host: Host
  readonly #settings: ConsumeSettings
  readonly #pool: ListenerPool<Consuming>
  #timeoutTimer: TimerId | undefined

  constructor(host: Host, settings: ConsumeSettings) {
    this.#host = host
    this.#settings = settings
    this.#pool = new ListenerPool(host, settings, {
      passOver: ({ loop }) => loop.processQueue.dropped,
      begins: ({ loop }) => this.#begins(loop),
      ended: (consuming, status) => this.#consumed(consuming, status),
    })
  }

  submit(loop: PullLoop, messages: readonly MessageExt[]): void {
    this.#pool.submit(messages.map((message) => ({ ...toHand(loop, message), isExpired: false })))
  }

  /**
   * Calls `done` at once. The listener may still have messages of the queue. The results of these messages are ignored, and
   * the next owner of the queue consumes these messages again.
   */
  giveUp(_loop: PullLoop, done: () => void): void {
    done()
  }

  isBusy(): boolean {
    return false
  }

  stop(): void {
    this.#pool.stop()
    if (this.#timeoutTimer !== undefined) this.#host.clock.cancel(this.#timeoutTimer)
  }

  #begins({ processQueue }: PullLoop): void {
    processQueue.lastConsumeTimestamp = this.#host.clock.nowMs()
    this.#watchTimeout()
  }

  // #region consumed
  #consumed(consuming: Consuming, status: ConsumeStatus): void {
    const { loop, message, context } = consuming
    const { trace } = this.#host
    trace.emit?.('message.consumed', { ...messageFacts(this.#settings.group, loop, message), status })
    if (consuming.isExpired || !this.#isStillOurs(consuming)) return
    if (status === 'CONSUME_SUCCESS') this.#remove(consuming)
    else this.#failed(consuming, context.delayLevelWhenNextConsume)
  }
  // #endregion consumed

  /**
   * Returns false when the consumer was stopped, when the queue was given up, or when the message is no longer in the
   * cache.
   */
  #isStillOurs({ loop, message }: Consuming): boolean {
    return this.#pool.isOpen && !loop.processQueue.dropped && loop.processQueue.has(message)
  }

  #remove({ loop, message }: Consuming): void {
    this.#settings.offsets.update(loop.queue, loop.processQueue.remove(message), true)
  }

  // #region consume-failed
  #failed(consuming: Consuming, delayLevel: number): void {
    const { loop, message } = consuming
    const { sendBack } = this.#settings
    if (sendBack === undefined) {
      const where = `${loop.queue.topic} queue ${loop.queue.queueId} at ${message.queueOffset}`
      this.#host.trace.log('warn', `a broadcast message failed and is not repeated: ${where}`)
      return this.#remove(consuming)
    }
    this.#giveBack(consuming, sendBack, delayLevel)
  }
  // #endregion consume-failed

  // #region give-back
  #giveBack(consuming: Consuming, to: SendBack, level: number) {
    const { loop, message } = consuming
    to.send(message, loop.queue, level, (error) => {
      if (!this.#isStillOurs(consuming)) return // rare: the queue was given up while the message was given back
      if (error === '') this.#remove(consuming)
      else this.#againHere(loop, message, error)
    })
  }
  // #endregion give-back

  #againHere(loop: PullLoop, message: MessageExt, error: string): void {
    this.#host.trace.log('warn', `a message could not be given back, it is tried here again: ${error}`)
    this.#host.clock.after(limits.RECONSUME_LATER_MS, () => {
      if (this.#pool.isOpen) this.submit(loop, [{ ...message, reconsumeTimes: message.reconsumeTimes + 1 }])
    })
  }

  // #region consume-timeout
  /**
   * Sets one timer for the message that the listener has had for the longest time. The timer fires at the time limit of
   * this message. A broadcasting consumer has no time limit.
   */
  #watchTimeout(): void {
    if (this.#timeoutTimer !== undefined || this.#settings.sendBack === undefined) return
    const longest = this.#pool.inHand.find((consuming) => !consuming.isExpired)
    if (longest === undefined) return
    const heldMs = this.#host.clock.monotonicMs() - longest.sinceMs
    this.#timeoutTimer = this.#host.clock.after(Math.max(1, this.#settings.consumeTimeoutMs - heldMs), () => {
      this.#timeoutTimer = undefined
      this.#giveBackExpired()
      this.#watchTimeout()
    })
  }

  #giveBackExpired(): void {
    const nowMs = this.#host.clock.monotonicMs()
    for (const consuming of this.#pool.inHand) {
      if (consuming.isExpired || nowMs - consuming.sinceMs < this.#settings.consumeTimeoutMs) continue
      consuming.isExpired = true
      if (this.#isStillOurs(consuming)) this.#failed(consuming, limits.CONSUME_TIMEOUT_DELAY_LEVEL)
    }
  }
  // #endregion consume-timeout
}
