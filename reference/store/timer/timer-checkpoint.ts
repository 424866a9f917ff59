/**
 * The file with the progress of the timer (`config/timercheck`).
 *
 * | at | bytes | field                                                                       |
 * | -- | ----- | --------------------------------------------------------------------------- |
 * | 0  | 8     | lastReadTimeMs: the messages of all slots before this time are delivered    |
 * | 8  | 8     | lastTimerLogFlushPos: the timer log is durable up to this position          |
 * | 16 | 8     | lastTimerQueueOffset: messages before this offset of the timer queue are in the durable part of the timer log |
 * | 24 | 8     | masterTimerQueueOffset: equal to lastTimerQueueOffset                       |
 * | 32 | 24    | dataVersion: stateVersion, timestamp, counter                               |
 * | 64 | 24    | only in files of this broker: a copy of the first three fields              |
 *
 * The file has 4096 bytes. All fields are in the first sector of the file, so a disk writes all fields together or none. The
 * copy shows that this broker wrote the three fields at the same time. RocketMQ may write an older position of its timer log
 * together with a newer queue offset, and never changes the copy. So a copy that differs from the three fields shows that
 * RocketMQ was the last writer of the file. Then only the content of the timer log is trusted.
 *
 * RocketMQ: `TimerCheckpoint`.
 */
import { readI64, writeI64 } from '../../common/bytes.ts'
import type { Disk, FileId } from '../../host/host.ts'
import { openSized } from '../sized-file.ts'

const FILE_BYTES = 4096
const OWN_COPY_AT = 64
/** The number of bytes of the answer to GET_TIMER_CHECK_POINT. */
export const TIMER_CHECKPOINT_BYTES = 56

/** The first three fields of the file. */
export interface TimerProgress {
  readonly lastReadTimeMs: number
  readonly lastTimerLogFlushPos: number
  readonly lastTimerQueueOffset: number
}

// #region timer-checkpoint
/**
 * Returns the first 56 bytes of the file. `version` is the counter in the field dataVersion, and `nowMs` is the timestamp in
 * this field.
 */
export function encodeTimerCheckpoint(progress: TimerProgress, version: number, nowMs: number): Uint8Array {
  const bytes = new Uint8Array(TIMER_CHECKPOINT_BYTES)
  writeI64(bytes, 0, progress.lastReadTimeMs)
  writeI64(bytes, 8, progress.lastTimerLogFlushPos)
  writeI64(bytes, 16, progress.lastTimerQueueOffset)
  writeI64(bytes, 24, progress.lastTimerQueueOffset)
  writeI64(bytes, 40, nowMs)
  writeI64(bytes, 48, version)
  return bytes
}
// #endregion timer-checkpoint

/** The checkpoint of one timer. */
export class TimerCheckpoint {
  readonly #disk: Disk
  readonly #path: string
  #file: FileId | undefined
  #version = 0

  constructor(disk: Disk, path: string) {
    this.#disk = disk
    this.#path = path
  }

  /**
   * Returns the last progress. Returns undefined when the file is missing or damaged. `isOurs` is true when this broker, and
   * not RocketMQ, was the last writer of the file.
   */
  load(): (TimerProgress & { readonly isOurs: boolean }) | undefined {
    if (this.#disk.sizeBytes(this.#path) < TIMER_CHECKPOINT_BYTES) return undefined
    const bytes = this.#disk.read(this.#open(), 0, 128)
    try {
      const [lastReadTimeMs, lastTimerLogFlushPos, lastTimerQueueOffset] = [0, 8, 16].map((at) => readI64(bytes, at))
      this.#version = readI64(bytes, 48)
      const isOurs = [0, 8, 16].every((at) => readI64(bytes, at) === readI64(bytes, OWN_COPY_AT + at))
      const progress = {
        lastReadTimeMs: lastReadTimeMs!,
        lastTimerLogFlushPos: lastTimerLogFlushPos!,
        lastTimerQueueOffset: lastTimerQueueOffset!,
      }
      return Object.values(progress).every((value) => value >= 0) ? { ...progress, isOurs } : undefined
    } catch (error) {
      if (error instanceof RangeError) return undefined // no log has such a large position, so the file is damaged
      throw error
    }
  }

  /**
   * Writes the progress and makes it durable. Then calls `done` with '' or with the reason why the sync failed. Throws
   * `DiskError` when the write fails.
   */
  write(progress: TimerProgress, nowMs: number, done: (error: string) => void): void {
    const bytes = new Uint8Array(OWN_COPY_AT + 24)
    bytes.set(encodeTimerCheckpoint(progress, ++this.#version, nowMs))
    bytes.set(bytes.slice(0, 24), OWN_COPY_AT)
    const file = this.#open()
    this.#disk.write(file, 0, bytes)
    this.#disk.sync(file, done)
  }

  /** Returns the body of the answer to GET_TIMER_CHECK_POINT. */
  encode(progress: TimerProgress, nowMs: number): Uint8Array {
    return encodeTimerCheckpoint(progress, this.#version, nowMs)
  }

  close(): void {
    if (this.#file !== undefined) this.#disk.close(this.#file)
  }

  #open(): FileId {
    this.#file ??= openSized(this.#disk, this.#path, FILE_BYTES).file
    return this.#file
  }
}
