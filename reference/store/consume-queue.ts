/**
 * A consume queue: where the messages of one queue lie in the commit log, 20 bytes each.
 *
 * | at | bytes | field                                                                     |
 * | -- | ----- | ------------------------------------------------------------------------- |
 * |  0 | 8     | physical offset of the record                                              |
 * |  8 | 4     | size of the record                                                         |
 * | 12 | 8     | tags code: Java hash of the tag, sign-extended; 0 without a tag            |
 *
 * Entry n of a queue lies at byte 20 × n, so a queue offset is found by multiplication. A queue is derived data: it can be
 * built again from the log, entry by entry, and building it twice changes nothing.
 *
 * Invariants: entries are dense from `minOffset` to `maxOffset`; physical offsets rise; every message that an entry from
 * `minOffset` on points to is in the log.
 * RocketMQ: `ConsumeQueue`. Not here: the extension file, batch queues.
 */
import { concatBytes, readI32, readI64, writeI32, writeI64 } from '../common/bytes.ts'
import type { Disk } from '../host/host.ts'
import { MappedFileQueue } from './mapped-file-queue.ts'

/** Bytes of one entry. `CQ_STORE_UNIT_SIZE`. */
export const ENTRY_BYTES = 20

/** Fills the part of a first file that lies before the first entry, so that nobody takes zeros for an entry's end. */
const FILLER_SIZE = 0x7fffffff

/** Entries written together at most. */
const GATHERED_ENTRIES_MAX = 1_000

/** After a clean stop this many files are looked through for the queue's end. */
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
  /** End of the last record that has an entry: what comes from before it is known already. */
  #maxPhysicalOffset = -1
  /** The last entries, which are not in their file yet; they lie in one file. */
  #gathered: Uint8Array[] = []
  /** What `maxPhysicalOffset` was before them. */
  #writtenPhysicalOffset = -1

  constructor(disk: Disk, directory: string, topic: string, queueId: number, fileSizeBytes: number) {
    this.topic = topic
    this.queueId = queueId
    this.files = new MappedFileQueue(disk, `${directory}/${topic}/${queueId}`, fileSizeBytes)
  }

  /** The first offset whose message is there. */
  get minOffset(): number {
    return this.#minOffset
  }
  /** The offset the next message will get; equal to the number of messages while none were deleted. */
  get maxOffset(): number {
    return this.#maxOffset
  }
  get maxPhysicalOffset(): number {
    return this.#maxPhysicalOffset
  }
  /** The first offset its files could hold. */
  get firstOffset(): number {
    return this.files.startsAt / ENTRY_BYTES
  }

  // #region put-entry
  /**
   * Adds the entry of offset `queueOffset`. False when the queue has it already: dispatch may repeat itself after a crash.
   * Throws when entries in between are missing: the log and the queue disagree. Entries that follow each other are
   * gathered: `writeOut` hands them to the page cache in one piece.
   */
  put(queueOffset: number, entry: NewEntry): boolean {
    if (entry.physicalOffset + entry.sizeBytes <= this.#maxPhysicalOffset) return false
    const isEmpty = this.files.fileCount === 0 && this.#gathered.length === 0
    if (isEmpty && queueOffset > 0) this.#beginAt(queueOffset)
    if (queueOffset < this.#maxOffset) return false
    if (queueOffset > this.#maxOffset) {
      throw new Error(
        `queue ${this.topic}/${this.queueId} ends at ${this.#maxOffset}, the log has ${queueOffset} next: entries are missing`,
      )
    }
    if (this.#gathered.length === 0) this.#writtenPhysicalOffset = this.#maxPhysicalOffset
    this.#gathered.push(encodeEntry(entry))
    this.#maxOffset = queueOffset + 1
    this.#maxPhysicalOffset = entry.physicalOffset + entry.sizeBytes
    const isFileFull = (this.#maxOffset * ENTRY_BYTES) % this.files.fileSizeBytes === 0
    if (isFileFull || this.#gathered.length === GATHERED_ENTRIES_MAX) this.writeOut()
    return true
  }

  /** Hands gathered entries to the page cache. Throws `DiskError`, and is then as before they were put. */
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
  // #endregion put-entry

  /** A queue whose older messages are gone begins in the middle of a file; what lies before is filled. */
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
  /** The entries from `queueOffset`, at most `count`, not beyond one file. */
  read(queueOffset: number, count: number): ConsumeQueueEntry[] {
    const wanted = Math.min(count, this.#maxOffset - queueOffset)
    if (queueOffset < this.#minOffset || wanted <= 0) return []
    const bytes = this.files.read(queueOffset * ENTRY_BYTES, wanted * ENTRY_BYTES)
    const entries: ConsumeQueueEntry[] = []
    for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES)
      entries.push(decodeEntry(bytes, at, queueOffset + at / ENTRY_BYTES))
    return entries
  }
  // #endregion read-entries

  // #region recover-queue
  /**
   * Opens what is on disk and finds the queue's end: the first entry that is none, or that points beyond the log's files.
   * What follows is forgotten. So are, after a crash, entries of records from `durableUpTo` on: a torn entry may look
   * whole, and they will all be offered again. Gives whether a file was missing or short.
   */
  recover(logEndsAt: number, wasStoppedCleanly: boolean, durableUpTo: number): boolean {
    const isDamaged = this.files.load(wasStoppedCleanly, true, () => true)
    const starts = this.files.fileStarts
    const knownUpTo = wasStoppedCleanly ? starts.at(-FILES_AFTER_CLEAN_STOP) : this.#lastStartBefore(durableUpTo)
    const from = (isDamaged ? undefined : knownUpTo) ?? this.files.startsAt
    this.#minOffset = this.firstOffset
    this.#maxOffset = from / ENTRY_BYTES
    this.#maxPhysicalOffset = this.#endOfEntry(this.#maxOffset - 1)
    for (const startsAt of starts) if (startsAt >= from && !this.#takeEntriesOf(startsAt, logEndsAt, durableUpTo)) break
    this.files.truncateAfter(this.#maxOffset * ENTRY_BYTES)
    if (this.files.fileCount === 0) this.deleteAll() // nothing is known of it but that it was there
    return isDamaged
  }

  /** Takes one file's entries up to the first that is none; false when there was such a one. */
  #takeEntriesOf(startsAt: number, logEndsAt: number, durableUpTo: number): boolean {
    const bytes = this.files.read(startsAt, this.files.fileSizeBytes)
    for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
      const entry = validEntry(bytes, at, (startsAt + at) / ENTRY_BYTES)
      if (entry === undefined) return false
      const endsAt = entry.physicalOffset + entry.sizeBytes
      if (!isFiller(entry) && (endsAt > logEndsAt || entry.physicalOffset >= durableUpTo)) return false
      this.#maxOffset = entry.queueOffset + 1
      if (!isFiller(entry)) this.#maxPhysicalOffset = endsAt
    }
    return true
  }
  // #endregion recover-queue

  /** The newest file whose first entry belongs to a record before `physicalOffset`. */
  #lastStartBefore(physicalOffset: number): number | undefined {
    return this.files.fileStarts.findLast((startsAt) => {
      const first = this.#entryAt(startsAt / ENTRY_BYTES)
      return first !== undefined && first.physicalOffset < physicalOffset
    })
  }

  /** The entry that lies at an offset, whether its message is still there or not. */
  #entryAt(queueOffset: number): ConsumeQueueEntry | undefined {
    return validEntry(this.files.read(queueOffset * ENTRY_BYTES, ENTRY_BYTES), 0, queueOffset)
  }

  #endOfEntry(queueOffset: number): number {
    const entry = queueOffset < this.firstOffset ? undefined : this.#entryAt(queueOffset)
    return entry === undefined || isFiller(entry) ? -1 : entry.physicalOffset + entry.sizeBytes
  }

  /** The offset of the first message whose record begins at `physicalOffset` or later: `maxOffset` when there is none. */
  offsetAt(physicalOffset: number): number {
    if (this.#maxPhysicalOffset <= physicalOffset) return this.#maxOffset
    return this.#firstAtOrAfter(physicalOffset)
  }

  /** The log was cut at `physicalOffset`: entries of records beyond it go. */
  forgetAfter(physicalOffset: number): void {
    this.writeOut()
    if (this.#maxPhysicalOffset <= physicalOffset) return
    while (this.#maxOffset > this.firstOffset && this.#maxPhysicalOffset > physicalOffset) {
      this.#maxOffset--
      this.#maxPhysicalOffset = this.#endOfEntry(this.#maxOffset - 1)
    }
    this.#minOffset = Math.min(this.#minOffset, this.#maxOffset)
    this.files.truncateAfter(this.#maxOffset * ENTRY_BYTES)
  }

  /** Whether the queue has an entry at that offset, but for another record: one that the log has lost. */
  contradicts(queueOffset: number, physicalOffset: number): boolean {
    if (queueOffset >= this.#maxOffset) return false
    this.writeOut()
    return this.#entryAt(queueOffset)?.physicalOffset !== physicalOffset
  }

  /** Entries from that offset on go. */
  forgetFrom(queueOffset: number): void {
    this.#maxOffset = Math.max(queueOffset, this.firstOffset)
    this.#maxPhysicalOffset = this.#endOfEntry(this.#maxOffset - 1)
    this.#minOffset = Math.min(this.#minOffset, this.#maxOffset)
    this.files.truncateAfter(this.#maxOffset * ENTRY_BYTES)
    if (this.files.fileCount === 0) this.deleteAll()
  }

  // #region correct-min-offset
  /** The log now begins at `physicalOffset`: finds the first entry whose message is still there. */
  correctMinOffset(physicalOffset: number): void {
    this.writeOut()
    this.#minOffset = this.#firstAtOrAfter(physicalOffset)
  }

  #firstAtOrAfter(physicalOffset: number): number {
    let low = this.firstOffset
    let high = this.#maxOffset
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2)
      const entry = this.#entryAt(middle)
      if (entry === undefined || isFiller(entry) || entry.physicalOffset < physicalOffset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Removes files all of whose messages are gone; the last one always stays. One after the other, each for good. */
  deleteFilesBefore(physicalOffset: number, done: () => void): void {
    const lastOfFirst = this.firstOffset + this.files.fileSizeBytes / ENTRY_BYTES - 1
    const isGone = this.files.fileCount > 1 && (this.#entryAt(lastOfFirst)?.physicalOffset ?? 0) < physicalOffset
    if (!isGone) return done()
    this.files.deleteFirst((error) => (error === '' ? this.deleteFilesBefore(physicalOffset, done) : done()))
  }
  // #endregion correct-min-offset

  /** Forgets every entry: the log has older ones than these files, so they are made again from its start. */
  deleteAll(): void {
    this.files.deleteAll()
    this.#gathered = []
    this.#minOffset = 0
    this.#maxOffset = 0
    this.#maxPhysicalOffset = -1
  }
}

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

/** An entry as recovery may believe it; bytes of a torn write can be anything. */
function validEntry(bytes: Uint8Array, at: number, queueOffset: number): ConsumeQueueEntry | undefined {
  if (at + ENTRY_BYTES > bytes.length) return undefined
  const highBits = readI32(bytes, at)
  if (highBits < 0 || highBits > 0x1f_ffff) return undefined
  const entry = decodeEntry(bytes, at, queueOffset)
  return entry.sizeBytes > 0 ? entry : undefined
}

function isFiller(entry: ConsumeQueueEntry): boolean {
  return entry.sizeBytes === FILLER_SIZE && entry.physicalOffset === 0
}
