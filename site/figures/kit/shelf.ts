/**
 * A figure's runs, shared by all panes of a page: the pinned run, the reader's branches, what is selected and followed.
 *
 * Acting on a moment runs the scenario again with the longer list of actions. The new log must agree with the old one byte
 * for byte up to the action; otherwise it is refused, for a picture mixed of two runs would lie.
 */
import type { TraceEvent } from '../../../reference/host/trace.ts'
import { ACTIONS_MAX, BRANCHES_MAX } from './limits.ts'
import type { FigureLink } from './link.ts'
import { EventLog } from './log.ts'
import type { Action, ActionName, FigureSpec, RunLog } from './types.ts'

/** One run among the reader's. The first is the pinned one. */
export interface Branch {
  readonly id: number
  readonly seed: number
  readonly actions: readonly Action[]
  readonly log: EventLog
  /** What it is called: its seed and its actions. */
  readonly label: string
  /** Events it shares with the branch it came from. */
  readonly sharedCount: number
}

/** Runs the figure's scenario; in the page, in a worker. `onProgress` hears the share of it that is done, 0 to 1. */
export type RunEngine = (
  seed: number,
  actions: readonly Action[],
  onProgress: (share: number) => void,
) => Promise<RunLog>

export class RunShelf {
  readonly spec: FigureSpec
  pinned: Branch
  readonly #engine: RunEngine
  readonly #listeners = new Set<() => void>()
  #branches: readonly Branch[]
  current: Branch
  /** `node:…`, `frame:…`, `record:…`, `message:…` or ''. */
  selected = ''
  /** The key of the followed message, or ''. */
  followed = ''
  /** One sentence for the reader: a refusal, a note. '' when there is none. */
  notice = ''
  isBusy = false
  /** How much of the run that is being made is done, 0 to 1. */
  progress = 0
  /** Fetches what a run needs, before it is asked for. */
  warm: () => Promise<void> = async () => {}
  #nextId = 1

  readonly #rest: (() => Promise<readonly TraceEvent[]>) | undefined
  #whole: Promise<void> | undefined

  /** `rest` fetches the later events, when `run` has only the first ones. */
  constructor(spec: FigureSpec, run: RunLog, engine: RunEngine, rest?: () => Promise<readonly TraceEvent[]>) {
    this.spec = spec
    this.#engine = engine
    this.#rest = rest
    const log = new EventLog(run, rest === undefined)
    this.pinned = { id: 0, seed: run.seed, actions: [], log, label: 'The text’s run', sharedCount: run.events.length }
    this.#branches = [this.pinned]
    this.current = this.pinned
  }

  /** Calls `listener` after every change; returns how to stop that. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Sees to it that the text's run is here to its end. Throws a sentence when the later events cannot be fetched. */
  whole(): Promise<void> {
    if (this.#rest === undefined || this.pinned.log.isWhole) return Promise.resolve()
    this.#whole ??= this.#rest().then(
      (later) => this.#complete(later),
      (error) => {
        this.#whole = undefined // the next pane that needs them tries once more
        throw error
      },
    )
    return this.#whole
  }

  #complete(later: readonly TraceEvent[]): void {
    const { run } = this.pinned.log
    const events = [...run.events, ...later]
    const log = new EventLog({ ...run, events })
    const whole: Branch = { ...this.pinned, log, sharedCount: events.length }
    if (this.current === this.pinned) this.current = whole
    this.#branches = this.#branches.map((one) => (one === this.pinned ? whole : one))
    this.pinned = whole
    this.#changed()
  }

  get branches(): readonly Branch[] {
    return this.#branches
  }

  get log(): EventLog {
    return this.current.log
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

  select(thing: string): void {
    this.selected = thing
    this.#changed()
  }

  /** Follows one message, or none; the same key again lets go of it. */
  follow(key: string): void {
    this.followed = this.followed === key ? '' : key
    this.#changed()
  }

  choose(id: number): void {
    const branch = this.#branches.find((one) => one.id === id)
    if (branch === undefined) return
    this.current = branch
    this.notice = ''
    this.#changed()
  }

  /** Back to the run that the text talks about; the branches stay in the list. */
  reset(): void {
    this.choose(this.pinned.id)
  }

  /** Does something to the cluster at a virtual time: a new branch begins there. */
  async act(does: ActionName, on: string, atMs: number): Promise<void> {
    const atWholeMs = Math.floor(atMs)
    const before = this.current.actions.filter((action) => action.atMs <= atWholeMs)
    if (before.length >= ACTIONS_MAX)
      return this.say(`A run has at most ${ACTIONS_MAX} actions. Go back to the text’s run, and begin another.`)
    await this.#branchTo(this.current.seed, [...before, { does, on, atMs: atWholeMs }], this.current)
  }

  /** The same script with other luck: a run of its own, with no action, and with a seed that no other run here has. */
  async reseed(): Promise<void> {
    let seed = this.pinned.seed
    while (this.#branches.some((one) => one.seed === seed)) seed++
    await this.#branchTo(seed, [], undefined)
  }

  /** Opens the run of a link. */
  async open({ seed, actions, run }: FigureLink): Promise<void> {
    if (actions.length > 0) await this.whole()
    const known = this.#branches.find((one) => one.seed === seed && sameActions(one.actions, actions))
    if (known !== undefined) {
      this.current = known
      this.notice = ''
    } else {
      const isOfText = seed === this.pinned.seed && !actions.some(({ does }) => does === 'set')
      await this.#branchTo(seed, actions, isOfText ? this.pinned : undefined)
    }
    if (run !== this.edition) {
      this.notice = 'This link was made with another edition of this figure: the moment may be a different one.'
    }
    this.#changed()
  }

  /** The figure's id and the first four digits of its pinned log's hash. */
  get edition(): string {
    return `${this.spec.id}.${this.pinned.log.run.hash.slice(0, 4)}`
  }

  say(sentence: string): void {
    this.notice = sentence
    this.#changed()
  }

  #progressed(share: number): void {
    this.progress = share
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }

  async #branchTo(seed: number, actions: readonly Action[], from: Branch | undefined): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    this.progress = 0
    this.notice = ''
    this.#changed()
    try {
      const run = await this.#engine(seed, actions, (share) => this.#progressed(share))
      const { runWords } = await import('./actions.ts')
      const label = runWords(actions, seed === this.pinned.seed ? undefined : seed)
      this.#add(run, actions, label, from === undefined ? undefined : this.#branches.find(({ id }) => id === from.id))
    } catch (error) {
      this.notice = `That run could not be made: ${error instanceof Error ? error.message : String(error)}.`
    } finally {
      this.isBusy = false
      this.#changed()
    }
  }

  #add(run: RunLog, actions: readonly Action[], label: string, from: Branch | undefined): void {
    let sharedCount = 0
    if (from !== undefined) {
      const firstNew = actions.findIndex((action, i) => !sameAction(action, from.actions[i]))
      const forkMs = actions[firstNew]?.atMs ?? 0
      sharedCount = sharedPrefix(from.log.run, run)
      if (sharedCount < eventsUntil(from.log.run, forkMs))
        throw new Error(`the new run differs from the old one at event ${sharedCount + 1}, before anything was done`)
    }
    const branch: Branch = { id: this.#nextId++, seed: run.seed, actions, label, log: new EventLog(run), sharedCount }
    const kept = this.#branches.length > BRANCHES_MAX ? this.#branches.toSpliced(1, 1) : this.#branches
    this.#branches = [...kept, branch]
    this.current = branch
  }
}

/** How many events two logs have in common at their beginning, compared as text. */
export function sharedPrefix(a: RunLog, b: RunLog): number {
  const length = Math.min(a.events.length, b.events.length)
  for (let i = 0; i < length; i++) if (JSON.stringify(a.events[i]) !== JSON.stringify(b.events[i])) return i
  return length
}

/** The count of events right after a run's last action has shown its first effect; 0 for a run without actions. */
export function afterLastAction({ events }: RunLog): number {
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i]!
    if (event.kind !== 'script.step' || !event.text.startsWith('You: ')) continue
    return events[i + 1]?.atMs === event.atMs ? i + 2 : i + 1
  }
  return 0
}

/** Events of a run up to and including a time. */
function eventsUntil({ events }: RunLog, atMs: number): number {
  const next = events.findIndex((event) => event.atMs > atMs)
  return next < 0 ? events.length : next
}

function sameAction(a: Action, b: Action | undefined): boolean {
  return b !== undefined && a.does === b.does && a.on === b.on && a.atMs === b.atMs
}

function sameActions(a: readonly Action[], b: readonly Action[]): boolean {
  return a.length === b.length && a.every((action, i) => sameAction(action, b[i]))
}
