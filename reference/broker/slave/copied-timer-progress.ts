/**
 * Keeps the progress of the master's timer in the slave's file `config/timercheck`. A slave enters no message in a timer
 * log. When the slave becomes the master, it reads the whole timer queue again, and leaves out what the old master has
 * delivered.
 *
 * The copied progress says that the timer log has lost its entries. `TimerMessageStore.load` handles this case.
 *
 * RocketMQ: `SlaveSynchronize.syncTimerCheckPoint`. In RocketMQ, a slave also keeps a timer log.
 */
import { readI64 } from '../../common/bytes.ts'
import { attempt } from '../../host/disk-attempt.ts'
import type { Host } from '../../host/host.ts'
import { TIMER_CHECKPOINT_BYTES, TimerCheckpoint, type TimerProgress } from '../../store/timer/timer-checkpoint.ts'

/** The copied progress of one slave. */
export class CopiedTimerProgress {
  readonly #host: Host
  readonly #root: string
  readonly #checkpoint: TimerCheckpoint
  #written = ''

  /** `root` is the directory of the store: '' or a path that ends in `/`. */
  constructor(host: Host, root: string) {
    this.#host = host
    this.#root = root
    this.#checkpoint = new TimerCheckpoint(host.disk, `${root}config/timercheck`)
  }

  /** Removes the timer log of this broker, because the log of its master may have other messages. Logs a failure. */
  begin(): void {
    const { disk } = this.#host
    const failure = attempt(() => {
      const noted = this.#checkpoint.load()
      if (noted !== undefined) this.#write(noted)
      for (const name of disk.list(`${this.#root}timerlog`)) disk.remove(`${this.#root}timerlog/${name}`)
    })
    this.#warn(failure)
  }

  /** Stores the progress in the answer to GET_TIMER_CHECK_POINT. Ignores an answer without a valid progress. */
  adopt(body: Uint8Array): void {
    const progress = progressIn(body)
    if (progress !== undefined) this.#warn(attempt(() => this.#write(progress)))
  }

  /**
   * Called on a master. Takes the progress of a slave that has delivered later slots. Also removes the timer log of this
   * broker, so that the timer queue is read again.
   */
  adoptLater(body: Uint8Array): void {
    const progress = progressIn(body)
    let ownMs = 0
    this.#warn(attempt(() => (ownMs = this.#checkpoint.load()?.lastReadTimeMs ?? 0)))
    if (progress === undefined || progress.lastReadTimeMs <= ownMs) return
    this.begin()
    this.adopt(body)
  }

  #write(progress: TimerProgress): void {
    // A position above 0 together with an empty timer log means that the entries are lost.
    const noted = { ...progress, lastTimerLogFlushPos: Math.max(1, progress.lastTimerLogFlushPos) }
    const text = JSON.stringify(noted)
    if (text === this.#written) return
    this.#written = text
    this.#checkpoint.write(noted, this.#host.clock.nowMs(), (error) => this.#warn(error))
  }

  #warn(reason: string): void {
    if (reason !== '') this.#host.trace.log('warn', `the progress of the master's timer is not stored: ${reason}`)
  }

  close(): void {
    this.#checkpoint.close()
  }
}

/** Returns the progress in an answer. Returns undefined when the answer is not valid, or when no timer has run. */
function progressIn(body: Uint8Array): TimerProgress | undefined {
  if (body.length < TIMER_CHECKPOINT_BYTES) return undefined
  const [lastReadTimeMs, lastTimerLogFlushPos, lastTimerQueueOffset] = [0, 8, 16].map((at) => readI64(body, at))
  const progress = {
    lastReadTimeMs: lastReadTimeMs!,
    lastTimerLogFlushPos: lastTimerLogFlushPos!,
    lastTimerQueueOffset: lastTimerQueueOffset!,
  }
  return Object.values(progress).some((value) => value < 0) || lastTimerQueueOffset === 0 ? undefined : progress
}
