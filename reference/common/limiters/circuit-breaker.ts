/**
 * A circuit breaker stops the calls of an operation that fails too often, and allows calls again after some time.
 *
 * ```
 *            too many of the last calls failed
 *   CLOSED ────────────────────────────────────► OPEN ◄──┐
 *     ▲                                             │     │ a probe failed
 *     │ all probes succeeded                        │     │
 *     └───────────────── HALF_OPEN ◄────────────────┘─────┘
 *                                    openMs later
 * ```
 *
 * | state     | calls that are allowed    |
 * | --------- | ------------------------- |
 * | CLOSED    | all                       |
 * | OPEN | none; at the first call of `begin` after `openMs`, the state becomes HALF_OPEN |
 * | HALF_OPEN | `probes` calls, which are called probes |
 *
 * The caller decides which calls are failures, for example errors or answers that took too long. As with the rate limiters,
 * the caller also passes the current time. RocketMQ has no breaker for listeners. The fault strategy of RocketMQ's producers
 * is similar (`client/producer/fault-strategy.ts`).
 */

/** The state of a breaker. The table at the start of this file explains each state. */
export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN'

/** The settings that decide when the breaker opens and closes. */
export interface BreakerSettings {
  /**
   * The breaker remembers the results of the last calls, at most this many. A closed breaker does not open before this many
   * calls have ended since the last opening.
   */
  readonly calls: number
  /** The breaker opens when this many of the remembered calls have failed. */
  readonly failures: number
  readonly openMs: number
  /** The number of probes that must succeed before the breaker closes. */
  readonly probes: number
}

/** The breaker of one operation. */
export class CircuitBreaker {
  readonly #settings: BreakerSettings
  readonly #onChange: (state: BreakerState) => void
  #state: BreakerState = 'CLOSED'
  /** One value for each remembered call, beginning with the oldest call. The value is true when the call failed. */
  #failed: boolean[] = []
  #opensUntilMs = 0
  /** The number of probes that have begun. `#well` is the number of probes that have succeeded. */
  #begun = 0
  #well = 0
  #round = 0

  constructor(settings: BreakerSettings, onChange: (state: BreakerState) => void = () => {}) {
    this.#settings = settings
    this.#onChange = onChange
  }

  get state(): BreakerState {
    return this.#state
  }

  /**
   * The number of times that the breaker has opened. Each opening begins a new round. The breaker ignores the result of a
   * call that began in an earlier round.
   */
  get round(): number {
    return this.#round
  }

  // #region circuit-breaker
  /**
   * Returns 0 when a call may begin now, and otherwise the time to wait in ms. When the call begins, the caller must keep
   * the value of `round`, and later pass this value to `ended`.
   */
  begin(nowMs: number): number {
    if (this.#state === 'OPEN') {
      if (nowMs < this.#opensUntilMs) return this.#opensUntilMs - nowMs
      this.#turn('HALF_OPEN')
      this.#begun = this.#well = 0
    }
    if (this.#state === 'CLOSED') return 0
    if (this.#begun >= this.#settings.probes) return this.#settings.openMs
    this.#begun++
    return 0
  }

  /** Records the end of a call that began in `round`. */
  ended(nowMs: number, isOk: boolean, round: number): void {
    if (round !== this.#round) return
    if (this.#state === 'HALF_OPEN') {
      if (!isOk) this.#open(nowMs)
      else if (++this.#well >= this.#settings.probes) this.#turn('CLOSED')
      return
    }
    this.#failed.push(!isOk)
    if (this.#failed.length > this.#settings.calls) this.#failed.shift()
    const isEnough = this.#failed.length === this.#settings.calls
    if (isEnough && this.#failed.filter(Boolean).length >= this.#settings.failures) this.#open(nowMs)
  }

  #open(nowMs: number): void {
    this.#opensUntilMs = nowMs + this.#settings.openMs
    this.#failed = []
    this.#round++
    this.#turn('OPEN')
  }
  // #endregion circuit-breaker

  #turn(state: BreakerState): void {
    this.#state = state
    this.#onChange(state)
  }
}
