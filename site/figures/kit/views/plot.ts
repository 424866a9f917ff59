/**
 * A quantity over time, with its axis, its unit and its name at the line's end.
 *
 * `shows.what`: `sent`, `consumed` (a second; both with a comma between them), `lag` of the groups on the figure's topic,
 * `unflushed` records, `pages` that the disk has written, `latency` of sends, `delivery` from a send to its consumption,
 * `written` and `durable` bytes of the log: what lies between these two is what a power cut can take. `shows.as`: `histogram`
 * or `percentiles`: how the values of `latency` or `delivery` are distributed, up to the cursor. `shows.least`: the axis goes at least so
 * far up, so that two pictures have one scale. `shows.links`: where a link became longer. `shows.against`: against a
 * number of senders (`parts/plot-against.ts`). Lines and not d3-scale or d3-shape, which would cost a quarter of a page's script.
 */

import type { EventLog } from '../log.ts'
import { circle, type Drawing, label, type Mark, path, r, rect, type Shape, textWidth } from '../marks.ts'
import type { FigureSpec } from '../types.ts'
import type { View, ViewContext } from '../view.ts'
import { cursorLine, linear, niceEnd, type Scale, timeAxis } from './parts/axis.ts'
import { histogram, percentiles } from './parts/distribution.ts'
import { folded } from './parts/fold.ts'
import { emphasised, keysOfThing, note, tagNumbers } from './parts/look.ts'
import { plotAgainst } from './parts/plot-against.ts'
import { linkMarks } from './parts/plot-links.ts'
import { type Latency, PLOTS, type Step } from './parts/plot-state.ts'

const WHAT = {
  sent: { unit: 'orders a second', least: 2 },
  consumed: { unit: 'orders a second', least: 2 },
  lag: { unit: 'messages behind', least: 5 },
  unflushed: { unit: 'records not yet on disk', least: 5 },
  pages: { unit: 'pages of 4 KiB written to the disk', least: 10 },
  latency: { unit: 'milliseconds from send() to its answer', least: 10 },
  delivery: { unit: 'milliseconds from send() to CONSUME_SUCCESS', least: 10 },
  written: { unit: 'bytes of the log', least: 2_000 },
  durable: { unit: 'bytes of the log', least: 2_000 },
} as const
export type What = keyof typeof WHAT

interface Series {
  readonly name: string
  readonly className: string
  readonly steps: readonly Step[]
}

const AXIS = 24
const HEAD = 26

export const plot: View = (context) => {
  if (context.passage.shows?.['against'] !== undefined) return plotAgainst(context)
  const { width, height, fromMs, toMs, atMs, passage, log, count, scene, ghost } = context
  const wanted = whatOf(String(passage.shows?.['what'] ?? 'sent'))
  const as = passage.shows?.['as']
  if (as !== undefined) return distributed(String(as), wanted[0]!, context)
  const series = wanted.flatMap((what) => seriesOf(what, context))
  const others = ghost === undefined ? [] : wanted.flatMap((what) => seriesOf(what, { ...context, ...ghost }))
  const dots = tookOf(wanted[0]!, log, count, fromMs)
  const { unit } = WHAT[wanted[0]!]
  const least = Number(passage.shows?.['least'] ?? WHAT[wanted[0]!].least)
  const highest = Math.max(
    0,
    ...[...series, ...others].flatMap(({ steps }) => steps.map(({ value }) => value)),
    ...dots.map(({ tookMs }) => tookMs),
  )
  const hasLinks = passage.shows?.['links'] !== undefined
  const [top, bottom] = [HEAD + (hasLinks ? 14 : 0), height - AXIS - 6]
  const end = niceEnd(highest * 1.02, least)
  const y = linear(0, end, bottom, top, Math.max(2, Math.floor((bottom - top) / 56)))
  const left = Math.max(...y.ticks.map((one) => textWidth(one.toLocaleString('en')))) + 18
  const right = width - 18
  const x = linear(fromMs, toMs, left, right, width >= 520 ? 8 : 4)
  const marks: Mark[] = [grid(y, left, right, unit)]
  const now = Math.max(left, Math.min(right, x(atMs)))
  if (hasLinks) marks.push(...linkMarks(log, count, fromMs, x, top, bottom))
  for (const one of others)
    marks.push({
      key: `ghost:${one.name}`,
      x: 0,
      y: 0,
      shapes: [path(line(one.steps, x, y, fromMs, atMs), 'curve ghost-curve')],
    })
  if (wanted.includes('written') && wanted.includes('durable')) marks.push(atRisk(series, x, y, fromMs, atMs))
  for (const [i, one] of series.entries()) {
    const d = line(one.steps, x, y, fromMs, atMs)
    const shapes: Shape[] = []
    if (series.length === 1 && d !== '') shapes.push(path(`${d}V${r(bottom)}H${r(left)}Z`, `area ${one.className}`))
    shapes.push(path(d, `curve ${one.className} dash-${i % 4}`))
    marks.push({ key: `curve:${one.name}`, x: 0, y: 0, shapes })
  }
  const tags = tagNumbers(scene)
  for (const { n, key, atMs: at, tookMs, isGood } of dots) {
    const shapes = isGood
      ? [circle(0, 0, 4.5, `dot done tag-${tags(key)}`)]
      : [path('M-4 -4L4 4M4 -4L-4 4', 'dot-cross')]
    marks.push({ key: `dot:${n}`, thing: `message:${key}`, x: r(x(at)), y: r(y(tookMs)), shapes })
  }
  marks.push(timeAxis(x, left, right, bottom, false), cursorLine(now, top - 4, bottom))
  marks.push(names(series, y, now, right, top, bottom))
  if (series.length === 0 && dots.length === 0) marks.push(note('Nothing to measure yet.', width, height))
  return { width, height, marks: emphasised(marks, context, ({ thing }) => keysOfThing(thing, log)) }
}

/** Each time that a quantity of single messages took; none for a quantity over time. */
function tookOf(what: What, log: EventLog, count: number, fromMs: number): readonly Latency[] {
  const { latencies, deliveries } = folded(PLOTS, log, count)
  const all = what === 'latency' ? latencies : what === 'delivery' ? deliveries : []
  return all.filter(({ atMs }) => atMs >= fromMs)
}

/** How the times of single messages are distributed. Throws a sentence for another kind of picture or quantity. */
function distributed(as: string, what: What, context: ViewContext): Drawing {
  if (as !== 'histogram' && as !== 'percentiles')
    throw new Error(`shows.as is "${as}"; it may be histogram or percentiles`)
  if (what !== 'latency' && what !== 'delivery')
    throw new Error(`shows.what is "${what}"; a distribution is of latency or delivery`)
  const { log, count, fromMs, ghost, width, height } = context
  const took = (of: EventLog, to: number) => tookOf(what, of, to, fromMs).map(({ tookMs }) => tookMs)
  const values = took(log, count)
  const others = ghost === undefined ? [] : took(ghost.log, ghost.count)
  const box = { width, height, unit: WHAT[what].unit, least: WHAT[what].least }
  if (values.length + others.length === 0)
    return { width, height, marks: [note('Nothing to measure yet.', width, height)] }
  return {
    width,
    height,
    marks: as === 'histogram' ? histogram(values, others, box) : percentiles(values, others, box),
  }
}

/** The quantities of a passage. Throws a sentence for an unknown one, or for two of different units. */
function whatOf(asked: string): readonly What[] {
  const list = asked.split(',')
  const unknown = list.find((one) => !(one in WHAT))
  if (unknown !== undefined) throw new Error(`shows.what has "${unknown}"; it may be ${Object.keys(WHAT).join(', ')}`)
  const known = list as What[]
  if (new Set(known.map((one) => WHAT[one].unit)).size > 1)
    throw new Error(`shows.what "${asked}" has two units; a plot has one`)
  return known
}

/** A quantity at times of a run: what a reader's own curve is compared with. */
export function valuesAt(
  what: What,
  log: EventLog,
  spec: FigureSpec,
  fromMs: number,
  toMs: number,
  times: readonly number[],
) {
  const context = { log, count: log.events.length, cast: spec.cast, spec, fromMs, toMs, atMs: toMs }
  const [series] = seriesOf(what, context)
  return times.map((atMs) => series?.steps.findLast((step) => step.atMs <= atMs)?.value ?? 0)
}

function seriesOf(
  what: What,
  context: Pick<ViewContext, 'log' | 'count' | 'cast' | 'spec' | 'fromMs' | 'toMs' | 'atMs'>,
): Series[] {
  const { log, count, cast, spec } = context
  const state = folded(PLOTS, log, count)
  const groups = [...new Set(cast.map(({ group }) => group).filter((group) => group !== undefined))]
  if (what === 'sent') {
    const times = cast.flatMap(({ name }) => state.sent.get(name) ?? []).sort((a, b) => a - b)
    return times.length === 0 ? [] : [{ name: 'sent', className: 'producer', steps: rates(times, context) }]
  }
  if (what === 'consumed')
    return groups
      .filter((group) => state.consumed.has(group))
      .map((group) => ({
        name: groups.length === 1 ? 'consumed' : `consumed by ${group}`,
        className: 'consumer',
        steps: rates(state.consumed.get(group)!, context),
      }))
  if (what === 'lag')
    return groups
      .filter((group) => state.lag.has(`${group}@${spec.topic}`))
      .map((group) => ({ name: group, className: 'consumer', steps: state.lag.get(`${group}@${spec.topic}`)! }))
  if (what === 'latency' || what === 'delivery') return []
  if (what === 'written' || what === 'durable') {
    const brokers = cast.filter(({ name }) => state[what].has(name))
    const words = what === 'written' ? 'in the page cache' : 'on the disk'
    return brokers.map(({ name }) => ({
      name: brokers.length === 1 ? words : `${name} ${words}`,
      className: 'broker',
      steps: state[what].get(name)!,
    }))
  }
  if (what === 'pages')
    return [...state.pages].map(([name, steps], i) => ({ name, className: i === 0 ? 'broker' : 'consumer', steps }))
  return cast
    .filter(({ name }) => state.unflushed.has(name))
    .map(({ name }) => ({ name, className: 'broker', steps: state.unflushed.get(name)! }))
}

/** The room between what is written and what is durable: what a power cut can take. */
function atRisk(series: readonly Series[], x: Scale, y: Scale, fromMs: number, atMs: number): Mark {
  const shapes: Shape[] = []
  const brokers = series.length / 2
  for (let i = 0; i < brokers; i++) {
    const [written, durable] = [series[i]!.steps, series[i + brokers]!.steps]
    const valueAt = (steps: readonly Step[], ms: number) => steps.findLast((step) => step.atMs <= ms)?.value ?? 0
    const times = [...written, ...durable].map((step) => step.atMs).filter((ms) => ms > fromMs && ms <= atMs)
    const all = [fromMs, ...new Set(times.sort((a, b) => a - b)), atMs]
    for (const [k, ms] of all.entries()) {
      const end = all[k + 1]
      const [high, low] = [valueAt(written, ms), valueAt(durable, ms)]
      if (end === undefined || end <= ms || high <= low) continue
      shapes.push(rect({ x: x(ms), y: y(high), width: x(end) - x(ms), height: y(low) - y(high) }, 'at-risk'))
    }
  }
  return { key: 'at-risk', x: 0, y: 0, shapes }
}

/** How many a second, in stretches of a nice length; the last one is as far as it has come. */
function rates(
  times: readonly number[],
  { fromMs, toMs, atMs }: Pick<ViewContext, 'fromMs' | 'toMs' | 'atMs'>,
): Step[] {
  const length = niceEnd((toMs - fromMs) / 60, 10)
  const counts = new Map<number, number>()
  for (const at of times) {
    const bin = Math.floor((at - fromMs) / length)
    counts.set(bin, (counts.get(bin) ?? 0) + 1)
  }
  const steps: Step[] = []
  for (let bin = 0; fromMs + bin * length <= atMs; bin++)
    steps.push({ atMs: fromMs + bin * length, value: ((counts.get(bin) ?? 0) * 1_000) / length })
  return steps
}

/** A step line from `fromMs` to now. */
function line(steps: readonly Step[], x: Scale, y: Scale, fromMs: number, atMs: number): string {
  let value = 0
  let d = ''
  let last = ''
  for (const step of steps) {
    if (step.atMs > atMs) break
    if (step.atMs > fromMs) {
      if (d === '') d = `M${r(x(fromMs))} ${r(y(value))}`
      const next = `H${r(x(step.atMs))}V${r(y(step.value))}`
      if (next !== last) d += next
      last = next
    }
    value = step.value
  }
  if (d === '') d = steps.length === 0 ? '' : `M${r(x(fromMs))} ${r(y(value))}`
  return d === '' ? '' : `${d}H${r(x(Math.max(fromMs, atMs)))}`
}

function grid(y: Scale, left: number, right: number, unit: string): Mark {
  const shapes: Shape[] = [label(left - 8, 14, unit, 'small strong')]
  for (const value of y.ticks) {
    shapes.push(path(`M${r(left)} ${r(y(value))}H${r(right)}`, value === 0 ? 'axis' : 'grid-line'))
    shapes.push(label(left - 8, y(value) + 4.3, value.toLocaleString('en'), 'small faint number', 'end'))
  }
  return { key: 'axis:value', x: 0, y: 0, shapes }
}

/** The names at the ends of the lines, pushed apart; left of now where there is no room at the right. */
function names(series: readonly Series[], y: Scale, now: number, right: number, top: number, bottom: number): Mark {
  const ends = series.map((one) => ({ one, y: y(one.steps.at(-1)?.value ?? 0) })).sort((a, b) => a.y - b.y)
  const shapes: Shape[] = []
  let last = top - 8
  const places = ends.map(({ y: at }) => {
    last = Math.max(last + 15, at - 6)
    // pushed onto a line: below it
    const line = ends.find((end) => end.y > last - 11 && end.y < last + 3)
    if (line !== undefined) last = line.y + 14
    return last
  })
  const over = Math.max(0, last - (bottom - 5))
  for (const [i, { one }] of ends.entries()) {
    const isRight = right - now > textWidth(one.name) + 10
    const className = `small strong halo series ${one.className}`
    shapes.push(label(isRight ? now + 6 : now - 6, places[i]! - over, one.name, className, isRight ? 'start' : 'end'))
  }
  return { key: 'names', x: 0, y: 0, shapes }
}
