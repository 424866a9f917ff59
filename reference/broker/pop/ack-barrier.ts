/**
 * Finds out up to which moment all acknowledgements are known. An acknowledgement is on its way for a while, and must not be
 * overlooked:
 *
 * ```
 * put ─► in the log ─► in the timer's queue ─► in the wheel ─► due: in the log again ─► in its revive queue
 *           └─ until the disk has it ─┘                              └─ the same ─┘
 * ```
 *
 * So a moment is noted together with the end of the log. When the queues hold everything up to there, and the timer has
 * delivered everything that is due, the end of the log is noted again. When the queues hold that too, every acknowledgement
 * that was put before the moment and was due by then lies in its revive queue. With a disk that keeps up, all of this happens
 * in one look; with a slow disk messages are redelivered later, but not twice.
 *
 * Not here: `PopReviveService` goes by the latest due time it has read, and by three seconds of silence; RocketMQ's queues
 * do not wait for the disk.
 */
import type { Host } from '../../host/host.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { TimerMessageStore } from '../timer/timer-message-store.ts'

/** What the barrier uses of the broker. */
export interface AckBarrierParts {
  readonly host: Host
  readonly store: MessageStore
  readonly timers: TimerMessageStore
}

export class AckBarrier {
  readonly #broker: AckBarrierParts
  #sureMs = 0
  /** The moment that the barrier waits for. */
  #moment: { readonly atMs: number; readonly position: number; again: number | undefined } | undefined

  constructor(broker: AckBarrierParts) {
    this.#broker = broker
  }

  // #region sure-until
  /** Returns the time, ms by the wall clock, before which every acknowledgement that was put and was due is in its queue. */
  look(): number {
    const { host, store, timers } = this.#broker
    const nowMs = host.clock.nowMs()
    for (;;) {
      this.#moment ??= { atMs: nowMs, position: store.commitLogMaxOffset, again: undefined }
      const { atMs, position } = this.#moment
      if (this.#moment.again === undefined && store.dispatchedAt >= position && !timers.isBehind)
        this.#moment.again = store.commitLogMaxOffset
      if (this.#moment.again === undefined || store.dispatchedAt < this.#moment.again) break
      this.#sureMs = atMs
      this.#moment = undefined
      if (atMs >= nowMs) break
    }
    this.#sureMs = Math.min(this.#sureMs, nowMs) // the clock was set back
    return this.#sureMs
  }
  // #endregion sure-until
}
