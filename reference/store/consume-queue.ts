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
 * Invariants: entries are dense from `minOffset` to `maxOffset`; physical offsets rise.
 * RocketMQ: `ConsumeQueue`. Not here: the extension file, batch queues, deletion with the log.
 */
import { readI32, readI64, writeI32, writeI64 } from '../common/bytes.ts'
import type { Disk } from '../host/host.ts'
import { MappedFileQueue } from './mapped-file-queue.ts'

/** Bytes of one entry. `CQ_STORE_UNIT_SIZE`. */
export const ENTRY_BYTES = 20

/** Fills the part of a first file that lies before the first entry, so that nobody takes zeros for an entry's end. */
const FILLER_SIZE = 0x7fffffff

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

  constructor(disk: Disk, directory: string, topic: string, queueId: number, fileSizeBytes: number) {
    this.topic = topic
    this.queueId = queueId
    this.files = new MappedFileQueue(disk, `${directory}/${topic}/${queueId}`, fileSizeBytes)
  }

  /** The first offset whose entry is there. */
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

  // #region put-entry
  /**
   * Adds the entry of offset `queueOffset`. False when the queue has it already: dispatch may repeat itself after a crash.
   * Throws when entries in between are missing: the log and the queue disagree.
   */
  put(queueOffset: number, entry: NewEntry): boolean {
    if (entry.physicalOffset + entry.sizeBytes <= this.#maxPhysicalOffset) return false
    if (this.files.fileCount === 0 && queueOffset > 0) this.#beginAt(queueOffset)
    if (queueOffset < this.#maxOffset) return false
    if (queueOffset > this.#maxOffset) {
      throw new Error(
        `queue ${this.topic}/${this.queueId} ends at ${this.#maxOffset}, the log has ${queueOffset} next: entries are missing`,
      )
    }
    this.files.write(queueOffset * ENTRY_BYTES, encodeEntry(entry))
    this.#maxOffset = queueOffset + 1
    this.#maxPhysicalOffset = entry.physicalOffset + entry.sizeBytes
    return true
  }
  // #endregion put-entry

  /** A queue whose older messages are gone begins in the middle of a file; what lies before is filled. */
  #beginAt(queueOffset: number): void {
    const startsAt = queueOffset * ENTRY_BYTES - ((queueOffset * ENTRY_BYTES) % this.files.fileSizeBytes)
    const filler = encodeEntry({ physicalOffset: 0, sizeBytes: FILLER_SIZE, tagsCode: 0 })
    for (let at = startsAt; at < queueOffset * ENTRY_BYTES; at += ENTRY_BYTES) this.files.write(at, filler)
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
   * Opens what is on disk and finds its end: the first entry that is none, or that points beyond the log's files. What
   * follows is forgotten.
   */
  recover(logEndsAt: number, wasStoppedCleanly: boolean): void {
    this.files.load(wasStoppedCleanly)
    const entriesPerFile = this.files.fileSizeBytes / ENTRY_BYTES
    this.#minOffset = this.files.startsAt / ENTRY_BYTES
    this.#maxOffset = this.#minOffset
    this.#maxPhysicalOffset = -1
    for (const startsAt of this.files.fileStarts) {
      const bytes = this.files.read(startsAt, this.files.fileSizeBytes)
      for (let i = 0; i < entriesPerFile; i++) {
        const entry = validEntry(bytes, i * ENTRY_BYTES, startsAt / ENTRY_BYTES + i)
        if (entry === undefined || entry.physicalOffset + entry.sizeBytes > logEndsAt) {
          if (entry?.sizeBytes === FILLER_SIZE && entry.physicalOffset === 0 && this.#maxPhysicalOffset < 0) {
            this.#minOffset = entry.queueOffset + 1
            this.#maxOffset = this.#minOffset
            continue
          }
          return this.files.truncateAfter(this.#maxOffset * ENTRY_BYTES)
        }
        this.#maxOffset = entry.queueOffset + 1
        this.#maxPhysicalOffset = entry.physicalOffset + entry.sizeBytes
      }
    }
  }
  // #endregion recover-queue

  /** The log was cut at `physicalOffset`: entries of records beyond it go. */
  forgetAfter(physicalOffset: number): void {
    if (this.#maxPhysicalOffset <= physicalOffset) return
    while (this.#maxOffset > this.#minOffset) {
      const last = this.read(this.#maxOffset - 1, 1)[0]!
      this.#maxPhysicalOffset = last.physicalOffset + last.sizeBytes
      if (this.#maxPhysicalOffset <= physicalOffset) break
      this.#maxOffset--
    }
    if (this.#maxOffset === this.#minOffset) this.#maxPhysicalOffset = -1
    this.files.truncateAfter(this.#maxOffset * ENTRY_BYTES)
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
  const highBits = readI32(bytes, at)
  if (at + ENTRY_BYTES > bytes.length || highBits < 0 || highBits > 0x1f_ffff) return undefined
  const entry = decodeEntry(bytes, at, queueOffset)
  return entry.sizeBytes > 0 ? entry : undefined
}
