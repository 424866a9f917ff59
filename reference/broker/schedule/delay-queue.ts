/**
 * One delay level: the messages that wait in its queue, and one timer for the first of them.
 *
 * A message is due when the broker's clock has reached the store time of the message plus the delay of the level. A timer
 * measures elapsed time, so the clock is read again when the timer fires. When the clock was set back, a message could wait
 * longer than its delay. Such a message is due when it has waited in the queue for the whole delay. So a message is never
 * early, and never waits without end. In RocketMQ, such a message is delivered at once, possibly too early.
 *
 * Invariants: at most one timer and one delivery are under way. The offset moves only past messages that the store has
 * accepted, or that cannot be delivered.
 *
 * RocketMQ: `ScheduleMessageService.DeliverDelayedMessageTimerTask`.
 */
import { concatBytes } from '../../common/bytes.ts'
import { keyOf, type MessageExt } from '../../common/message.ts'
import { decodeRecords } from '../../common/message-codec.ts'
import type { Host, TimerId } from '../../host/host.ts'
import { SCHEDULE_TOPIC } from '../../store/delay-level.ts'
import { GetMessageStatus } from '../../store/get-message.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { isInLog, isTaken, type PutMessageResult } from '../../store/put-message.ts'
import { DELIVER_AGAIN_MS, DELIVER_AT_ONCE_MAX } from '../limits.ts'
import { dueMessage } from './delay-message.ts'

/** Called when a delayed message has been stored in its real topic. The statistics count such messages. */
export type OnDelivered = (topic: string, messages: number, bytes: number) => void

/** The waiting messages of one delay level, and their delivery. */
export class DelayQueue {
  readonly level: number
  readonly #host: Host
  readonly #store: MessageStore
  readonly #delayMs: number
  readonly #onProgress: () => void
  readonly #onDelivered: OnDelivered
  #offset = 0
  #timer: TimerId | undefined
  #delivering = false
  #stopped = false
  /** Messages before `upTo` have waited at least since `sinceMs`, by a clock that is never set back. */
  #seen = { upTo: 0, sinceMs: 0 }

  constructor(
    host: Host,
    store: MessageStore,
    level: number,
    delayMs: number,
    { onProgress, onDelivered }: { readonly onProgress: () => void; readonly onDelivered: OnDelivered },
  ) {
    this.#onDelivered = onDelivered
    this.#host = host
    this.#store = store
    this.level = level
    this.#delayMs = delayMs
    this.#onProgress = onProgress
  }

  /** Offset of the first message that still waits. */
  get offset(): number {
    return this.#offset
  }

  get #queueId(): number {
    return this.level - 1
  }

  /**
   * Continues at the offset at which an earlier run of the broker stopped. An offset outside the queue is replaced by the
   * nearest one inside.
   */
  restore(offset: number): void {
    const { minOffset, maxOffset } = this.#ends()
    this.#offset = Math.min(Math.max(offset, minOffset), maxOffset)
  }

  #ends(): { minOffset: number; maxOffset: number } {
    return {
      minOffset: this.#store.minOffset(SCHEDULE_TOPIC, this.#queueId),
      maxOffset: this.#store.maxOffset(SCHEDULE_TOPIC, this.#queueId),
    }
  }

  /** Checks the first message in the next turn of the event loop, unless a timer or a delivery is under way. */
  lookSoon(): void {
    if (this.#timer === undefined && !this.#delivering) this.#lookAfter(0)
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
  }

  #lookAfter(delayMs: number): void {
    if (this.#stopped) return
    this.#timer = this.#host.clock.after(delayMs, () => {
      this.#timer = undefined
      this.#look()
    })
  }

  // #region look
  #look(): void {
    const waiting = this.#read()
    const first = waiting[0]
    if (first === undefined) return // the level is woken when the next message arrives
    const notDue = waiting.findIndex((message) => !this.#isDue(message))
    const due = notDue < 0 ? waiting : waiting.slice(0, notDue)
    if (due.length > 0) this.#deliver(due)
    else this.#lookAfter(this.#waitMs(first))
  }

  #isDue(message: MessageExt): boolean {
    const leftMs = this.#leftMs(message)
    return leftMs <= 0 || (leftMs > this.#delayMs && this.#seenMs(message) >= this.#delayMs)
  }

  /** Returns the number of ms until a message is due, by the broker's clock. */
  #leftMs(message: MessageExt): number {
    return message.storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }

  /** Returns the number of ms for which this object has seen a message wait. */
  #seenMs(message: MessageExt): number {
    return message.queueOffset < this.#seen.upTo ? this.#host.clock.monotonicMs() - this.#seen.sinceMs : 0
  }

  #waitMs(first: MessageExt): number {
    if (first.queueOffset >= this.#seen.upTo)
      this.#seen = { upTo: this.#ends().maxOffset, sinceMs: this.#host.clock.monotonicMs() }
    const leftMs = this.#leftMs(first)
    return leftMs > this.#delayMs ? Math.max(1, this.#delayMs - this.#seenMs(first)) : leftMs
  }
  // #endregion look

  /** Returns the first messages that wait. Skips offsets whose messages are no longer in the log. */
  #read(): readonly MessageExt[] {
    const { store, queueId } = { store: this.#store, queueId: this.#queueId }
    const look = () => store.getMessage(SCHEDULE_TOPIC, queueId, this.#offset, DELIVER_AT_ONCE_MAX, () => true)
    let found = look()
    if (found.status === GetMessageStatus.OFFSET_TOO_SMALL || found.status === GetMessageStatus.OFFSET_OVERFLOW_BADLY) {
      this.#offset = found.nextBeginOffset
      found = look()
    }
    if (found.status !== GetMessageStatus.FOUND) return []
    const { messages, fault } = decodeRecords(concatBytes(found.records))
    if (messages.length === 0) {
      this.#host.trace.log(
        'error',
        `the message at ${this.#offset} of delay level ${this.level} is passed over: ${fault}`,
      )
      this.#offset++
      this.#lookAfter(0)
    }
    return messages
  }

  // #region deliver
  /** Stores messages in their real queues, in order. Continues when the store has answered for all of them. */
  #deliver(due: readonly MessageExt[]): void {
    this.#delivering = true
    let answers = 0
    let failure: PutMessageResult | undefined
    // Called once for each message. The offset moves up to the first message that the store refuses. The call for the last
    // message ends the delivery.
    const answered = (message: MessageExt, result: PutMessageResult | undefined) => {
      if (result !== undefined && !isTaken(result)) failure ??= result
      if (failure === undefined) this.#offset = message.queueOffset + 1
      if (++answers < due.length) return
      this.#delivering = false
      this.#onProgress()
      if (failure === undefined) this.#lookAfter(0)
      else this.#tryAgain(failure)
    }
    // All messages are put at once. When the store refuses a message during its put, the messages after it are not put.
    for (const message of due) {
      const real = dueMessage(message)
      if (failure !== undefined) answered(message, undefined)
      else if (real === undefined) {
        this.#host.trace.log(
          'error',
          `the message at ${message.queueOffset} of delay level ${this.level} has no real topic`,
        )
        answered(message, undefined)
      } else {
        this.#tell(message, real.topic)
        this.#store.putMessage(real, (result) => {
          if (isInLog(result)) this.#onDelivered(real.topic, 1, result.sizeBytes)
          answered(message, result)
        })
      }
    }
  }
  // #endregion deliver

  #tryAgain(failure: PutMessageResult): void {
    this.#host.trace.log('warn', `delay level ${this.level} cannot deliver: ${failure.reason}`)
    this.#lookAfter(DELIVER_AGAIN_MS)
  }

  #tell({ queueOffset, properties }: MessageExt, topic: string): void {
    const key = keyOf(properties)
    this.#host.trace.emit?.('message.due', { topic, key, level: this.level, queueOffset })
  }
}
