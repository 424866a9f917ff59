/**
 * A consume queue: where the messages of one queue lie in the commit log, 20 bytes each.
 *
 * | at | bytes | field                                                           |
 * | -- | ----- | --------------------------------------------------------------- |
 * |  0 | 8     | physical offset of the record                                   |
 * |  8 | 4     | size of the record                                              |
 * | 12 | 8     | tags code: Java hash of the tag, sign-extended; 0 without a tag |
 *
 * Entry n of a queue lies at byte 20 × n, so a queue offset is found by multiplication. A queue is derived data: it can be
 * built again from the log, entry by entry, and building it twice changes nothing.
 *
 * Invariants: from `minOffset` to `maxOffset` no entry is missing; physical offsets rise; every message that an entry from
 * `minOffset` on points to is in the log.
 * RocketMQ: `ConsumeQueue`. Not here: the extension file, batch queues.
 */
import { concatBytes, readI32, readI64, writeI32, writeI64 } from '../common/bytes.ts'
import type { Disk } from '../host/host.ts'
import { MappedFileQueue } from './mapped-file-queue.ts'

/** Bytes of one entry. `CQ_STORE_UNIT_SIZE`. */
export const ENTRY_BYTES = 20

/** Size in entries that fill the part of a first file before its first real entry: zeros would look like the queue's end. */
const FILLER_SIZE = 0x7fffffff

/** Max entries that are written together. */
const GATHERED_ENTRIES_MAX = 1_000

/** Files that are searched for the queue's end after a clean stop, from the last one back. */
const FILES_AFTER_CLEAN_STOP = 3

export interface ConsumeQueueEntry {
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly sizeBytes: number
  /** The low 32 bits, signed: what the broker's tag filter compares. */
  readonly tagsCode: number
}

/** An entry on its way into the queue. */
export type NewEntry = Omit<ConsumeQueueEntry, 'queueOffset'>

export class ConsumeQueue {
  readonly topic: string
  readonly queueId: number
  readonly files: MappedFileQueue
  #minOffset = 0
  #maxOffset = 0
  /** End of the last record that has an entry: records before it are known already. */
  #maxPhysicalOffset = -1
  /** The last entries, which belong to one file and are not in it yet. */
  #gathered: Uint8Array[] = []
  /** The value of `maxPhysicalOffset` before the gathered entries. */
  #writtenPhysicalOffset = -1

  constructor(disk: Disk, directory: string, topic: string, queueId: number, fileSizeBytes: number) {
    this.topic = topic
    this.queueId = queueId
    this.files = new MappedFileQueue(disk, `${directory}/${topic}/${queueId}`, fileSizeBytes)
  }

  /** The first offset whose message is still in the log. */
  get minOffset(): number {
    return this.#minOffset
  }
  /** The offset of the next message. */
  get maxOffset(): number {
    return this.#maxOffset
  }
  get maxPhysicalOffset(): number {
    return this.#maxPhysicalOffset
  }
  /** The first offset that the files could hold. */
  get firstOffset(): number {
    return this.files.startsAt / ENTRY_BYTES
  }

  // #region put-entry
  /**
   * Adds the entry of offset `queueOffset`. Returns false when
   * the queue has it already: dispatch may repeat itself after
   * a crash. Throws when an entry before it is missing.
   */
  put(queueOffset: number, entry: NewEntry): boolean {
    const endsAt = entry.physicalOffset + entry.sizeBytes
    if (endsAt <= this.#maxPhysicalOffset) return false
    if (this.#isEmpty && queueOffset > 0) this.#beginAt(queueOffset)
    if (queueOffset < this.#maxOffset) return false
    this.#assertFollows(queueOffset)
    this.#gather(entry)
    return true
  }
  // #endregion put-entry

  // #region gather-entries
  /** Entries that follow each other are written in one piece. */
  #gather(entry: NewEntry): void {
    const { files } = this
    if (this.#gathered.length === 0) this.#writtenPhysicalOffset = this.#maxPhysicalOffset
    this.#gathered.push(encodeEntry(entry))
    this.#maxOffset++
    this.#maxPhysicalOffset = entry.physicalOffset + entry.sizeBytes
    const endsAt = this.#maxOffset * ENTRY_BYTES
    const isFileFull = endsAt % files.fileSizeBytes === 0
    const isEnough = this.#gathered.length === GATHERED_ENTRIES_MAX
    if (isFileFull || isEnough) this.writeOut()
  }
  // #endregion gather-entries

  get #isEmpty(): boolean {
    return this.files.fileCount === 0 && this.#gathered.length === 0
  }

  /** The log and the queue must agree on what comes next. */
  #assertFollows(queueOffset: number): void {
    if (queueOffset === this.#maxOffset) return
    throw new Error(
      `queue ${this.topic}/${this.queueId} ends at ${this.#maxOffset}, the log has ${queueOffset} next: entries are missing`,
    )
  }

  // #region write-entries
  /**
   * Hands gathered entries to the page cache. Throws
   * `DiskError`; the queue is then as before they were put.
   */
  writeOut(): void {
    if (this.#gathered.length === 0) return
    const entries = concatBytes(this.#gathered)
    const firstAt = this.#maxOffset * ENTRY_BYTES - entries.length
    this.#gathered = []
    try {
      this.files.write(firstAt, entries)
    } catch (error) {
      this.#maxOffset = firstAt / ENTRY_BYTES
      this.#maxPhysicalOffset = this.#writtenPhysicalOffset
      throw error
    }
  }
  // #endregion write-entries

  /** Begins a queue whose older messages are gone: in the middle of a file, with filler before the first entry. */
  #beginAt(queueOffset: number): void {
    const at = queueOffset * ENTRY_BYTES
    const filler = encodeEntry({ physicalOffset: 0, sizeBytes: FILLER_SIZE, tagsCode: 0 })
    const filled = new Uint8Array(at % this.files.fileSizeBytes)
    for (let i = 0; i < filled.length; i += ENTRY_BYTES) filled.set(filler, i)
    if (filled.length > 0) this.files.write(at - filled.length, filled)
    this.#minOffset = queueOffset
    this.#maxOffset = queueOffset
  }

  // #region read-entries
  /** Max `count` entries from `queueOffset` on, of one file. */
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
   * Opens what is on disk and finds the queue's end: the first
   * entry that is not one, or that points beyond the log. After
   * a crash the queue also ends at the first record from
   * `durableUpTo` on: a torn entry may look whole. Returns true
   * when a file was missing or short.
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
    // A queue without a file is only known to have existed.
    if (this.files.fileCount === 0) this.deleteAll()
    return isDamaged
  }
  // #endregion recover-queue

  /** Sets the queue's end to an offset, and the end of its last record to that of the entry before. */
  #endAt(maxOffset: number): void {
    this.#maxOffset = maxOffset
    this.#maxPhysicalOffset = this.#endOfEntry(maxOffset - 1)
  }

  // #region take-entries
  /** Takes a file's entries up to the first that is not one, and returns false when there was such an entry. */
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

  /** Position of the newest file whose first entry belongs to a record before `physicalOffset`. */
  #lastStartBefore(physicalOffset: number): number | undefined {
    return this.files.fileStarts.findLast((startsAt) => {
      const first = this.#entryAt(startsAt / ENTRY_BYTES)
      return first !== undefined && first.physicalOffset < physicalOffset
    })
  }

  /** The entry at an offset, even when its message is no longer in the log. */
  #entryAt(queueOffset: number): ConsumeQueueEntry | undefined {
    return validEntry(this.files.read(queueOffset * ENTRY_BYTES, ENTRY_BYTES), 0, queueOffset)
  }

  #endOfEntry(queueOffset: number): number {
    const entry = queueOffset < this.firstOffset ? undefined : this.#entryAt(queueOffset)
    return entry === undefined || isFiller(entry) ? -1 : entry.physicalOffset + entry.sizeBytes
  }

  /** The offset of the first message whose record begins at `physicalOffset` or later; `maxOffset` when there is none. */
  offsetAt(physicalOffset: number): number {
    if (this.#maxPhysicalOffset <= physicalOffset) return this.#maxOffset
    return this.#firstAtOrAfter(physicalOffset)
  }

  /** Removes entries of records that end after `physicalOffset`: the log was cut there. */
  forgetAfter(physicalOffset: number): void {
    this.writeOut()
    if (this.#maxPhysicalOffset <= physicalOffset) return
    while (this.#maxOffset > this.firstOffset && this.#maxPhysicalOffset > physicalOffset) {
      this.#endAt(this.#maxOffset - 1)
    }
    this.#minOffset = Math.min(this.#minOffset, this.#maxOffset)
    this.files.truncateAfter(this.#maxOffset * ENTRY_BYTES)
  }

  /** True when the entry at `queueOffset` belongs to another record, which the log has lost. */
  contradicts(queueOffset: number, physicalOffset: number): boolean {
    if (queueOffset >= this.#maxOffset) return false
    this.writeOut()
    return this.#entryAt(queueOffset)?.physicalOffset !== physicalOffset
  }

  /** Removes the entries from `queueOffset` on. */
  forgetFrom(queueOffset: number): void {
    this.#endAt(Math.max(queueOffset, this.firstOffset))
    this.#minOffset = Math.min(this.#minOffset, this.#maxOffset)
    this.files.truncateAfter(this.#maxOffset * ENTRY_BYTES)
    if (this.files.fileCount === 0) this.deleteAll()
  }

  // #region correct-min-offset
  /** Finds the first message still there: the log now begins at `physicalOffset`. */
  correctMinOffset(physicalOffset: number): void {
    this.writeOut()
    this.#minOffset = this.#firstAtOrAfter(physicalOffset)
  }

  /** Binary search: physical offsets rise along the queue. */
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
   * Removes files whose messages are all gone, one after the
   * other, each for good. The last file always stays.
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

  /** Forgets every entry; the queue is then as new. */
  deleteAll(): void {
    this.files.deleteAll()
    this.#gathered = []
    this.#minOffset = 0
    this.#maxOffset = 0
    this.#maxPhysicalOffset = -1
  }
}

// #region queue-entry
function encodeEntry(entry: NewEntry): Uint8Array {
  const bytes = new Uint8Array(ENTRY_BYTES)
  writeI64(bytes, 0, entry.physicalOffset)
  writeI32(bytes, 8, entry.sizeBytes)
  writeI64(bytes, 12, entry.tagsCode)
  return bytes
}

function decodeEntry(bytes: Uint8Array, at: number, queueOffset: number): ConsumeQueueEntry {
  return {
    queueOffset,
    physicalOffset: readI64(bytes, at),
    sizeBytes: readI32(bytes, at + 8),
    tagsCode: readI32(bytes, at + 16),
  }
}
// #endregion queue-entry

/** The entry at `at`; undefined when it cannot be one. The bytes of a torn write can have any value. */
function validEntry(bytes: Uint8Array, at: number, queueOffset: number): ConsumeQueueEntry | undefined {
  if (at + ENTRY_BYTES > bytes.length) return undefined
  const highBits = readI32(bytes, at)
  if (highBits < 0 || highBits > 0x1f_ffff) return undefined
  const entry = decodeEntry(bytes, at, queueOffset)
  return entry.sizeBytes > 0 ? entry : undefined
}

/** True for an entry that only fills the part of a file before the first real one. */
function isFiller(entry: ConsumeQueueEntry): boolean {
  return entry.sizeBytes === FILLER_SIZE && entry.physicalOffset === 0
}
