/**
 * The page's run: a cursor in a history that grows at its end, what the reader does, and the runs that he has left.
 *
 * At the end of the run, playing asks the worker for the next stretch, at most one at a time: the clock goes as fast as this machine
 * can follow. Acting at the end is done there and then. Acting further back begins a run of its own, and the one that is left stands
 * behind it as a ghost. Nothing moves while the page is hidden.
 */
import { join, leave } from '../../figures/kit/clock.ts'
import { type Act, castAt, type Experiment, type Member, withAct, withoutAct } from '../experiment/experiment.ts'
import { RUN_MS_MAX } from '../experiment/limits.ts'
import type { PlayState } from '../run/state.ts'
import type { TapeItem } from '../run/tape.ts'
import { Chronicle } from './chronicle.ts'
import type { Engine } from './engine.ts'
import { actName, type Frame, type Ghost, type LeftRun, runTitle } from './frame.ts'
import { History, SEGMENT_MS } from './history.ts'

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64] as const
/** Runs that the page remembers beside the one that is shown. */
export const RUNS_MAX = 8
/** A step goes on for at most so long until something happens. */
const STEP_MS_MAX = 5_000
/** A stretch far back is repeated when the cursor has stayed in it for so long: a finger on the slider passes many. */
const REST_MS = 80
/** What a run is advanced by at once, at most. */
const ADVANCE_MS_MAX = 4_000

export class Play {
  readonly #engine: Engine
  #history = new History()
  #chronicle: Chronicle
  experiment = $state.raw<Experiment>()!
  frame = $state.raw<Frame>()!
  isPlaying = $state(false)
  speed = $state(1)
  /** The run behind: what would have been. */
  ghost = $state.raw<Ghost | undefined>()
  left = $state.raw<readonly LeftRun[]>([])
  /** A sentence for the reader; '' for none. */
  notice = $state('')
  /** How far a longer calculation is, 0 to 1; undefined when there is none. */
  progress = $state<number | undefined>()
  #atMs = 0
  #run = 0
  #isAsking = false
  /** What the run that is shown is called: what was done last to make it. */
  name = $state('')
  #cast: { readonly experiment: Experiment; readonly atMs: number; readonly members: readonly Member[] } | undefined
  #repeating = -1
  /** Counts the ways to a moment: a later one ends those before. */
  #way = 0
  /** Resolves when the moment that was asked for last is reached; undefined when nothing is on its way there. */
  #arrival: Promise<void> | undefined

  constructor(engine: Engine, experiment: Experiment) {
    this.#engine = engine
    this.experiment = experiment
    this.#chronicle = new Chronicle(experiment)
    this.#show()
  }

  get atMs(): number {
    return this.#atMs
  }

  get isAtEnd(): boolean {
    return this.#atMs >= this.#history.headMs
  }

  /** Items between two moments, for what travels. */
  between(fromMs: number, toMs: number): TapeItem[] {
    return this.#history.between(fromMs, toMs)
  }

  /** The state of the run behind at a moment, as far as it went and is in memory. Copy it: its history changes it in place. */
  ghostAt(atMs: number): PlayState | undefined {
    if (this.ghost === undefined || atMs > this.ghost.history.headMs) return undefined
    const { state, missing } = this.ghost.history.at(atMs)
    return missing === undefined ? state : undefined
  }

  /**
   * Begins an experiment and goes to its moment. Resolves when it is there. Until then a fork shows the run that it comes from, which is
   * the same up to that moment.
   */
  async open(experiment: Experiment, ghost?: Ghost, name = runTitle(experiment)): Promise<void> {
    const run = ++this.#run
    this.pause()
    this.name = name
    this.experiment = experiment
    this.#history = new History()
    this.#chronicle = new Chronicle(experiment)
    this.#atMs = 0
    this.ghost = ghost
    this.notice = ''
    if (ghost === undefined) this.#show()
    this.#atMs = experiment.atMs
    await this.#try(() =>
      this.#travel(async (isWanted) => {
        await this.#engine.begin(experiment)
        await this.#reach(experiment.atMs, run, isWanted)
      }),
    )
  }

  /** Lets time run; when a moment is still to be reached, from there on. */
  play(): void {
    this.isPlaying = true
    if (this.#arrival === undefined) join(this.#tick)
  }

  pause(): void {
    this.isPlaying = false
    leave(this.#tick)
  }

  toggle(): void {
    if (this.isPlaying) this.pause()
    else this.play()
  }

  /** Gives the experiment another title. The run is the same. */
  rename(title: string): void {
    this.experiment = { ...this.experiment, title }
  }

  /** So many speeds faster or slower. */
  speedBy(by: number): void {
    const at = (SPEEDS as readonly number[]).indexOf(this.speed) + by
    this.speed = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at))]!
  }

  /** Goes to a moment of the run; behind its end, the run goes on to there. */
  async seek(atMs: number): Promise<void> {
    this.pause()
    const toMs = Math.max(0, Math.min(RUN_MS_MAX, Math.round(atMs)))
    await this.#travel((isWanted) => this.#reach(toMs, this.#run, isWanted))
  }

  /** To the next thing that happens, or the one before. */
  async step(by: 1 | -1): Promise<void> {
    this.pause()
    await this.#arrived()
    const run = this.#run
    if (by === -1) {
      const before = this.#history.between(Math.max(-1, this.#atMs - STEP_MS_MAX), this.#atMs - 1).at(-1)
      this.#atMs = before?.atMs ?? Math.max(0, this.#atMs - 1_000)
      return this.#show()
    }
    const fromMs = this.#atMs
    for (let untilMs = fromMs; untilMs <= fromMs + STEP_MS_MAX; ) {
      const next = this.#history.between(this.#atMs, Number.MAX_SAFE_INTEGER)[0]
      if (next !== undefined && next.atMs <= Math.max(untilMs, this.#history.headMs)) {
        this.#atMs = next.atMs
        return this.#show()
      }
      untilMs += 50
      if (!(await this.#extend(untilMs, run))) return
    }
    // nothing has happened: the clock has gone on all the same
    this.#atMs = Math.min(this.#history.headMs, fromMs + STEP_MS_MAX)
    this.#show()
  }

  /** Does something to the cluster at the cursor. */
  async act(act: Omit<Act, 'atMs'>): Promise<void> {
    await this.#arrived()
    const now = { ...act, atMs: Math.ceil(this.#atMs) }
    await this.#try(async () => {
      if (this.isAtEnd && !this.#isAsking) return this.#actAtEnd(now)
      const wasPlaying = this.isPlaying
      while (this.#isAsking) await new Promise((resolve) => setTimeout(resolve, 4))
      if (this.isAtEnd) return this.#actAtEnd(now)
      await this.#fork(withAct(this.experiment, now), actName(now, this.experiment))
      if (wasPlaying) this.play()
    })
  }

  /** Begins the run without an act, at the moment of it. */
  async takeBack(act: Act): Promise<void> {
    const same = this.experiment.acts.find((one) => JSON.stringify(one) === JSON.stringify(act))
    if (same !== undefined)
      await this.#try(() =>
        this.#fork(withoutAct(this.experiment, same), `without “${actName(same, this.experiment)}”`),
      )
  }

  /** Begins the run without an act that is still to come; the moment stays. */
  async drop(act: Act): Promise<void> {
    const now = { ...withoutAct(this.experiment, act), atMs: Math.round(this.#atMs) }
    await this.#try(() => this.#fork(now, `without “${actName(act, this.experiment)}”`))
  }

  /** Leaves the run for another, which begins like it; the one that is left is the ghost. */
  async #fork(experiment: Experiment, name: string): Promise<void> {
    await this.#arrived()
    const before = { title: this.name, experiment: this.experiment, rows: this.#history.rows }
    this.left = [before, ...this.left].slice(0, RUNS_MAX)
    // only the last run that was left is kept with its items
    await this.open(experiment, { ...before, history: this.#history, chronicle: this.#chronicle }, name)
  }

  /** Back to a run that was left; the one that is left now becomes the ghost. */
  async returnTo(run: LeftRun): Promise<void> {
    this.left = this.left.filter((one) => one !== run)
    await this.#fork({ ...run.experiment, atMs: Math.round(this.#atMs) }, run.title)
  }

  /** The records of a message on the disks of the brokers, at the end of the run. */
  bytes(key: string): ReturnType<Engine['bytes']> {
    return this.#engine.bytes(key)
  }

  /** The hash of the run up to its end. */
  hash(): Promise<string> {
    return this.#engine.hash()
  }

  /** The experiment with the moment that is shown: for a link or a file. */
  get here(): Experiment {
    return { ...this.experiment, atMs: Math.round(this.#atMs) }
  }

  dispose(): void {
    this.pause()
    this.#engine.close()
  }

  /** Some time of the page has passed. */
  readonly #tick = (ms: number): boolean => {
    if (!this.isPlaying) return false
    if (this.#repeating !== -1) return true // the moment is not known yet
    const { headMs } = this.#history
    const to = this.#atMs + ms * this.speed
    if (to <= headMs) {
      this.#atMs = to
      this.#show()
      return true
    }
    this.#atMs = headMs
    if (headMs >= RUN_MS_MAX) {
      this.notice = 'The run ends here: six hours are the most.'
      this.pause()
      return false
    }
    if (!this.#isAsking) void this.#extend(Math.ceil(to), this.#run)
    return true
  }

  async #actAtEnd(act: Act): Promise<void> {
    // the worker acts at its own present, which is the end of the history
    this.#isAsking = true
    try {
      const { experiment, chunk } = await this.#engine.act(act)
      this.experiment = { ...experiment, title: this.experiment.title }
      this.name = actName(act, this.experiment)
      this.#chronicle.experiment = this.experiment
      this.#take(chunk)
    } finally {
      this.#isAsking = false
    }
    this.#show()
  }

  #take(chunk: Parameters<History['add']>[0]): void {
    this.#history.add(chunk)
    this.#chronicle.add(chunk.items)
  }

  /** Lets the run go on. False when another run has been opened meanwhile, or the worker has failed. */
  async #extend(untilMs: number, run: number): Promise<boolean> {
    if (this.#isAsking) return false
    const wasAtEnd = this.isAtEnd
    this.#isAsking = true
    try {
      const chunk = await this.#engine.advance(Math.min(untilMs, this.#history.headMs + ADVANCE_MS_MAX))
      if (run !== this.#run) return false
      this.#take(chunk)
      if (wasAtEnd && this.isPlaying && this.#arrival === undefined) this.#atMs = this.#history.headMs
      if (this.#arrival === undefined) this.#show()
      return true
    } catch (error) {
      this.notice = sentenceOf(error)
      this.pause()
      return false
    } finally {
      this.#isAsking = false
    }
  }

  /**
   * Goes somewhere, by `go`, which asks whether it is still wanted: a later way ends those before. Who plays meanwhile goes on from
   * where it leads to.
   */
  async #travel(go: (isWanted: () => boolean) => Promise<void>): Promise<void> {
    const way = ++this.#way
    leave(this.#tick)
    const going = go(() => way === this.#way)
    this.#arrival = going.catch(() => {})
    try {
      await going
    } finally {
      if (way === this.#way) {
        this.#arrival = undefined
        this.progress = undefined
        if (this.isPlaying) join(this.#tick)
      }
    }
  }

  /** Waits until the moment that was asked for last is there. */
  async #arrived(): Promise<void> {
    while (this.#arrival !== undefined) await this.#arrival
  }

  /** Goes to a moment of the run, which goes on to there if it must. */
  async #reach(atMs: number, run: number, isWanted: () => boolean): Promise<void> {
    const { headMs } = this.#history
    while (this.#history.headMs < atMs && isWanted()) {
      const isLong = atMs - headMs > ADVANCE_MS_MAX
      if (isLong) this.progress = (this.#history.headMs - headMs) / (atMs - headMs)
      while (this.#isAsking) await new Promise((resolve) => setTimeout(resolve, 4))
      if (!isWanted() || !(await this.#extend(atMs, run))) break
    }
    if (!isWanted() || run !== this.#run) return
    this.#atMs = Math.min(atMs, this.#history.headMs)
    this.#show()
  }

  /** Shows the moment of the cursor. What lies too far back is repeated first; until then, an earlier state is shown. */
  #show(): void {
    const { state, missing } = this.#history.at(this.#atMs)
    if (missing !== undefined) void this.#repeat(missing)
    else if (this.#repeating !== -1) this.#dropRepeat()
    // a new object, so that the page sees the change; what is inside of it is the history's own
    this.frame = {
      atMs: this.#atMs,
      headMs: this.#history.headMs,
      state,
      cast: this.#castNow(),
      rows: this.#history.rows,
      chronicle: this.#chronicle,
    }
  }

  #castNow(): readonly Member[] {
    const { experiment } = this
    const last = experiment.acts.findLast(({ atMs }) => atMs <= this.#atMs)?.atMs ?? 0
    if (this.#cast?.experiment !== experiment || this.#cast.atMs !== last)
      this.#cast = { experiment, atMs: last, members: castAt(experiment, last) }
    return this.#cast.members
  }

  async #repeat(index: number): Promise<void> {
    if (this.#repeating === index) return
    this.#repeating = index
    const run = this.#run
    await new Promise((resolve) => setTimeout(resolve, REST_MS))
    if (this.#repeating !== index || run !== this.#run) return
    this.progress = 0
    await this.#try(async () => {
      const found = await this.#engine.repeat(index * SEGMENT_MS, (index + 1) * SEGMENT_MS - 1, (share) => {
        if (run === this.#run && this.#repeating === index) this.progress = share
      })
      if (run !== this.#run || found === undefined) return
      this.#history.give(index, found.items, found.state)
    })
    if (this.#repeating !== index) return
    this.#repeating = -1
    this.progress = undefined
    this.#show()
  }

  /** The reader has gone elsewhere: the worker need not go on. */
  #dropRepeat(): void {
    this.#repeating = -1
    this.progress = undefined
    this.#engine.dropRepeat()
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.progress = undefined
      this.notice = sentenceOf(error)
    }
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
