/**
 * The checkpoint is a file with three store times. Up to these times, the log, the consume queues and the index are durable.
 * After a crash, recovery begins at a record that was stored shortly before these times.
 *
 * | at | bytes | field                                                           |
 * | -- | ----- | --------------------------------------------------------------- |
 * |  0 | 8     | physicMsgTimestamp: the log is durable up to this store time    |
 * |  8 | 8     | logicsMsgTimestamp: the consume queues are durable up to this store time |
 * | 16 | 8     | indexMsgTimestamp: full index files are durable up to this store time |
 * | 24 | 8     | masterFlushedOffset: how much of its log the master has flushed; an operator may set it |
 * | 32 | 8     | confirmPhyOffset: every member of the in-sync set has the log up to here |
 *
 * Only a broker whose master is elected by a controller writes the fields at 24 and 32.
 *
 * This broker adds two notes, in a part of the file that RocketMQ never uses. The first note is the summary. The summary
 * counts the entries of all queues for a range of the log. The next start compares these counts with the queues, and so
 * detects missing queue files. The second note says that this checkpoint is as old as the log. The second note is written
 * before the first record of a log, and each time that the times begin again at 0 (`logBegins`). When a checkpoint has the
 * second note but no times, perhaps no record is durable. When both are missing, the old checkpoint may be lost.
 *
 * | at   | bytes | field                                                        |
 * | ---- | ----- | ------------------------------------------------------------ |
 * | 2048 | 8     | summary: position where the log began                        |
 * | 2056 | 8     | summary: position where the log ended                        |
 * | 2064 | 8     | summary: number of queues that had messages                  |
 * | 2072 | 8     | summary: number of entries in these queues                   |
 * | 2080 | 8     | 1 when this checkpoint is as old as the log                  |
 *
 * The file has 4096 bytes. RocketMQ: `StoreCheckpoint`.
 */
import { readI32, readI64, writeI64 } from '../common/bytes.ts'
import type { Disk, FileId, Host } from '../host/host.ts'
import type { QueueSummary } from './consume-queue-store.ts'
import { openSized } from './sized-file.ts'

const PATH = 'checkpoint'
const FILE_BYTES = 4096
/** The position of the summary of the queues. */
export const SUMMARY_AT = 2048
/** The position of the note that the log has begun. */
const BEGUN_AT = 2080
/** Recovery begins this many ms before the times of the checkpoint, because clocks and flushes are not exact. */
const MARGIN_MS = 3_000

/** The checkpoint of one store. */
export class Checkpoint {
  readonly #disk: Disk
  readonly #file: FileId
  physicMsgTimestamp = 0
  logicsMsgTimestamp = 0
  indexMsgTimestamp = 0
  masterFlushedOffset = 0
  /** The confirm offset for the next `write`, or undefined when no controller elects the master. */
  confirmPhyOffset: number | undefined
  /**
   * True when the checkpoint has a time for the log, or when it is as old as the log and this time is not damaged. Only the
   * times of a trusted checkpoint can show that a log file was never durable.
   */
  #isTrustworthy: boolean
  readonly #knowsBeginning: boolean
  readonly #storedConfirmOffset: number

  /**
   * Opens or creates the file in `directory`, which is '' or ends in `/`. A time in the future counts as damaged, and is
   * read as 0. Throws `DiskError` when the disk fails.
   */
  constructor({ disk, clock }: Pick<Host, 'disk' | 'clock'>, directory: string) {
    const nowMs = clock.nowMs()
    this.#disk = disk
    const path = `${directory}${PATH}`
    this.#file = openSized(disk, path, FILE_BYTES).file
    const bytes = disk.read(this.#file, 0, 40)
    this.physicMsgTimestamp = timestampAt(bytes, 0, nowMs)
    this.logicsMsgTimestamp = timestampAt(bytes, 8, nowMs)
    this.indexMsgTimestamp = timestampAt(bytes, 16, nowMs)
    this.masterFlushedOffset = positionAt(bytes, 24)
    this.#storedConfirmOffset = positionAt(bytes, 32)
    const isDamaged = this.physicMsgTimestamp === 0 && bytes.subarray(0, 8).some((byte) => byte !== 0)
    this.#knowsBeginning = disk.read(this.#file, BEGUN_AT, 8).at(-1) === 1
    this.#isTrustworthy = !isDamaged && (this.physicMsgTimestamp > 0 || this.#knowsBeginning)
  }

  /** The confirm offset that the file contained when it was opened, or 0 when it contained none. */
  get storedConfirmOffset(): number {
    return this.#storedConfirmOffset
  }
  get isTrustworthy(): boolean {
    return this.#isTrustworthy
  }

  /**
   * True when this checkpoint is as old as the log, but does not say that a record is durable: the time for the log or the
   * summary of the queues is missing. Records may be durable nevertheless, because both are first written about a second
   * after the first put. When only one of the two is missing, a bit on the disk may be wrong.
   */
  get wasNothingDurable(): boolean {
    return this.#knowsBeginning && (this.physicMsgTimestamp === 0 || !Number.isFinite(this.notedLogEnd))
  }

  /** A store time. All records that were stored before this time are durable, and so are their queue entries. */
  get minTimestamp(): number {
    return Math.max(0, Math.min(this.physicMsgTimestamp, this.logicsMsgTimestamp) - MARGIN_MS)
  }

  /**
   * Records that the log has begun and that nothing is durable yet. Called when the log has no file. Also called before new
   * times are written, after a truncation of the log and for a checkpoint that was not trusted. Throws `DiskError` when a
   * write fails.
   */
  logBegins(): void {
    this.physicMsgTimestamp = 0
    this.logicsMsgTimestamp = 0
    this.indexMsgTimestamp = 0
    this.write()
    this.#disk.write(this.#file, BEGUN_AT, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1))
    this.#isTrustworthy = true
  }

  // #region write-checkpoint
  /** Writes the times, and under a controller both offsets, to the page cache. Throws `DiskError` when the write fails. */
  write(): void {
    const isUnderController = this.confirmPhyOffset !== undefined
    const bytes = new Uint8Array(isUnderController ? 40 : 24)
    writeI64(bytes, 0, this.physicMsgTimestamp)
    writeI64(bytes, 8, this.logicsMsgTimestamp)
    writeI64(bytes, 16, this.indexMsgTimestamp)
    if (isUnderController) writeI64(bytes, 24, this.masterFlushedOffset)
    if (isUnderController) writeI64(bytes, 32, this.confirmPhyOffset!)
    this.#disk.write(this.#file, 0, bytes)
  }
  // #endregion write-checkpoint

  /**
   * Writes the summary to the page cache. All entries in the counts of the summary must be durable. Throws `DiskError` when
   * the write fails.
   */
  writeSummary(summary: QueueSummary): void {
    const bytes = new Uint8Array(32)
    writeI64(bytes, 0, summary.from)
    writeI64(bytes, 8, summary.before)
    writeI64(bytes, 16, summary.queues)
    writeI64(bytes, 24, summary.entries)
    this.#disk.write(this.#file, SUMMARY_AT, bytes)
  }

  /** The end of the log in the last summary, or infinity when there is no valid summary. */
  get notedLogEnd(): number {
    return this.readSummary(undefined, Number.POSITIVE_INFINITY)?.before ?? Number.POSITIVE_INFINITY
  }

  /**
   * Returns the last summary. Returns undefined when there is no valid summary, or when the log begins at another position
   * or ends earlier than the summary says. When `logStartsAt` is undefined, the beginning of the log is not compared.
   */
  readSummary(logStartsAt: number | undefined, logEndsAt: number): QueueSummary | undefined {
    const bytes = this.#disk.read(this.#file, SUMMARY_AT, 32)
    try {
      if (bytes.length < 32) return undefined
      const [from, before, queues, entries] = [0, 8, 16, 24].map((at) => readI64(bytes, at)) as [
        number,
        number,
        number,
        number,
      ]
      return before > 0 && from === (logStartsAt ?? from) && before <= logEndsAt
        ? { from, before, queues, entries }
        : undefined
    } catch (error) {
      if (error instanceof RangeError) return undefined // not a summary
      throw error
    }
  }

  /** Makes all written bytes durable. Then calls `done` with '' or with the reason why the sync failed. */
  sync(done: (error: string) => void): void {
    this.#disk.sync(this.#file, done)
  }

  close(): void {
    this.#disk.close(this.#file)
  }
}

/** Returns the time at `at`, or 0 for a damaged or future time. The time 0 makes recovery begin at the start of the log. */
function timestampAt(bytes: Uint8Array, at: number, nowMs: number): number {
  if (bytes.length < at + 8 || readI32(bytes, at) < 0 || readI32(bytes, at) > 0xffff) return 0
  const timestamp = readI64(bytes, at)
  return timestamp <= nowMs ? timestamp : 0
}

/** Returns the position in the log at `at`, or 0 when the bytes are not a position. */
function positionAt(bytes: Uint8Array, at: number): number {
  if (bytes.length < at + 8 || readI32(bytes, at) < 0 || readI32(bytes, at) > 0x1f_ffff) return 0
  return readI64(bytes, at)
}
