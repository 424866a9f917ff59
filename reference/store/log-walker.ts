/**
 * Reads a commit log record by record, up to the first bytes that are not a valid record. The log is read in chunks, so a
 * walk needs little memory, even for a long log. The walk reports its progress after each 256 MiB.
 *
 * RocketMQ: the loops of `CommitLog.recoverNormally`, `recoverAbnormally` and `ReputMessageService.doReput`.
 */
import { assert } from '../common/assert.ts'
import type { MessageExt } from '../common/message.ts'
import { WALK_CHUNK_BYTES, WALK_PROGRESS_BYTES } from './limits.ts'
import { stepAt } from './log-step.ts'
import type { MappedFileQueue } from './mapped-file-queue.ts'

/** Describes a walk, with its range, its checks and its callbacks. */
export interface Walk {
  readonly from: number
  /** The walk ends at this position. When `until` is undefined, the walk ends at the end of the last file. */
  readonly until?: number
  /**
   * True when each body must be compared with its CRC. Recovery compares the CRC only in its first walk over the same bytes.
   */
  readonly checkCrc: boolean
  /** Called for every valid record. The walk ends when `onRecord` returns false. */
  readonly onRecord: (message: MessageExt) => unknown
  /** Called from time to time with the position of the walk. */
  readonly onProgress?: (position: number) => void
}

/** The result of a walk. */
export interface WalkResult {
  /**
   * The position after the last valid record. When no valid record was found, `endsAt` is the position where the walk began.
   */
  readonly endsAt: number
  /**
   * The position where the walk stopped. This is the end of the range, the first bytes that are not a valid record, or the
   * end of the record for which `onRecord` returned false.
   */
  readonly stoppedAt: number
  readonly records: number
  /** The reason why the walk ended, as a text for operators. */
  readonly reason: string
}

// #region walk-log
/** Calls `onRecord` for every valid record. The walk ends at the first record that is not valid. */
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
    const step = stepAt(chunk.read, at, files.fileSizeBytes, checkCrc)
    if (step.is === 'end') return stop(step.reason)
    assert(step.nextAt > at, () => `a step of the log walk goes from ${at} to ${step.nextAt}`)
    at = step.nextAt
    if (step.is === 'blank') continue
    records++
    endsAt = at
    if (onRecord(step.message) === false) return stop('ended by the reader')
  }
  return stop('end of the last file')
}
// #endregion walk-log

/** The part of the log that is in memory during a walk. */
class Chunk {
  readonly #files: MappedFileQueue
  #bytes = new Uint8Array() as Uint8Array
  #startsAt = 0

  constructor(files: MappedFileQueue) {
    this.#files = files
  }

  /**
   * Returns `wantedBytes` bytes, beginning at `at`. Returns fewer bytes when the file ends earlier. The bytes share memory
   * with the chunk.
   */
  readonly read = (at: number, wantedBytes: number): Uint8Array => {
    if (at < this.#startsAt || at + wantedBytes > this.#startsAt + this.#bytes.length) {
      this.#startsAt = at
      this.#bytes = this.#files.read(at, Math.max(wantedBytes, WALK_CHUNK_BYTES))
    }
    const begins = at - this.#startsAt
    return this.#bytes.subarray(begins, begins + wantedBytes)
  }
}
