/** The plots: what a run has done by the second, with the other run behind it. Pure data for small pictures that share one time axis. */
import { scaleLinear } from 'd3-scale'
import { area, line } from 'd3-shape'
import type { Row } from '../run/tape.ts'

/** One line of a plot. */
export interface Series {
  readonly name: string
  /** Class of the line, which gives the colour; the dash says the same. */
  readonly look: string
  readonly of: (row: Row) => number
}

export interface PlotSpec {
  readonly id: string
  readonly title: string
  readonly unit: 'a second' | 'messages' | 'ms'
  readonly series: readonly Series[]
}

/** A plot as it is drawn: paths in a box of `width` × `height`. */
export interface DrawnPlot {
  readonly max: number
  readonly lines: readonly {
    readonly name: string
    readonly look: string
    readonly d: string
    readonly area: string
    /** Undefined when there is no value: nothing has succeeded, so nothing took a time. */
    readonly now: number | undefined
    readonly endY: number
  }[]
  readonly ghosts: readonly string[]
  readonly cursorX: number
  readonly ticks: readonly { readonly x: number; readonly second: number }[]
}

/** Points of one line: more than pixels are not seen. */
const POINTS_MAX = 240

/** The messages that a group has not finished, in one row; `queue` '' for all queues. */
export function waitingIn(row: Row, group: string, queue = ''): number {
  if (queue !== '') return row.waiting[`${group}|${queue}`] ?? 0
  let sum = 0
  for (const [name, count] of Object.entries(row.waiting))
    if (name === group || name.startsWith(`${group}|`)) sum += count
  return sum
}

/** The plots of a cast. `queues`: those of the chosen group that have a line of their own. */
export function plotsOf(groups: readonly string[], group: string, queues: readonly string[]): readonly PlotSpec[] {
  return [
    {
      ...{ id: 'flow', title: 'Sent and done', unit: 'a second' },
      series: [
        { name: 'sent', look: 'sent', of: ({ sent }) => sent },
        { name: groups.length > 1 ? 'done, all groups' : 'done', look: 'done', of: ({ done }) => done },
      ],
    },
    {
      ...{
        id: 'waiting',
        title: groups.length === 0 ? 'Waiting: no group yet' : 'Waiting, by group',
        unit: 'messages',
      },
      series: groups.map((name, i) => ({ name, look: `group-${i}`, of: (row) => waitingIn(row, name) })),
    },
    {
      ...{
        id: 'queues',
        title: group === '' ? 'Waiting, by queue: no group yet' : `Waiting for ${group}, by queue`,
        unit: 'messages',
      },
      series: queues.map((queue, i) => ({
        name: queue,
        look: `queue-${i % 6}`,
        of: (row) => waitingIn(row, group, queue),
      })),
    },
    {
      ...{ id: 'latency', title: 'From send to success', unit: 'ms' },
      series: [
        { name: 'half are faster (p50)', look: 'p50', of: ({ p50Ms }) => p50Ms },
        { name: '99 of 100 are faster (p99)', look: 'p99', of: ({ p99Ms }) => p99Ms },
      ],
    },
    {
      ...{ id: 'failed', title: 'Failed', unit: 'a second' },
      series: [
        { name: 'tries of members that failed', look: 'bad', of: ({ failed }) => failed },
        { name: 'sends that failed', look: 'refused', of: ({ refused }) => refused },
      ],
    },
    {
      ...{ id: 'ends', title: 'Dead, twice, lost', unit: 'a second' },
      series: [
        { name: 'dead letters', look: 'bad', of: ({ dead }) => dead },
        { name: 'done twice', look: 'twice', of: ({ again }) => again },
        { name: 'lost', look: 'lost', of: ({ lost }) => lost },
      ],
    },
  ]
}

export interface PlotFrame {
  readonly rows: readonly Row[]
  readonly ghost: readonly Row[]
  /** The stretch of time that is shown, in seconds. */
  readonly fromSecond: number
  readonly toSecond: number
  readonly atSecond: number
  readonly width: number
  readonly height: number
}

/** Draws a plot up to the cursor; what lies behind it is the future. The other run is drawn as far as it goes. */
export function drawPlot(
  { series, unit }: PlotSpec,
  { rows, ghost, fromSecond, toSecond, atSecond, width, height }: PlotFrame,
): DrawnPlot {
  const shown = thinned(rows, fromSecond, Math.min(toSecond, atSecond))
  const behind = thinned(ghost, fromSecond, toSecond)
  let max = unit === 'messages' ? 10 : 1
  for (const { of } of series) for (const row of [...shown, ...behind]) max = Math.max(max, of(row))
  const x = scaleLinear([fromSecond, Math.max(fromSecond + 1, toSecond)], [0, width])
  const y = scaleLinear([0, max], [height - 1, 3]).nice(3)
  const base = y(0)
  const drawLine = (of: Series['of']) =>
    line<Row>()
      .defined((row) => of(row) >= 0)
      .x((row) => round(x(row.second + 1)))
      .y((row) => round(y(of(row))))
  const drawArea = (of: Series['of']) =>
    area<Row>()
      .defined((row) => of(row) >= 0)
      .x((row) => round(x(row.second + 1)))
      .y0(base)
      .y1((row) => round(y(of(row))))
  const last = shown.at(-1)
  return {
    max: y.domain()[1]!,
    lines: series.map(({ name, look, of }) => ({
      ...{ name, look, d: drawLine(of)(shown) ?? '', area: drawArea(of)(shown) ?? '' },
      ...{
        now: last === undefined ? 0 : of(last) < 0 ? undefined : of(last),
        endY: last === undefined ? base : y(Math.max(0, of(last))),
      },
    })),
    ghosts: series.map(({ of }) => drawLine(of)(behind) ?? ''),
    cursorX: Math.max(0, Math.min(width, x(atSecond))),
    ticks: x
      .ticks(4)
      .filter((second) => Number.isInteger(second))
      .map((second) => ({ x: x(second), second })),
  }
}

/** The rows of a stretch, so few that each has its pixel; of several, the last. */
function thinned(rows: readonly Row[], fromSecond: number, toSecond: number): Row[] {
  const from = Math.max(0, Math.floor(fromSecond))
  const to = Math.min(rows.length, Math.floor(toSecond))
  const every = Math.max(1, Math.ceil((to - from) / POINTS_MAX))
  const found: Row[] = []
  for (let at = from; at < to; at += every) found.push(rows[Math.min(to - 1, at + every - 1)]!)
  return found
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
