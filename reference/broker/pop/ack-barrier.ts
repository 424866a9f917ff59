/**
 * Computes a time up to which all acknowledgements of popped messages have arrived in their revive queues
 * (`revive-queue.ts`). An acknowledgement passes through the places in the diagram. The barrier must also count an
 * acknowledgement that is between two of these places:
 *
 * ```
 * put ─► in the log ─► in the timer's queue ─► in the wheel ─► due: in the log again ─► in its revive queue
 *           └─ until it is durable ─┘                           └─ until it is durable ─┘
 * ```
 *
 * The barrier works in steps. First, the barrier notes the present time and the end of the log. Second, the barrier waits
 * until the queues have everything up to this end, and until the timer has delivered everything that is due. Third, the
 * barrier notes the end of the log again. When the queues have everything up to the second end, the noted time is safe:
 * every acknowledgement that was put and was due before the noted time is in its revive queue. With a fast disk, all these
 * steps happen in one call of `look`. With a slow disk, the steps need several calls, so messages are redelivered later.
 *
 * Unlike GlassMQ, `PopReviveService` in RocketMQ uses the latest due time of the entries that it has read. It waits until no
 * new entry has arrived for three seconds. In RocketMQ, it can happen that an entry is already in its queue before the
 * entry is durable.
 */
import type { Host } from '../../host/host.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { TimerMessageStore } from '../timer/timer-message-store.ts'

/** The parts of the broker that the barrier needs. */
export interface AckBarrierParts {
  readonly host: Host
  readonly store: MessageStore
  readonly timers: TimerMessageStore
}

/** Computes the time up to which all acknowledgements have arrived. All revive queues of a broker share one barrier. */
export class AckBarrier {
  readonly #broker: AckBarrierParts
  #sureMs = 0
  /**
   * The results of the steps so far: the noted time, the first end of the log, and the second end of the log (`again`). The
   * value is undefined before the first step.
   */
  #moment: { readonly atMs: number; readonly position: number; again: number | undefined } | undefined

  constructor(broker: AckBarrierParts) {
    this.#broker = broker
  }

  // #region sure-until
  /**
   * Returns a time in ms, by the wall clock. Every acknowledgement that was put and was due before this time is in its
   * revive queue.
   */
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
    this.#sureMs = Math.min(this.#sureMs, nowMs) // the clock may have been set back
    return this.#sureMs
  }
  // #endregion sure-until
}
