/**
 * One delay level: the messages that wait in its queue, and the timer of the first of them.
 *
 * A message is due when the broker's clock has reached its store time + the level's delay. Timers measure time that has
 * passed; when one fires, the clock is asked again. Should the clock have been set back so far that the wait would be longer
 * than the delay itself, a message that was seen waiting for the whole delay is due: neither early nor stuck.
 * (RocketMQ delivers such a message at once, which can be early.)
 *
 * Invariants: at most one timer, one delivery under way; the offset moves only past messages that the store has taken.
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

/** Messages have come into a topic after they had waited: for the statistics. */
export type OnDelivered = (topic: string, messages: number, bytes: number) => void

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
  /** Messages before `upTo` have been waiting since `sinceMs`, measured by a clock that is never set. */
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

  /** Goes on where an earlier life stopped; an offset outside the queue is brought inside. */
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

  /** Looks at the first message when the present event is over, unless it is being waited for already. */
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
    if (first === undefined) return // the next message to arrive wakes us
    const notDue = waiting.findIndex((message) => !this.#isDue(message))
    const due = notDue < 0 ? waiting : waiting.slice(0, notDue)
    if (due.length > 0) this.#deliver(due)
    else this.#lookAfter(this.#waitMs(first))
  }

  #isDue(message: MessageExt): boolean {
    const leftMs = this.#leftMs(message)
    return leftMs <= 0 || (leftMs > this.#delayMs && this.#seenMs(message) >= this.#delayMs)
  }

  /** Until its time, by the broker's clock. */
  #leftMs(message: MessageExt): number {
    return message.storeTimestamp + this.#delayMs - this.#host.clock.nowMs()
  }

  /** For how long it has certainly been waiting. */
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

  /** The first messages that wait; what the log no longer has is passed over. */
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
  /** Puts messages into their real queues, in order, and goes on when the store has taken them all. */
  #deliver(due: readonly MessageExt[]): void {
    this.#delivering = true
    let answers = 0
    let failure: PutMessageResult | undefined
    const answered = (message: MessageExt, result: PutMessageResult | undefined) => {
      if (result !== undefined && !isTaken(result)) failure ??= result
      if (failure === undefined) this.#offset = message.queueOffset + 1
      if (++answers < due.length) return
      this.#delivering = false
      this.#onProgress()
      if (failure === undefined) this.#lookAfter(0)
      else this.#tryAgain(failure)
    }
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
