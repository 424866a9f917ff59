/**
 * The time between "the store is read and repaired" and "the disk has confirmed it". Puts are accepted, but nothing of
 * them is written yet.
 *
 * | the disk                    | puts                                                                        |
 * | --------------------------- | --------------------------------------------------------------------------- |
 * | has not answered, up to 5 s | have their place in the log and wait                                        |
 * | has not answered for longer | are refused; those that wait are answered FLUSH_DISK_TIMEOUT                |
 * | has confirmed               | are written, as at any other time                                           |
 * | has failed                  | are refused until the broker is restarted                                   |
 *
 * RocketMQ writes at once; `README.md` says what that can cost.
 */
import { encodeUtf8 } from '../common/utf8.ts'
import { attempt } from '../host/disk-attempt.ts'
import type { Host, TimerId } from '../host/host.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CommitLog } from './commit-log.ts'
import { SYNC_FLUSH_TIMEOUT_MS } from './limits.ts'

export interface DurableStartEvents {
  /** Called when the recovered log is durable but the checkpoint cannot be trusted: writes it. May throw `DiskError`. */
  renewCheckpoint(lastStoreTimestamp: number): void
  /** The disk has not answered within the max time of a sync. */
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
  /** Set while the log holds its writes. */
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
   * Holds all writes until a power cut would leave two things
   * as they are: the marker `abort`, by which the next start
   * notices a crash, and the log as it was recovered. A blank
   * that came back would hide the records written over it.
   */
  begin(checkpoint: Checkpoint, lastStoreTimestamp: number): void {
    this.#log.hold()
    this.#timer = this.#host.clock.after(SYNC_FLUSH_TIMEOUT_MS, () => this.#events.onSlow())
    const cutAt = this.#log.writtenAt
    this.#syncAll(checkpoint, (failure) => {
      this.#log.files.deleteFilesAfter(cutAt, (nameError) => {
        const isDone = failure !== '' || nameError !== '' || checkpoint.isTrustworthy
        if (isDone) this.#confirmed(failure || nameError)
        else this.#renew(checkpoint, lastStoreTimestamp)
      })
    })
  }
  // #endregion before-first-write

  // #region sync-at-start
  /** Writes the marker, and syncs marker, directory, checkpoint and log. */
  #syncAll(checkpoint: Checkpoint, done: (failure: string) => void): void {
    const { disk } = this.#host
    const abort = disk.open(`${this.#directory}abort`)
    disk.write(abort, 0, encodeUtf8('running'))
    let left = 4
    let failure = ''
    const one = (error: string) => {
      failure ||= error
      if (--left > 0) return
      disk.close(abort)
      done(failure)
    }
    disk.sync(abort, one)
    disk.syncDirectory(this.#directory.slice(0, -1), one)
    checkpoint.sync(one)
    this.#log.sync(one)
  }
  // #endregion sync-at-start

  /** A checkpoint that cannot be trusted must tell what was durable from what is written next. */
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

  /** Calls `then` once when the start has ended, well or not. */
  whenEnded(then: () => void): void {
    this.#onEnded = then
  }

  /** Ends the start; called also when something else has failed meanwhile. */
  end(): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#timer = undefined
    const then = this.#onEnded
    this.#onEnded = undefined
    then?.()
  }
}
