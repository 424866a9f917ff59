/** What a campaign has done so far, and how fast; printed now and then and at the end. */
import type { Campaign } from './campaign.ts'
import type { Violation } from './violation.ts'

const TELL_EVERY_MS = 2_000
/** A run is over in milliseconds and never waits; Ctrl-C is heard in between. */
const YIELD_EVERY_MS = 200
/** Lines of a log file are rarer than what a terminal overwrites. */
const TELL_EVERY_MS_IN_LOGS = 30_000

export class Tally {
  readonly campaign: Campaign
  busyMs = 0
  #seed: number
  readonly #firstSeed: number
  readonly #seeds: number
  #virtualMs = 0
  readonly #counts = new Map<string, number>()
  #toldAt = performance.now()
  #yieldedAt = performance.now()

  constructor(campaign: Campaign, firstSeed: number, seeds: number) {
    this.campaign = campaign
    this.#seed = firstSeed
    this.#firstSeed = firstSeed
    this.#seeds = seeds
  }

  /** For the record of a run. */
  get record() {
    const counts = Object.fromEntries(this.#counts)
    const { name, about } = this.campaign
    return {
      name,
      about,
      seeds: this.#seed - this.#firstSeed,
      hours: Math.round(this.#virtualMs / 360_000) / 10,
      counts,
    }
  }

  get isDone(): boolean {
    return this.#seed - this.#firstSeed >= this.#seeds
  }

  /** How often something happened. */
  count(what: string): number {
    return this.#counts.get(what) ?? 0
  }

  /** Runs the next seed; what it broke, if anything. */
  async runOne(): Promise<{ readonly seed: number; readonly violation: Violation } | undefined> {
    const seed = this.#seed++
    const before = performance.now()
    const { violation, virtualMs, counts } = await this.campaign.run(seed)
    this.busyMs += performance.now() - before
    this.#virtualMs += virtualMs
    for (const [what, count] of Object.entries(counts)) this.#counts.set(what, this.count(what) + count)
    return violation === undefined ? undefined : { seed, violation }
  }

  /** Prints a line if the last is old enough; lets signals in now and then. */
  async tellNowAndThen(): Promise<void> {
    const now = performance.now()
    if (now - this.#yieldedAt < YIELD_EVERY_MS) return
    this.#yieldedAt = now
    await new Promise((resolve) => setImmediate(resolve))
    const { isTTY } = process.stdout
    if (now - this.#toldAt < (isTTY ? TELL_EVERY_MS : TELL_EVERY_MS_IN_LOGS)) return
    this.#toldAt = now
    if (isTTY) process.stdout.write(`\r\u001b[K${this.line()}`)
    else this.print()
  }

  print(): void {
    if (process.stdout.isTTY) process.stdout.write('\r\u001b[K')
    console.log(this.line())
  }

  line(): string {
    const done = this.#seed - this.#firstSeed
    const seconds = Math.max(this.busyMs / 1_000, 0.001)
    const ofAll = Number.isFinite(this.#seeds) ? ` of ${this.#seeds}` : ''
    const rest =
      Number.isFinite(this.#seeds) && done > 0 ? `, ${minutes((seconds / done) * (this.#seeds - done))} left` : ''
    const counts = [...this.#counts].map(([what, count]) => `${count.toLocaleString('en')} ${what}`).join(', ')
    const speed = `${rate(done / seconds)} seeds/s, ${rate(this.#virtualMs / 1_000 / seconds)} simulated s/s`
    return `${this.campaign.name}: ${done.toLocaleString('en')}${ofAll} seeds, ${speed}; ${counts}${rest}`
  }
}

function rate(perSecond: number): string {
  return perSecond >= 100 ? Math.round(perSecond).toLocaleString('en') : perSecond.toFixed(1)
}

function minutes(seconds: number): string {
  return seconds >= 90 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`
}
