/**
 * The first phase of a store after recovery. During this phase, the repairs of the recovery are synced. Puts are already
 * accepted, but their records are not written until all repairs are durable.
 *
 * | state of the syncs           | what happens to puts                                                        |
 * | ---------------------------- | --------------------------------------------------------------------------- |
 * | running for at most 5 s      | puts get their place in the log and wait                                    |
 * | running for more than 5 s    | new puts are refused, and waiting puts are answered FLUSH_DISK_TIMEOUT      |
 * | successful                   | waiting and new puts are written, as at any other time                      |
 * | failed                       | puts are refused until the broker is restarted                              |
 *
 * RocketMQ writes puts before its repairs are durable. `README.md` describes the messages that RocketMQ can lose.
 */
import { encodeUtf8 } from '../common/utf8.ts'
import { attempt } from '../host/disk-attempt.ts'
import type { Host, TimerId } from '../host/host.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { CommitLog } from './commit-log.ts'
import { SYNC_FLUSH_TIMEOUT_MS } from './limits.ts'

/** The callbacks of `DurableStart`. */
export interface DurableStartEvents {
  /**
   * Writes a new checkpoint. Called when the recovered log is durable but the checkpoint cannot be trusted. Throws
   * `DiskError` when a write fails.
   */
  renewCheckpoint(lastStoreTimestamp: number): void
  /** Called when the syncs have not ended after `SYNC_FLUSH_TIMEOUT_MS`. */
  onSlow(): void
  /** Called when all repairs are durable. After this call, puts may be written. */
  onDurable(): void
  /** Called when a write or a sync has failed. */
  onFailed(reason: string): void
}

/** The first phase of one store. */
export class DurableStart {
  readonly #host: Host
  readonly #directory: string
  readonly #log: CommitLog
  readonly #events: DurableStartEvents
  /** The timer for `onSlow`. Not undefined until the first phase has ended, even when `onSlow` was called before. */
  #timer: TimerId | undefined
  #onEnded: (() => void) | undefined

  /** `directory` is the directory of the store: '' or a path that ends in `/`. */
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
   * Holds all writes of the log until the marker `abort` and the
   * recovered log are durable. The marker tells the next start
   * that a crash happened. If the log were not durable, a power
   * cut could restore bytes that recovery has removed. A
   * restored blank would hide the new records in its place.
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

  /** Replaces a checkpoint that cannot be trusted. The new checkpoint says that the recovered log is durable. */
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

  /** Calls `then` once when the first phase has ended, successfully or not. */
  whenEnded(then: () => void): void {
    this.#onEnded = then
  }

  /** Ends the first phase. Also called when another part of the store fails during this phase. */
  end(): void {
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
    this.#timer = undefined
    const then = this.#onEnded
    this.#onEnded = undefined
    then?.()
  }
}
