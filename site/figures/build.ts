/**
 * The build's side of figures: runs each scenario once in Node, and makes of its log what a page holds without any script:
 * stills, the table of steps, the facts the controls need.
 */
import { figureById } from './found.ts'
import { ask } from './kit/ask.ts'
import { doorId, paneId } from './kit/door.ts'
import { draw } from './kit/draw.ts'
import { withGrids } from './kit/grids.ts'
import { layoutFor } from './kit/layout.ts'
import { FIRST_EVENTS, STILL_SIZES } from './kit/limits.ts'
import { EventLog } from './kit/log.ts'
import type { Drawing } from './kit/marks.ts'
import { PaceMap } from './kit/pace.ts'
import { castOf, openingCount, stretchOf } from './kit/passage.ts'
import { run } from './kit/run.ts'
import { reduce } from './kit/scene.ts'
import { svgOf } from './kit/still.ts'
import { type FigureSpec, type Passage, rowName, type ShippedRun } from './kit/types.ts'
import { viewNamed } from './kit/view.ts'
import { cellLink } from './kit/views/grid.ts'
import { seconds, sentence } from './kit/words/en.ts'
import { programsFile, shortName } from './replaced.ts'
import { missingFor } from './view-needs.ts'

/** A row of the step table: the text alternative of a passage, and what a door leads to where no script runs. */
export interface StepRow {
  /** The row's id: a door's target. */
  readonly door: string
  readonly n: number
  readonly time: string
  readonly who: string
  readonly what: string
}

/** A grid as a table of links: one row a value, one cell a run. */
export interface GridTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly {
    readonly name: string
    readonly cells: readonly { readonly verdict: string; readonly text: string; readonly href: string }[]
  }[]
}

/** A module in place of another one, as a pane says it. */
export interface ReplacedModule {
  readonly by: { readonly name: string; readonly href: string }
  readonly replaces: { readonly name: string; readonly href: string }
  readonly says: string
}

/** Everything a page needs to show a pane before its script runs. */
export interface BuiltPane {
  readonly spec: FigureSpec
  readonly passage: Passage
  /** The id of the pane's element. */
  readonly elementId: string
  /** File name of the shipped run, below `/figures/`. */
  readonly file: string
  /** The first and the last moment of the passage. */
  readonly stills: readonly { readonly caption: string; readonly wide: string; readonly tall: string }[]
  readonly rows: readonly StepRow[]
  /** Of a passage that shows a grid: the same, to be read and walked by keyboard. */
  readonly grid: GridTable | undefined
  /** The time and the sentence of the moment at which the pane opens. */
  readonly opensAt: string
  readonly caption: string
  /** What the reader may try in this pane: its name in the figure, the goal, and how the text's run stands. */
  readonly tasks: readonly { readonly name: string; readonly goal: string; readonly now: string }[]
  /** Modules that are not RocketMQ's in this run, each with the names and the addresses of both. */
  readonly instead: readonly ReplacedModule[]
  /** Heights that the picture has use for, in pixels: at a pane's width and at a phone's. */
  readonly needs: { readonly wide: number; readonly tall: number }
}

const logs = new Map<string, Promise<EventLog>>()

/** The pinned run of a figure; made once per build. */
export function pinnedRun(id: string): Promise<EventLog> {
  const { scenario } = figureById(id)
  let log = logs.get(id)
  if (log === undefined) {
    log = run(scenario, scenario.seed, []).then((result) => new EventLog(result))
    logs.set(id, log)
  }
  return log
}

const specs = new Map<string, Promise<FigureSpec>>()

/** What a figure says about itself, its grids computed; once per build. */
export function specOf(id: string): Promise<FigureSpec> {
  let spec = specs.get(id)
  if (spec === undefined) {
    spec = pinnedRun(id).then((log) => withGrids(figureById(id), log.run.hash))
    specs.set(id, spec)
  }
  return spec
}

/** A file of a page by its name, without the ending. */
export interface ShippedFile {
  readonly name: string
  readonly text: string
}

/** The file that the page fetches first, and the later events of a long run, which it fetches when a pane needs them. */
export async function shippedRun(id: string): Promise<ShippedFile & { readonly rest?: ShippedFile }> {
  const { run: result } = await pinnedRun(id)
  const name = `${id}.${result.hash.slice(0, 8)}`
  const later = result.events.slice(FIRST_EVENTS)
  const rest = later.length === 0 ? undefined : { name: `${name}.rest`, text: JSON.stringify(later) }
  const { instead } = figureById(id).spec
  const programs = instead === undefined ? {} : { programs: `programs/${await programsFile(id, instead)}.js` }
  const shipped: ShippedRun = {
    v: 1,
    id,
    spec: await specOf(id),
    run: { ...result, events: result.events.slice(0, FIRST_EVENTS) },
    ...(rest === undefined ? {} : { rest: `${rest.name}.json` }),
    ...programs,
  }
  return { name, text: JSON.stringify(shipped), ...(rest === undefined ? {} : { rest }) }
}

/** The passage of a figure by name. Throws a sentence that lists the known ones. */
export function passageOf(id: string, name: string): Passage {
  const { passages } = figureById(id).spec
  const passage = passages[name]
  if (passage === undefined)
    throw new Error(`The figure ${id} has no passage "${name}"; it has ${Object.keys(passages).join(', ')}.`)
  return passage
}

/** What the page of a passage holds. `doors` are events that the text leads to, beside the passage's steps. */
export async function buildPane(id: string, name: string, doors: readonly number[] = []): Promise<BuiltPane> {
  const log = await pinnedRun(id)
  const spec = await specOf(id)
  const passage = passageOf(id, name)
  const missing = missingFor(figureById(id).scenario, passage.view)
  if (missing !== '')
    throw new Error(`The figure ${id} must record ${missing} for its passage "${name}" (view ${passage.view}).`)
  const { fromCount, toCount, steps } = stretchOf(log, passage)
  const said = (count: number) => sentence(log.events[count - 1]!, log)
  const indexes = new Set([...steps, ...doors.map((n) => log.indexOf(n))])
  const lastStep = Math.max(fromCount, (steps.at(-1) ?? toCount - 1) + 1)
  const opening = openingCount(passage, { fromCount, toCount, steps }, log)
  const counts = opening === lastStep ? [opening] : [opening, lastStep]
  return {
    spec,
    passage,
    elementId: paneId(id, name),
    file: (await shippedRun(id)).name,
    stills: await Promise.all(
      counts.map(async (count) => ({
        caption: said(count),
        wide: await stillOf(log, spec, passage, count, STILL_SIZES.wide),
        tall: await stillOf(log, spec, passage, count, STILL_SIZES.tall),
      })),
    ),
    rows: [...indexes]
      .sort((a, b) => a - b)
      .map((index) => {
        const event = log.events[index]!
        const { n, atMs, node } = event
        return { door: doorId(id, name, n), n, time: seconds(atMs), who: node || '', what: sentence(event, log) }
      }),
    grid: gridTable(spec, passage),
    opensAt: seconds(log.events[opening - 1]!.atMs),
    caption: said(opening),
    tasks: Object.entries(spec.tasks ?? {})
      .filter(([, task]) => task.pane === name)
      .map(([task, { goal, shows }]) => ({
        name: task,
        goal,
        now: shows === undefined ? '' : `In this run: ${ask(log, shows.ask)} ${shows.unit}.`,
      })),
    instead: (spec.instead ?? []).map(({ by, replaces, says }) => ({
      by: { name: shortName(by), href: `/source/${by}/` },
      replaces: { name: shortName(replaces), href: `/source/${replaces}/` },
      says,
    })),
    needs: await needsOf(log, spec, passage, [fromCount, lastStep]),
  }
}

function gridTable({ id, grids }: FigureSpec, { view, shows }: Passage): GridTable | undefined {
  const grid = view === 'grid' ? grids?.[String(shows?.['grid'] ?? '')] : undefined
  if (grid === undefined) return undefined
  return {
    title: `${grid.rows.title}, ${grid.columns.title}`,
    columns: grid.columns.labels,
    rows: grid.rows.labels.map((_, row) => ({
      name: rowName(grid.rows, row),
      cells: grid.cells
        .filter((cell) => cell.row === row)
        .sort((a, b) => a.column - b.column)
        .map((cell) => ({ verdict: cell.verdict, text: cell.text, href: cellLink(id, grid, cell) })),
    })),
  }
}

/** Heights at which what is opened over the picture can still be read. */
const LOWEST = { wide: 300, tall: 260 } as const
const HIGHEST = { wide: 492, tall: 330 } as const

/** Room above and below a picture, and the step in which a lower canvas is tried. */
const AROUND_PX = 24
const LOWER_BY = 40

/**
 * A picture with few things in it needs less than the whole height: the lowest canvas in which it is drawn as in the highest.
 * A stage stands where its cast does, whatever happens; other views are drawn at `counts`, the passage's first and last step.
 */
async function needsOf(
  log: EventLog,
  spec: FigureSpec,
  passage: Passage,
  counts: readonly number[],
): Promise<BuiltPane['needs']> {
  const cast = castOf(spec, passage)
  const drawn = async (size: 'wide' | 'tall', height: number) => {
    const { width } = STILL_SIZES[size]
    if (passage.view === 'stage') return layoutFor(cast, width, height).height
    const heights = counts.map(async (count) => (await drawingAt(log, spec, passage, count, { width, height })).height)
    return Math.max(...(await Promise.all(heights)))
  }
  const needs = async (size: 'wide' | 'tall') => {
    const whole = Math.ceil(await drawn(size, HIGHEST[size]))
    for (let height = Math.max(LOWEST[size], whole + AROUND_PX); height < HIGHEST[size]; height += LOWER_BY)
      if (passage.view === 'stage' || Math.ceil(await drawn(size, height)) === whole) return height
    return HIGHEST[size]
  }
  return { wide: await needs('wide'), tall: await needs('tall') }
}

/** A passage as it stands after `count` events, in a box of a size. */
export async function stillOf(
  log: EventLog,
  spec: FigureSpec,
  passage: Passage,
  count: number,
  size: { readonly width: number; readonly height: number },
): Promise<string> {
  return svgOf(await drawingAt(log, spec, passage, count, size), sentence(log.events[count - 1]!, log))
}

async function drawingAt(
  log: EventLog,
  spec: FigureSpec,
  passage: Passage,
  count: number,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Drawing> {
  const cast = castOf(spec, passage)
  const view = await viewNamed(passage.view)
  const { fromCount, toCount } = stretchOf(log, passage)
  const timeOf = (at: number) => log.events[Math.max(0, Math.min(at, log.events.length) - 1)]!.atMs
  return view({
    spec,
    passage,
    cast,
    log,
    count,
    atMs: timeOf(count),
    scene: reduce(log, spec.cast, count),
    width,
    height,
    fromMs: timeOf(fromCount),
    toMs: timeOf(toCount),
    selected: '',
    followed: '',
    isStill: false,
  })
}

/** The whole cast on a stage after `count` events and `laterMs` more: for the landing page. */
export function stageAt(
  log: EventLog,
  spec: FigureSpec,
  count: number,
  { width, height }: { readonly width: number; readonly height: number },
  title: string,
  laterMs = 0,
): string {
  const atMs = log.events[count - 1]!.atMs + laterMs
  return svgOf(draw(reduce(log, spec.cast, count), atMs, spec.cast, layoutFor(spec.cast, width, height)), title)
}

/** The playing time of a run's whole length. */
export function playLengthMs(log: EventLog): number {
  return new PaceMap(log.events).lengthMs
}
