/**
 * What the store has promised so far: one entry for each message that was ever put.
 *
 * | a put was answered      | survives a kill | survives a power cut                                            |
 * | ----------------------- | --------------- | --------------------------------------------------------------- |
 * | PUT_OK under SYNC_FLUSH | yes             | yes                                                             |
 * | PUT_OK, `WAIT=false`, or under ASYNC_FLUSH | yes | once the thorough flush has had its time, or the store stopped cleanly |
 * | refused                 | must never be readable | must never be readable                                   |
 * | anything else, or not at all | may be there, whole | may be there, whole                                     |
 *
 * Under SYNC_FLUSH whatever was announced to consumers counts as promised too: nobody consumes what a power cut takes back.
 */
import { javaHashCode } from '../../../../reference/common/hash.ts'
import { PROPERTY } from '../../../../reference/common/message.ts'
import { encodeProperties } from '../../../../reference/common/message-properties.ts'
import { SYS_FLAG } from '../../../../reference/common/sys-flag.ts'
import type { NewMessage, PutMessageResult } from '../../../../reference/store/put-message.ts'
import { demand } from '../violation.ts'
import { bytesOfHash } from './fill.ts'
import type { PutShape, StoreSettings } from './ops.ts'

/** One message and what is known of it. */
export interface Entry {
  readonly id: number
  readonly message: NewMessage
  readonly putAtMs: number
  status: 'waiting' | 'ok' | 'refused' | 'unknown'
  /** Where the answer said it lies. */
  place: PutMessageResult | undefined
  answeredAtMs: number
  /** Its record, as it was first read back. */
  record: Uint8Array | undefined
  physicalOffset: number
  /** A recovery has cut it off, or it never got there. */
  isGone: boolean
  /** Promised to survive a power cut. */
  isSafe: boolean
  /** Its bytes on the disk were spoiled by hand: nothing is expected of it. */
  isSpoiled: boolean
  /** It was spoiled where recovery cannot but look, so it must not be taken for good. */
  mustGo: boolean
}

/** `flushCommitLogThoroughInterval` and the look before it. */
const FLUSHED_BY_THEN_MS = 10_500
/** `syncFlushTimeout`, after which a put is answered whatever the disk does, and a little. */
const ANSWERED_BY_THEN_MS = 5_100

export class Model {
  readonly entries: Entry[] = []
  readonly #settings: StoreSettings
  /** Entries that are not gone: what audits look at. */
  live: Entry[] = []
  #waiting: Entry[] = []
  #beganAtMs = 0
  /** Something is or was wrong with the disk in this life: puts may fail, and nothing is surely flushed by itself. */
  isFaulty = false
  /** The store was asked to stop: it may refuse what has not found its place yet. */
  isStopping = false
  /** What the store said in this life to be durable. */
  claimedFlushed = 0

  constructor(settings: StoreSettings) {
    this.#settings = settings
  }

  get answered(): number {
    return this.entries.length - this.#waiting.length
  }

  /** A message of that shape, under the next number. `bodyFor` may choose the body by the size of the record without one. */
  newEntry(shape: PutShape, nowMs: number, bodyFor?: (recordBytes: number) => number): Entry {
    const id = this.entries.length
    const empty = newMessage(id, shape, nowMs)
    const body = bytesOfHash(id, Math.max(0, bodyFor?.(emptyRecordBytes(empty)) ?? shape.bodyBytes))
    const entry: Entry = {
      id,
      message: { ...empty, body },
      putAtMs: nowMs,
      status: 'waiting',
      place: undefined,
      answeredAtMs: 0,
      record: undefined,
      physicalOffset: -1,
      isGone: false,
      isSafe: false,
      isSpoiled: false,
      mustGo: false,
    }
    this.entries.push(entry)
    this.live.push(entry)
    this.#waiting.push(entry)
    return entry
  }

  /** The store has answered a put. */
  answer(entries: readonly Entry[], results: readonly PutMessageResult[], nowMs: number): void {
    demand(results.length === entries.length, 'answer', () => `${entries.length} puts, ${results.length} answers`)
    const waited = entries.every(({ message }) => message.waitStoreMsgOk)
    this.#waiting = this.#waiting.filter((entry) => !entries.includes(entry))
    for (const [i, entry] of entries.entries()) {
      const result = results[i]!
      demand(entry.status === 'waiting', 'answer', () => `message ${entry.id} was answered twice`)
      entry.answeredAtMs = nowMs
      entry.place = result
      if (result.status === 'PUT_OK') {
        entry.status = 'ok'
        entry.isSafe ||= waited && this.#settings.flushDiskType === 'SYNC_FLUSH'
      } else if (result.status === 'FLUSH_DISK_TIMEOUT' || result.status === 'UNKNOWN_ERROR') {
        entry.status = 'unknown'
        demand(
          this.isFaulty,
          'answer',
          () => `message ${entry.id}: ${result.status} (${result.reason}) on a sound disk`,
        )
      } else {
        entry.status = 'refused'
        demand(
          this.isFaulty || this.isStopping || result.status === 'MESSAGE_ILLEGAL',
          'answer',
          () => `message ${entry.id} was refused on a sound disk: ${result.status} (${result.reason})`,
        )
      }
    }
  }

  /** A new process runs. */
  began(nowMs: number, isFaulty: boolean): void {
    this.#beganAtMs = nowMs
    this.isFaulty = isFaulty
    this.isStopping = false
    this.claimedFlushed = 0
  }

  faultBegins(nowMs: number): void {
    this.markFlushed(nowMs)
    this.isFaulty = true
  }

  /** What has been written for so long that the thorough flush must have made it durable. */
  markFlushed(nowMs: number): void {
    if (this.isFaulty) return
    const horizonMs = FLUSHED_BY_THEN_MS + 4 * this.#settings.syncMs.max
    if (nowMs - this.#beganAtMs <= horizonMs) return
    for (const entry of this.live)
      if (entry.status === 'ok' && nowMs - entry.answeredAtMs > horizonMs) entry.isSafe = true
  }

  /** A clean stop has made durable whatever there is. */
  stoppedCleanly(): void {
    for (const entry of this.live) if (entry.status === 'ok') entry.isSafe = true
  }

  /** Every put is answered in time, however slow the disk; called while the store runs. */
  checkAnswers(nowMs: number): void {
    const late = this.#waiting.find((entry) => nowMs - entry.putAtMs > ANSWERED_BY_THEN_MS)
    demand(
      late === undefined,
      'answer',
      () => `message ${late!.id} waits for its answer since ${nowMs - late!.putAtMs} ms`,
    )
  }

  /** The process is gone: nobody will be answered any more. */
  ended(): void {
    for (const entry of this.#waiting) entry.status = 'unknown'
    this.#waiting = []
  }
}

function newMessage(id: number, shape: PutShape, nowMs: number): NewMessage {
  const tag = shape.tag === 0 ? undefined : `tag${shape.tag}`
  const properties = new Map<string, string>([
    [PROPERTY.KEYS, `key-${id}`],
    [PROPERTY.UNIQ_KEY, String(id)],
  ])
  if (tag !== undefined) properties.set(PROPERTY.TAGS, tag)
  return {
    topic: topicName(shape.topic),
    queueId: shape.queueId,
    flag: id,
    sysFlag: SYS_FLAG_OF[shape.transaction],
    bornTimestamp: 1_704_067_200_000 + nowMs,
    bornIp: shape.isV6 ? IP_V6 : IP_V4,
    bornPort: 40_000,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: NO_BYTES,
    propertiesText: encodeProperties(properties),
    tagsCode: tag === undefined ? 0 : javaHashCode(tag),
    waitStoreMsgOk: shape.wait,
    key: `key-${id}`,
  }
}

/** Size of the record of a message without a body: what the table of the record says. */
function emptyRecordBytes({ topic, bornIp, propertiesText }: NewMessage): number {
  return 91 + bornIp.length - 4 + (topic.length > 127 ? 1 : 0) + topic.length + propertiesText.length
}

const NO_BYTES = new Uint8Array()
const IP_V4 = Uint8Array.of(10, 0, 0, 9)
const IP_V6 = Uint8Array.of(32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9)
const SYS_FLAG_OF = {
  none: 0,
  prepared: SYS_FLAG.TRANSACTION_PREPARED,
  commit: SYS_FLAG.TRANSACTION_COMMIT,
  rollback: SYS_FLAG.TRANSACTION_ROLLBACK,
} as const

/** The third topic's name, a group's of retries, is so long that its records are of version 2. */
export function topicName(topic: number): string {
  return topic === 2 ? `%RETRY%${'L'.repeat(130)}` : `Topic${topic}`
}
