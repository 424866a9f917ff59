/**
 * Reads a commit log from a position to its last whole record, in chunks: memory stays flat however long the log is.
 * Progress is reported every 256 MiB.
 *
 * RocketMQ: the loops of `CommitLog.recoverNormally`, `recoverAbnormally` and `ReputMessageService.doReput`.
 */
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT, V1_TOPIC_BYTES_MAX } from '../common/message-codec.ts'
import { storedTopicFault } from '../common/topic-validator.ts'
import { WALK_CHUNK_BYTES, WALK_PROGRESS_BYTES } from './limits.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

/** Bytes of a record without the IPs of its hosts, body, topic with its length, and properties. */
const FIXED_BYTES = 82

/** What to walk, and what to do with the records. */
export interface Walk {
  readonly from: number
  /** Max position of the walk; without it, the end of the last file. */
  readonly until?: number
  /** Compares each body with its CRC, as recovery does; later walks over the same bytes need not. */
  readonly checkCrc: boolean
  /** Called for every good record; returning false ends the walk. */
  readonly onRecord: (message: MessageExt) => unknown
  /** Called from time to time with the position of the walk. */
  readonly onProgress?: (position: number) => void
}

export interface WalkResult {
  /** Position after the last good record. */
  readonly endsAt: number
  /** Where the walk stopped: at the end, or at the first bytes that are not a good record. */
  readonly stoppedAt: number
  readonly records: number
  /** Why the walk ended, for people. */
  readonly reason: string
}

// #region walk-log
/**
 * Calls `onRecord` for every good record. The first record that
 * is not good ends the walk.
 */
export function walkLog(files: MappedFileQueue, walk: Walk): WalkResult {
  const { from, until, checkCrc, onRecord, onProgress } = walk
  const end = Math.min(until ?? files.endsAt, files.endsAt)
  let at = from
  let endsAt = from
  let records = 0
  let reportedAt = from
  const chunk = new Chunk(files)
  const stop = (reason: string) => ({ endsAt, stoppedAt: at, records, reason })
  while (at < end) {
    if (at - reportedAt >= WALK_PROGRESS_BYTES) onProgress?.((reportedAt = at))
    chunk.load(at, RECORD_AT.magic + 4)
    // A blank leads to the next file.
    if (chunk.i32(at + RECORD_AT.magic) === BLANK_MAGIC) {
      at += files.fileSizeBytes - (at % files.fileSizeBytes)
      continue
    }
    const record = recordIn(chunk, at, files.fileSizeBytes, checkCrc)
    if (typeof record === 'string') return stop(record)
    const goesOn = onRecord(record) !== false
    records++
    at += record.storeSize
    endsAt = at
    if (!goesOn) return stop('ended by the reader')
  }
  return stop('end of the last file')
}
// #endregion walk-log

// #region good-record
/**
 * The record at `at`, or why it does not count: its sizes add
 * up, it contains its own position, and its CRC is right.
 */
function recordIn(chunk: Chunk, at: number, sizeBytesMax: number, checkCrc: boolean): MessageExt | string {
  const sizeBytes = chunk.i32(at)
  if (sizeBytes <= 0 || sizeBytes > sizeBytesMax) return `no record at ${at}`
  chunk.load(at, sizeBytes)
  const begins = at - chunk.startsAt
  const decoded = decodeRecord(chunk.bytes, begins, checkCrc)
  if ('fault' in decoded) return `at ${at}: ${decoded.fault}`
  const lastByte = chunk.bytes[begins + sizeBytes - 1]!
  const fault = faultBeyondCrc(decoded.message, at, lastByte)
  return fault === '' ? decoded.message : `at ${at}: ${fault}`
}
// #endregion good-record

// #region beyond-crc
/**
 * The CRC covers only the body. A write that was cut short
 * leaves zeros in the rest: no topic contains a zero, and no
 * properties end in one. Other damage to topic and properties
 * cannot be noticed; RocketMQ 5 has a checksum over all of it,
 * which is off by default (`enabledAppendPropCRC`).
 */
function faultBeyondCrc(message: MessageExt, at: number, lastByte: number): string {
  if (message.physicalOffset !== at) return `the record says it lies at ${message.physicalOffset}`
  const nameFault = storedTopicFault(message.topic)
  if (nameFault !== '') return nameFault
  return lastByte === 0 && hasPropertyText(message) ? 'the properties end in zeros' : ''
}

function hasPropertyText({ storeSize, topic, body, bornIp, storeIp }: MessageExt): boolean {
  const topicLengthBytes = topic.length > V1_TOPIC_BYTES_MAX ? 2 : 1
  return storeSize > FIXED_BYTES + bornIp.length + storeIp.length + body.length + topicLengthBytes + topic.length
}
// #endregion beyond-crc

/** The piece of the log that is in memory. */
class Chunk {
  readonly #files: MappedFileQueue
  bytes = new Uint8Array() as Uint8Array
  startsAt = 0

  constructor(files: MappedFileQueue) {
    this.#files = files
  }

  /** Loads `wantedBytes` from `at` on, if the file has them. */
  load(at: number, wantedBytes: number): void {
    if (at >= this.startsAt && at + wantedBytes <= this.startsAt + this.bytes.length) return
    this.startsAt = at
    this.bytes = this.#files.read(at, Math.max(wantedBytes, WALK_CHUNK_BYTES))
  }

  /** The number at a position; 0, with which no record begins, beyond the file's end. */
  i32(at: number): number {
    this.load(at, 4)
    return this.bytes.length - (at - this.startsAt) < 4 ? 0 : readI32(this.bytes, at - this.startsAt)
  }
}
