/**
 * Implements `Clock` with the real time. `after(0)` uses `setImmediate`, which runs the callback after the current event. A
 * timer of Node with a delay of 0 would wait at least a millisecond.
 *
 * This clock does not correct jumps or errors of the machine's clock.
 */
import type { Clock, TimerId } from '../host.ts'

/**
 * Max delay of one timer of Node. A delay that is longer than this needs several timers in sequence, because Node would fire
 * one longer timer at once.
 */
const LONGEST_MS = 2 ** 31 - 1

/** The clock of this machine. */
export class NodeClock implements Clock {
  readonly #startedMs = performance.now()
  readonly #timers = new Map<TimerId, NodeJS.Timeout | NodeJS.Immediate>()
  #nextTimer = 1

  nowMs(): number {
    return Date.now()
  }

  monotonicMs(): number {
    return Math.floor(performance.now() - this.#startedMs)
  }

  after(delayMs: number, callback: () => void): TimerId {
    if (!Number.isFinite(delayMs) || delayMs < 0) throw new RangeError(`a timer of ${delayMs} ms is not possible`)
    const timer = this.#nextTimer++
    const fire = () => {
      this.#timers.delete(timer)
      callback()
    }
    if (delayMs === 0) this.#timers.set(timer, setImmediate(fire))
    else this.#wait(timer, delayMs, fire)
    return timer
  }

  /** Cancels every timer. */
  dispose(): void {
    for (const timer of [...this.#timers.keys()]) this.cancel(timer)
  }

  cancel(timer: TimerId): void {
    const running = this.#timers.get(timer)
    if (running === undefined) return
    this.#timers.delete(timer)
    if ('hasRef' in running && 'refresh' in running) clearTimeout(running)
    else clearImmediate(running as NodeJS.Immediate)
  }

  #wait(timer: TimerId, delayMs: number, fire: () => void): void {
    const step = Math.min(delayMs, LONGEST_MS)
    const next = delayMs > LONGEST_MS ? () => this.#wait(timer, delayMs - LONGEST_MS, fire) : fire
    this.#timers.set(timer, setTimeout(next, step))
  }
}
