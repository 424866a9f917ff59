/**
 * One figure's state behind its components: the pinned run and its branches, the cursor, the selection, what to say.
 *
 * Acting on a moment runs the scenario again with the longer list of actions. The new log must agree with the old one byte
 * for byte up to the action; otherwise it is refused, for a picture mixed of two runs would lie.
 */

import { ACTIONS_MAX, BRANCHES_MAX, TAIL_MS } from './limits.ts'
import { readLink, writeLink } from './link.ts'
import type { EventLog } from './log.ts'
import { EventLog as Log } from './log.ts'
import { Player } from './player.ts'
import type { Action, ActionName, FigureSpec, RunLog } from './types.ts'

/** One run among the reader's. The first is the pinned one. */
export interface Branch {
  readonly id: number
  readonly actions: readonly Action[]
  readonly player: Player
  /** Events it shares with the branch it came from. */
  readonly sharedCount: number
}

/** Runs the figure's scenario; in the page, in a worker. */
export type RunEngine = (seed: number, actions: readonly Action[]) => Promise<RunLog>

export class FigureController {
  readonly spec: FigureSpec
  readonly pinned: Branch
  #branches: Branch[]
  current: Branch
  /** `node:…`, `frame:…`, `record:…`, `message:…` or ''. */
  selected = ''
  /** One sentence for the reader: a refusal, a note. '' when there is none. */
  notice = ''
  isBusy = false
  readonly #engine: RunEngine
  readonly #changed: () => void
  #nextId = 1

  constructor(spec: FigureSpec, run: RunLog, engine: RunEngine, changed: () => void) {
    this.spec = spec
    this.#engine = engine
    this.#changed = changed
    this.pinned = { id: 0, actions: [], player: new Player(new Log(run), spec.cast), sharedCount: run.events.length }
    this.#branches = [this.pinned]
    this.current = this.pinned
  }

  get branches(): readonly Branch[] {
    return this.#branches
  }

  get player(): Player {
    return this.current.player
  }

  get log(): EventLog {
    return this.current.player.log
  }

  /** The key that the next message sent by the reader gets. */
  get nextKey(): string {
    let highest = 0
    for (const event of this.log.events) {
      if (event.kind !== 'app.called') continue
      for (const key of this.log.keys(event)) highest = Math.max(highest, Number(/-(\d+)$/.exec(key)?.[1] ?? 0))
    }
    return `order-${highest + 1}`
  }

  /** Words for a branch: its actions. */
  labelOf({ actions }: Branch): string {
    if (actions.length === 0) return 'The pinned run'
    return actions.map(({ does, on, atMs }) => `${`${does} ${on}`.trim()} at ${(atMs / 1000).toFixed(3)} s`).join(', ')
  }

  select(thing: string): void {
    this.selected = thing
    this.#changed()
  }

  /** Opens another branch at the same moment of virtual time. */
  choose(id: number): void {
    const branch = this.#branches.find((one) => one.id === id)
    if (branch === undefined) return
    const { atMs } = this.player.cursor
    this.player.pause()
    this.current = branch
    branch.player.seekPlay(branch.player.pace.playMs(atMs))
    this.notice = ''
    this.#changed()
  }

  /** Back to the pinned run, at this moment of time; branches stay in the list. */
  reset(): void {
    this.choose(this.pinned.id)
  }

  /** Does something to the cluster at the cursor: a new branch begins there. */
  async act(does: ActionName, on: string): Promise<void> {
    const atMs = Math.floor(this.player.cursor.atMs)
    const before = this.current.actions.filter((action) => action.atMs <= atMs)
    if (before.length >= ACTIONS_MAX)
      return this.#say(`A run has at most ${ACTIONS_MAX} actions. Reset, and begin another.`)
    await this.#branchTo([...before, { does, on, atMs }], this.current)
  }

  /** The fragment that opens this very moment again. */
  link(): string {
    const { count, atMs } = this.player.cursor
    const { run } = this.log
    return writeLink({
      id: this.spec.id,
      run: `${this.spec.id}.${this.pinned.player.log.run.hash.slice(0, 4)}`,
      seed: run.seed,
      actions: run.actions,
      atMs,
      events: count,
    })
  }

  /** Opens a fragment. A bad one says why, and leaves the pinned run. */
  async open(fragment: string): Promise<void> {
    const { link, fault } = readLink(this.spec.id, this.spec.cast, fragment)
    if (fault !== undefined) return this.#say(fault)
    const { run } = this.pinned.player.log
    if (link.seed !== run.seed)
      return this.#say(
        `This link asks for seed ${link.seed}; this figure's run has seed ${run.seed}. You see that one.`,
      )
    const known = this.#branches.find(({ actions }) => sameActions(actions, link.actions))
    if (known !== undefined) this.current = known
    else await this.#branchTo(link.actions, this.pinned)
    this.player.seekCursor({ count: link.events, atMs: link.atMs })
    if (link.run !== `${this.spec.id}.${run.hash.slice(0, 4)}`) {
      this.notice = 'This link was made with another edition of this figure: the moment may be a different one.'
    }
    this.#changed()
  }

  async #branchTo(actions: readonly Action[], from: Branch): Promise<void> {
    if (this.isBusy) return
    this.player.pause()
    this.isBusy = true
    this.notice = ''
    this.#changed()
    try {
      const run = await this.#engine(from.player.log.run.seed, actions)
      this.#add(run, actions, from)
    } catch (error) {
      this.notice = `That run could not be made: ${error instanceof Error ? error.message : String(error)}.`
    } finally {
      this.isBusy = false
      this.#changed()
    }
  }

  #add(run: RunLog, actions: readonly Action[], from: Branch): void {
    const firstNew = actions.findIndex((action, i) => !sameAction(action, from.actions[i]))
    const forkMs = actions[firstNew]?.atMs ?? 0
    const shared = sharedPrefix(from.player.log.run, run)
    if (shared < eventsUntil(from.player.log.run, forkMs)) {
      throw new Error(`the new run differs from the old one at event ${shared + 1}, before anything was done`)
    }
    const branch: Branch = {
      id: this.#nextId++,
      actions,
      player: new Player(new Log(run), this.spec.cast),
      sharedCount: shared,
    }
    branch.player.speed = this.player.speed
    if (this.#branches.length > BRANCHES_MAX) this.#branches.splice(1, 1)
    this.#branches = [...this.#branches, branch]
    this.current = branch
    branch.player.seekCount(lastActionCount(run))
  }

  #say(sentence: string): void {
    this.notice = sentence
    this.#changed()
  }
}

/** How many events two logs have in common at their beginning, compared as text. */
export function sharedPrefix(a: RunLog, b: RunLog): number {
  const length = Math.min(a.events.length, b.events.length)
  for (let i = 0; i < length; i++) if (JSON.stringify(a.events[i]) !== JSON.stringify(b.events[i])) return i
  return length
}

/** Events of a run up to and including a time. */
function eventsUntil({ events }: RunLog, atMs: number): number {
  const next = events.findIndex((event) => event.atMs > atMs)
  return next < 0 ? events.length : next
}

/** The count of events right after the last action has shown its first effect. */
function lastActionCount({ events }: RunLog): number {
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i]!
    if (event.kind !== 'script.step' || !event.text.startsWith('You: ')) continue
    return events[i + 1]?.atMs === event.atMs ? i + 2 : i + 1
  }
  return 0
}

function sameAction(a: Action, b: Action | undefined): boolean {
  return b !== undefined && a.does === b.does && a.on === b.on && a.atMs === b.atMs
}

function sameActions(a: readonly Action[], b: readonly Action[]): boolean {
  return a.length === b.length && a.every((action, i) => sameAction(action, b[i]))
}

/** How long a run with actions goes on after the last; for words about it. */
export const GOES_ON_SECONDS = TAIL_MS / 1000
