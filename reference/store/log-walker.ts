/**
 * Reads a commit log from a position to its last whole record, in chunks: memory stays flat however long the log is.
 *
 * RocketMQ: the loops of `CommitLog.recoverNormally`, `recoverAbnormally` and `ReputMessageService.doReput`.
 */
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT } from '../common/message-codec.ts'
import { WALK_CHUNK_BYTES } from './limits.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

export interface WalkResult {
  /** Position after the last good record. */
  readonly endsAt: number
  readonly records: number
  /** Why the walk ended, for people. */
  readonly reason: string
}

// #region walk-log
/**
 * Calls `onRecord` for every good record from `from` on. A record counts when its sizes add up, its own physical offset is
 * where it lies, and (with `checkCrc`) its body matches its CRC. The first one that does not ends the walk.
 */
export function walkLog(
  files: MappedFileQueue,
  from: number,
  checkCrc: boolean,
  onRecord: (message: MessageExt) => void,
): WalkResult {
  let at = from
  let endsAt = from
  let records = 0
  let chunkAt = 0
  let chunk = new Uint8Array() as Uint8Array
  /** Makes `chunk` hold `wantedBytes` from `at` on, if the file has them. */
  const load = (wantedBytes: number) => {
    if (at >= chunkAt && at + wantedBytes <= chunkAt + chunk.length) return
    chunkAt = at
    chunk = files.read(at, Math.max(wantedBytes, WALK_CHUNK_BYTES))
  }
  while (at < files.endsAt) {
    load(8)
    const left = chunk.length - (at - chunkAt)
    if (left < 8) return { endsAt, records, reason: `${left} bytes are left at the end of the file` }
    const sizeBytes = readI32(chunk, at - chunkAt)
    if (readI32(chunk, at - chunkAt + RECORD_AT.magic) === BLANK_MAGIC) {
      at += files.fileSizeBytes - (at % files.fileSizeBytes)
      continue
    }
    if (sizeBytes <= 0 || sizeBytes > files.fileSizeBytes) return { endsAt, records, reason: `no record at ${at}` }
    load(sizeBytes)
    const decoded = decodeRecord(chunk, at - chunkAt, checkCrc)
    if ('fault' in decoded) return { endsAt, records, reason: `at ${at}: ${decoded.fault}` }
    if (decoded.message.physicalOffset !== at)
      return { endsAt, records, reason: `the record at ${at} says it lies at ${decoded.message.physicalOffset}` }
    onRecord(decoded.message)
    records++
    at += sizeBytes
    endsAt = at
  }
  return { endsAt, records, reason: 'end of the last file' }
}
// #endregion walk-log
