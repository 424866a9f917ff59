/**
 * One index file, which finds messages in the log by their keys. The file is a hash table. A slot names the newest entry of
 * a chain of entries. Each entry names the previous entry of its chain.
 *
 * ```
 * | header 40 | slots: 4 bytes each | entry 0 (never used) | entry 1 | entry 2 | …
 *                     │                        ▲        ▲         │
 *                     └── newest entry ────────┼────────┘         │
 *                                              └─ previous entry ─┘
 * ```
 *
 * | header at | bytes | field                                                           |
 * | --------- | ----- | --------------------------------------------------------------- |
 * |  0        | 8     | beginTimestamp: store time of the first entry's message         |
 * |  8        | 8     | endTimestamp: store time of the last entry's message            |
 * | 16        | 8     | beginPhyOffset: physical offset of the first entry's message    |
 * | 24        | 8     | endPhyOffset: physical offset of the last entry's message       |
 * | 32        | 4     | hashSlotCount: number of slots that are not empty               |
 * | 36        | 4     | indexCount: number of the next entry; begins at 1               |
 *
 * | entry at  | bytes | field                                                           |
 * | --------- | ----- | --------------------------------------------------------------- |
 * |  0        | 4     | keyHash: Java hash of `topic#key`, made non-negative            |
 * |  4        | 8     | physical offset of the message                                  |
 * | 12        | 4     | store time, in whole seconds after beginTimestamp               |
 * | 16        | 4     | number of the previous entry in the chain; 0 in its first entry |
 *
 * New entries and changed slots are kept in memory until `writeOut`. The entries are in a buffer, and the slots are in pages
 * of 4 KiB. `writeOut` writes entries and pages to the page cache with few writes. The page with the header is written last.
 * After a crash, the disk may have any part of these writes. So after a crash, only full and synced files are trusted.
 *
 * Invariants: The previous entry of an entry has a smaller number. `endPhyOffset` never becomes smaller.
 *
 * RocketMQ: `IndexFile`, `IndexHeader`. Not in GlassMQ: memory mapping.
 */
import { concatBytes, readI32, readI64, writeI32, writeI64 } from '../common/bytes.ts'
import type { Disk, FileId } from '../host/host.ts'
import { INDEX_ENTRIES, INDEX_SLOTS } from './limits.ts'
import { openSized } from './sized-file.ts'

const HEADER_BYTES = 40
const SLOT_BYTES = 4
const ENTRY_BYTES = 20
const PAGE_BYTES = 4096
/** When this many entries are in memory, they are written. */
const PENDING_ENTRIES_MAX = 3_200
const I32_MAX = 0x7fff_ffff

/** The numbers of slots (`maxHashSlotNum`) and of entries (`maxIndexNum`) in one index file. */
export interface IndexSizes {
  readonly maxHashSlotNum: number
  readonly maxIndexNum: number
}

/** RocketMQ's sizes. With these sizes, a file has 420,000,040 bytes. */
export const INDEX_DEFAULTS: IndexSizes = { maxHashSlotNum: INDEX_SLOTS, maxIndexNum: INDEX_ENTRIES }

interface IndexEntry {
  readonly keyHash: number
  readonly physicalOffset: number
  readonly timeDiffSeconds: number
  readonly previous: number
}

/** Returns the number of bytes of one index file. */
export function indexFileBytes(sizes: IndexSizes): number {
  return HEADER_BYTES + sizes.maxHashSlotNum * SLOT_BYTES + sizes.maxIndexNum * ENTRY_BYTES
}

/** Decides whether the message at `physicalOffset` belongs to the result of a search. Returns 'enough' to end the search. */
export type IsMeant = (physicalOffset: number) => boolean | 'enough'

/** One open index file. */
export class IndexFile {
  readonly path: string
  readonly #disk: Disk
  readonly #file: FileId
  readonly #sizes: IndexSizes
  readonly #entriesAt: number
  /** True when this object has created the file. In a new file, an unchanged page contains only zeros. */
  readonly #isNew: boolean
  #beginTimestamp = 0
  #endTimestamp = 0
  #beginPhyOffset = 0
  #endPhyOffset = 0
  #hashSlotCount = 0
  #indexCount = 1
  /** The pages with the header and the slots that are in memory, by page number. */
  #pages = new Map<number, Uint8Array>()
  /** The numbers of the changed pages that are not written yet. */
  #dirty = new Set<number>()
  /** The entries with the numbers from `#pendingFrom` up to `#indexCount`, which are not in the file yet. */
  #pending = new Uint8Array()
  #pendingFrom = 1

  /** Opens the file at `path`. Creates a missing file at its full size. Throws `DiskError` when the disk fails. */
  constructor(disk: Disk, path: string, sizes: IndexSizes) {
    this.#disk = disk
    this.path = path
    this.#sizes = sizes
    this.#entriesAt = HEADER_BYTES + sizes.maxHashSlotNum * SLOT_BYTES
    const { file, isNew } = openSized(disk, path, indexFileBytes(sizes))
    this.#file = file
    this.#isNew = isNew
    if (!isNew) this.#readHeader()
  }

  get beginTimestamp(): number {
    return this.#beginTimestamp
  }
  get endTimestamp(): number {
    return this.#endTimestamp
  }
  get beginPhyOffset(): number {
    return this.#beginPhyOffset
  }
  get endPhyOffset(): number {
    return this.#endPhyOffset
  }
  get isEmpty(): boolean {
    return this.#indexCount <= 1
  }
  /** The number of changed pages that are not written yet. */
  get dirtyPages(): number {
    return this.#dirty.size
  }
  get isFull(): boolean {
    return this.#indexCount >= this.#sizes.maxIndexNum
  }

  /**
   * As in RocketMQ, sets the times and positions in the header of a new file to the last time and position of the previous
   * file. The first put replaces these values.
   */
  beginAfter(previous: IndexFile): void {
    this.#beginTimestamp = this.#endTimestamp = previous.endTimestamp
    this.#beginPhyOffset = this.#endPhyOffset = previous.endPhyOffset
  }

  // #region put-key
  /** Adds one key of one message. The file must not be full. */
  put(keyHash: number, physicalOffset: number, storeTimestamp: number): void {
    // The slot holds the number of the newest entry of its chain.
    const slotAt = this.#slotAt(keyHash)
    const pageNumber = Math.floor(slotAt / PAGE_BYTES)
    const page = this.#page(pageNumber)
    const newest = readI32(page, slotAt % PAGE_BYTES)
    const previous = newest > 0 && newest <= this.#indexCount ? newest : 0
    const timeDiffSeconds = this.#timeDiffSeconds(storeTimestamp)
    this.#addEntry({ keyHash, physicalOffset, timeDiffSeconds, previous })
    writeI32(page, slotAt % PAGE_BYTES, this.#indexCount)
    this.#dirty.add(pageNumber)
    this.#count(physicalOffset, storeTimestamp, previous === 0)
  }
  // #endregion put-key

  /** Updates the header fields after an entry was added. */
  #count(physicalOffset: number, storeTimestamp: number, isFirstOfSlot: boolean): void {
    if (this.isEmpty) {
      this.#beginTimestamp = storeTimestamp
      this.#beginPhyOffset = physicalOffset
    }
    if (isFirstOfSlot) this.#hashSlotCount++
    this.#indexCount++
    this.#endTimestamp = storeTimestamp
    this.#endPhyOffset = physicalOffset
  }

  /** Returns the position in the file of the slot that belongs to a hash. */
  #slotAt(keyHash: number): number {
    return HEADER_BYTES + (keyHash % this.#sizes.maxHashSlotNum) * SLOT_BYTES
  }

  /**
   * Returns the whole seconds from `beginTimestamp` to `storeTimestamp`, from 0 to 2^31 - 1. As in RocketMQ, the first
   * entry of a later file counts from the last time of the previous file (`beginAfter`).
   */
  #timeDiffSeconds(storeTimestamp: number): number {
    if (this.#beginTimestamp <= 0) return 0
    return Math.min(Math.max(Math.floor((storeTimestamp - this.#beginTimestamp) / 1000), 0), I32_MAX)
  }

  /**
   * Adds to `found` the physical offsets of messages with this
   * hash that were stored between `beginMs` and `endMs`. The
   * newest message is first. Stops when `found` has `maxCount`
   * offsets, or when `isMeant` returns 'enough'. Different keys
   * may have the same hash, so `isMeant` compares the key.
   */
  select(keyHash: number, maxCount: number, beginMs: number, endMs: number, found: number[], isMeant: IsMeant): void {
    let at = this.#newestOf(keyHash)
    if (at > this.#indexCount || this.isEmpty) return
    // #region select-key
    while (at > 0 && found.length < maxCount) {
      const entry = this.#entry(at)
      if (entry.timeDiffSeconds < 0) return
      const storedAtMs = this.#beginTimestamp + entry.timeDiffSeconds * 1000
      const isInTime = storedAtMs >= beginMs && storedAtMs <= endMs
      const isOffered = entry.keyHash === keyHash && isInTime
      const answer = isOffered && isMeant(entry.physicalOffset)
      if (answer === 'enough') return
      if (answer) found.push(entry.physicalOffset)
      // #fold older entries, damaged chains
      // When this entry is older than `beginMs`, all further entries of the chain are older, too. When the number of the
      // previous entry is not smaller than the number of this entry, the file is damaged. Without this check, a damaged file
      // could make the loop endless.
      if (storedAtMs < beginMs || entry.previous >= at) return
      // #endfold
      at = entry.previous
    }
    // #endregion select-key
  }

  /** Returns true when it is possible that this file has a message that was stored between the two times. */
  isTimeMatched(beginMs: number, endMs: number): boolean {
    return beginMs <= this.#endTimestamp && endMs >= this.#beginTimestamp
  }

  /**
   * Returns how many entries at the end of the file belong to the last message. When the file became full in the middle of
   * this message, its other keys are in the next file.
   */
  keysOfLastMessage(): number {
    let count = 0
    for (let at = this.#indexCount - 1; at >= 1 && this.#entry(at).physicalOffset === this.#endPhyOffset; at--) count++
    return count
  }

  // #region write-index
  /**
   * Writes all new content to the page cache: first the entries, then the slots, then the header. Throws `DiskError` when a
   * write fails.
   */
  writeOut(): void {
    this.#writeEntries()
    if (this.#dirty.size === 0) return
    this.#writeHeader()
    // One write writes all neighbouring pages. Pages are written in descending order, so page 0 with the header is in the
    // last write.
    const numbers = [...this.#dirty].sort((a, b) => b - a)
    for (let i = 0; i < numbers.length; ) {
      const run = [this.#page(numbers[i]!)]
      while (++i < numbers.length && numbers[i] === numbers[i - 1]! - 1) run.unshift(this.#page(numbers[i]!))
      this.#disk.write(this.#file, numbers[i - 1]! * PAGE_BYTES, run.length === 1 ? run[0]!.slice() : concatBytes(run))
    }
    this.#dirty.clear()
  }

  #writeEntries(): void {
    const count = this.#indexCount - this.#pendingFrom
    if (count === 0) return
    this.#disk.write(this.#file, this.#entryAt(this.#pendingFrom), this.#pending.slice(0, count * ENTRY_BYTES))
    this.#pendingFrom = this.#indexCount
  }
  // #endregion write-index

  /** Makes all written bytes durable. Then calls `done` with '' or with the reason why the sync failed. */
  sync(done: (error: string) => void): void {
    this.#disk.sync(this.#file, done)
  }

  /** Frees the memory of a full file after `writeOut`. After this call, `put` must not be called. */
  forgetPages(): void {
    this.#pages = new Map()
    this.#pending = new Uint8Array()
  }

  close(): void {
    this.#disk.close(this.#file)
  }

  #readHeader(): void {
    const header = this.#disk.read(this.#file, 0, HEADER_BYTES)
    try {
      this.#beginTimestamp = readI64(header, 0)
      this.#endTimestamp = readI64(header, 8)
      this.#beginPhyOffset = readI64(header, 16)
      this.#endPhyOffset = readI64(header, 24)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return // the bytes are not a header, so the file counts as empty
    }
    this.#hashSlotCount = readI32(header, 32)
    const indexCount = readI32(header, 36)
    if (indexCount > 0 && indexCount <= this.#sizes.maxIndexNum) this.#indexCount = indexCount
    this.#pendingFrom = this.#indexCount
  }

  #writeHeader(): void {
    const header = this.#page(0)
    writeI64(header, 0, this.#beginTimestamp)
    writeI64(header, 8, this.#endTimestamp)
    writeI64(header, 16, this.#beginPhyOffset)
    writeI64(header, 24, this.#endPhyOffset)
    writeI32(header, 32, this.#hashSlotCount)
    writeI32(header, 36, this.#indexCount)
    this.#dirty.add(0)
  }

  /** Returns a page with the header or with slots. The last page ends where the entries begin. */
  #page(number: number): Uint8Array {
    let page = this.#pages.get(number)
    if (page === undefined) {
      const at = number * PAGE_BYTES
      const sizeBytes = Math.min(PAGE_BYTES, this.#entriesAt - at)
      page = this.#isNew ? new Uint8Array(sizeBytes) : this.#disk.read(this.#file, at, sizeBytes).slice()
      this.#pages.set(number, page)
    }
    return page
  }

  /** Returns the number of the newest entry in the slot of a hash, or 0 when the slot is empty. */
  #newestOf(keyHash: number): number {
    const at = this.#slotAt(keyHash)
    const page = this.#pages.get(Math.floor(at / PAGE_BYTES))
    return page === undefined ? readI32(this.#disk.read(this.#file, at, SLOT_BYTES), 0) : readI32(page, at % PAGE_BYTES)
  }

  /** Returns the position of an entry in the file. */
  #entryAt(number: number): number {
    return this.#entriesAt + number * ENTRY_BYTES
  }

  #entry(number: number): IndexEntry {
    const isPending = number >= this.#pendingFrom
    const bytes = isPending ? this.#pending : this.#disk.read(this.#file, this.#entryAt(number), ENTRY_BYTES)
    const at = isPending ? (number - this.#pendingFrom) * ENTRY_BYTES : 0
    return {
      keyHash: readI32(bytes, at),
      physicalOffset: readI32(bytes, at + 4) * 0x1_0000_0000 + (readI32(bytes, at + 8) >>> 0),
      timeDiffSeconds: readI32(bytes, at + 12),
      previous: readI32(bytes, at + 16),
    }
  }

  #addEntry(entry: IndexEntry): void {
    const pendingMax = Math.min(PENDING_ENTRIES_MAX, this.#sizes.maxIndexNum)
    if (this.#pending.length === 0) this.#pending = new Uint8Array(pendingMax * ENTRY_BYTES)
    if (this.#indexCount - this.#pendingFrom === pendingMax) this.#writeEntries()
    const at = (this.#indexCount - this.#pendingFrom) * ENTRY_BYTES
    writeI32(this.#pending, at, entry.keyHash)
    writeI64(this.#pending, at + 4, entry.physicalOffset)
    writeI32(this.#pending, at + 12, entry.timeDiffSeconds)
    writeI32(this.#pending, at + 16, entry.previous)
  }
}
