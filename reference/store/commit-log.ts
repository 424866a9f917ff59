/**
 * The commit log: one row of records for all topics, in the order in which they came. Everything else in the store can be
 * built again from it.
 *
 * A record never spans two files. If it does not fit, a blank marks off the rest of the file, and the record opens the next:
 *
 * ```
 * … | record | record | blank: size, magic … unused |  record | record | …
 *                                      end of file ^  ^ next file
 * ```
 *
 * | position   | everything before it                                                |
 * | ---------- | ------------------------------------------------------------------- |
 * | appendedAt | has its place; may still be in this process's memory                |
 * | writtenAt  | has reached the page cache: survives the process, not a power cut   |
 * | flushedAt  | is durable                                                          |
 *
 * Appends of one turn of the event loop are written together at its end (`writeOut`): one call to the system for many
 * messages. No put is answered before that.
 *
 * Invariants: flushedAt <= writtenAt <= appendedAt; a record contains its own position.
 * RocketMQ: `CommitLog.asyncPutMessage`, `DefaultAppendMessageCallback.doAppend`. Not here: several directories, DLedger.
 */
import { assert } from '../common/assert.ts'
import { concatBytes, readI32, writeI32 } from '../common/bytes.ts'
import { BLANK_MAGIC, RECORD_AT } from '../common/message-codec.ts'
import { DiskError, type Host } from '../host/host.ts'
import { MappedFileQueue } from './mapped-file-queue.ts'
import type { PageCacheWatch } from './page-cache-watch.ts'

/** Bytes that a file must have left after each record, for a blank: its size and its magic. */
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
  /** Records that have their place but are not in the page cache yet, in pieces that each lie in one file. */
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

  /** Sets the end of the log after recovery. After a crash (`isDurable` false) none of it is known to be durable. */
  openAt(position: number, isDurable: boolean): void {
    this.#appendedAt = position
    this.#writtenAt = position
    this.#flushedAt = isDurable ? position : this.files.startsAt
  }

  /** Writes nothing until `release`: records wait in memory. */
  hold(): void {
    this.#isHeld = true
  }

  /** Ends `hold`. */
  release(): void {
    this.#isHeld = false
    this.writeOut()
  }

  /** Returns the position at which a record of `sizeBytes` will lie. */
  placeFor(sizeBytes: number): number {
    const leftBytes = this.#leftInFile()
    return sizeBytes + END_FILE_MIN_BLANK_BYTES > leftBytes ? this.#appendedAt + leftBytes : this.#appendedAt
  }

  #leftInFile(): number {
    return this.files.fileSizeBytes - (this.#appendedAt % this.files.fileSizeBytes)
  }

  // #region append
  /**
   * Assigns a record its place. The record must already
   * contain it: `placeFor(record.length)`.
   */
  append(record: Uint8Array): void {
    this.#assertFits(record)
    const place = this.placeFor(record.length)
    if (place !== this.#appendedAt) this.#fillRestWithBlank()
    this.#add(record)
    // The first append of a turn sets the write at its end.
    if (this.#writeOutSet) return
    this.#writeOutSet = true
    this.#host.clock.after(0, () => this.writeOut())
  }
  // #endregion append

  #assertFits({ length }: Uint8Array): void {
    const { fileSizeBytes } = this.files
    assert(
      length + END_FILE_MIN_BLANK_BYTES <= fileSizeBytes,
      `a record of ${length} bytes never fits a file of ${fileSizeBytes}`,
    )
  }

  // #region fill-with-blank
  /** Marks off the rest of a file: the next record opens the next file. */
  #fillRestWithBlank(): void {
    const leftBytes = this.#leftInFile()
    const blank = new Uint8Array(END_FILE_MIN_BLANK_BYTES)
    writeI32(blank, RECORD_AT.totalSize, leftBytes)
    writeI32(blank, RECORD_AT.magic, BLANK_MAGIC)
    this.#add(blank)
    // Eight bytes are written, but the blank claims all that is left.
    this.#appendedAt += leftBytes - END_FILE_MIN_BLANK_BYTES
    this.#pending.push({ at: this.#appendedAt, parts: [] })
    if (!this.#isHeld) this.#writePending()
    const file = String(this.#appendedAt)
    this.#host.trace.emit?.('log.rolled', { file })
  }
  // #endregion fill-with-blank

  #add(bytes: Uint8Array): void {
    if (this.#pending.length === 0) this.#pending.push({ at: this.#appendedAt, parts: [] })
    this.#pending.at(-1)!.parts.push(bytes)
    this.#appendedAt += bytes.length
  }

  // #region write-out
  /**
   * Hands everything appended to the page cache. At the end
   * of each turn that has appended something.
   */
  writeOut(): void {
    this.#writeOutSet = false
    const isAllWritten = this.#writtenAt === this.#appendedAt
    if (this.#isHeld || isAllWritten) return
    if (!this.#writePending()) return
    this.#writtenAt = this.#appendedAt
    this.#events.onWritten()
  }
  // #endregion write-out

  /** Returns false when the disk has refused a write. */
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

  /** The bytes of one record; undefined when its first field is not `sizeBytes`: no such record begins there. */
  readRecord(physicalOffset: number, sizeBytes: number): Uint8Array | undefined {
    if (physicalOffset < this.files.startsAt || physicalOffset + sizeBytes > this.#writtenAt) return undefined
    const record = this.files.read(physicalOffset, sizeBytes)
    return record.length === sizeBytes && readI32(record, 0) === sizeBytes ? record : undefined
  }

  /** Bytes of several records that lie next to each other in one file. */
  readRange(physicalOffset: number, lengthBytes: number): Uint8Array {
    return this.files.read(physicalOffset, lengthBytes)
  }

  // #region sync-log
  /** Makes durable what is in the page cache now. `done` gets '' or the reason why the sync failed. */
  sync(done: (error: string) => void): void {
    const upTo = this.#writtenAt
    this.files.sync((error) => {
      if (error === '') {
        this.#flushedAt = Math.max(this.#flushedAt, upTo)
        const physicalOffset = this.#flushedAt
        this.#host.trace.emit?.('log.flushed', { physicalOffset })
      }
      done(error)
    })
  }
  // #endregion sync-log
}
