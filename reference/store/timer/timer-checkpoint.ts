/**
 * The progress of the timer (`config/timercheck`).
 *
 * | at | bytes | field                                                                       |
 * | -- | ----- | --------------------------------------------------------------------------- |
 * | 0  | 8     | lastReadTimeMs: slots before this time are over                             |
 * | 8  | 8     | lastTimerLogFlushPos: the timer log is durable up to this position          |
 * | 16 | 8     | lastTimerQueueOffset: messages before it are in that part of the timer log  |
 * | 24 | 8     | masterTimerQueueOffset: the same, of the master                             |
 * | 32 | 24    | dataVersion: stateVersion, timestamp, counter                               |
 * | 64 | 24    | only here: a copy of the first three fields                                 |
 *
 * The file has 4096 bytes, one page: it is written whole or not at all. The copy says that the three values are of one
 * moment; the official broker notes an older position of its log beside a newer queue offset. When the copy differs, an
 * official broker wrote last, and only what the timer log itself holds is trusted.
 *
 * RocketMQ: `TimerCheckpoint`.
 */
import { readI64, writeI64 } from '../../common/bytes.ts'
import type { Disk, FileId } from '../../host/host.ts'
import { openSized } from '../sized-file.ts'

const FILE_BYTES = 4096
const OWN_COPY_AT = 64
/** Bytes of the answer to GET_TIMER_CHECK_POINT. */
export const TIMER_CHECKPOINT_BYTES = 56

export interface TimerProgress {
  readonly lastReadTimeMs: number
  readonly lastTimerLogFlushPos: number
  readonly lastTimerQueueOffset: number
}

// #region timer-checkpoint
/** The first 56 bytes of the file. */
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

export class TimerCheckpoint {
  readonly #disk: Disk
  readonly #path: string
  #file: FileId | undefined
  #version = 0

  constructor(disk: Disk, path: string) {
    this.#disk = disk
    this.#path = path
  }

  /** The last progress, and whether its values are of one moment (`isOurs`); undefined when it cannot be read. */
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
      if (error instanceof RangeError) return undefined // a number beyond any log: damage
      throw error
    }
  }

  /** Writes the progress and syncs it; `done` gets '' or the reason why that failed. */
  write(progress: TimerProgress, nowMs: number, done: (error: string) => void): void {
    const bytes = new Uint8Array(OWN_COPY_AT + 24)
    bytes.set(encodeTimerCheckpoint(progress, ++this.#version, nowMs))
    bytes.set(bytes.slice(0, 24), OWN_COPY_AT)
    const file = this.#open()
    this.#disk.write(file, 0, bytes)
    this.#disk.sync(file, done)
  }

  /** The answer to GET_TIMER_CHECK_POINT. */
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
