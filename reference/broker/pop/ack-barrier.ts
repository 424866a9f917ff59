/**
 * Until when is it known what was acknowledged? An acknowledgement is on its way for a while, and must not be overlooked:
 *
 * ```
 * put ─► in the log ─► in the timer's queue ─► in the wheel ─► due: in the log again ─► in its revive queue
 *           └─ until the disk has it ─┘                              └─ the same ─┘
 * ```
 *
 * So a moment is noted with the end of the log. When the queues hold everything up to there, and the timer owes nothing, the end
 * of the log is noted again; when the queues hold that too, whatever was put before the moment and was due by then lies in its
 * revive queue. With a disk that keeps up all of this is one look; with a slow one, messages come again later, and not twice.
 *
 * Not here: `PopReviveService` reckons by the latest due time it has read, and by three seconds of silence; RocketMQ's queues
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
  /** The moment that is being waited for. */
  #moment: { readonly atMs: number; readonly position: number; again: number | undefined } | undefined

  constructor(broker: AckBarrierParts) {
    this.#broker = broker
  }

  // #region sure-until
  /** Acknowledgements that were put, and due, before this time are in their queues; ms by the wall clock. */
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
    this.#sureMs = Math.min(this.#sureMs, nowMs) // a clock that was set back
    return this.#sureMs
  }
  // #endregion sure-until
}
