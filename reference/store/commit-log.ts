/**
 * The commit log: one row of records for all topics, in the order they came. Everything else can be made from it again.
 *
 * A record never spans two files. If it does not fit, a blank marks off what is left and it opens the next file:
 *
 * ```
 * … | record | record | blank: size, magic … unused |  record | record | …
 *                                      end of file ^  ^ next file
 * ```
 *
 * | position   | everything before it                                                        |
 * | ---------- | --------------------------------------------------------------------------- |
 * | appendedAt | has its place; may still be in this process's memory                         |
 * | writtenAt  | has reached the page cache: survives the process, not the power              |
 * | flushedAt  | is durable                                                                   |
 *
 * Appends of one turn of the event loop are written together at its end (`write-out`): one call to the system for many
 * messages. Nobody is told "stored" before.
 *
 * Invariants: flushedAt <= writtenAt <= appendedAt; the record at a position says that position itself.
 * RocketMQ: `CommitLog.asyncPutMessage`, `DefaultAppendMessageCallback.doAppend`. Not here: several directories, DLedger.
 */
import { assert } from '../common/assert.ts'
import { concatBytes, readI32, writeI32 } from '../common/bytes.ts'
import { BLANK_MAGIC, RECORD_AT } from '../common/message-codec.ts'
import { DiskError, type Host } from '../host/host.ts'
import { MappedFileQueue } from './mapped-file-queue.ts'
import type { PageCacheWatch } from './page-cache-watch.ts'

/** What a file must have left after a record, for the blank: its size and its magic. */
const END_FILE_MIN_BLANK_BYTES = 8

export interface CommitLogEvents {
  /** `writtenAt` has grown. */
  onWritten(): void
  /** The disk refused a write; nothing more may be appended. */
  onWriteFailed(reason: string): void
}

export class CommitLog {
  readonly #host: Host
  readonly #pageCache: PageCacheWatch
  readonly #events: CommitLogEvents
  readonly files: MappedFileQueue
  /** Records that have their place but are not in the page cache yet: pieces that each lie in one file. */
  #pending: { readonly at: number; readonly parts: Uint8Array[] }[] = []
  #writeOutSet = false
  #isHeld = false
  #appendedAt = 0
  #writtenAt = 0
  #flushedAt = 0

  constructor(
    host: Host,
    directory: string,
    fileSizeBytes: number,
    pageCache: PageCacheWatch,
    events: CommitLogEvents,
  ) {
    this.#host = host
    this.#pageCache = pageCache
    this.#events = events
    this.files = new MappedFileQueue(host.disk, directory, fileSizeBytes)
  }

  get appendedAt(): number {
    return this.#appendedAt
  }
  get writtenAt(): number {
    return this.#writtenAt
  }
  get flushedAt(): number {
    return this.#flushedAt
  }

  /** After recovery: the log ends here. After a clean stop all of it is durable; after a crash nobody knows. */
  openAt(position: number, isDurable: boolean): void {
    this.#appendedAt = position
    this.#writtenAt = position
    this.#flushedAt = isDurable ? position : this.files.startsAt
  }

  /** Until `release` nothing is written: records wait in memory. */
  hold(): void {
    this.#isHeld = true
  }

  release(): void {
    this.#isHeld = false
    this.writeOut()
  }

  /** Where a record of `sizeBytes` will be put. */
  placeFor(sizeBytes: number): number {
    const leftBytes = this.#leftInFile()
    return sizeBytes + END_FILE_MIN_BLANK_BYTES > leftBytes ? this.#appendedAt + leftBytes : this.#appendedAt
  }

  #leftInFile(): number {
    return this.files.fileSizeBytes - (this.#appendedAt % this.files.fileSizeBytes)
  }

  // #region append
  /**
   * Gives a record its place. It already says `placeFor(record.length)` as its physical offset.
   *
   * A record that would leave less than the blank's eight bytes goes to the next file even though it fits.
   */
  append(record: Uint8Array): void {
    const place = this.placeFor(record.length)
    if (place !== this.#appendedAt) this.#fillRestWithBlank()
    assert(
      record.length + END_FILE_MIN_BLANK_BYTES <= this.files.fileSizeBytes,
      `a record of ${record.length} bytes never fits a file of ${this.files.fileSizeBytes}`,
    )
    this.#add(record)
    if (this.#writeOutSet) return
    this.#writeOutSet = true
    this.#host.clock.after(0, () => this.writeOut())
  }

  #fillRestWithBlank(): void {
    const leftBytes = this.#leftInFile()
    const blank = new Uint8Array(END_FILE_MIN_BLANK_BYTES)
    writeI32(blank, RECORD_AT.totalSize, leftBytes)
    writeI32(blank, RECORD_AT.magic, BLANK_MAGIC)
    this.#add(blank)
    this.#appendedAt += leftBytes - END_FILE_MIN_BLANK_BYTES // the blank claims all that is left
    this.#pending.push({ at: this.#appendedAt, parts: [] }) // what follows lies in another file
    if (!this.#isHeld) this.#writePending()
    this.#host.trace.emit?.('log.rolled', { file: String(this.#appendedAt) })
  }
  // #endregion append

  #add(bytes: Uint8Array): void {
    if (this.#pending.length === 0) this.#pending.push({ at: this.#appendedAt, parts: [] })
    this.#pending.at(-1)!.parts.push(bytes)
    this.#appendedAt += bytes.length
  }

  // #region write-out
  /** End of the turn: everything appended goes to the page cache, and those who wait are told. */
  writeOut(): void {
    this.#writeOutSet = false
    if (this.#isHeld || this.#writtenAt === this.#appendedAt || !this.#writePending()) return
    this.#writtenAt = this.#appendedAt
    this.#events.onWritten()
  }
  // #endregion write-out

  #writePending(): boolean {
    try {
      for (const { at, parts } of this.#pending)
        if (parts.length > 0) this.#pageCache.measure(() => this.files.write(at, concatBytes(parts)))
      this.#pending = []
      return true
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.#events.onWriteFailed(error.message)
      return false
    }
  }

  /** The bytes of one record, or undefined when its first field does not agree: the caller's offset is no record's. */
  readRecord(physicalOffset: number, sizeBytes: number): Uint8Array | undefined {
    if (physicalOffset < this.files.startsAt || physicalOffset + sizeBytes > this.#writtenAt) return undefined
    const record = this.files.read(physicalOffset, sizeBytes)
    return record.length === sizeBytes && readI32(record, 0) === sizeBytes ? record : undefined
  }

  /** Bytes of several records that lie next to each other in one file. */
  readRange(physicalOffset: number, lengthBytes: number): Uint8Array {
    return this.files.read(physicalOffset, lengthBytes)
  }

  /** Makes durable what is in the page cache now. */
  sync(done: (error: string) => void): void {
    const upTo = this.#writtenAt
    this.files.sync((error) => {
      if (error === '') {
        this.#flushedAt = Math.max(this.#flushedAt, upTo)
        this.#host.trace.emit?.('log.flushed', { physicalOffset: this.#flushedAt })
      }
      done(error)
    })
  }
}
