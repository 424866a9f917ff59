/**
 * A consume queue holds one entry of 20 bytes for each message of a queue. The entry contains the position of the message in
 * the commit log (`queue-entry.ts`).
 *
 * The entry with queue offset n lies at byte 20 × n of the queue, so no search is needed. A consume queue can be rebuilt
 * from the log, entry by entry. A second put of the same entry changes nothing.
 *
 * Invariants: No entry between `minOffset` and `maxOffset` is missing. Physical offsets increase along the queue. The log
 * still has the message of every entry at or after `minOffset`.
 *
 * RocketMQ: `ConsumeQueue`. Not in GlassMQ: the extension file, batch queues.
 */
import { NO_BYTES } from '../common/bytes.ts'
import type { Disk } from '../host/host.ts'
import { MappedFileQueue } from './mapped-file-queue.ts'
import {
  type ConsumeQueueEntry,
  decodeEntry,
  ENTRY_BYTES,
  FILLER_ENTRY,
  isFiller,
  type NewEntry,
  validEntry,
  writeEntry,
} from './queue-entry.ts'

/** Max entries that are written to the page cache together. */
const GATHERED_ENTRIES_MAX = 1_000
/** The first room for gathered entries. */
const FIRST_ROOM_ENTRIES = 32
/** A larger room is given back after a write, because a broker has many queues. */
const KEPT_ROOM_ENTRIES = 128

/** After a clean stop, the end of the queue is searched only in the last files of the queue, at most this many. */
const FILES_AFTER_CLEAN_STOP = 3

/** One consume queue of one topic. */
export class ConsumeQueue {
  readonly topic: string
  readonly queueId: number
  readonly files: MappedFileQueue
  #minOffset = 0
  #maxOffset = 0
  /**
   * The position in the log at which the last record with an entry in this queue ends, or -1 without an entry. Every
   * message of this queue before this position already has its entry.
   */
  #maxPhysicalOffset = -1
  /** Begins with the newest entries, which are not in the page cache yet. All these entries belong to the same file. */
  #gathered = NO_BYTES
  #gatheredCount = 0
  /** The value that `#maxPhysicalOffset` had before the entries in `#gathered` were added. */
  #writtenPhysicalOffset = -1

  constructor(disk: Disk, directory: string, topic: string, queueId: number, fileSizeBytes: number) {
    this.topic = topic
    this.queueId = queueId
    this.files = new MappedFileQueue(disk, `${directory}/${topic}/${queueId}`, fileSizeBytes)
  }

  /** The lowest queue offset whose message is still in the log. */
  get minOffset(): number {
    return this.#minOffset
  }
  /** The queue offset that the next message will get. */
  get maxOffset(): number {
    return this.#maxOffset
  }
  get maxPhysicalOffset(): number {
    return this.#maxPhysicalOffset
  }
  /** The lowest queue offset that has a place in the files of the queue. */
  get firstOffset(): number {
    return this.files.startsAt / ENTRY_BYTES
  }

  /** Returns the offset after the last entry of the file that holds the entry of `queueOffset`. */
  endOfFile(queueOffset: number): number {
    const entriesInFile = this.files.fileSizeBytes / ENTRY_BYTES
    return (Math.floor(queueOffset / entriesInFile) + 1) * entriesInFile
  }

  // #region put-entry
  /**
   * Adds the entry for `queueOffset`. Recovery may put an entry
   * twice: returns false when the queue already has it. Throws
   * an `Error` when the previous entry is missing, and
   * `DiskError` when a write fails.
   */
  put(queueOffset: number, entry: NewEntry): boolean {
    const endsAt = entry.physicalOffset + entry.sizeBytes
    if (endsAt <= this.#maxPhysicalOffset) return false
    if (this.#isEmpty && queueOffset > 0) this.#beginAt(queueOffset)
    if (queueOffset < this.#maxOffset) return false // rare: an entry is dispatched twice
    this.#assertFollows(queueOffset)
    this.#gather(entry)
    return true
  }
  // #endregion put-entry

  // #region gather-entries
  /** Keeps an entry in memory, so that one write can later write many entries. */
  #gather(entry: NewEntry): void {
    const { files } = this
    if (this.#gatheredCount === 0) this.#writtenPhysicalOffset = this.#maxPhysicalOffset
    this.#makeRoom()
    writeEntry(this.#gathered, this.#gatheredCount++ * ENTRY_BYTES, entry)
    this.#maxOffset++
    this.#maxPhysicalOffset = entry.physicalOffset + entry.sizeBytes
    const endsAt = this.#maxOffset * ENTRY_BYTES
    const isFileFull = endsAt % files.fileSizeBytes === 0
    const isEnough = this.#gatheredCount === GATHERED_ENTRIES_MAX
    if (isFileFull || isEnough) this.writeOut()
  }
  // #endregion gather-entries

  #makeRoom(): void {
    const { length } = this.#gathered
    if (this.#gatheredCount * ENTRY_BYTES < length) return
    const larger = new Uint8Array(Math.max(2 * length, FIRST_ROOM_ENTRIES * ENTRY_BYTES))
    larger.set(this.#gathered)
    this.#gathered = larger
  }

  get #isEmpty(): boolean {
    return this.files.fileCount === 0 && this.#gatheredCount === 0
  }

  /** Throws an `Error` when `queueOffset` is not the next offset of the queue. */
  #assertFollows(queueOffset: number): void {
    if (queueOffset === this.#maxOffset) return
    throw new Error(
      `queue ${this.topic}/${this.queueId} ends at ${this.#maxOffset}, the log has ${queueOffset} next: entries are missing`,
    )
  }

  // #region write-entries
  /**
   * Writes the gathered entries to the page cache. When the
   * write fails, removes the gathered entries from memory and
   * throws `DiskError`.
   */
  writeOut(): void {
    if (this.#gatheredCount === 0) return
    const entries = this.#gathered.subarray(0, this.#gatheredCount * ENTRY_BYTES)
    const firstAt = this.#maxOffset * ENTRY_BYTES - entries.length
    try {
      this.files.write(firstAt, entries)
    } catch (error) {
      this.forgetGathered()
      throw error
    }
    this.#clearGathered()
  }
  // #endregion write-entries

  /**
   * Removes the gathered entries from memory. Called when the disk refuses a write. An entry that stayed gathered would
   * count in `maxOffset`, and a consumer would find no message at its offset and pass it.
   */
  forgetGathered(): void {
    if (this.#gatheredCount === 0) return
    this.#maxOffset -= this.#gatheredCount
    this.#maxPhysicalOffset = this.#writtenPhysicalOffset
    this.#clearGathered()
  }

  #clearGathered(): void {
    this.#gatheredCount = 0
    if (this.#gathered.length > KEPT_ROOM_ENTRIES * ENTRY_BYTES) this.#gathered = NO_BYTES
  }

  /**
   * Starts an empty queue at `queueOffset`, because its older messages are deleted. Filler entries fill the file before this
   * offset.
   */
  #beginAt(queueOffset: number): void {
    const at = queueOffset * ENTRY_BYTES
    const filled = new Uint8Array(at % this.files.fileSizeBytes)
    for (let i = 0; i < filled.length; i += ENTRY_BYTES) writeEntry(filled, i, FILLER_ENTRY)
    if (filled.length > 0) this.files.write(at - filled.length, filled)
    this.#minOffset = queueOffset
    this.#maxOffset = queueOffset
  }

  // #region read-entries
  /**
   * Returns at most `count` entries, beginning at `queueOffset`, all from one file. Returns [] when `queueOffset` is not
   * between `minOffset` and `maxOffset`.
   */
  read(queueOffset: number, count: number): ConsumeQueueEntry[] {
    const wanted = Math.min(count, this.#maxOffset - queueOffset)
    if (queueOffset < this.#minOffset || wanted <= 0) return []
    const startsAt = queueOffset * ENTRY_BYTES
    const bytes = this.files.read(startsAt, wanted * ENTRY_BYTES)
    const entries: ConsumeQueueEntry[] = []
    for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES)
      entries.push(decodeEntry(bytes, at, (startsAt + at) / ENTRY_BYTES))
    return entries
  }
  // #endregion read-entries

  // #region recover-queue
  /**
   * Opens the files on disk and finds the end of the queue. The
   * queue ends before the first entry that is not valid, that
   * points beyond the log, or whose record begins at or after
   * `durableUpTo`. After a crash, an entry for a record after
   * `durableUpTo` may be damaged and still look valid. Returns
   * true when a file was missing or too short.
   */
  recover(logEndsAt: number, wasStoppedCleanly: boolean, durableUpTo: number): boolean {
    const isDamaged = this.files.load(wasStoppedCleanly, true, () => true)
    const starts = this.files.fileStarts
    const trusted = wasStoppedCleanly ? starts.at(-FILES_AFTER_CLEAN_STOP) : this.#lastStartBefore(durableUpTo)
    const from = (isDamaged ? undefined : trusted) ?? this.files.startsAt
    this.#minOffset = this.firstOffset
    this.#endAt(from / ENTRY_BYTES)
    for (const startsAt of starts) {
      if (startsAt < from) continue
      const isFull = this.#takeEntriesOf(startsAt, logEndsAt, durableUpTo)
      if (!isFull) break
    }
    this.files.truncateAfter(this.#maxOffset * ENTRY_BYTES)
    // A queue without a file begins at offset 0 again.
    if (this.files.fileCount === 0) this.deleteAll()
    return isDamaged
  }
  // #endregion recover-queue

  /** Sets `maxOffset`. Also sets `maxPhysicalOffset` to the end of the record of the last entry before `maxOffset`. */
  #endAt(maxOffset: number): void {
    this.#maxOffset = maxOffset
    this.#maxPhysicalOffset = this.#endOfEntry(maxOffset - 1)
  }

  // #region take-entries
  /**
   * Adds the entries of one file to the queue. Stops at the first entry that is not valid, that points beyond the log, or
   * whose record is not known to be durable. Then returns false. Returns true when the whole file was added.
   */
  #takeEntriesOf(startsAt: number, logEndsAt: number, durableUpTo: number): boolean {
    const bytes = this.files.read(startsAt, this.files.fileSizeBytes)
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      const entry = validEntry(bytes, at, (startsAt + at) / ENTRY_BYTES)
      if (entry === undefined) return false
      const { physicalOffset, sizeBytes } = entry
      const endsAt = physicalOffset + sizeBytes
      const isCertain = endsAt <= logEndsAt && physicalOffset < durableUpTo
      if (!isFiller(entry) && !isCertain) return false
      this.#maxOffset = entry.queueOffset + 1
      if (!isFiller(entry)) this.#maxPhysicalOffset = endsAt
    }
    return true
  }
  // #endregion take-entries

  /** Returns the start of the newest file whose first entry points to a record before `physicalOffset`. */
  #lastStartBefore(physicalOffset: number): number | undefined {
    return this.files.fileStarts.findLast((startsAt) => {
      const first = this.#entryAt(startsAt / ENTRY_BYTES)
      return first !== undefined && first.physicalOffset < physicalOffset
    })
  }

  /**
   * Returns the entry at a queue offset, even when its message is no longer in the log. Returns undefined when the entry is
   * not valid.
   */
  #entryAt(queueOffset: number): ConsumeQueueEntry | undefined {
    return validEntry(this.files.read(queueOffset * ENTRY_BYTES, ENTRY_BYTES), 0, queueOffset)
  }

  #endOfEntry(queueOffset: number): number {
    const entry = queueOffset < this.firstOffset ? undefined : this.#entryAt(queueOffset)
    return entry === undefined || isFiller(entry) ? -1 : entry.physicalOffset + entry.sizeBytes
  }

  /**
   * Returns the queue offset of the first message whose record begins at or after `physicalOffset`. Returns `maxOffset` when
   * there is no such message.
   */
  offsetAt(physicalOffset: number): number {
    if (this.#maxPhysicalOffset <= physicalOffset) return this.#maxOffset
    return this.#firstAtOrAfter(physicalOffset)
  }

  /**
   * Removes the entries of all records that end after `physicalOffset`. Called when the log is truncated at this position,
   * and at the start for records that are not confirmed. Throws `DiskError` when a write fails.
   */
  forgetAfter(physicalOffset: number): void {
    this.writeOut()
    if (this.#maxPhysicalOffset <= physicalOffset) return
    while (this.#maxOffset > this.firstOffset && this.#maxPhysicalOffset > physicalOffset) {
      this.#endAt(this.#maxOffset - 1)
    }
    this.#minOffset = Math.min(this.#minOffset, this.#maxOffset)
    this.files.truncateAfter(this.#maxOffset * ENTRY_BYTES)
  }

  /**
   * Returns true when the queue has an entry at `queueOffset` that does not point to `physicalOffset`. Such an entry is
   * damaged, or belongs to a record that is no longer in the log. Throws `DiskError` when a write fails.
   */
  contradicts(queueOffset: number, physicalOffset: number): boolean {
    if (queueOffset >= this.#maxOffset) return false
    this.writeOut()
    return this.#entryAt(queueOffset)?.physicalOffset !== physicalOffset
  }

  /** Removes the entry at `queueOffset` and all later entries. */
  forgetFrom(queueOffset: number): void {
    this.#endAt(Math.max(queueOffset, this.firstOffset))
    this.#minOffset = Math.min(this.#minOffset, this.#maxOffset)
    this.files.truncateAfter(this.#maxOffset * ENTRY_BYTES)
    if (this.files.fileCount === 0) this.deleteAll()
  }

  // #region correct-min-offset
  /** Sets `minOffset` to the offset of the first message at or after `physicalOffset`, where the log now begins. */
  correctMinOffset(physicalOffset: number): void {
    this.writeOut()
    this.#minOffset = this.#firstAtOrAfter(physicalOffset)
  }

  /**
   * Returns the queue offset of the first record at or after `physicalOffset`. A binary search is possible, because physical
   * offsets increase along the queue.
   */
  #firstAtOrAfter(physicalOffset: number): number {
    let low = this.firstOffset
    let high = this.#maxOffset
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2)
      const entry = this.#entryAt(middle)
      const isReal = entry !== undefined && !isFiller(entry)
      if (!isReal || entry.physicalOffset < physicalOffset) low = middle + 1
      else high = middle
    }
    return low
  }
  // #endregion correct-min-offset

  // #region delete-queue-files
  /**
   * Removes files whose messages all lie before
   * `physicalOffset`. Removes the next file only after the
   * removal of the previous file is durable. Never removes the
   * last file. At the end, or after a disk failure, calls
   * `done`.
   */
  deleteFilesBefore(physicalOffset: number, done: () => void): void {
    const lastOfFirst = this.firstOffset + this.files.fileSizeBytes / ENTRY_BYTES - 1
    const lastEntryAt = this.#entryAt(lastOfFirst)?.physicalOffset ?? 0
    if (this.files.fileCount < 2 || lastEntryAt >= physicalOffset) return done()
    this.files.deleteFirst((error) => {
      if (error === '') this.deleteFilesBefore(physicalOffset, done)
      else done()
    })
  }
  // #endregion delete-queue-files

  /** Removes every file and every entry. The next offset of the queue is then 0. */
  deleteAll(): void {
    this.files.deleteAll()
    this.#clearGathered()
    this.#minOffset = 0
    this.#maxOffset = 0
    this.#maxPhysicalOffset = -1
  }
}
