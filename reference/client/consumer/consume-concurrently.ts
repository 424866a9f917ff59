/**
 * Hands messages to the listener, many at the same time, in no order.
 *
 * ```
 * cache ─► listener ─┬─ CONSUME_SUCCESS ──────────────────────────► offset may move
 *                    ├─ RECONSUME_LATER ─► back to the broker ─────► offset may move
 *                    │                        └─ broker unreachable: here again in 5 s
 *                    └─ nothing for 15 minutes ─► back to the broker, its late answer counts for nothing
 * ```
 *
 * So one message that fails does not hold up the others: it leaves the queue and comes back through the retry topic.
 *
 * A circuit breaker, where one is set, stops handing over when the listener fails or is slow too often; messages wait in the
 * cache, and when that is full at the broker.
 *
 * Invariants: at most `consumeThreadMax` messages are in the listener's hands; a message leaves the cache only when it was
 * consumed or the broker has it again.
 * RocketMQ: `ConsumeMessageConcurrentlyService`, `ProcessQueue.cleanExpiredMsg`.
 */
import type { MessageExt } from '../../common/message.ts'
import type { Host, TimerId } from '../../host/host.ts'
import * as limits from '../limits.ts'
import type { MessageListener } from './listener.ts'
import { type ConsumeContext, type ConsumeService, type ConsumeStatus, callListener, messageFacts } from './listener.ts'
import type { ListenerBreaker } from './listener-breaker.ts'
import type { OffsetStore } from './offset-store.ts'
import type { PullLoop } from './pull-loop.ts'
import type { SendBack } from './send-back.ts'

/** A message on its way through the listener. */
interface Consuming {
  readonly loop: PullLoop
  readonly message: MessageExt
  readonly context: ConsumeContext
  sinceMs: number
  /** It took too long and was given back: its answer counts for nothing. */
  isExpired: boolean
  /** Of the breaker, when it was handed over. */
  round: number
}

export interface ConsumeSettings {
  readonly group: string
  readonly listener: MessageListener
  readonly offsets: OffsetStore
  /** Undefined when broadcasting: what fails is not repeated. */
  readonly sendBack: SendBack | undefined
  readonly consumeTimeoutMs: number
  /** Messages in the listener's hands at the same time. */
  readonly consumeThreadMax: number
  /** Undefined: the listener is always asked. */
  readonly breaker?: ListenerBreaker | undefined
  /** The listener has answered: for statistics. */
  readonly onConsumed: (topic: string, tookMs: number, isOk: boolean) => void
}

export class ConsumeConcurrently implements ConsumeService {
  readonly #host: Host
  readonly #settings: ConsumeSettings
  readonly #waiting: Consuming[] = []
  /** In the listener's hands, the longest first. */
  readonly #consuming = new Set<Consuming>()
  #timeoutTimer: TimerId | undefined
  #isPumping = false
  #open = true

  constructor(host: Host, settings: ConsumeSettings) {
    this.#host = host
    this.#settings = settings
  }

  submit(loop: PullLoop, messages: readonly MessageExt[]): void {
    for (const message of messages) this.#waiting.push(this.#consumingOf(loop, message))
    this.#pump()
  }

  #consumingOf(loop: PullLoop, message: MessageExt): Consuming {
    return {
      loop,
      message,
      context: { delayLevelWhenNextConsume: 0, suspendCurrentQueueMs: 0 },
      sinceMs: 0,
      isExpired: false,
      round: 0,
    }
  }

  /** Results that come later count for nothing: the next owner consumes those messages again. */
  giveUp(_loop: PullLoop, done: () => void): void {
    done()
  }

  isBusy(): boolean {
    return false
  }

  stop(): void {
    this.#open = false
    this.#settings.breaker?.stop()
    if (this.#timeoutTimer !== undefined) this.#host.clock.cancel(this.#timeoutTimer)
  }

  // #region consume
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#open && this.#consuming.size < this.#settings.consumeThreadMax) {
      const next = this.#waiting[0]
      if (next === undefined || !this.#mayConsume(next)) break
      this.#waiting.shift()
      if (!next.loop.processQueue.dropped) this.#consume(next)
    }
    this.#isPumping = false
  }

  /** What is not ours any more costs the breaker nothing. */
  #mayConsume({ loop }: Consuming): boolean {
    const { breaker } = this.#settings
    return breaker === undefined || loop.processQueue.dropped || breaker.begin(() => this.#pump())
  }

  #consume(next: Consuming): void {
    next.round = this.#settings.breaker?.round ?? 0
    next.sinceMs = this.#host.clock.monotonicMs()
    next.loop.processQueue.lastConsumeTimestamp = this.#host.clock.nowMs()
    this.#consuming.add(next)
    this.#watchTimeout()
    callListener(this.#settings.listener, next.message, next.loop.queue, next.context, (status) => {
      this.#consuming.delete(next)
      this.#consumed(next, status)
      this.#pump()
    })
  }

  #consumed(consuming: Consuming, status: ConsumeStatus): void {
    const { loop, message, context } = consuming
    const tookMs = this.#host.clock.monotonicMs() - consuming.sinceMs
    this.#settings.onConsumed(loop.queue.topic, tookMs, status === 'CONSUME_SUCCESS')
    this.#settings.breaker?.ended(tookMs, status === 'CONSUME_SUCCESS', consuming.round)
    if (this.#host.trace.on) {
      const facts = messageFacts(this.#settings.group, loop, message)
      this.#host.trace.emit('message.consumed', { ...facts, status })
    }
    if (consuming.isExpired || !this.#isStillOurs(consuming)) return
    if (status === 'CONSUME_SUCCESS') this.#remove(consuming)
    else this.#failed(consuming, context.delayLevelWhenNextConsume)
  }
  // #endregion consume

  /** False when the queue was given up, or the message was given back meanwhile. */
  #isStillOurs({ loop, message }: Consuming): boolean {
    return this.#open && !loop.processQueue.dropped && loop.processQueue.has(message)
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
    sendBack.send(message, loop.queue, delayLevel, (error) => {
      if (!this.#isStillOurs(consuming)) return
      if (error === '') this.#remove(consuming)
      else this.#againHere(loop, message, error)
    })
  }

  #againHere(loop: PullLoop, message: MessageExt, error: string): void {
    this.#host.trace.log('warn', `a message could not be given back, it is tried here again: ${error}`)
    this.#host.clock.after(limits.RECONSUME_LATER_MS, () => {
      if (this.#open) this.submit(loop, [{ ...message, reconsumeTimes: message.reconsumeTimes + 1 }])
    })
  }
  // #endregion consume-failed

  // #region consume-timeout
  /** One timer, for the message that the listener has had longest. */
  #watchTimeout(): void {
    if (this.#timeoutTimer !== undefined || this.#settings.sendBack === undefined) return
    const longest = [...this.#consuming].find((consuming) => !consuming.isExpired)
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
    for (const consuming of [...this.#consuming]) {
      if (consuming.isExpired || nowMs - consuming.sinceMs < this.#settings.consumeTimeoutMs) continue
      consuming.isExpired = true
      if (this.#isStillOurs(consuming)) this.#failed(consuming, limits.CONSUME_TIMEOUT_DELAY_LEVEL)
    }
  }
  // #endregion consume-timeout
}
