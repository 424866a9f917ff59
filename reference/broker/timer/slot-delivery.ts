/**
 * Delivers one slot of the timer wheel when the slot is due. The messages of the slot are delivered, except the recalled
 * ones. A message whose time is further away (it rolls) is stored in the timer queue again.
 *
 * Messages are delivered in the order in which they arrived, a limited number at a time. When the store refuses a message,
 * the message is put again after a delay. A message that the store has accepted is not put a second time (issue 6984 of
 * RocketMQ). The slot is finished when each of its messages is delivered, was recalled, is no longer in the commit log, or
 * can never be stored.
 *
 * An entry of the timer log is used only when its position has a timer message that does not belong to a later slot. After a
 * power cut, the commit log may have lost its end, and may have another record at this position.
 *
 * RocketMQ: `TimerMessageStore.dequeue`, `TimerDequeueGetMessageService`, `TimerDequeuePutMessageService`. Unlike GlassMQ,
 * RocketMQ drops a message after three tries by default.
 */
import { keyOf, type MessageExt } from '../../common/message.ts'
import { attempt } from '../../host/disk-attempt.ts'
import type { Host } from '../../host/host.ts'
import type { MessageStore } from '../../store/message-store.ts'
import { isInLog, isTaken } from '../../store/put-message.ts'
import type { Slot } from '../../store/timer/slot-ring.ts'
import type { TimerLog } from '../../store/timer/timer-log.ts'
import { TIMER_MAGIC, type TimerRecord } from '../../store/timer/timer-record.ts'
import { positionsOf } from '../../store/timer/timer-wheel.ts'
import { TIMER_PUTS_AT_ONCE_MAX } from '../limits.ts'
import type { DeliveryOutlet } from '../schedule/delay-queue.ts'
import { outgoingMessage, TIMER_TOPIC, timerMessageOf } from './timer-message.ts'

/** Delivers one slot. `onOver` is called when the slot is finished. */
export class SlotDelivery {
  readonly #host: Host
  readonly #store: MessageStore
  readonly #log: TimerLog
  readonly #outlet: DeliveryOutlet
  readonly #slot: Slot
  readonly #retryMs: number
  readonly #recalls: ReadonlySet<string>
  readonly #onOver: (recalls: readonly string[]) => void
  /** The keys of the messages that the recalls in this slot take back. When the slot is finished, these recalls end. */
  readonly #ended: string[] = []
  /**
   * The positions in the timer log of the messages that are not delivered yet. The last element is the position of the
   * message that is delivered next.
   */
  #left: number[] = []
  #failed: number[] = []
  #underWay = 0
  #isSending = false
  #stopped = false

  /**
   * `recalls` contains the keys of all recalled messages. `onOver` is called when the slot is finished. `onOver` receives
   * the keys of the recalls in this slot.
   */
  constructor(
    host: Host,
    files: { readonly store: MessageStore; readonly log: TimerLog; readonly outlet: DeliveryOutlet },
    slot: Slot,
    retryMs: number,
    recalls: ReadonlySet<string>,
    onOver: (recalls: readonly string[]) => void,
  ) {
    this.#host = host
    this.#store = files.store
    this.#log = files.log
    this.#outlet = files.outlet
    this.#slot = slot
    this.#retryMs = retryMs
    this.#recalls = recalls
    this.#onOver = onOver
  }

  // #region read-slot
  start(): void {
    for (const position of positionsOf(this.#slot, (at) => this.#log.read(at)?.prevPos ?? -1)) {
      const record = this.#log.read(position)
      if (record === undefined) break
      if ((record.magic & TIMER_MAGIC.DELETE) !== 0 && (record.magic & TIMER_MAGIC.ROLL) === 0) this.#endRecall(record)
      else this.#left.push(position)
    }
    this.#goOn()
  }

  #endRecall(record: TimerRecord): void {
    const message = this.#messageOf(record)
    const recalls = message === undefined ? undefined : timerMessageOf(message)?.recalls
    if (recalls !== undefined) this.#ended.push(recalls)
  }
  // #endregion read-slot

  stop(): void {
    this.#stopped = true
    this.#left = []
  }

  // #region deliver-slot
  #goOn(): void {
    if (this.#stopped || this.#isSending) return
    this.#isSending = true // set before the put, because the store may call the callback during the put
    while (this.#underWay < TIMER_PUTS_AT_ONCE_MAX) {
      const position = this.#left.pop()
      if (position === undefined) break
      const unread = attempt(() => this.#send(position))
      if (unread !== '') this.#fail(position, unread) // rare: a due message cannot be read
    }
    this.#isSending = false
    if (this.#underWay > 0 || this.#left.length > 0) return
    if (this.#failed.length === 0) return this.#onOver(this.#ended)
    this.#left = this.#failed.reverse()
    this.#failed = []
    this.#host.clock.after(this.#retryMs, () => this.#goOn())
  }

  #send(position: number): void {
    const record = this.#log.read(position)
    const message = record === undefined ? undefined : this.#messageOf(record)
    if (record === undefined || message === undefined) return
    const rolls = (record.magic & TIMER_MAGIC.ROLL) !== 0
    const about = timerMessageOf(message)!
    if (about.recalls === undefined && this.#recalls.has(about.recallKey))
      return this.#tell('message.recalled', message, about.realTopic)
    const outgoing = outgoingMessage(message, rolls, record.currWriteTimeMs, this.#host.clock.nowMs())
    if (outgoing === undefined) return
    this.#tell(rolls ? 'timer.rolled' : 'message.due', message, about.realTopic)
    this.#underWay++
    this.#outlet.put(outgoing, (result) => {
      this.#underWay--
      if (isInLog(result) && !rolls) this.#outlet.onDelivered(outgoing.topic, 1, result.sizeBytes)
      if (!isTaken(result)) this.#fail(position, result.reason)
      this.#goOn()
    })
  }

  /** Keeps the message for a later delivery. Logs one warning for all messages that fail together. */
  #fail(position: number, reason: string): void {
    if (this.#failed.length === 0) this.#host.trace.log('warn', `the timer cannot deliver: ${reason}`)
    this.#failed.push(position)
  }
  // #endregion deliver-slot

  /**
   * Returns the timer message to which an entry points. When the commit log has no message of this slot at this position,
   * logs a warning and returns undefined.
   */
  #messageOf(record: TimerRecord): MessageExt | undefined {
    const message = this.#store.messageAt(record.commitLogOffset)
    const about = message?.topic === TIMER_TOPIC ? timerMessageOf(message) : undefined
    const isEarly = about !== undefined && (record.magic & TIMER_MAGIC.ROLL) === 0 && about.tickMs > this.#slot.timeMs
    if (about !== undefined && !isEarly) return message
    this.#host.trace.log('warn', `the timer log points to ${record.commitLogOffset}, where no message of its slot lies`)
    return undefined
  }

  #tell(kind: 'message.recalled' | 'timer.rolled' | 'message.due', message: MessageExt, topic: string): void {
    const { trace } = this.#host
    const { queueOffset, properties } = message
    const key = keyOf(properties)
    if (kind === 'message.due') trace.emit?.(kind, { topic, key, level: 0, queueOffset })
    else trace.emit?.(kind, { topic, key, slotMs: this.#slot.timeMs })
  }
}
