/**
 * The commit log is one sequence of records for all topics. The records have the order in which they were appended. The
 * consume queues and the index can be rebuilt from these records.
 *
 * A record never spans two files. `roll-over.ts` decides where the next record lies.
 *
 * | position   | every byte before this position                                     |
 * | ---------- | ------------------------------------------------------------------- |
 * | appendedAt | has its place in the log; the last of these bytes may be only in the memory of this process |
 * | writtenAt  | is in the page cache; these bytes survive the end of the process, but perhaps not a power cut |
 * | flushedAt  | is durable                                                          |
 *
 * The records that are appended in one turn of the event loop are written together at the end of the turn (`writeOut`). So
 * one system call writes many messages. Bytes that a slave copies are written at once (`appendRaw`). When a file becomes
 * full, its last records are written before the end of the turn. A put succeeds only after `writeOut`.
 *
 * Invariants: flushedAt <= writtenAt <= appendedAt. Each record contains its own position in the log.
 *
 * RocketMQ: `CommitLog.asyncPutMessage`, `DefaultAppendMessageCallback.doAppend`. Not in GlassMQ: several directories,
 * DLedger.
 */
import { assert } from '../common/assert.ts'
import { readI32 } from '../common/bytes.ts'
import { BLANK_BYTES } from '../common/message-codec.ts'
import { attempt } from '../host/disk-attempt.ts'
import { DiskError, type Host } from '../host/host.ts'
import { JoinedPieces, LogBuffer } from './log-buffer.ts'
import { MappedFileQueue } from './mapped-file-queue.ts'
import type { PageCacheWatch } from './page-cache-watch.ts'
import { blankFor, placeFor } from './roll-over.ts'

/** The callbacks of the commit log. */
export interface CommitLogEvents {
  /** Called when `writeOut` has raised `writtenAt`. */
  onWritten(): void
  /** Called when a write has failed. After this call, the store must not append records. */
  onWriteFailed(reason: string): void
}

/** The commit log of one store. */
export class CommitLog {
  readonly #host: Host
  readonly #pageCache: PageCacheWatch
  readonly #events: CommitLogEvents
  readonly files: MappedFileQueue
  /** Appended records that are not in the page cache yet. All bytes of one element belong to the same file. */
  #pending: { readonly at: number; readonly pieces: JoinedPieces }[] = []
  readonly #buffer = new LogBuffer()
  #writeOutSet = false
  #isHeld = false
  #appendedAt = 0
  #writtenAt = 0
  #flushedAt = 0
  /**
   * The number of truncations. A sync that began before a truncation does not make the bytes durable that are appended after
   * the truncation.
   */
  #generation = 0

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

  /**
   * Sets the end of the log after recovery. When `isDurable` is false, which is the case after a crash, no byte of the log
   * counts as durable.
   */
  openAt(position: number, isDurable: boolean): void {
    this.#appendedAt = position
    this.#writtenAt = position
    this.#flushedAt = isDurable ? position : this.files.startsAt
  }

  /** Stops writing until `release` is called. Appended records wait in memory. */
  hold(): void {
    this.#isHeld = true
  }

  /** Ends `hold`, and writes the records that waited in memory. */
  release(): void {
    this.#isHeld = false
    this.writeOut()
  }

  /** Returns the position at which a record of `sizeBytes` will lie. */
  placeFor(sizeBytes: number): number {
    const { fileSizeBytes } = this.files
    const place = placeFor(this.#appendedAt, sizeBytes, fileSizeBytes)
    const isPlace = place === this.#appendedAt || place === this.#appendedAt + this.#leftInFile()
    assert(isPlace, () => `the place ${place} of a record is neither the end of the log nor the start of the next file`)
    return place
  }

  /**
   * Returns memory for a record of `sizeBytes`. The caller writes every byte, and then calls `append` in the same turn of
   * the event loop. The memory must not be used after that.
   */
  room(sizeBytes: number): Uint8Array {
    return this.#buffer.room(sizeBytes)
  }

  #leftInFile(): number {
    return this.files.fileSizeBytes - (this.#appendedAt % this.files.fileSizeBytes)
  }

  // #region append
  /**
   * Adds a record at the end of the log. The record must already
   * contain its position, which is `placeFor(record.length)`.
   */
  append(record: Uint8Array): void {
    this.#assertFits(record)
    const place = this.placeFor(record.length)
    if (place !== this.#appendedAt) this.#fillRestWithBlank()
    this.#add(record)
    // The first append in a turn of the event loop schedules `writeOut` for the end of this turn.
    if (this.#writeOutSet) return
    this.#writeOutSet = true
    this.#host.clock.after(0, () => this.writeOut())
  }
  // #endregion append

  #assertFits({ length }: Uint8Array): void {
    const { fileSizeBytes } = this.files
    assert(
      length + BLANK_BYTES <= fileSizeBytes,
      () => `a record of ${length} bytes never fits a file of ${fileSizeBytes}`,
    )
  }

  // #region fill-with-blank
  /** Fills the rest of a file with a blank. So the next record is the first record of the next file. */
  #fillRestWithBlank(): void {
    const nextFileAt = this.#appendedAt + this.#leftInFile()
    this.#add(blankFor(this.#leftInFile()))
    // Only eight bytes of the blank are written, but the blank covers the whole rest of the file.
    this.#appendedAt = nextFileAt
    this.#pending.push({ at: this.#appendedAt, pieces: new JoinedPieces() })
    if (!this.#isHeld) this.#writePending()
    const file = String(this.#appendedAt)
    this.#host.trace.emit?.('log.rolled', { file })
  }
  // #endregion fill-with-blank

  // #region append-raw
  /**
   * Writes bytes of another broker's log to the end of this log,
   * in the page cache. The bytes may begin and end inside a
   * record. Throws `DiskError` when a write fails.
   */
  appendRaw(bytes: Uint8Array): void {
    assert(!this.#isHeld, 'copied bytes are appended only after the start')
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + this.#leftInFile())
      this.#pageCache.measure(() => this.files.write(this.#appendedAt, part))
      this.#appendedAt += part.length
      this.#writtenAt = this.#appendedAt
      done += part.length
    }
  }
  // #endregion append-raw

  // #region cut-log-at
  /**
   * Removes all bytes from `position` on, and records that were
   * not written yet. Calls `done` with '' when the removal is
   * durable, or with the reason of a failure. The caller must
   * not append before `done` is called.
   */
  cutAt(position: number, done: (error: string) => void): void {
    this.#generation++
    this.#pending = []
    this.#appendedAt = position
    this.#writtenAt = position
    this.#flushedAt = Math.min(this.#flushedAt, position)
    const failure = attempt(() => this.files.truncateAfter(position, true))
    if (failure !== '') return done(failure)
    this.files.sync((syncError) => {
      if (syncError !== '') return done(syncError)
      this.files.deleteFilesAfter(position, (removal) => {
        if (removal === '') this.#flushedAt = position
        done(removal)
      })
    })
  }
  // #endregion cut-log-at

  #add(bytes: Uint8Array): void {
    if (this.#pending.length === 0) this.#pending.push({ at: this.#appendedAt, pieces: new JoinedPieces() })
    this.#pending.at(-1)!.pieces.add(bytes)
    this.#appendedAt += bytes.length
  }

  // #region write-out
  /**
   * Writes all appended records to the page cache. Called at the end of each turn of the event loop in which a record was
   * appended, and by `release`.
   */
  writeOut(): void {
    this.#writeOutSet = false
    const isAllWritten = this.#writtenAt === this.#appendedAt
    if (this.#isHeld || isAllWritten) return
    if (!this.#writePending()) return
    this.#buffer.clear()
    this.#writtenAt = this.#appendedAt
    this.#events.onWritten()
  }
  // #endregion write-out

  /** Writes the pending records and returns true. When a write fails, reports the failure and returns false. */
  #writePending(): boolean {
    try {
      for (const { at, pieces } of this.#pending)
        if (!pieces.isEmpty) this.#pageCache.measure(() => this.files.write(at, pieces.join()))
      this.#pending = []
      return true
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      this.#events.onWriteFailed(error.message)
      return false
    }
  }

  /**
   * Returns the record that begins at `physicalOffset` and has `sizeBytes` bytes. Returns undefined when a part of these
   * bytes is outside the written log, or when the size field of the record is not `sizeBytes`.
   */
  readRecord(physicalOffset: number, sizeBytes: number): Uint8Array | undefined {
    if (physicalOffset < this.files.startsAt || physicalOffset + sizeBytes > this.#writtenAt) return undefined
    const record = this.files.read(physicalOffset, sizeBytes)
    return record.length === sizeBytes && readI32(record, 0) === sizeBytes ? record : undefined
  }

  /**
   * Returns `lengthBytes` bytes, beginning at `physicalOffset`. All these bytes must lie in one file. They may lie in `room`;
   * see `Disk.read`.
   */
  readRange(physicalOffset: number, lengthBytes: number, room?: Uint8Array): Uint8Array {
    return this.files.read(physicalOffset, lengthBytes, room)
  }

  // #region sync-log
  /** Makes all bytes before `writtenAt` durable. Then calls `done` with '' or with the reason why the sync failed. */
  sync(done: (error: string) => void): void {
    const upTo = this.#writtenAt
    const generation = this.#generation
    this.files.sync((error) => {
      if (error === '' && generation === this.#generation) {
        this.#flushedAt = Math.max(this.#flushedAt, upTo)
        const physicalOffset = this.#flushedAt
        this.#host.trace.emit?.('log.flushed', { physicalOffset })
      }
      done(error)
    })
  }
  // #endregion sync-log
}
