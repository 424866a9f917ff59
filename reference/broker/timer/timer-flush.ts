/**
 * Writes the progress of the timer to the file `timercheck`. After the first change of the progress, the progress is written
 * at once. After later changes, the progress is written when one interval has passed. The written progress covers only
 * durable data. Without this file, a broker that crashes again and again would deliver the same messages after each start.
 *
 * ```
 * note the progress ─► timer log synced ─► wheel synced ─► commit log durable up to its present end ─► timercheck
 * ```
 *
 * The order of the steps is important. If the progress became durable before the entries of the timer log, a power cut could
 * lose these entries. If the progress became durable before the delivered messages, a power cut could lose
 * these messages.
 *
 * RocketMQ: `TimerFlushService`, `prepareTimerCheckPoint`.
 */

import { attempt } from '../../host/disk-attempt.ts'
import type { Host, TimerId } from '../../host/host.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { TimerCheckpoint, TimerProgress } from '../../store/timer/timer-checkpoint.ts'
import type { TimerLog } from '../../store/timer/timer-log.ts'
import type { TimerWheel } from '../../store/timer/timer-wheel.ts'

/** The store, and the files of the timer that the progress describes. */
export interface TimerFiles {
  readonly log: TimerLog
  readonly wheel: TimerWheel
  readonly checkpoint: TimerCheckpoint
  readonly store: MessageStore
}

/** The parts of the timer that `TimerFlush` needs: the progress, and a callback for a failed write. */
export interface TimerFlushOwner {
  progress(): TimerProgress
  onFailed(reason: string): void
}

/** Writes the timer's progress, one write at a time. */
export class TimerFlush {
  readonly #host: Host
  readonly #intervalMs: number
  readonly #files: TimerFiles
  readonly #owner: TimerFlushOwner
  #timer: TimerId | undefined
  #isUnderWay = false
  #isAsked = false
  #hasNoted = false
  #stopped = false

  constructor(host: Host, intervalMs: number, files: TimerFiles, owner: TimerFlushOwner) {
    this.#host = host
    this.#intervalMs = intervalMs
    this.#files = files
    this.#owner = owner
  }

  /**
   * Called after each change of the progress. Sets a timer for a write. When a write is running, another write follows this
   * write.
   */
  later(): void {
    this.#isAsked = true
    if (this.#isUnderWay || this.#stopped) return
    this.#isUnderWay = true
    const delayMs = this.#hasNoted ? this.#intervalMs : 0
    this.#timer = this.#host.clock.after(delayMs, () => {
      this.#timer = undefined
      this.#hasNoted = true
      this.#flush()
    })
  }

  // #region timer-flush
  #flush(): void {
    this.#isAsked = false
    const progress = this.#owner.progress()
    this.#syncFiles((error) => {
      if (error !== '') return this.#owner.onFailed(`the timer's files cannot be written: ${error}`)
      this.#files.store.whenDurable(() => {
        if (!this.#stopped) this.#note(progress)
      })
    })
  }

  #syncFiles(done: (error: string) => void): void {
    const { log, wheel, store } = this.#files
    const failure = attempt(() => {
      log.deleteExpired(store.commitLogMinOffset)
      wheel.writeOut()
    })
    if (failure !== '') return done(failure)
    log.sync((error) => (error === '' ? wheel.sync(done) : done(error)))
  }

  #note(progress: TimerProgress): void {
    const failure = attempt(() =>
      this.#files.checkpoint.write(progress, this.#host.clock.nowMs(), (error) => {
        this.#isUnderWay = false
        if (error !== '') this.#owner.onFailed(`the timer's checkpoint cannot be written: ${error}`)
        else if (this.#isAsked) this.later()
      }),
    )
    if (failure !== '') this.#owner.onFailed(`the timer's checkpoint cannot be written: ${failure}`)
  }
  // #endregion timer-flush

  stop(): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#host.clock.cancel(this.#timer)
  }

  /**
   * Writes the present progress, closes the files, and then calls `done`. Must be called when the commit log is durable.
   * When no timer message has ever arrived, only calls `done`.
   */
  close(done: () => void): void {
    const progress = this.#owner.progress()
    if (progress.lastTimerQueueOffset === 0 && progress.lastTimerLogFlushPos === 0) return done()
    this.#syncFiles((error) => {
      const end = (problem: string) => {
        if (problem !== '') this.#host.trace.log('warn', `the timer's progress is not noted: ${problem}`)
        this.#files.log.close()
        this.#files.wheel.close()
        this.#files.checkpoint.close()
        done()
      }
      if (error !== '') return end(error)
      const failure = attempt(() => this.#files.checkpoint.write(progress, this.#host.clock.nowMs(), end))
      if (failure !== '') end(failure)
    })
  }
}
