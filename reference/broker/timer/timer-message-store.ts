/**
 * Keeps messages with a delivery time, and delivers each message at its delivery time. Any delay up to `timerMaxDelaySec` is
 * possible. When the broker and its store are not late, the delivery is exact to one tick (`timerPrecisionMs`).
 *
 * ```
 * send, TIMER_DELIVER_MS ─► rmq_sys_wheel_timer queue 0 ─► timer log ─► wheel: one slot for each tick
 *                                  ▲                                      │ the slot's tick has ended
 *                                  └──── further away than the window ◄───┤
 *                                        (it rolls)                       └─► REAL_TOPIC, REAL_QID
 * ```
 *
 * The messages of one tick wait in one slot of the wheel. A slot is due when its tick has ended, by the broker's clock. One
 * timer is set, for the first slot that has messages. The clock may be corrected during a long wait. So a long wait is
 * divided into parts, and the clock is read again after each part. When the clock was set back, messages are delivered late,
 * but never early.
 *
 * The file `timercheck` contains the progress of the timer at the time of the last write of this file. After a crash,
 * `timercheck` and the files in `timerlog/` show which data are valid:
 *
 * | data                              | state                                                                     |
 * | --------------------------------- | ------------------------------------------------------------------------- |
 * | slots before `lastReadTimeMs`     | these slots are finished: their messages were delivered, and are durable in the commit log |
 * | messages of the timer queue before `lastTimerQueueOffset` | these messages are durable in the timer log, before `lastTimerLogFlushPos` |
 * | entries of the timer log after `lastTimerLogFlushPos` | these entries are used one by one, up to the first entry that does not point to a timer message |
 * | messages of the timer queue after those of the used entries | these messages are entered in the timer log again |
 *
 * The wheel is rebuilt from the entries of the timer log, beginning with the slot at `lastReadTimeMs`. So after a crash, the
 * messages of a slot may be delivered twice, but no message is lost.
 *
 * A recall is a message that takes back another message. A recall takes effect as soon as it is entered in a slot. So a
 * recall also takes back a message that waits in another slot.
 *
 * RocketMQ: `TimerMessageStore`. In RocketMQ, a recall takes back only a message in the same slot. RocketMQ does not write a
 * message to the timer log when the message is overdue at its arrival. After a restart, RocketMQ reads the wheel from
 * its file.
 */
import { javaHashCode } from '../../common/hash.ts'
import { keyOf, type MessageExt, PROPERTY } from '../../common/message.ts'
import { attempt } from '../../host/disk-attempt.ts'
import type { Host, TimerId } from '../../host/host.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { NewMessage } from '../../store/put-message.ts'
import { type Slot, tickOf } from '../../store/timer/slot-ring.ts'
import { TimerCheckpoint, type TimerProgress } from '../../store/timer/timer-checkpoint.ts'
import { TimerLog } from '../../store/timer/timer-log.ts'
import { slotTimeOf, TIMER_MAGIC, type TimerRecord } from '../../store/timer/timer-record.ts'
import { positionsOf, TimerWheel } from '../../store/timer/timer-wheel.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { TIMER_LOOK_AGAIN_MS, TIMER_PUT_AGAIN_TICKS } from '../limits.ts'
import type { DeliveryOutlet } from '../schedule/delay-queue.ts'
import { messagesOf } from '../stored-messages.ts'
import { SlotDelivery } from './slot-delivery.ts'
import { TimerFlush } from './timer-flush.ts'
import { deliverTimeMs, slotFor, TIMER_TOPIC, TimerRefusal, timerMessageOf, waitingMessage } from './timer-message.ts'

/** The timer of a broker: accepts messages with a delivery time and delivers them. */
export class TimerMessageStore {
  readonly #host: Host
  readonly #config: BrokerConfig
  readonly #store: MessageStore
  readonly #log: TimerLog
  readonly #wheel: TimerWheel
  readonly #checkpoint: TimerCheckpoint
  readonly #flush: TimerFlush
  readonly #outlet: DeliveryOutlet
  /** Messages of the timer queue before this offset have been entered in the timer log. */
  #queueOffset = 0
  /**
   * Messages of the timer queue before this offset are entered in the timer log again, unless their slot is finished. The
   * value is 0 unless the timer log was damaged.
   */
  #enterAgainBefore = 0
  /** All messages of the slots before this time were delivered. */
  #readTimeMs = 0
  #timer: TimerId | undefined
  #looksSoon = false
  /**
   * The keys of recalled messages. A key stays in this set until the slot of the recall is finished and no message is due.
   */
  readonly #recalls = new Set<string>()
  /** Keys of recalls whose slot is finished. These keys are removed from `#recalls` when no message is due. */
  #endedRecalls: string[] = []
  #endedRecallsFromMs = Number.POSITIVE_INFINITY
  /** The slot that is being delivered. */
  #delivery: SlotDelivery | undefined
  #deliveringMs = -1
  #stopped = false
  #refusal = ''

  constructor(host: Host, config: BrokerConfig, store: MessageStore, outlet: DeliveryOutlet) {
    this.#outlet = outlet
    this.#host = host
    this.#config = config
    this.#store = store
    const root = config.storePathRootDir
    this.#log = new TimerLog(host.disk, `${root}timerlog`, config.mappedFileSizeTimerLog)
    this.#wheel = new TimerWheel(host.disk, `${root}timerwheel`, config.timerPrecisionMs)
    this.#checkpoint = new TimerCheckpoint(host.disk, `${root}config/timercheck`)
    const parts = { log: this.#log, wheel: this.#wheel, checkpoint: this.#checkpoint, store }
    this.#flush = new TimerFlush(host, config.timerFlushIntervalMs, parts, {
      progress: () => this.progress,
      onFailed: (reason) => this.#breakDown(reason),
    })
  }

  get progress(): TimerProgress {
    return {
      lastReadTimeMs: Math.min(this.#readTimeMs, this.#endedRecallsFromMs),
      lastTimerLogFlushPos: this.#log.appendedAt,
      lastTimerQueueOffset: this.#queueOffset,
    }
  }

  /** True while a slot that is due is not completely delivered, or while an arrived message is not entered yet. */
  get isBehind(): boolean {
    if (this.#delivery !== undefined || this.#queueOffset < this.#store.maxOffset(TIMER_TOPIC, 0)) return true
    return (this.#wheel.waitMs(this.#host.clock.nowMs()) ?? 1) <= 0
  }

  /** Returns the body of the answer to GET_TIMER_CHECK_POINT. */
  encodeProgress(): Uint8Array {
    return this.#checkpoint.encode(this.progress, this.#host.clock.nowMs())
  }

  /** Returns the number of waiting messages by the hash of their topic. Each waiting recall is counted as -1. */
  countsByTopic(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>()
    for (const slot of this.#wheel.slots()) {
      for (const position of positionsOf(slot, (at) => this.#log.read(at)?.prevPos ?? -1)) {
        const { topicHash, magic } = this.#log.read(position)!
        const change = (magic & TIMER_MAGIC.DELETE) !== 0 ? -1 : 1
        counts.set(topicHash, (counts.get(topicHash) ?? 0) + change)
      }
    }
    return counts
  }

  // #region load-timer
  /** Rebuilds the wheel from the files. The store must be open. */
  load(): void {
    if (!this.#config.timerWheelEnable) return
    // The last written progress shows which slots are finished and which entries are durable.
    const noted = this.#checkpoint.load()
    const readTimeMs = noted?.lastReadTimeMs ?? 0
    this.#readTimeMs = readTimeMs
    const surePos = noted?.lastTimerLogFlushPos ?? 0
    let behindLast: number | undefined
    // Some messages in the timer log still wait. An entry after the position in `timercheck` is used only when this entry
    // points to a timer message.
    this.#log.load()
    if (this.#log.startsAt > surePos) this.#log.clear() // a power cut has removed an earlier file
    this.#log.recover((position, record) => {
      const isSure = position < surePos
      const message = isSure && noted?.isOurs === true ? undefined : this.#store.messageAt(record.commitLogOffset)
      const isTimer = message?.topic === TIMER_TOPIC && message.storeSize === record.msgSizeBytes
      if (!isSure && !isTimer) return false
      if (isTimer) behindLast = message.queueOffset + 1
      // A message with an entry after the position in `timercheck` still waits, even in a slot before `readTimeMs`: the
      // clock may have been set back.
      const mayBeOver = isSure || noted?.isOurs === false
      if (slotTimeOf(record) >= readTimeMs || !mayBeOver) this.#enterAgain(position, record)
      return true
    })
    // The timer queue is read from `#queueOffset` on. When the timer log ends before the position in `timercheck`, the timer
    // log has lost entries. In this case, the whole timer queue is read again.
    const isWhole = this.#log.appendedAt >= surePos
    this.#queueOffset = this.#inside(isWhole ? firstMissing(noted, behindLast) : 0)
    if (!isWhole) this.#enterAgainBefore = noted?.lastTimerQueueOffset ?? 0
    this.#wheel.reset()
  }

  #enterAgain(position: number, record: TimerRecord): void {
    this.#enter(position, record)
    this.#readTimeMs = Math.min(this.#readTimeMs, slotTimeOf(record))
    if ((record.magic & TIMER_MAGIC.DELETE) === 0) return
    const message = this.#store.messageAt(record.commitLogOffset)
    const recalls = message?.topic === TIMER_TOPIC ? timerMessageOf(message)?.recalls : undefined
    if (recalls !== undefined) this.#recalls.add(recalls)
  }

  #inside(offset: number): number {
    const { minOffset, maxOffset } = {
      minOffset: this.#store.minOffset(TIMER_TOPIC, 0),
      maxOffset: this.#store.maxOffset(TIMER_TOPIC, 0),
    }
    return Math.min(Math.max(offset, minOffset), maxOffset)
  }
  // #endregion load-timer

  #enter(position: number, record: TimerRecord): void {
    this.#wheel.put(slotTimeOf(record), position, record.prevPos, (record.magic & TIMER_MAGIC.DELETE) !== 0 ? -1 : 1)
  }

  /** Starts to deliver. Messages that became due while the broker was stopped are delivered at once. */
  start(): void {
    if (this.#config.timerWheelEnable) this.#lookSoon()
  }

  /** Called when a message has arrived in the timer queue. */
  messageArriving(): void {
    this.#lookSoon()
  }

  // #region timed
  /**
   * Returns the form in which a message with a delivery time is stored. This form is the waiting form, or the message itself
   * when its delivery time has passed. Throws `TimerRefusal` when the timer is disabled, when the time is not valid or too
   * far away, or when too many messages wait for the same tick. Also throws `TimerRefusal` when the properties leave no
   * room, or when the time of a recall has passed.
   */
  timed(message: NewMessage, properties: ReadonlyMap<string, string>): NewMessage {
    if (!this.#config.timerWheelEnable) throw new TimerRefusal('WHEEL_TIMER_NOT_ENABLE')
    const nowMs = this.#host.clock.nowMs()
    const deliverMs = deliverTimeMs(properties, this.#config, nowMs)
    if (deliverMs === undefined) throw new TimerRefusal('WHEEL_TIMER_MSG_ILLEGAL')
    if (deliverMs <= nowMs) {
      if (properties.has(PROPERTY.TIMER_DEL_UNIQKEY)) throw new TimerRefusal('WHEEL_TIMER_MSG_ILLEGAL')
      return message
    }
    const tickMs = tickOf(deliverMs, this.#config.timerPrecisionMs)
    if (this.#isCongested(tickMs)) throw new TimerRefusal('WHEEL_TIMER_FLOW_CONTROL')
    const waiting = waitingMessage(message, properties, tickMs)
    if (waiting === undefined) throw new TimerRefusal('WHEEL_TIMER_MSG_ILLEGAL')
    const { topic, key } = message
    this.#host.trace.emit?.('message.delayed', { topic, key, level: 0, dueMs: deliverMs })
    return waiting
  }

  /**
   * Returns true when a message must be refused. When a slot has more messages than its limit, a random number decides
   * whether a new message is refused. The more messages the slot has, the more likely is a refusal. From twice the limit on,
   * every new message is refused.
   */
  #isCongested(tickMs: number): boolean {
    const max = this.#config.timerCongestNumEachSlot
    const over = this.#wheel.count(tickMs) - max
    return over > 0 && (over >= max || this.#host.random.int('timer.congest', 1_000) < (1_000 * over) / max)
  }
  // #endregion timed

  // #region look-at-wheel
  #lookSoon(): void {
    if (this.#looksSoon || this.#stopped) return
    this.#looksSoon = true
    this.#host.clock.after(0, () => {
      this.#looksSoon = false
      this.#look()
    })
  }

  /**
   * Enters the arrived messages in the timer log. When the tick of the first slot has ended, delivers this slot. When this
   * tick has not ended, sets the timer for this slot.
   */
  #look(): void {
    if (this.#stopped || this.#refusal !== '') return
    const failure = attempt(() => this.#enqueue())
    if (failure !== '') return this.#breakDown(`the timer log cannot be written: ${failure}`)
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#timer = undefined
    if (this.#delivery !== undefined) return
    const nowMs = this.#host.clock.nowMs()
    const due = this.#wheel.takeDue(nowMs)
    const unread = due === undefined ? '' : attempt(() => this.#deliver(due))
    if (unread !== '') return this.#breakDown(`the timer log cannot be read: ${unread}`)
    if (due !== undefined) return
    this.#forgetRecalls()
    const leftMs = this.#wheel.waitMs(nowMs)
    if (leftMs === undefined) return
    const sleepMs = leftMs > 0 ? leftMs : this.#config.timerPrecisionMs // a slot is due, but `takeDue` has not returned it
    this.#timer = this.#host.clock.after(Math.min(sleepMs, TIMER_LOOK_AGAIN_MS), () => {
      this.#timer = undefined
      this.#look()
    })
  }
  // #endregion look-at-wheel

  /**
   * Removes the recalls of finished slots. Called only when no message is due. At this time, all recalled messages have been
   * dropped, even messages that waited in another slot than their recall.
   */
  #forgetRecalls(): void {
    for (const key of this.#endedRecalls) this.#recalls.delete(key)
    if (this.#endedRecalls.length > 0) this.#flush.later()
    this.#endedRecalls = []
    this.#endedRecallsFromMs = Number.POSITIVE_INFINITY
  }

  // #region enqueue
  #enqueue(): void {
    const passOver = (offset: number, fault: string) => {
      this.#host.trace.log('error', `the timer message at ${offset} is passed over: ${fault}`)
      this.#queueOffset = offset + 1
    }
    let isChanged = false
    for (const message of messagesOf(this.#store, TIMER_TOPIC, 0, this.#queueOffset, passOver)) {
      this.#enqueueOne(message)
      this.#queueOffset = message.queueOffset + 1
      isChanged = true
    }
    if (isChanged) this.#flush.later()
  }

  #enqueueOne(message: MessageExt): void {
    const about = timerMessageOf(message)
    if (about === undefined) {
      this.#host.trace.log('warn', `the timer message at ${message.queueOffset} says no time: it is passed over`)
      return
    }
    // After damage to the timer log, the timer queue is read again, without the messages of finished slots.
    if (message.queueOffset < this.#enterAgainBefore && about.tickMs < this.#readTimeMs) return
    const { timerPrecisionMs } = this.#config
    const writeMs = Math.floor(this.#host.clock.nowMs() / timerPrecisionMs) * timerPrecisionMs
    const { slotMs, rolls } = slotFor(about.tickMs, writeMs, this.#config)
    let magic: number = rolls ? TIMER_MAGIC.DEFAULT | TIMER_MAGIC.ROLL : TIMER_MAGIC.DEFAULT
    if (about.recalls !== undefined) {
      magic |= TIMER_MAGIC.DELETE
      this.#recalls.add(about.recalls)
    }
    this.#chain(message, about.realTopic, slotMs, writeMs, magic)
  }

  // #endregion enqueue

  // #region chain
  /** Appends an entry to the timer log, and puts its position into the slot of the wheel. */
  #chain(message: MessageExt, realTopic: string, slotMs: number, writeMs: number, magic: number): void {
    const record: TimerRecord = {
      prevPos: this.#wheel.lastPos(slotMs),
      magic,
      currWriteTimeMs: writeMs,
      delayDeltaMs: slotMs - writeMs,
      commitLogOffset: message.physicalOffset,
      msgSizeBytes: message.storeSize,
      topicHash: javaHashCode(realTopic),
    }
    const position = this.#log.append(record)
    this.#enter(position, record)
    // #fold progress, and the event for the figures
    this.#readTimeMs = Math.min(this.#readTimeMs, slotMs) // when the clock was set back, the slot may lie before this time
    const key = keyOf(message.properties)
    this.#host.trace.emit?.('timer.placed', { topic: realTopic, key, slotMs, position, magic })
    // #endfold
  }
  // #endregion chain

  // #region deliver-tick
  #deliver(slot: Slot): void {
    this.#deliveringMs = slot.timeMs
    const { timerPrecisionMs } = this.#config
    const retryMs = TIMER_PUT_AGAIN_TICKS * timerPrecisionMs
    const files = { store: this.#store, log: this.#log, outlet: this.#outlet }
    this.#delivery = new SlotDelivery(this.#host, files, slot, retryMs, this.#recalls, (recalls) => {
      this.#endedRecalls.push(...recalls)
      if (recalls.length > 0) this.#endedRecallsFromMs = Math.min(this.#endedRecallsFromMs, slot.timeMs)
      this.#delivery = undefined
      this.#deliveringMs = -1
      this.#readTimeMs = Math.min(this.#wheel.nextTimeMs ?? Number.POSITIVE_INFINITY, slot.timeMs + timerPrecisionMs)
      this.#flush.later()
      this.#lookSoon()
    })
    this.#delivery.start()
  }
  // #endregion deliver-tick

  #breakDown(reason: string): void {
    this.#refusal = reason
    this.#host.trace.log('error', `${reason}; messages with a time of their own wait for a restart`)
  }

  stop(): void {
    this.#stopped = true
    this.#delivery?.stop()
    this.#flush.stop()
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
  }

  /**
   * Writes the present progress. Must be called after `stop`, when the store is closed and all data of the store are
   * durable.
   */
  close(done: () => void): void {
    if (!this.#config.timerWheelEnable || this.#refusal !== '') return done()
    if (this.#deliveringMs >= 0) this.#readTimeMs = Math.min(this.#readTimeMs, this.#deliveringMs)
    this.#flush.close(done)
  }
}

/**
 * Returns the offset of the first message of the timer queue that is not in the timer log. `behindLast` is the queue offset
 * after the message of the last entry. `behindLast` is undefined when the timer log has no entries.
 */
function firstMissing(
  noted: (TimerProgress & { readonly isOurs: boolean }) | undefined,
  behindLast: number | undefined,
): number {
  if (noted === undefined) return behindLast ?? 0
  if (!noted.isOurs) return behindLast ?? noted.lastTimerQueueOffset
  return Math.max(noted.lastTimerQueueOffset, behindLast ?? 0)
}
