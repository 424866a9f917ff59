/**
 * How much of each part of the store was durable at a certain moment, by store time. Recovery begins there.
 *
 * | at | bytes | field                                                           |
 * | -- | ----- | --------------------------------------------------------------- |
 * |  0 | 8     | physicMsgTimestamp: the log is durable up to this store time    |
 * |  8 | 8     | logicsMsgTimestamp: so are the consume queues                   |
 * | 16 | 8     | indexMsgTimestamp: full index files up to it are durable        |
 * | 24 | 16    | RocketMQ's fields of replication; left as they are              |
 *
 * Two notes lie in a part of the file that RocketMQ never touches. The summary counts the messages in all queues for a
 * stretch of the log: by it the next start notices queue files that are gone. The beginning is noted before the first
 * record of a log: it tells "nothing is durable yet" from a checkpoint that is new because the old one was lost.
 *
 * | at   | bytes | field                                                        |
 * | ---- | ----- | ------------------------------------------------------------ |
 * | 2048 | 8     | where the log began                                          |
 * | 2056 | 8     | where it ended                                               |
 * | 2064 | 8     | queues that had messages                                     |
 * | 2072 | 8     | messages that were found in them                             |
 * | 2080 | 8     | 1: the times above hold from the log's first record on       |
 *
 * The file has 4096 bytes. RocketMQ: `StoreCheckpoint`.
 */
import { readI32, readI64, writeI64 } from '../common/bytes.ts'
import type { Disk, FileId, Host } from '../host/host.ts'
import type { QueueSummary } from './consume-queue-store.ts'
import { openSized } from './sized-file.ts'

const PATH = 'checkpoint'
const FILE_BYTES = 4096
/** Position of the summary of the queues. */
export const SUMMARY_AT = 2048
/** Position of the note that the log has begun. */
const BEGUN_AT = 2080
/** Recovery begins this much earlier, because clocks and flushes are not exact. */
const MARGIN_MS = 3_000

export class Checkpoint {
  readonly #disk: Disk
  readonly #file: FileId
  physicMsgTimestamp = 0
  logicsMsgTimestamp = 0
  indexMsgTimestamp = 0
  /** True when it has seen the log begin or become durable: what it does not vouch for was then not durable. */
  #isTrustworthy: boolean
  readonly #knowsBeginning: boolean

  /** Opens the file in `directory`, and makes it when it is missing. A time in the future is damage. */
  constructor({ disk, clock }: Pick<Host, 'disk' | 'clock'>, directory: string) {
    const nowMs = clock.nowMs()
    this.#disk = disk
    const path = `${directory}${PATH}`
    this.#file = openSized(disk, path, FILE_BYTES).file
    const bytes = disk.read(this.#file, 0, 24)
    this.physicMsgTimestamp = timestampAt(bytes, 0, nowMs)
    this.logicsMsgTimestamp = timestampAt(bytes, 8, nowMs)
    this.indexMsgTimestamp = timestampAt(bytes, 16, nowMs)
    const isDamaged = this.physicMsgTimestamp === 0 && bytes.subarray(0, 8).some((byte) => byte !== 0)
    this.#knowsBeginning = disk.read(this.#file, BEGUN_AT, 8).at(-1) === 1
    this.#isTrustworthy = !isDamaged && (this.physicMsgTimestamp > 0 || this.#knowsBeginning)
  }

  get isTrustworthy(): boolean {
    return this.#isTrustworthy
  }

  /**
   * True when it has seen the log begin, and knows of nothing durable: neither times and summary, of which one alone may
   * be a wrong bit.
   */
  get wasNothingDurable(): boolean {
    return this.#knowsBeginning && (this.physicMsgTimestamp === 0 || !Number.isFinite(this.notedLogEnd))
  }

  /** Records stored before this time are durable in the log and have their entries. */
  get minTimestamp(): number {
    return Math.max(0, Math.min(this.physicMsgTimestamp, this.logicsMsgTimestamp) - MARGIN_MS)
  }

  /** Notes that nothing is durable yet: the log has no file, or its times are about to be written again. */
  logBegins(): void {
    this.physicMsgTimestamp = 0
    this.logicsMsgTimestamp = 0
    this.indexMsgTimestamp = 0
    this.write()
    this.#disk.write(this.#file, BEGUN_AT, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1))
    this.#isTrustworthy = true
  }

  // #region write-checkpoint
  /** Hands the times to the page cache. Throws `DiskError`. */
  write(): void {
    const bytes = new Uint8Array(24)
    writeI64(bytes, 0, this.physicMsgTimestamp)
    writeI64(bytes, 8, this.logicsMsgTimestamp)
    writeI64(bytes, 16, this.indexMsgTimestamp)
    this.#disk.write(this.#file, 0, bytes)
  }
  // #endregion write-checkpoint

  /** Notes the counts of the queues, whose entries are all durable. */
  writeSummary(summary: QueueSummary): void {
    const bytes = new Uint8Array(32)
    writeI64(bytes, 0, summary.from)
    writeI64(bytes, 8, summary.before)
    writeI64(bytes, 16, summary.queues)
    writeI64(bytes, 24, summary.entries)
    this.#disk.write(this.#file, SUMMARY_AT, bytes)
  }

  /** End of the log in the last summary; infinity when there is none. */
  get notedLogEnd(): number {
    return this.readSummary(undefined, Number.POSITIVE_INFINITY)?.before ?? Number.POSITIVE_INFINITY
  }

  /** The last summary; undefined without one, or when the log begins elsewhere or is shorter now. */
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

  /** Makes durable what was written. `done` gets '' or the reason why the sync failed. */
  sync(done: (error: string) => void): void {
    this.#disk.sync(this.#file, done)
  }

  close(): void {
    this.#disk.close(this.#file)
  }
}

/** Returns the time at `at`; 0 for one in the future. A damaged checkpoint makes recovery begin earlier, never later. */
function timestampAt(bytes: Uint8Array, at: number, nowMs: number): number {
  if (bytes.length < at + 8 || readI32(bytes, at) < 0 || readI32(bytes, at) > 0xffff) return 0
  const timestamp = readI64(bytes, at)
  return timestamp <= nowMs ? timestamp : 0
}
