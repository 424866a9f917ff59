/**
 * How a pane moves in its run: it plays, or with reduced motion goes from step to step at an even pace; what the reader does by
 * hand ends either.
 */
import { join } from './clock.ts'
import type { PaneController } from './pane.ts'
import { SPEEDS } from './player.ts'

/** Reduced motion: playing goes from step to step at this pace. */
const STEP_MS = 1_400

type Player = PaneController['player']

/** What the motion asks of its pane, and tells it. */
export interface MovingPane {
  readonly controller: () => PaneController | undefined
  readonly isStill: () => boolean
  /** Whether the pane is in sight: nothing moves out of it. */
  readonly isSeen: () => boolean
  readonly changed: () => void
  /** Says where the run is now. */
  readonly say: () => void
}

export class PaneMotion {
  readonly #pane: MovingPane
  /** Whether it goes from step to step. */
  isStepping = $state(false)
  #sinceMs = 0

  constructor(pane: MovingPane) {
    this.#pane = pane
  }

  get isMoving(): boolean {
    return this.isStepping || this.#pane.controller()?.player.isMoving === true
  }

  /** One tick of the page's clock; false when there is nothing more to move. */
  readonly tick = (ms: number): boolean => {
    const { player } = this.#pane.controller()!
    const moment = player.momentIndex
    if (this.isStepping) {
      this.#sinceMs += ms * player.speed
      if (this.#sinceMs < STEP_MS) return true
      this.#sinceMs = 0
      player.step(1)
      if (player.isAtEnd) this.isStepping = false
    } else if (!player.tick(ms)) return false
    this.#pane.changed()
    // Silent while playing, except at named moments; after a step, its sentence.
    if (player.momentIndex !== moment || !this.isMoving) this.#pane.say()
    return this.isMoving
  }

  readonly move = (work: (player: Player) => void): void => {
    const controller = this.#pane.controller()
    if (controller === undefined) return
    this.isStepping = false
    work(controller.player)
    this.#pane.changed()
    if (controller.player.isMoving && this.#pane.isSeen()) join(this.tick)
    else this.#pane.say()
  }

  readonly toggle = (): void => {
    const player = this.#pane.controller()?.player
    if (player === undefined) return
    if (this.isStepping || player.isPlaying) return this.move(() => player.pause())
    if (!this.#pane.isStill()) return this.move(() => player.play())
    if (player.isAtEnd) player.seekCount(0)
    this.isStepping = true
    this.#sinceMs = 0
    this.#pane.changed()
    join(this.tick)
  }

  /** Goes so many speeds up or down; returns the speed. */
  speedBy(by: number): number {
    const controller = this.#pane.controller()!
    const at = SPEEDS.indexOf(controller.speed as (typeof SPEEDS)[number]) + by
    controller.speed = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at))]!
    return controller.speed
  }
}
