/**
 * The player: one cursor over one log, and the scene at it. Knows nothing of the page; somebody tells it that time passes.
 *
 * A cursor is a number of events and a virtual time not before the last of them. A scene is kept every 256 events (every 32nd
 * part of a long run), so that a seek reduces at most as many. Two players at the same cursor of the same log hold equal scenes, however they got there.
 */
import { bisectLeft, bisectRight } from './bisect.ts'
import { CHECKPOINT_EVENTS, CHECKPOINTS_MAX, ONWARD_BLOCKS_MAX } from './limits.ts'
import type { EventLog } from './log.ts'
import { PaceMap } from './pace.ts'
import { apply, emptyScene, type Scene } from './scene.ts'
import type { CastMember } from './types.ts'

/** Speeds of playing. */
export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8] as const

/** A step travels this long, or longer when there is more to see on its way than at so many times the usual speed. */
const STEP_PLAY_MS = 650
const STEP_RATE_MAX = 4
/** A step travels at most this long, whatever lies between. A second press does not wait for its end. */
const STEP_PLAY_MS_MAX = 2_600

/** What the cursor points at. */
export interface Cursor {
  /** Events that have happened. */
  readonly count: number
  readonly atMs: number
}

/** The part of a run that a player moves in, and where a step stops. */
export interface Stretch {
  /** Events that have happened at its beginning and at its end. */
  readonly fromCount: number
  readonly toCount: number
  /** Indexes of the events a step stops at, in order. */
  readonly steps: readonly number[]
}

/** The whole of a run, with the log's own steps. */
export function wholeOf(log: EventLog): Stretch {
  return { fromCount: 0, toCount: log.events.length, steps: log.steps }
}

/** How much faster than usual a step of this length travels. */
function stepRate(wayPlayMs: number): number {
  const lasts = Math.max(STEP_PLAY_MS, Math.min(STEP_PLAY_MS_MAX, wayPlayMs / STEP_RATE_MAX))
  return Math.max(1, wayPlayMs / lasts)
}

const paces = new WeakMap<EventLog, PaceMap>()

/** The pace of a log, made once for all panes that show it. */
function paceOf(log: EventLog): PaceMap {
  let pace = paces.get(log)
  if (pace === undefined) {
    pace = new PaceMap(log.events)
    paces.set(log, pace)
  }
  return pace
}

export class Player {
  readonly log: EventLog
  readonly pace: PaceMap
  #stretch: Stretch
  readonly #cast: readonly CastMember[]
  readonly #checkpoints: Scene[]
  readonly #times: readonly number[]
  /** Events between two kept scenes. */
  readonly #block: number
  #scene: Scene
  #count = 0
  #atMs = 0
  /** Plays until this playing time; undefined when paused. */
  #target:
    | { readonly playMs: number; readonly count: number; readonly rate: number; readonly isStep: boolean }
    | undefined
  speed = 1

  constructor(log: EventLog, cast: readonly CastMember[], stretch: Stretch = wholeOf(log)) {
    this.log = log
    this.#stretch = stretch
    this.pace = paceOf(log)
    this.#block = Math.max(CHECKPOINT_EVENTS, Math.ceil(log.events.length / CHECKPOINTS_MAX))
    this.#cast = cast
    this.#checkpoints = [emptyScene(cast)]
    this.#times = log.events.map(({ atMs }) => atMs)
    this.#scene = emptyScene(cast)
  }

  get cursor(): Cursor {
    return { count: this.#count, atMs: this.#atMs }
  }

  /** The scene at the cursor. Do not change it, and do not keep it: the next move may change what is inside. */
  get scene(): Scene {
    return this.#scene
  }

  get playMs(): number {
    return this.pace.playMs(this.#atMs)
  }

  /** True while time passes, be it for one step. */
  get isMoving(): boolean {
    return this.#target !== undefined
  }

  get isPlaying(): boolean {
    return this.#target !== undefined && !this.#target.isStep
  }

  get isAtEnd(): boolean {
    return this.#count >= this.#stretch.toCount
  }

  get stretch(): Stretch {
    return this.#stretch
  }

  /** Moves in another part of the run from now on; the cursor stays, as far as it lies in it. */
  moveIn(stretch: Stretch): void {
    this.#stretch = stretch
    this.seekCount(this.#count)
  }

  /** Playing times of the stretch's beginning and end. */
  get bounds(): { readonly fromPlayMs: number; readonly toPlayMs: number } {
    const { fromCount, toCount } = this.#stretch
    const at = (count: number) => this.pace.playMs(this.#times[count] ?? this.#times.at(-1) ?? 0)
    const to = toCount >= this.#times.length ? this.pace.lengthMs : at(toCount)
    return { fromPlayMs: fromCount === 0 ? 0 : at(fromCount - 1), toPlayMs: to }
  }

  /** Index of the last step at or before the cursor; -1 before the first. */
  get stepIndex(): number {
    return bisectRight(this.#stretch.steps, this.#count - 1) - 1
  }

  /** Index of the last named moment at or before the cursor; -1 before the first. */
  get momentIndex(): number {
    return bisectRight(this.log.moments, this.#count - 1) - 1
  }

  // ---- seeking -----------------------------------------------------------------------------------------------------

  /** Right after the first `count` events. */
  seekCount(count: number): void {
    const to = Math.max(this.#stretch.fromCount, Math.min(count, this.#stretch.toCount))
    this.pause()
    this.#moveTo(to, to === 0 ? 0 : this.#times[to - 1]!)
  }

  /** A cursor as a link has it: `count` events, and a time between the last of them and the next. */
  seekCursor({ count, atMs }: Cursor): void {
    this.seekCount(count)
    const next = this.#times[this.#count] ?? Number.POSITIVE_INFINITY
    this.#atMs = Math.max(this.#atMs, Math.min(atMs, next))
  }

  /** A playing time: after everything that has happened by then. */
  seekPlay(playMs: number): void {
    this.pause()
    const { fromPlayMs, toPlayMs } = this.bounds
    this.#passTo(Math.max(fromPlayMs, Math.min(playMs, toPlayMs)))
  }

  /** The event numbered `n`, just happened. */
  seekEvent(n: number): void {
    const index = this.log.indexOf(n)
    if (index >= 0) this.seekCount(index + 1)
  }

  /** The step before or after, at once. */
  step(by: 1 | -1): void {
    const target = this.#stepCount(by)
    if (target !== undefined) this.seekCount(target)
  }

  /** One raw event back or forth. */
  raw(by: 1 | -1): void {
    this.seekCount(this.#count + by)
  }

  /** The named moment before or after. */
  moment(by: 1 | -1): void {
    const { moments } = this.log
    const index = by === 1 ? bisectRight(moments, this.#count - 1) : bisectLeft(moments, this.#count - 1) - 1
    const event = moments[index]
    if (event !== undefined) this.seekCount(event + 1)
    else this.seekCount(by === 1 ? this.#stretch.toCount : this.#stretch.fromCount)
  }

  // ---- playing -----------------------------------------------------------------------------------------------------

  play(): void {
    if (this.isAtEnd) this.seekCount(0)
    this.#target = { playMs: this.bounds.toPlayMs, count: this.#stretch.toCount, rate: 1, isStep: false }
  }

  pause(): void {
    this.#target = undefined
  }

  /** Lets time pass to the next step, so that what travels is seen travelling. */
  travelStep(): void {
    if (this.#target?.isStep) this.#arrive() // a second press does not wait for the first
    const count = this.#stepCount(1)
    if (count === undefined) return
    const playMs = this.pace.playMs(this.#times[count - 1]!)
    const way = playMs - this.playMs
    if (way < 1) this.seekCount(count)
    else this.#target = { playMs, count, rate: stepRate(way), isStep: true }
  }

  /** `ms` of the page's time have passed. Returns whether anything changed. */
  tick(ms: number): boolean {
    const target = this.#target
    if (target === undefined) return false
    const speed = target.isStep ? target.rate : this.speed
    const playMs = this.playMs + Math.max(0, ms) * speed
    if (playMs >= target.playMs) this.#arrive()
    else this.#passTo(playMs)
    return true
  }

  // ------------------------------------------------------------------------------------------------------------------

  #arrive(): void {
    const target = this.#target
    if (target !== undefined) this.seekCount(target.count)
  }

  #stepCount(by: 1 | -1): number | undefined {
    const { steps, fromCount, toCount } = this.#stretch
    const index = by === 1 ? bisectRight(steps, this.#count - 1) : bisectLeft(steps, this.#count - 1) - 1
    const event = steps[index]
    if (event !== undefined) return event + 1
    return by === 1 ? (this.isAtEnd ? undefined : toCount) : fromCount
  }

  #passTo(playMs: number): void {
    const atMs = this.pace.atMs(playMs)
    const { fromCount, toCount } = this.#stretch
    const count = bisectRight(this.#times, atMs + 1e-6)
    this.#moveTo(Math.max(fromCount, Math.min(count, toCount)), atMs)
  }

  #moveTo(count: number, atMs: number): void {
    if (count !== this.#count) {
      this.#scene = this.#sceneAt(count)
      this.#count = count
    }
    this.#atMs = count === 0 ? atMs : Math.max(atMs, this.#times[count - 1]!)
  }

  #sceneAt(count: number): Scene {
    const block = Math.floor(count / this.#block)
    if (count > this.#count && this.#isOnward(block)) return this.#onward(count)
    for (let at = this.#checkpoints.length; at <= block; at++) {
      const before = this.#checkpoints[at - 1]!
      this.#checkpoints.push(this.#forward(before, (at - 1) * this.#block, at * this.#block))
    }
    return this.#forward(this.#checkpoints[block]!, block * this.#block, count)
  }

  /**
   * Whether the events from here to a later count are applied to this scene, rather than to a copy of a checkpoint: the copy
   * of a scene with a thousand messages takes as long as many hundred events, and a checkpoint that is not made yet more.
   */
  #isOnward(block: number): boolean {
    const hereBlock = Math.floor(this.#count / this.#block)
    return block - hereBlock <= ONWARD_BLOCKS_MAX || this.#checkpoints.length <= hereBlock + 1
  }

  /** The scene later: what is inside of it changes in place, for a copy of a large scene costs more than a frame. */
  #onward(count: number): Scene {
    const scene = { ...this.#scene }
    for (let i = this.#count; i < count; i++) apply(scene, this.log.events[i]!, this.log)
    return scene
  }

  #forward(from: Scene, start: number, end: number): Scene {
    const scene = structuredClone(from)
    for (let i = start; i < end; i++) apply(scene, this.log.events[i]!, this.log)
    return scene
  }

  /** Who is in the picture. */
  get cast(): readonly CastMember[] {
    return this.#cast
  }
}
