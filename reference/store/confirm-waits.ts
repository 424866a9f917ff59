/**
 * Holds work until a part of the log is confirmed. With the setting `allAckInSyncStateSet`, a part is confirmed when every
 * member of the in-sync set has this part (`ha/in-sync-set.ts`). Otherwise, a part is confirmed when it is written.
 *
 * A master reports to its slaves how far it has come with delayed messages, timers, pops and transactions. Under a
 * controller, the master reports this progress only when the messages that belong to the progress are confirmed. With
 * `allAckInSyncStateSet`, this protects the messages: a slave could have the progress without the messages, and when such a
 * slave were elected, the messages would be lost.
 *
 * RocketMQ reports the progress at once.
 */
import type { Clock } from '../host/host.ts'
import { CONFIRM_WAITS_MAX, CONFIRM_WITHIN_MS } from './limits.ts'

interface Wait {
  readonly position: number
  readonly done: (isConfirmed: boolean) => void
}

/** The waits of one store, in the order of their positions. */
export class ConfirmWaits {
  readonly #clock: Clock
  #waits: Wait[] = []
  #confirmedAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Calls `done(true)` when the log is confirmed up to `position`. Calls `done(false)` after `CONFIRM_WITHIN_MS`, or when
   * this broker is no longer the master. Calls `done(false)` at once when `CONFIRM_WAITS_MAX` waits already exist.
   */
  wait(position: number, done: (isConfirmed: boolean) => void): void {
    if (position <= this.#confirmedAt) return done(true)
    if (this.#waits.length >= CONFIRM_WAITS_MAX) return done(false)
    const wait: Wait = { position, done }
    this.#waits.push(wait)
    this.#clock.after(CONFIRM_WITHIN_MS, () => {
      const at = this.#waits.indexOf(wait)
      if (at < 0) return
      this.#waits.splice(at, 1)
      done(false)
    })
  }

  /** Called when the log is confirmed up to `position`. Ends every wait up to this position. */
  confirmed(position: number): void {
    this.#confirmedAt = position
    const end = this.#waits.findIndex((wait) => wait.position > position)
    for (const { done } of this.#waits.splice(0, end < 0 ? this.#waits.length : end)) done(true)
  }

  /** Ends every wait with `false`. Called when this broker is no longer the master, because its log may then be cut. */
  giveUp(): void {
    for (const { done } of this.#waits.splice(0)) done(false)
  }
}
