/** Counts a run by the second: the rows of the plots. */
import type { Queues } from './queues.ts'
import type { Row } from './tape.ts'

const SECOND_MS = 1_000
/** Times of one second that are sorted for a percentile. */
const TIMES_MAX = 2_000

export class RowCounter {
  sent = 0
  stored = 0
  refused = 0
  dead = 0
  lost = 0
  #done = 0
  #failed = 0
  #again = 0
  #times: number[] = []
  #second = 0
  #rows: Row[] = []
  readonly #queues: Queues

  /** `queues`: what waits in them. */
  constructor(queues: Queues) {
    this.#queues = queues
  }

  /** Time has come to `atMs`: seconds that are over become rows. */
  pass(atMs: number): void {
    while (atMs >= (this.#second + 1) * SECOND_MS) this.#close()
  }

  /** A listener has finished a message. `tookMs`: since it was sent; -1 when that is not known. */
  finished(isOk: boolean, isAgain: boolean, tookMs: number): void {
    if (isOk) this.#done++
    else this.#failed++
    if (isAgain) this.#again++
    if (tookMs >= 0 && this.#times.length < TIMES_MAX) this.#times.push(tookMs)
  }

  /** The rows since the last call. */
  take(): readonly Row[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  #close(): void {
    const times = this.#times.sort((a, b) => a - b)
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? -1
    const waits = { waiting: this.#queues.waiting(), oldestMs: this.#queues.oldestMs((this.#second + 1) * SECOND_MS) }
    const { sent, stored, refused, dead, lost } = this
    const counts = { sent, stored, done: this.#done, failed: this.#failed, refused, dead, lost, again: this.#again }
    this.#rows.push({ second: this.#second++, ...counts, p50Ms: at(0.5), p99Ms: at(0.99), ...waits })
    this.sent = this.stored = this.refused = this.dead = this.lost = this.#done = this.#failed = this.#again = 0
    this.#times = []
  }
}
