/**
 * The build's side of figures: runs each scenario once in Node, and makes of its log what a page holds without any script:
 * stills, the table of steps, the facts the controls need.
 */

import { figureById } from './found.ts'
import { draw } from './kit/draw.ts'
import { layoutFor, STILL_WIDTHS } from './kit/layout.ts'
import { EventLog } from './kit/log.ts'
import { PaceMap } from './kit/pace.ts'
import { run } from './kit/run.ts'
import { reduce } from './kit/scene.ts'
import { svgOf } from './kit/still.ts'
import type { FigureSpec, ShippedRun } from './kit/types.ts'
import { seconds, sentence } from './kit/words/en.ts'

/** A row of the step table. */
export interface StepRow {
  readonly n: number
  readonly time: string
  readonly who: string
  readonly what: string
}

/** A still with its caption. */
export interface Still {
  readonly caption: string
  readonly wide: string
  readonly tall: string
}

/** Everything a page needs to show a figure before its script runs. */
export interface BuiltFigure {
  readonly spec: FigureSpec
  /** File name of the shipped run, below `/figures/`. */
  readonly file: string
  readonly stills: readonly Still[]
  readonly rows: readonly StepRow[]
  /** Events that have happened in the first still: where the figure opens. */
  readonly openAt: number
  readonly caption: string
  readonly events: number
  readonly lengthMs: number
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

/** Name and text of the file that the page fetches. */
export async function shippedRun(id: string): Promise<{ readonly name: string; readonly text: string }> {
  const { run: result } = await pinnedRun(id)
  const shipped: ShippedRun = { v: 1, id, spec: figureById(id).spec, run: result }
  return { name: `${id}.${result.hash.slice(0, 8)}`, text: JSON.stringify(shipped) }
}

/** What the page of a figure holds. */
export async function buildFigure(id: string): Promise<BuiltFigure> {
  const log = await pinnedRun(id)
  const { spec } = figureById(id)
  const counts = spec.moments.map(({ step, eventsLater }) => countAt(log, step, eventsLater))
  const openAt = counts[0]!
  return {
    spec,
    file: (await shippedRun(id)).name,
    stills: spec.moments.map(({ caption }, i) => ({ caption, ...stillOf(log, spec, counts[i]!, caption) })),
    rows: log.steps.map((index) => {
      const event = log.events[index]!
      return { n: event.n, time: seconds(event.atMs), who: event.node || '', what: sentence(event, log) }
    }),
    openAt,
    caption: sentence(log.events[openAt - 1]!, log),
    events: log.events.length,
    lengthMs: new PaceMap(log.events).lengthMs,
  }
}

/** One still of a run, after `count` events, at any width. */
export function stillAt(
  log: EventLog,
  spec: FigureSpec,
  count: number,
  width: number,
  title: string,
  laterMs = 0,
): string {
  const atMs = log.events[count - 1]!.atMs + laterMs
  return svgOf(draw(reduce(log, spec.cast, count), atMs, spec.cast, layoutFor(spec.cast, width)), title)
}

function stillOf(log: EventLog, spec: FigureSpec, count: number, caption: string) {
  return {
    wide: stillAt(log, spec, count, STILL_WIDTHS.wide, caption),
    tall: stillAt(log, spec, count, STILL_WIDTHS.tall, caption),
  }
}

/** Events that have happened when the named step begins, the step included. */
export function countAt(log: EventLog, step: string, eventsLater = 0): number {
  const index = log.moments.find((at) => {
    const event = log.events[at]!
    return event.kind === 'script.step' && event.text === step
  })
  if (index === undefined) throw new Error(`The run has no step "${step}"; its scenario and its figure disagree.`)
  return Math.min(log.events.length, index + 1 + eventsLater)
}
