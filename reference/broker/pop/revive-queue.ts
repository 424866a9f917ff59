/**
 * Reads one queue of the revive topic in order. This queue contains check points and acknowledgements. A check point is the
 * record of the messages that one pop has taken from one queue. A check point of a single message is written in two other
 * cases: when the time for which the message is hidden was changed, and when the message could not be redelivered. When
 * this time has passed, the popped messages without an acknowledgement are redelivered: a copy of each of them is stored in
 * the retry topic. The diagram shows the queue from the oldest entry to the newest one. `ck` is a check
 * point, and `ack B` is an acknowledgement for `ck B`.
 *
 * ```
 *  stored offset        next to read
 *       │                    │
 *  ck A │ ck B  ack B  ck C  │                  A is settled; B and C are open
 *                            ▼
 *        every acknowledgement up to a time T has been read
 *        when T is later than the revive time of B + 2 s ──► B is settled: its messages without an acknowledgement
 *                                                            are redelivered
 * ```
 *
 * To settle a check point means: its messages without an acknowledgement become visible again. The revive time of a check
 * point is popTime + invisibleTime. A check point may be settled when more than `REVIVE_BEHIND_MS` (two seconds) have passed
 * since this time. A check point of another broker may wait longer. A settlement begins only when every
 * acknowledgement that could arrive in time has been read (`ack-barrier.ts`). The settlements begin in the order of the
 * queue, and several of them may run at the same time. The stored offset of the group `REVIVE_GROUP` is the offset of the
 * last check point that is settled together with all earlier ones. After a restart, reading begins at the next entry.
 *
 * The queue is not read at regular intervals. A new entry wakes the queue. One timer is set to the time at which the oldest
 * open check point may be settled, but at most 60 s ahead. When this check point is due and cannot be settled yet, the
 * queue is read again after one second. Check points and acknowledgements are timer messages: the timer (`../timer/`) puts
 * them into this queue when they are due. When the due time has already passed, they are stored in this queue at once. When
 * the timer is late, messages are also redelivered late.
 *
 * Normally, a check point arrives in this queue at most one second before its revive time, and is in memory for a few
 * seconds. Unlike GlassMQ, RocketMQ reads everything after the stored offset again each second. It can happen that
 * two check points have the same identity. In RocketMQ, the second check point replaces the first one. In GlassMQ, both
 * check points count.
 *
 * RocketMQ: `PopReviveService`.
 */
import { JsonSyntaxError } from '../../common/lax-json.ts'
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { REVIVE_GROUP } from '../../common/pop-names.ts'
import { ShapeError } from '../../common/shape.ts'
import { attempt } from '../../host/disk-attempt.ts'
import type { TimerId } from '../../host/host.ts'
import {
  NOTE_DELIVERY_MS,
  REVIVE_AGAIN_MS,
  REVIVE_BEHIND_MS,
  REVIVE_FOLLOWED_MS,
  REVIVE_IN_FLIGHT_MAX,
  REVIVE_LOOK_AGAIN_MS,
} from '../limits.ts'
import { messagesOf } from '../stored-messages.ts'
import type { AckBarrier } from './ack-barrier.ts'
import {
  ACK_TAG,
  BATCH_ACK_TAG,
  CK_TAG,
  decodeAck,
  decodeCheckPoint,
  type PopAck,
  type PopCheckPoint,
  reviveTimeOf,
} from './check-point.ts'
import { type OpenCheckPoint, OpenCheckPoints } from './open-check-points.ts'
import { type Revival, Settlement, type SettlementParts } from './settlement.ts'

/** Reads one revive queue and settles its check points. */
export class ReviveQueue {
  readonly #broker: SettlementParts
  readonly #pop: Revival
  readonly #barrier: AckBarrier
  readonly #topic: string
  readonly #queueId: number
  readonly #open = new OpenCheckPoints()
  /**
   * Check points whose settlement has begun, by their offset in this queue, in ascending order. The value is true when the
   * settlement has ended. An entry is removed when this settlement and all earlier ones have ended.
   */
  readonly #settling = new Map<number, boolean>()
  /** The offset of the next entry to read, or -1 before the first read. */
  #nextOffset = -1
  #timer: TimerId | undefined
  #looksSoon = false
  #stopped = false
  #isNoting = false
  #hasNoted = false

  constructor(broker: SettlementParts, pop: Revival, barrier: AckBarrier, queueId: number) {
    this.#broker = broker
    this.#pop = pop
    this.#barrier = barrier
    this.#topic = pop.log.topic
    this.#queueId = queueId
  }

  /**
   * Reads the queue in the next turn of the event loop. Called when an entry has arrived, at the start, and after each
   * settlement.
   */
  lookSoon(): void {
    if (this.#looksSoon || this.#stopped) return
    this.#looksSoon = true
    this.#broker.host.clock.after(0, () => {
      this.#looksSoon = false
      this.#look()
    })
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#broker.host.clock.cancel(this.#timer)
  }

  // #region revive-look
  #look(): void {
    if (this.#stopped) return
    if (this.#timer !== undefined) this.#broker.host.clock.cancel(this.#timer)
    this.#timer = undefined
    const sureMs = this.#barrier.look() // after this call, `#read()` finds every acknowledgement up to `sureMs`
    const unread = attempt(() => this.#read())
    if (unread !== '') return this.#lookAgain(unread)
    while (this.#settling.size < REVIVE_IN_FLIGHT_MAX && this.#maySettle(this.#open.oldest, sureMs))
      this.#settle(this.#open.takeOldest()!)
    if (this.#settling.size >= REVIVE_IN_FLIGHT_MAX) return // when a settlement ends, this method is called again
    const { oldest } = this.#open
    if (oldest === undefined) return
    const dueMs = oldest.ripeMs + REVIVE_BEHIND_MS + 1 - this.#broker.host.clock.nowMs()
    const waitMs = dueMs > 0 ? Math.min(dueMs, REVIVE_LOOK_AGAIN_MS) : REVIVE_AGAIN_MS
    this.#timer = this.#broker.host.clock.after(waitMs, () => this.#look())
  }

  #lookAgain(why: string): void {
    const { clock, trace } = this.#broker.host
    trace.log('warn', `the revive queue ${this.#queueId} is read again in ${REVIVE_AGAIN_MS} ms: ${why}`)
    this.#timer = clock.after(REVIVE_AGAIN_MS, () => this.#look())
  }

  #maySettle(open: OpenCheckPoint | undefined, sureMs: number): boolean {
    return open !== undefined && sureMs - open.ripeMs > REVIVE_BEHIND_MS
  }
  // #endregion revive-look

  // #region revive-read
  #read(): void {
    const { offsets, store, host } = this.#broker
    if (this.#nextOffset < 0) this.#nextOffset = offsets.queryOffset(REVIVE_GROUP, this.#topic, this.#queueId) + 1
    this.#nextOffset = Math.min(this.#nextOffset, store.maxOffset(this.#topic, this.#queueId))
    const passOver = (offset: number, fault: string) => {
      host.trace.log('error', `entry ${offset} of the revive queue ${this.#queueId} is passed over: ${fault}`)
      this.#nextOffset = offset + 1
    }
    for (const message of messagesOf(store, this.#topic, this.#queueId, this.#nextOffset, passOver)) {
      this.#nextOffset = message.queueOffset + 1
      this.#readOne(message)
    }
  }

  #readOne(message: MessageExt): void {
    const tag = message.properties.get(PROPERTY.TAGS)
    try {
      if (tag === CK_TAG) this.#enter(decodeCheckPoint(message.body), message)
      else if (tag === ACK_TAG || tag === BATCH_ACK_TAG)
        this.#acknowledge(decodeAck(message.body, tag === BATCH_ACK_TAG))
    } catch (error) {
      if (!(error instanceof JsonSyntaxError || error instanceof ShapeError)) throw error
      const where = `entry ${message.queueOffset} of the revive queue ${this.#queueId}`
      this.#broker.host.trace.log('warn', `${where} is passed over, its body cannot be read: ${error.message}`)
    }
  }

  #enter(ck: PopCheckPoint, { queueOffset: reviveOffset, storeTimestamp }: MessageExt): void {
    if (ck.topic === '' || ck.group === '') return
    // A check point of another broker comes from a slave that has acted as the master, perhaps late. The broker waits
    // `REVIVE_FOLLOWED_MS` for the acknowledgements of such a check point.
    const followedMs = this.#pop.messages.isElsewhere(ck) ? storeTimestamp + REVIVE_FOLLOWED_MS : 0
    const ripeMs = Math.max(reviveTimeOf(ck), followedMs)
    this.#open.add({ ck: this.#named(ck), reviveOffset, ripeMs, acked: new Set() })
  }

  #acknowledge(ack: PopAck): void {
    this.#open.acknowledge(this.#named(ack))
  }

  /** A check point or an acknowledgement without the name of a broker belongs to a pop of this broker. */
  #named<T extends { readonly brokerName: string }>(one: T): T {
    return one.brokerName === '' ? { ...one, brokerName: this.#broker.config.brokerName } : one
  }
  // #endregion revive-read

  // #region settle
  #settle({ ck, reviveOffset, acked }: OpenCheckPoint): void {
    this.#settling.set(reviveOffset, false)
    const missing = ck.offsets.filter((offset) => !acked.has(offset))
    new Settlement(this.#broker, this.#pop, ck, missing, this.#queueId, () => {
      this.#settling.set(reviveOffset, true)
      this.#moveOn(ck, missing)
    }).start()
  }

  /** Moves the stored offset over all settled check points, up to the first check point that is not settled. */
  #moveOn({ topic, group, queueId, startOffset, offsets: all }: PopCheckPoint, missing: readonly number[]): void {
    if (this.#stopped) return
    const { offsets, host } = this.#broker
    for (const [reviveOffset, isOver] of this.#settling) {
      if (!isOver) break
      this.#settling.delete(reviveOffset)
      offsets.commitOffset(REVIVE_GROUP, this.#topic, this.#queueId, reviveOffset)
    }
    const [messages, revived] = [all.length, missing.length]
    host.trace.emit?.('checkpoint.settled', { group, topic, queueId, startOffset, messages, revived })
    if (missing.length > 0) this.#noteLater()
    this.lookSoon()
  }

  /**
   * Stores the offset of `REVIVE_GROUP` soon, so that after a crash, the broker redelivers few messages a second time. The
   * first change is stored at once. Each further change is stored after half a second. The offset is stored only after the
   * copies in the retry topic are durable in the log.
   */
  #noteLater(): void {
    if (this.#isNoting) return
    this.#isNoting = true
    const { host, store, offsets } = this.#broker
    host.clock.after(this.#hasNoted ? NOTE_DELIVERY_MS : 0, () => {
      this.#isNoting = false
      this.#hasNoted = true
      if (!this.#stopped) store.whenDurable(() => this.#stopped || offsets.persistNow())
    })
  }
  // #endregion settle
}
