/**
 * Hands messages to the listener. The number of messages that the listener has at the same time is limited. While a circuit
 * breaker is open, no message is handed over.
 *
 * ```
 * submit ─► waiting ─┬─ its queue was given up ─► skipped
 *                    ├─ the limit is reached, or the breaker is open ─► waits
 *                    └─ listener ─► its answer, at once or later ─► `ended`, and the next message
 * ```
 *
 * Pulled messages and popped messages are treated differently before and after the call of the listener. This class does the
 * part that is the same for both kinds of messages: the call itself.
 *
 * Invariant: the listener has at most `consumeThreadMax` messages of one pool. As in RocketMQ's Java client, pulled and
 * popped messages have separate pools.
 *
 * RocketMQ: the executors of `ConsumeMessageConcurrentlyService` and `ConsumeMessagePopConcurrentlyService`.
 */
import type { MessageExt, MessageQueue } from '../../../common/message.ts'
import type { Host } from '../../../host/host.ts'
import { type ConsumeContext, type ConsumeStatus, callListener, type MessageListener } from '../pull/listener.ts'
import type { ListenerBreaker } from './listener-breaker.ts'

/** A message that waits for the listener, or that the listener has. */
export interface Handed {
  readonly loop: { readonly queue: MessageQueue }
  readonly message: MessageExt
  readonly context: ConsumeContext
  /** The time at which the listener received the message, by the monotonic clock. */
  sinceMs: number
  /** The `round` of the circuit breaker at the time when the listener received the message. */
  round: number
}

/** The listener and its limits. */
export interface ListenerPoolSettings {
  readonly listener: MessageListener
  /** The max number of messages of one pool that the listener has at the same time. */
  readonly consumeThreadMax: number
  /** The circuit breaker of the listener. The value is undefined when no breaker is used. */
  readonly breaker?: ListenerBreaker | undefined
  /** Called for the statistics when the listener has answered. */
  readonly onConsumed: (topic: string, tookMs: number, isOk: boolean) => void
}

/** The functions with which the owner of a pool decides about each message and handles its result. */
export interface PoolOwner<T extends Handed> {
  /**
   * Returns true when the message may not be handed over. The pool drops such a message, and the circuit breaker does not
   * count it.
   */
  passOver(handed: T): boolean
  begins(handed: T): void
  ended(handed: T, status: ConsumeStatus): void
}

/** Returns the entry for a message that is submitted to a pool. */
export function toHand<L extends Handed['loop']>(loop: L, message: MessageExt) {
  return { loop, message, context: { delayLevelWhenNextConsume: 0, suspendCurrentQueueMs: 0 }, sinceMs: 0, round: 0 }
}

/** Calls the listener with a limited number of messages at the same time. */
export class ListenerPool<T extends Handed> {
  readonly #host: Host
  readonly #settings: ListenerPoolSettings
  readonly #owner: PoolOwner<T>
  readonly #waiting: T[] = []
  readonly #consuming = new Set<T>()
  readonly #pumpAgain = () => this.#pump()
  #isPumping = false
  #open = true

  constructor(host: Host, settings: ListenerPoolSettings, owner: PoolOwner<T>) {
    this.#host = host
    this.#settings = settings
    this.#owner = owner
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** The messages that the listener has. The first message is the one that the listener has had for the longest time. */
  get inHand(): readonly T[] {
    return [...this.#consuming]
  }

  submit(messages: readonly T[]): void {
    this.#waiting.push(...messages)
    this.#pump()
  }

  stop(): void {
    this.#open = false
    this.#settings.breaker?.stop()
  }

  // #region consume
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    while (this.#open && this.#consuming.size < this.#settings.consumeThreadMax) {
      const next = this.#waiting[0]
      if (next === undefined) break
      const isPassedOver = this.#owner.passOver(next)
      if (!isPassedOver && this.#settings.breaker?.begin(this.#pumpAgain) === false) break
      this.#waiting.shift()
      if (!isPassedOver) this.#hand(next)
    }
    this.#isPumping = false
  }

  #hand(next: T): void {
    const { listener, breaker, onConsumed } = this.#settings
    next.round = breaker?.round ?? 0
    next.sinceMs = this.#host.clock.monotonicMs()
    this.#consuming.add(next)
    this.#owner.begins(next)
    callListener(listener, next.message, next.loop.queue, next.context, (status) => {
      const tookMs = this.#host.clock.monotonicMs() - next.sinceMs
      this.#consuming.delete(next)
      onConsumed(next.loop.queue.topic, tookMs, status === 'CONSUME_SUCCESS')
      breaker?.ended(tookMs, status === 'CONSUME_SUCCESS', next.round)
      this.#owner.ended(next, status)
      this.#pump()
    })
  }
  // #endregion consume
}
