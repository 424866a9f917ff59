/**
 * The circuit breaker: stops asking somebody who fails, and tries again now and then.
 *
 * ```
 *            too many of the last calls failed
 *   CLOSED ────────────────────────────────────► OPEN ◄──┐
 *     ▲                                             │     │ a probe failed
 *     │ all probes went well                        │     │
 *     └───────────────── HALF_OPEN ◄────────────────┘─────┘
 *                                    openMs later
 * ```
 *
 * | state     | may one call?             |
 * | --------- | ------------------------- |
 * | CLOSED    | yes                       |
 * | OPEN      | no, until `openMs` are over |
 * | HALF_OPEN | `probes` of them           |
 *
 * What counts as failed is the caller's to say: an error, or an answer that took too long. The time is told, as to the
 * limiters. RocketMQ has no breaker for listeners; the fault strategy of its producers is a cousin (`client/producer/fault-strategy.ts`).
 */

export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN'

export interface BreakerSettings {
  /** How many calls it remembers; it opens only when it has seen so many. */
  readonly calls: number
  /** It opens when so many of them failed. */
  readonly failures: number
  readonly openMs: number
  /** Calls that must go well before it closes. */
  readonly probes: number
}

export class CircuitBreaker {
  readonly #settings: BreakerSettings
  readonly #onChange: (state: BreakerState) => void
  #state: BreakerState = 'CLOSED'
  /** The last calls, true for those that failed, the oldest first. */
  #failed: boolean[] = []
  #opensUntilMs = 0
  /** Probes that have begun, and that went well. */
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

  /** Changes when it opens: what began in another round says nothing about now. */
  get round(): number {
    return this.#round
  }

  // #region circuit-breaker
  /** Begins a call: 0, it may; otherwise how long to wait before asking again. Whoever gets 0 must tell `ended` its round. */
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

  /** A call of a round is over. */
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
