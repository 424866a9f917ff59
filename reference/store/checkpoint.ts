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
 * In a part of the file that RocketMQ never touches, a clean stop of ours notes what it leaves, so that the next start
 * notices queue files that somebody removed. It counts only while the log still ends at the same position.
 *
 * | at   | bytes | field                                                         |
 * | ---- | ----- | ------------------------------------------------------------- |
 * | 2048 | 8     | where the log ended                                            |
 * | 2056 | 8     | queues with messages                                           |
 * | 2064 | 8     | messages that are found in them                                |
 *
 * The file is 4096 bytes. RocketMQ: `StoreCheckpoint`.
 */
import { readI32, readI64, writeI64 } from '../common/bytes.ts'
import type { Disk, FileId, Host } from '../host/host.ts'
import type { QueueSummary } from './consume-queue-store.ts'

const PATH = 'checkpoint'
const FILE_BYTES = 4096
/** Where a clean stop's note lies. */
export const SUMMARY_AT = 2048
/** Recovery begins this much earlier: clocks and flushes are not that exact. */
const MARGIN_MS = 3_000

export class Checkpoint {
  readonly #disk: Disk
  readonly #file: FileId
  physicMsgTimestamp = 0
  logicsMsgTimestamp = 0
  indexMsgTimestamp = 0
  /** The file was there and readable: what it does not vouch for was not durable. */
  readonly isTrustworthy: boolean

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
    this.isTrustworthy = !isNew && !isDamaged
    if (isDamaged) this.write() // from now on it can be trusted again
  }

  /** Records stored before this time are durable in the log and have their entries. */
  get minTimestamp(): number {
    return Math.max(0, Math.min(this.physicMsgTimestamp, this.logicsMsgTimestamp) - MARGIN_MS)
  }

  write(): void {
    const bytes = new Uint8Array(24)
    writeI64(bytes, 0, this.physicMsgTimestamp)
    writeI64(bytes, 8, this.logicsMsgTimestamp)
    writeI64(bytes, 16, this.indexMsgTimestamp)
    this.#disk.write(this.#file, 0, bytes)
  }

  /** Notes what a clean stop leaves. */
  writeSummary(logEndsAt: number, summary: QueueSummary): void {
    const bytes = new Uint8Array(24)
    writeI64(bytes, 0, logEndsAt)
    writeI64(bytes, 8, summary.queues)
    writeI64(bytes, 16, summary.entries)
    this.#disk.write(this.#file, SUMMARY_AT, bytes)
  }

  /** What the last clean stop left, if it was ours and the log still ends there. */
  readSummary(logEndsAt: number): QueueSummary | undefined {
    const bytes = this.#disk.read(this.#file, SUMMARY_AT, 24)
    try {
      if (bytes.length < 24 || logEndsAt === 0 || readI64(bytes, 0) !== logEndsAt) return undefined
      return { queues: readI64(bytes, 8), entries: readI64(bytes, 16) }
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
