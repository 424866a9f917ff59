/**
 * Reads a commit log record by record, up to the first bytes that are not a good record. The log is read in chunks, so a
 * long log needs no more memory than a short one. Progress is reported every 256 MiB.
 *
 * RocketMQ: the loops of `CommitLog.recoverNormally`, `recoverAbnormally` and `ReputMessageService.doReput`.
 */
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT, V1_TOPIC_BYTES_MAX } from '../common/message-codec.ts'
import { storedTopicFault } from '../common/topic-validator.ts'
import { WALK_CHUNK_BYTES, WALK_PROGRESS_BYTES } from './limits.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

/** Bytes of a record without the IPs of the hosts, the body, the length of the topic, the topic and the properties. */
const FIXED_BYTES = 82

/** Describes a walk: its range, its checks and its callbacks. */
export interface Walk {
  readonly from: number
  /** The walk ends at this position, or at the end of the last file when `until` is undefined. */
  readonly until?: number
  /** True to compare each body with its CRC. Recovery does this once; later walks over the same bytes do not repeat it. */
  readonly checkCrc: boolean
  /** Called for every good record. The walk ends when it returns false. */
  readonly onRecord: (message: MessageExt) => unknown
  /** Called from time to time with the position of the walk. */
  readonly onProgress?: (position: number) => void
}

/** The result of a walk. */
export interface WalkResult {
  /** Position after the last good record, or `from` when there was no good record. */
  readonly endsAt: number
  /**
   * Position where the walk stopped: the end of the walk, the first bytes that are not a good record, or the end of the
   * record for which `onRecord` returned false.
   */
  readonly stoppedAt: number
  readonly records: number
  /** Why the walk ended, as text for operators. */
  readonly reason: string
}

// #region walk-log
/**
 * Calls `onRecord` for every good record. The walk ends at the
 * first record that is not good.
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
    // After a blank, the walk continues in the next file.
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
 * Returns the record at `at`, or the reason why it is not good. In
 * a good record, the sizes add up, the position is its own
 * position, and the CRC is right if `checkCrc` is true.
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
 * Checks the fields that the CRC does not cover: the CRC covers
 * only the body. A write that was cut short leaves zeros in the
 * other fields, but no topic contains a zero, and no properties
 * end with a zero. Other damage to topic and properties cannot be
 * noticed. RocketMQ 5 has a checksum over the whole record, but
 * it is off by default (`enabledAppendPropCRC`).
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

/** The part of the log that is in memory during a walk. */
class Chunk {
  readonly #files: MappedFileQueue
  bytes = new Uint8Array() as Uint8Array
  startsAt = 0

  constructor(files: MappedFileQueue) {
    this.#files = files
  }

  /** Loads `wantedBytes` bytes from `at` on, or fewer when the file ends before. */
  load(at: number, wantedBytes: number): void {
    if (at >= this.startsAt && at + wantedBytes <= this.startsAt + this.bytes.length) return
    this.startsAt = at
    this.bytes = this.#files.read(at, Math.max(wantedBytes, WALK_CHUNK_BYTES))
  }

  /** Returns the i32 at a position. Returns 0 when the file ends before; no record begins with 0. */
  i32(at: number): number {
    this.load(at, 4)
    return this.bytes.length - (at - this.startsAt) < 4 ? 0 : readI32(this.bytes, at - this.startsAt)
  }
}
