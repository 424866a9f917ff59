/**
 * How much of each part of the store was durable at a certain moment, by store time: where recovery may begin.
 *
 * | at | bytes | field                                                           |
 * | -- | ----- | --------------------------------------------------------------- |
 * |  0 | 8     | physicMsgTimestamp: the log is durable up to this store time     |
 * |  8 | 8     | logicsMsgTimestamp: so are the consume queues                    |
 * | 16 | 8     | indexMsgTimestamp: so are the index files                        |
 *
 * The file is 4096 bytes. RocketMQ: `StoreCheckpoint`. Not here: the two fields of replication.
 */
import { readI32, readI64, writeI64 } from '../common/bytes.ts'
import type { Disk, FileId } from '../host/host.ts'

const PATH = 'checkpoint'
const FILE_BYTES = 4096
/** Recovery begins this much earlier: clocks and flushes are not that exact. */
const MARGIN_MS = 3_000

export class Checkpoint {
  readonly #disk: Disk
  readonly #file: FileId
  physicMsgTimestamp = 0
  logicsMsgTimestamp = 0
  indexMsgTimestamp = 0

  /** Opens the file in `directory`, making it when missing. */
  constructor(disk: Disk, directory: string) {
    this.#disk = disk
    const path = `${directory}${PATH}`
    const isNew = disk.sizeBytes(path) < FILE_BYTES
    this.#file = disk.open(path)
    if (isNew) disk.resize(this.#file, FILE_BYTES)
    const bytes = disk.read(this.#file, 0, 24)
    this.physicMsgTimestamp = timestampAt(bytes, 0)
    this.logicsMsgTimestamp = timestampAt(bytes, 8)
    this.indexMsgTimestamp = timestampAt(bytes, 16)
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

  sync(done: (error: string) => void): void {
    this.#disk.sync(this.#file, done)
  }

  close(): void {
    this.#disk.close(this.#file)
  }
}

/** A time no later than year 10,000, or 0: a damaged checkpoint makes recovery start earlier, never later. */
function timestampAt(bytes: Uint8Array, at: number): number {
  if (bytes.length < at + 8 || readI32(bytes, at) < 0 || readI32(bytes, at) > 0xe677) return 0
  return readI64(bytes, at)
}
