/**
 * Reads a commit log from a position to its last whole record, in chunks: memory stays flat however long the log is, and
 * whoever waits is told every 256 MiB.
 *
 * RocketMQ: the loops of `CommitLog.recoverNormally`, `recoverAbnormally` and `ReputMessageService.doReput`.
 */
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT, V1_TOPIC_BYTES_MAX } from '../common/message-codec.ts'
import { storedTopicFault } from '../common/topic-validator.ts'
import { WALK_CHUNK_BYTES, WALK_PROGRESS_BYTES } from './limits.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

/** Bytes of a record beside hosts' IPs, body, topic with its length, and properties. */
const FIXED_BYTES = 82

/** What a walk is for. */
export interface Walk {
  readonly from: number
  /** Where to stop at the latest; without it, at the end of the last file. */
  readonly until?: number
  /** Compare each body with its CRC: so does recovery; later passes over the same bytes need not. */
  readonly checkCrc: boolean
  /** Gets every good record; false ends the walk. */
  readonly onRecord: (message: MessageExt) => unknown
  /** Hears now and then how far the walk has come. */
  readonly onProgress?: (position: number) => void
}

export interface WalkResult {
  /** Position after the last good record. */
  readonly endsAt: number
  /** Where the walk stopped: at the end, or at what is no good record. */
  readonly stoppedAt: number
  readonly records: number
  /** Why the walk ended, for people. */
  readonly reason: string
}

// #region walk-log
/**
 * Calls `onRecord` for every good record. A record counts when its sizes add up, its own physical offset is where it lies,
 * and (with `checkCrc`) its body matches its CRC. The first one that does not ends the walk.
 */
export function walkLog(files: MappedFileQueue, { from, until, checkCrc, onRecord, onProgress }: Walk): WalkResult {
  const end = Math.min(until ?? files.endsAt, files.endsAt)
  let at = from
  let endsAt = from
  let records = 0
  let toldAt = from
  const chunk = new Chunk(files)
  const stop = (reason: string): WalkResult => ({ endsAt, stoppedAt: at, records, reason })
  while (at < end) {
    if (at - toldAt >= WALK_PROGRESS_BYTES) onProgress?.((toldAt = at))
    const sizeBytes = chunk.i32(at)
    if (chunk.i32(at + RECORD_AT.magic) === BLANK_MAGIC) {
      at += files.fileSizeBytes - (at % files.fileSizeBytes)
      continue
    }
    if (sizeBytes <= 0 || sizeBytes > files.fileSizeBytes) return stop(`no record at ${at}`)
    chunk.load(at, sizeBytes)
    const decoded = decodeRecord(chunk.bytes, at - chunk.startsAt, checkCrc)
    if ('fault' in decoded) return stop(`at ${at}: ${decoded.fault}`)
    const fault = faultBeyondCrc(decoded.message, at, chunk.bytes[at + sizeBytes - 1 - chunk.startsAt]!)
    if (fault !== '') return stop(`at ${at}: ${fault}`)
    const goesOn = onRecord(decoded.message) !== false
    records++
    at += sizeBytes
    endsAt = at
    if (!goesOn) return stop('ended by the reader')
  }
  return stop('end of the last file')
}
// #endregion walk-log

// #region beyond-crc
/**
 * The CRC covers the body alone. What a write cut short leaves of the rest is zeros, and those show: no topic holds one
 * and no property text ends in one. Other damage to topic and properties cannot be told from a record that was meant so;
 * a checksum over all of it exists in RocketMQ 5 only, and is off there (`enabledAppendPropCRC`).
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

/** The piece of the log in memory. */
class Chunk {
  readonly #files: MappedFileQueue
  bytes = new Uint8Array() as Uint8Array
  startsAt = 0

  constructor(files: MappedFileQueue) {
    this.#files = files
  }

  /** Makes it hold `wantedBytes` from `at` on, if the file has them. */
  load(at: number, wantedBytes: number): void {
    if (at >= this.startsAt && at + wantedBytes <= this.startsAt + this.bytes.length) return
    this.startsAt = at
    this.bytes = this.#files.read(at, Math.max(wantedBytes, WALK_CHUNK_BYTES))
  }

  /** The number at a position; 0, which begins no record, where the file has ended. */
  i32(at: number): number {
    this.load(at, 4)
    return this.bytes.length - (at - this.startsAt) < 4 ? 0 : readI32(this.bytes, at - this.startsAt)
  }
}
