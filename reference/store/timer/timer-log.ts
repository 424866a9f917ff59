/**
 * The timer log (`timerlog/`) has one entry for each message with a delivery time and for each recall, and one more each
 * time that a message must wait again (rolls). The entries are in the order of arrival.
 *
 * ```
 * slot 12:00:03 ──► last ──► prevPos ──► prevPos ──► first      a chain, from the newest to the oldest entry of the slot
 * ```
 *
 * Entries are only appended, and never changed. Entries are durable after `sync`. When the broker starts, it checks the
 * entries one by one (`recover`).
 *
 * RocketMQ: `TimerLog`.
 */
import type { Disk } from '../../host/host.ts'
import { MappedFileQueue } from '../mapped-file-queue.ts'
import {
  decodeTimerRecord,
  encodeTimerBlank,
  encodeTimerRecord,
  TIMER_BLANK_BYTES,
  TIMER_RECORD_BYTES,
  type TimerRecord,
} from './timer-record.ts'

/** The number of entries that are read together during recovery. */
const WALK_ENTRIES = 4_096

/** One timer log. */
export class TimerLog {
  readonly #files: MappedFileQueue
  readonly #fileBytes: number
  #appendedAt = 0

  constructor(disk: Disk, directory: string, fileBytes: number) {
    this.#files = new MappedFileQueue(disk, directory, fileBytes)
    this.#fileBytes = fileBytes
  }

  /** The position after the last entry. */
  get appendedAt(): number {
    return this.#appendedAt
  }
  get startsAt(): number {
    return this.#files.startsAt
  }

  /**
   * Opens the files on the disk. Removes a file that is too short, and every file behind a missing file. Throws `StoreError`
   * when a file is too long.
   */
  load(): void {
    this.#files.load(false, true, () => true)
    this.#appendedAt = this.#files.startsAt
  }

  /** Removes all entries. The caller must then append the entries of all waiting messages again. */
  clear(): void {
    this.#files.deleteAll()
    this.#appendedAt = 0
  }

  // #region walk
  /**
   * Passes each entry to `isGood`, beginning with the first entry. Removes the first entry for which `isGood` returns false,
   * and all entries after it.
   */
  recover(isGood: (position: number, record: TimerRecord) => boolean): void {
    for (const fileStart of this.#files.fileStarts) {
      const end = this.#walkFile(fileStart, isGood)
      if (end === 'full') this.#appendedAt = fileStart + this.#fileBytes
      else {
        this.#appendedAt = end
        break
      }
    }
    this.#files.truncateAfter(this.#appendedAt)
  }

  #walkFile(fileStart: number, isGood: (position: number, record: TimerRecord) => boolean): number | 'full' {
    const chunkBytes = WALK_ENTRIES * TIMER_RECORD_BYTES
    for (let at = fileStart; at < fileStart + this.#fileBytes; at += chunkBytes) {
      const chunk = this.#files.read(at, chunkBytes)
      for (let i = 0; i < chunk.length; i += TIMER_RECORD_BYTES) {
        const record = decodeTimerRecord(chunk, i)
        if (record === 'blank') return 'full'
        if (record === undefined || !isGood(at + i, record)) return at + i
      }
    }
    return 'full'
  }
  // #endregion walk

  // #region append-timer
  /**
   * Appends an entry and returns its position. When the entry does not fit into the last file, a blank fills the rest of
   * this file. Throws `DiskError` when a write fails.
   */
  append(record: TimerRecord): number {
    const leftBytes = this.#fileBytes - (this.#appendedAt % this.#fileBytes)
    if (TIMER_RECORD_BYTES + TIMER_BLANK_BYTES > leftBytes) {
      this.#files.write(this.#appendedAt, encodeTimerBlank(leftBytes))
      this.#appendedAt += leftBytes
    }
    const position = this.#appendedAt
    this.#files.write(position, encodeTimerRecord(record))
    this.#appendedAt = position + TIMER_RECORD_BYTES
    return position
  }
  // #endregion append-timer

  /** Returns the entry at a position. Returns undefined when the log has no entry at this position. */
  read(position: number): TimerRecord | undefined {
    if (position < this.startsAt || position + TIMER_RECORD_BYTES > this.#appendedAt) return undefined
    const record = decodeTimerRecord(this.#files.read(position, TIMER_RECORD_BYTES), 0)
    return record === 'blank' ? undefined : record
  }

  sync(done: (error: string) => void): void {
    this.#files.sync(done)
  }

  // #region clean-timer-log
  /**
   * Removes the oldest file as long as its last entry points to a position before `commitLogMinOffset`. All messages of this
   * file are already deleted from the commit log. Never removes the last file.
   */
  deleteExpired(commitLogMinOffset: number): void {
    const entriesBytes = this.#fileBytes - TIMER_BLANK_BYTES
    const lastAt = entriesBytes - (entriesBytes % TIMER_RECORD_BYTES) - TIMER_RECORD_BYTES
    if (this.#files.fileCount < 2) return
    const last = this.read(this.startsAt + lastAt)
    if (last === undefined || last.commitLogOffset >= commitLogMinOffset) return
    this.#files.deleteFirst((error) => {
      if (error === '') this.deleteExpired(commitLogMinOffset)
    })
  }
  // #endregion clean-timer-log

  close(): void {
    this.#files.close()
  }
}
