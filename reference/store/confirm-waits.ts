/**
 * Work that waits until a part of the log is confirmed: every member of the in-sync set has it.
 *
 * A master tells slaves how far it has come with delayed messages, timers, pops and transactions. Such progress may only be
 * told when the messages that it stands for are confirmed. Otherwise a slave could be elected that has the progress and not
 * the messages, and these messages would be lost.
 *
 * RocketMQ does not wait.
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
   * Calls `done(true)` when the log is confirmed up to `position`. Calls `done(false)` after `CONFIRM_WITHIN_MS`, when this
   * broker loses its role, or at once when too many others wait.
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

  /** The log is confirmed up to `position`. */
  confirmed(position: number): void {
    this.#confirmedAt = position
    const end = this.#waits.findIndex((wait) => wait.position > position)
    for (const { done } of this.#waits.splice(0, end < 0 ? this.#waits.length : end)) done(true)
  }

  /** This broker is no longer the master: its log may be cut. */
  giveUp(): void {
    for (const { done } of this.#waits.splice(0)) done(false)
  }
}
