/**
 * The time between "the store is read and repaired" and "the disk has confirmed it": puts are taken, but nothing of them is
 * written yet.
 *
 * | while the disk                    | a put                                                              |
 * | --------------------------------- | ------------------------------------------------------------------ |
 * | has not answered, up to 5 s        | has its place in the log and waits                                  |
 * | has not answered for longer        | that waits is answered FLUSH_DISK_TIMEOUT; a new one is refused      |
 * | has confirmed                      | is written, and the store is as any other                           |
 * | has failed                         | is refused until the broker is started again                        |
 *
 * RocketMQ writes at once. What that can cost is said in `README.md`.
 */
import { encodeUtf8 } from '../common/utf8.ts'
import { attempt } from '../host/disk-attempt.ts'
import type { Host, TimerId } from '../host/host.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CommitLog } from './commit-log.ts'
import { SYNC_FLUSH_TIMEOUT_MS } from './limits.ts'

export interface DurableStartEvents {
  /** The recovered log is durable, and the checkpoint cannot be believed: it is to say so. May throw `DiskError`. */
  renewCheckpoint(lastStoreTimestamp: number): void
  /** The disk takes its time; nothing is known yet. */
  onSlow(): void
  /** Puts may be written now. */
  onDurable(): void
  onFailed(reason: string): void
}

export class DurableStart {
  readonly #host: Host
  readonly #directory: string
  readonly #log: CommitLog
  readonly #events: DurableStartEvents
  /** There while the log holds its writes. */
  #timer: TimerId | undefined
  #onEnded: (() => void) | undefined

  /** `directory`: of the store, '' or ending in `/`. */
  constructor(host: Host, directory: string, log: CommitLog, events: DurableStartEvents) {
    this.#host = host
    this.#directory = directory
    this.#log = log
    this.#events = events
  }

  get isUnderWay(): boolean {
    return this.#timer !== undefined
  }

  // #region before-first-write
  /**
   * Nothing is written before a power cut would leave two things as they are: the marker `abort`, by which the next start
   * knows of a crash, and the log as it was recovered. A blank that came back would hide what is written over it. Nor
   * while the checkpoint is one that cannot be believed: it has to tell what was durable from what is written next.
   */
  begin(checkpoint: Checkpoint, lastStoreTimestamp: number): void {
    this.#log.hold()
    this.#timer = this.#host.clock.after(SYNC_FLUSH_TIMEOUT_MS, () => this.#events.onSlow())
    const { disk } = this.#host
    const cutAt = this.#log.writtenAt
    const abort = disk.open(`${this.#directory}abort`)
    disk.write(abort, 0, encodeUtf8('running'))
    let left = 4
    let failure = ''
    const one = (error: string) => {
      failure ||= error
      if (--left > 0) return
      disk.close(abort)
      this.#log.files.deleteFilesAfter(cutAt, (nameError) => {
        if (failure !== '' || nameError !== '' || checkpoint.isTrustworthy) this.#confirmed(failure || nameError)
        else this.#renew(checkpoint, lastStoreTimestamp)
      })
    }
    disk.sync(abort, one)
    disk.syncDirectory(this.#directory.slice(0, -1), one)
    checkpoint.sync(one)
    this.#log.sync(one)
  }
  // #endregion before-first-write

  #renew(checkpoint: Checkpoint, lastStoreTimestamp: number): void {
    const failure = attempt(() => this.#events.renewCheckpoint(lastStoreTimestamp))
    if (failure === '') checkpoint.sync((error) => this.#confirmed(error))
    else this.#confirmed(failure)
  }

  #confirmed(failure: string): void {
    if (failure !== '') return this.#events.onFailed(`a sync at the start failed: ${failure}`)
    this.#events.onDurable()
    this.#log.release()
    this.end()
  }

  /** Calls `then` once when it is over, well or not. */
  whenEnded(then: () => void): void {
    this.#onEnded = then
  }

  /** It is over; also when something else has failed meanwhile. */
  end(): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#timer = undefined
    const then = this.#onEnded
    this.#onEnded = undefined
    then?.()
  }
}
