/**
 * One delay level: the messages that wait in the queue of this level, and one timer that is set for the first of these
 * messages.
 *
 * `level-clock.ts` decides by the broker's clock when a message is due. A timer measures only elapsed time. So when the
 * timer fires, the clock is read again.
 *
 * Invariants: at most one timer and at most one delivery run at the same time. The offset moves past a message only when the
 * store has accepted this message, or when this message cannot be delivered.
 *
 * RocketMQ: `ScheduleMessageService.DeliverDelayedMessageTimerTask`.
 */
import { concatBytes } from '../../common/bytes.ts'
import { keyOf, type MessageExt } from '../../common/message.ts'
import { decodeRecords } from '../../common/message-codec.ts'
import { attempt } from '../../host/disk-attempt.ts'
import type { Host, TimerId } from '../../host/host.ts'
import { SCHEDULE_TOPIC } from '../../store/delay-level.ts'
import { GetMessageStatus } from '../../store/get-message.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { isInLog, isTaken, type PutMessageResult } from '../../store/put-message.ts'
import { DELIVER_AGAIN_MS, DELIVER_AT_ONCE_MAX } from '../limits.ts'
import type { PutMessage } from '../slave/escape-bridge.ts'
import { dueMessage } from './delay-message.ts'
import { LevelClock } from './level-clock.ts'

/** Called when a delayed or timed message has been stored in its real topic. The statistics count such messages. */
export type OnDelivered = (topic: string, messages: number, bytes: number) => void

/** How due messages are delivered: `put` stores a due message, and `onDelivered` counts it. */
export interface DeliveryOutlet {
  readonly put: PutMessage
  readonly onDelivered: OnDelivered
}

/** The waiting messages of one delay level, and their delivery. */
export class DelayQueue {
  readonly level: number
  readonly #host: Host
  readonly #store: MessageStore
  readonly #clock: LevelClock
  readonly #onProgress: () => void
  readonly #outlet: DeliveryOutlet
  #offset = 0
  #timer: TimerId | undefined
  #delivering = false
  #stopped = false

  constructor(
    host: Host,
    store: MessageStore,
    level: number,
    delayMs: number,
    { onProgress, outlet }: { readonly onProgress: () => void; readonly outlet: DeliveryOutlet },
  ) {
    this.#outlet = outlet
    this.#host = host
    this.#store = store
    this.level = level
    this.#clock = new LevelClock(host, delayMs)
    this.#onProgress = onProgress
  }

  /** The offset of the first message that still waits in the queue. */
  get offset(): number {
    return this.#offset
  }

  get #queueId(): number {
    return this.level - 1
  }

  /**
   * Continues at the offset at which an earlier run of the broker stopped. When the offset is outside the queue, continues
   * at the nearest offset inside the queue.
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

  /** Checks the first message in the next turn of the event loop. Does nothing while a timer or a delivery runs. */
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
    let waiting: readonly MessageExt[] = []
    const failure = attempt(() => {
      waiting = this.#read()
    })
    if (failure !== '') return this.#tryAgain(failure) // the disk may recover, and the messages go on waiting
    const first = waiting[0]
    if (first === undefined) return // `lookSoon` is called when the next message arrives
    const notDue = waiting.findIndex((message) => !this.#clock.isDue(message))
    const due = notDue < 0 ? waiting : waiting.slice(0, notDue)
    if (due.length > 0) this.#deliver(due)
    else this.#lookLater(first)
  }
  // #endregion look

  #lookLater(first: MessageExt): void {
    this.#lookAfter(Math.max(1, this.#clock.waitMs(first, this.#ends().maxOffset)))
  }

  /**
   * Returns the first waiting messages, or [] when there are none. Skips offsets whose messages are no longer in the log.
   */
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
  /**
   * Stores messages in their real queues, in order. When the store has accepted or refused each of these messages, checks
   * the queue again.
   */
  #deliver(due: readonly MessageExt[]): void {
    this.#delivering = true
    let answers = 0
    let failure: PutMessageResult | undefined
    // Called once for each message, with the answer of the store. The offset moves up to the first message that the store
    // refuses. The call for the last message of the delivery ends the delivery.
    const answered = (message: MessageExt, result: PutMessageResult | undefined) => {
      if (result !== undefined && !isTaken(result)) failure ??= result
      if (failure === undefined) this.#offset = message.queueOffset + 1
      if (++answers < due.length) return
      this.#delivering = false
      this.#onProgress()
      if (failure === undefined) this.#lookAfter(0)
      else this.#tryAgain(failure.reason)
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
        this.#outlet.put(real, (result) => {
          if (isInLog(result)) this.#outlet.onDelivered(real.topic, 1, result.sizeBytes)
          answered(message, result)
        })
      }
    }
  }
  // #endregion deliver

  #tryAgain(reason: string): void {
    this.#host.trace.log('warn', `delay level ${this.level} cannot deliver: ${reason}`)
    this.#lookAfter(DELIVER_AGAIN_MS)
  }

  #tell({ queueOffset, properties }: MessageExt, topic: string): void {
    const key = keyOf(properties)
    this.#host.trace.emit?.('message.due', { topic, key, level: this.level, queueOffset })
  }
}
