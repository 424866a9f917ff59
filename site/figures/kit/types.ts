/**
 * The words of the figure kit: a scenario, the reader's actions, the log they give, and what a figure says about itself.
 *
 * run(scenario, seed, actions) → log; reduce(log prefix) → scene; draw(scene, time) → marks. Everything a figure shows is
 * a function of the log, and the log is a function of these three.
 */
import type { Cluster } from '../../../reference/host/cluster.ts'
import type { SimClusterOptions } from '../../../reference/host/sim/cluster.ts'
import type { EventKind, TraceEvent } from '../../../reference/host/trace.ts'
import type { Action, ActionName } from './actions.ts'

export { ACTION_NAMES, type Action, type ActionName } from './actions.ts'

/** The programs of a cluster, by name. */
export type Programs = SimClusterOptions['programs']

/** Another module in place of one of the reference's: the naive design of a chapter, or an answer of a lab. */
export interface Replacement {
  /** The module that is left out, such as `reference/store/commit-log.ts`. */
  readonly replaces: string
  /** The module that stands in its place, by its path from the top of the project; the types of both must agree. */
  readonly by: string
  /** What is different, as one sentence for the reader. */
  readonly says: string
}

/** A script with a fixed seed: the run that the text talks about. */
export interface FigureScenario {
  readonly id: string
  readonly seed: number
  /** Virtual time the run ends at; a run with later actions goes on for `TAIL_MS` after the last. */
  readonly lengthMs: number
  /** Everybody who takes part, by name: whom a cut separates. */
  readonly nodes: readonly string[]
  /** Modules that are replaced in this run; `programs` has them replaced. None: the reference as it is. */
  readonly instead?: readonly Replacement[]
  /** The programs to run, when they are not the reference's own. */
  readonly programs?: () => Promise<Programs>
  /** `settings`: options of the reader's `set` actions, as arguments of the brokers. */
  run(cluster: Cluster, settings: readonly string[]): Promise<void>
  /** Small multiples that the build computes, by name. */
  readonly grids?: Readonly<Record<string, GridSource>>
  /** What a reader may try, by name. */
  readonly tasks?: Readonly<Record<string, TaskSource>>
  /** What `send` means here. With a third parameter, a reader may choose the size of the body, in bytes; 0: the usual one. */
  send(cluster: Cluster, key: string, bodyBytes: number): void
  /**
   * Kinds that are recorded beside the usual ones (`KEPT_ALWAYS`); every kind when left out. For runs of hours. What its passages
   * tell, and what its script waits for, must be among them.
   */
  readonly records?: readonly EventKind[]
}

/** Cells of one grid: more are neither read nor computed. */
export const GRID_CELLS_MAX = 60

/** One side of a grid: what varies, and its values in words. */
export interface GridSide {
  readonly title: string
  readonly labels: readonly string[]
  /** Of rows: titles of blocks, one above the other, which share the rows equally. Each has the same labels or its own. */
  readonly blocks?: readonly string[]
}

/** What a row is called where its block's title does not stand above it. */
export function rowName({ labels, blocks = [] }: GridSide, row: number): string {
  const block = blocks[Math.floor((row * blocks.length) / labels.length)]
  return block === undefined ? labels[row]! : `${block}, ${labels[row]!}`
}

/** What a cell of a grid says about its run. */
export interface GridVerdict {
  readonly verdict: 'good' | 'bad' | 'even'
  /** In the cell: `2 lost`. */
  readonly text: string
}

/** A grid as a figure's file writes it: the same scenario once for each cell, at most `GRID_CELLS_MAX`. */
export interface GridSource {
  readonly rows: GridSide
  readonly columns: GridSide
  /** What is done to the run of a cell. */
  actions(row: number, column: number): readonly Action[]
  /** Reads the run of a cell. */
  says(run: RunLog, row: number, column: number): GridVerdict
  /** The passage whose pane shows the run of a cell. */
  readonly opens: string
  /** Virtual time a cell's run ends at; the scenario's when left out. */
  readonly lengthMs?: number
  /** Where the columns are moments of the run: their virtual times. The picture then has a plug at the pane's cursor. */
  readonly momentsMs?: readonly number[]
  /** Rows in which no cell may be bad: a promise of the text. The build stops when one is. */
  readonly neverBad?: readonly number[]
}

/** A cell as it is shipped: a verdict, and the run to open. */
export interface GridCell extends GridVerdict {
  readonly row: number
  readonly column: number
  readonly actions: readonly Action[]
  /** The moment to open: right after the last action. */
  readonly atMs: number
  readonly events: number
}

/** A grid that the build has computed. */
export interface GridResult {
  readonly rows: GridSide
  readonly columns: GridSide
  readonly opens: string
  /** Seed and edition of the pinned run, for the links of the cells. */
  readonly seed: number
  readonly edition: string
  readonly cells: readonly GridCell[]
  /** Virtual times of the columns, where they are moments of the run. */
  readonly momentsMs?: readonly number[]
}

/** Something for the reader to bring about by acting on the run; ticked when a run of his has it. */
export interface Task {
  /** What to try, as one sentence. */
  readonly goal: string
  /** The passage in whose pane it stands. */
  readonly pane: string
  /** A question (`ask.ts`) that is false in the text's run and true when it is done. */
  readonly when: string
  /** A number that says how near the reader has come, as a question, and its unit. */
  readonly shows?: { readonly ask: string; readonly unit: string }
}

/** A task as a figure's file writes it. */
export interface TaskSource extends Task {
  /** Actions that bring it about: the proof that it can be done. The page does not get them. */
  readonly proof: readonly Action[]
}

/** What part a node plays; decides its shape. */
export type Role = 'namesrv' | 'broker' | 'slave' | 'controller' | 'producer' | 'consumer'

/** Who is in the picture. A node that is not listed is not drawn. */
export interface CastMember {
  readonly name: string
  readonly role: Role
  /** Queues of a broker, in the order of their lanes. */
  readonly queues?: readonly string[]
  /** The group of a consumer. */
  readonly group?: string
}

/** What a pane can show a passage as; each is one file in `kit/views/`. */
export const VIEW_NAMES = ['stage', 'log', 'lanes', 'owners', 'grid', 'plot', 'bytes', 'space-time'] as const
export type ViewName = (typeof VIEW_NAMES)[number]

/**
 * A stretch of the run that shows one idea, in one view and one framing: what one pane of the page holds.
 *
 * It begins with the named moment `from` and ends before the named moment `to` (at the end of the run when left out).
 */
export interface Passage {
  /** What to look for, in one line above the picture. */
  readonly title: string
  /** The text of the `script.step` it begins with. */
  readonly from: string
  /** The text of the `script.step` it ends before. */
  readonly to?: string
  readonly view: ViewName
  /** Who is in the picture: at most six; the whole cast when left out. */
  readonly cast?: readonly string[]
  /**
   * `end`: the pane opens at the last step of the passage. For a plot, which is a picture of a whole stretch and shows nothing at its first
   * step. Any other text is that of a `script.step` in the passage: the pane opens there. Left out, a pane opens at its first step.
   */
  readonly opens?: string
  /** Kinds of event that a step stops at; the log's usual ones when left out. */
  readonly tells?: readonly EventKind[]
  /** For the views that need it: which queue, topic, group or frame they show. */
  readonly shows?: Readonly<Record<string, string | number>>
}

/** What a figure says about itself: all that page and build need besides the log. */
export interface FigureSpec {
  readonly id: string
  readonly title: string
  /** The question it answers. */
  readonly question: string
  /** One sentence about the pinned run. */
  readonly summary: string
  readonly cast: readonly CastMember[]
  readonly topic: string
  /** The passages by name, in the order of the page. */
  readonly passages: Readonly<Record<string, Passage>>
  /** The figure's grids, as the build has computed them. */
  readonly grids?: Readonly<Record<string, GridResult>>
  /** What a reader may try, by name. */
  readonly tasks?: Readonly<Record<string, Task>>
  /** What the inspector offers beside kill, restart, cut off, heal and send; everything when left out. */
  readonly acts?: readonly ActionName[]
  /** Options that can be changed at a restart, such as `flushDiskType=SYNC_FLUSH`, and folders that can be removed. */
  readonly offers?: {
    readonly options?: readonly string[]
    readonly folders?: readonly string[]
    /** Sizes of a body, in bytes, that the reader may choose from. */
    readonly sizes?: readonly number[]
  }
  /** A reader may choose how large an order of his is. */
  readonly sendsSizes?: boolean
  /** Modules of RocketMQ that this figure's cluster does not run, and what it runs instead. */
  readonly instead?: readonly Replacement[]
}

/** A figure as its file writes it: what it says about itself and how it runs, in one place. Its id is the file's place. */
export type FigureSource = Omit<FigureSpec, 'id' | 'grids' | 'tasks' | 'sendsSizes'> &
  Omit<FigureScenario, 'id' | 'nodes' | 'programs'>

/** A figure: what pages show, and what the engine runs. */
export interface Figure {
  readonly id: string
  readonly spec: FigureSpec
  readonly scenario: FigureScenario
}

/** A recorded run. */
export interface RunLog {
  readonly seed: number
  readonly actions: readonly Action[]
  readonly events: readonly TraceEvent[]
  /** Hash of the whole log: equal for equal runs. */
  readonly hash: string
}

/** The file a figure's page fetches. */
export interface ShippedRun {
  readonly v: 1
  readonly id: string
  readonly spec: FigureSpec
  /** The run, or the first events of a long one; `hash` is of all of it. */
  readonly run: RunLog
  /** Of a long run: the address of the later events from this file's. */
  readonly rest?: string
  /** Of a figure that replaces modules: the script of its programs, by its address from the log's. */
  readonly programs?: string
}
