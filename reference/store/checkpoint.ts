/**
 * How much of each part of the store was durable at a certain moment, by store time: where recovery may begin.
 *
 * | at | bytes | field                                                           |
 * | -- | ----- | --------------------------------------------------------------- |
 * |  0 | 8     | physicMsgTimestamp: the log is durable up to this store time     |
 * |  8 | 8     | logicsMsgTimestamp: so are the consume queues                    |
 * | 16 | 8     | indexMsgTimestamp: full index files up to it are durable         |
 * | 24 | 16    | RocketMQ's fields of replication; left as they are               |
 *
 * In a part of the file that RocketMQ never touches stands how many messages all queues had together when the log began
 * and ended at certain positions, so that the next start notices queue files that are gone. And a log that
 * begins is noted before its first record: only so can "nothing is durable yet" be told from a checkpoint that is new
 * because the old one is gone.
 *
 * | at   | bytes | field                                                         |
 * | ---- | ----- | ------------------------------------------------------------- |
 * | 2048 | 8     | where the log began                                            |
 * | 2056 | 8     | where it ended                                                 |
 * | 2064 | 8     | queues that had messages                                       |
 * | 2072 | 8     | messages that were found in them                               |
 * | 2080 | 8     | 1: the times above hold from the log's first record on           |
 *
 * The file is 4096 bytes. RocketMQ: `StoreCheckpoint`.
 */
import { readI32, readI64, writeI64 } from '../common/bytes.ts'
import type { Disk, FileId, Host } from '../host/host.ts'
import type { QueueSummary } from './consume-queue-store.ts'

const PATH = 'checkpoint'
const FILE_BYTES = 4096
/** Where the note about the queues lies. */
export const SUMMARY_AT = 2048
/** Where the beginning of a log is noted. */
const BEGUN_AT = 2080
/** Recovery begins this much earlier: clocks and flushes are not that exact. */
const MARGIN_MS = 3_000

export class Checkpoint {
  readonly #disk: Disk
  readonly #file: FileId
  physicMsgTimestamp = 0
  logicsMsgTimestamp = 0
  indexMsgTimestamp = 0
  /** It knows the log from the beginning, or some of it as durable: what it does not vouch for was not durable. */
  #isTrustworthy: boolean
  readonly #knowsBeginning: boolean

  /** Opens the file in `directory`, making it when missing. A time that is still to come is damage. */
  constructor({ disk, clock }: Pick<Host, 'disk' | 'clock'>, directory: string) {
    const nowMs = clock.nowMs()
    this.#disk = disk
    const path = `${directory}${PATH}`
    const isNew = disk.sizeBytes(path) < FILE_BYTES
    this.#file = disk.open(path)
    if (isNew) disk.resize(this.#file, FILE_BYTES)
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
   * It saw the log begin, and nothing of it become durable: neither by time nor by a note about the queues. One of the two alone
   * may be a bit that is wrong.
   */
  get wasNothingDurable(): boolean {
    return this.#knowsBeginning && (this.physicMsgTimestamp === 0 || !Number.isFinite(this.notedLogEnd))
  }

  /** Records stored before this time are durable in the log and have their entries. */
  get minTimestamp(): number {
    return Math.max(0, Math.min(this.physicMsgTimestamp, this.logicsMsgTimestamp) - MARGIN_MS)
  }

  /** Nothing is durable, and nothing will be before this says so: the log has no file, or will be vouched for anew. */
  logBegins(): void {
    this.physicMsgTimestamp = 0
    this.logicsMsgTimestamp = 0
    this.indexMsgTimestamp = 0
    this.write()
    this.#disk.write(this.#file, BEGUN_AT, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1))
    this.#isTrustworthy = true
  }

  write(): void {
    const bytes = new Uint8Array(24)
    writeI64(bytes, 0, this.physicMsgTimestamp)
    writeI64(bytes, 8, this.logicsMsgTimestamp)
    writeI64(bytes, 16, this.indexMsgTimestamp)
    this.#disk.write(this.#file, 0, bytes)
  }

  /** Notes what the queues hold of the log, all of it durable. */
  writeSummary(summary: QueueSummary): void {
    const bytes = new Uint8Array(32)
    writeI64(bytes, 0, summary.from)
    writeI64(bytes, 8, summary.before)
    writeI64(bytes, 16, summary.queues)
    writeI64(bytes, 24, summary.entries)
    this.#disk.write(this.#file, SUMMARY_AT, bytes)
  }

  /** Where the log ended at the last such note; endless when there is none. */
  get notedLogEnd(): number {
    return this.readSummary(undefined, Number.POSITIVE_INFINITY)?.before ?? Number.POSITIVE_INFINITY
  }

  /** The last such note, if there is one and the log still begins there and reaches so far. */
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
      if (error instanceof RangeError) return undefined // not our bytes
      throw error
    }
  }

  sync(done: (error: string) => void): void {
    this.#disk.sync(this.#file, done)
  }

  close(): void {
    this.#disk.close(this.#file)
  }
}

/** A time no later than now, or 0: a damaged checkpoint makes recovery start earlier, never later. */
function timestampAt(bytes: Uint8Array, at: number, nowMs: number): number {
  if (bytes.length < at + 8 || readI32(bytes, at) < 0 || readI32(bytes, at) > 0xffff) return 0
  const timestamp = readI64(bytes, at)
  return timestamp <= nowMs ? timestamp : 0
}
