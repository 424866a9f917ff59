/**
 * How values are distributed: a histogram, or a curve of percentiles. The other run is drawn as an outline behind.
 *
 * A histogram has at most 40 bars of one nice width. The curve of percentiles stretches its upper end (50, 90, 99, 99.9), because a
 * tail is what such a curve is looked at for.
 */
import { label, type Mark, path, r, rect, type Shape, textWidth } from '../../marks.ts'
import { linear, niceEnd, type Scale } from './axis.ts'

/** Where to draw, what the values are, and the smallest end of their axis. */
export interface Place {
  readonly width: number
  readonly height: number
  readonly unit: string
  readonly least: number
}

const HEAD = 26
const FOOT = 30
const BARS_MAX = 40

/** Bars: how many values lie in each stretch of one width. */
export function histogram(values: readonly number[], others: readonly number[], place: Place): Mark[] {
  const highest = Math.max(...values, ...others)
  const step = niceEnd((highest + 1) / BARS_MAX, 1) // times are whole milliseconds
  const bars = Math.max(1, Math.floor(highest / step) + 1)
  const [own, other] = [countsOf(values, step, bars), countsOf(others, step, bars)]
  const bottom = place.height - FOOT
  const y = linear(0, niceEnd(Math.max(...own, ...other), 4), bottom, HEAD, 5, true)
  const left = Math.max(...y.ticks.map((one) => textWidth(one.toLocaleString('en')))) + 18
  const x = linear(0, Math.max(place.least, bars * step), left, place.width - 14, 8)
  const marks: Mark[] = [sideAxis(y, left, place, 'messages')]
  const box = (i: number, count: number) => ({
    x: x(i * step) + 0.5,
    y: y(count),
    width: Math.max(1, x((i + 1) * step) - x(i * step) - 1),
    height: bottom - y(count),
  })
  for (const [i, count] of other.entries())
    if (count > 0 && count !== own[i])
      marks.push({ key: `ghost:bar:${i}`, x: 0, y: 0, shapes: [rect(box(i, count), 'ghost')] })
  for (const [i, count] of own.entries())
    if (count > 0) marks.push({ key: `bar:${i}`, x: 0, y: 0, shapes: [rect(box(i, count), 'bar producer', 1)] })
  for (const share of [0.5, 0.99]) marks.push(percentileMark(values, share, x, bottom))
  marks.push(footAxis(x, left, place, place.unit))
  return marks
}

/** The percentiles along an axis that stretches towards 100, the values upwards. */
export function percentiles(values: readonly number[], others: readonly number[], place: Place): Mark[] {
  const bottom = place.height - FOOT
  const y = linear(0, niceEnd(Math.max(...values, ...others) * 1.02, place.least), bottom, HEAD, 5)
  const left = Math.max(...y.ticks.map((one) => textWidth(one.toLocaleString('en')))) + 18
  const right = place.width - 40
  const x = (share: number) => left + (stretched(share) / stretched(1)) * (right - left)
  const marks: Mark[] = [sideAxis(y, left, place, place.unit)]
  if (others.length > 0)
    marks.push({ key: 'ghost:curve', x: 0, y: 0, shapes: [path(curveOf(others, x, y), 'curve ghost-curve')] })
  if (values.length > 0)
    marks.push({ key: 'curve', x: 0, y: 0, shapes: [path(curveOf(values, x, y), 'curve producer')] })
  const shapes: Shape[] = [path(`M${r(left)} ${r(bottom)}H${r(right)}`, 'axis')]
  for (const share of [0, 0.5, 0.9, 0.99, 0.999]) {
    const at = x(share)
    shapes.push(path(`M${r(at)} ${r(bottom)}v4`, 'axis'))
    shapes.push(label(at, bottom + 16, `p${Number((share * 100).toFixed(1))}`, 'small faint', 'middle'))
    const value = valueAt(values, share)
    // a percentile that a single value decides is not one
    if (share > 0 && values.length * (1 - share) >= 1 && value !== undefined)
      shapes.push(label(at, y(value) - 6, `${Math.round(value)}`, 'small strong halo', 'middle'))
  }
  marks.push({ key: 'axis:percentile', x: 0, y: 0, shapes })
  return marks
}

function countsOf(values: readonly number[], step: number, bars: number): number[] {
  const counts = new Array<number>(bars).fill(0)
  for (const value of values) counts[Math.min(bars - 1, Math.floor(value / step))]!++
  return counts
}

/** The value that a share of all values does not exceed; undefined for no values. */
export function valueAt(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}

/** Each nine of a percentile is as wide as the one before it. */
function stretched(share: number): number {
  return -Math.log10(1 - Math.min(share, 0.9995))
}

function curveOf(values: readonly number[], x: (share: number) => number, y: Scale): string {
  const sorted = [...values].sort((a, b) => a - b)
  let d = ''
  for (const [i, value] of sorted.entries())
    d += `${d === '' ? 'M' : 'L'}${r(x(i / sorted.length))} ${r(y(value))}L${r(x((i + 1) / sorted.length))} ${r(y(value))}`
  return d
}

/** A line down at a percentile, with its name. */
function percentileMark(values: readonly number[], share: number, x: Scale, bottom: number): Mark {
  const value = values.length * (1 - share) >= 1 ? valueAt(values, share) : undefined
  const shapes: Shape[] = []
  if (value !== undefined) {
    const isLow = share < 0.9
    shapes.push(path(`M${r(x(value))} ${HEAD - 8}V${r(bottom)}`, 'cursor'))
    const text = `${Math.round(share * 100)} % within ${Math.round(value)} ms`
    shapes.push(label(x(value) + 4, HEAD + (isLow ? -10 : 6), text, 'small strong halo'))
  }
  return { key: `percentile:${share}`, x: 0, y: 0, shapes }
}

function sideAxis(y: Scale, left: number, { width }: Place, unit: string): Mark {
  const shapes: Shape[] = [label(2, 12, unit, 'small strong')]
  for (const value of y.ticks) {
    shapes.push(path(`M${r(left)} ${r(y(value))}H${r(width - 14)}`, value === 0 ? 'axis' : 'grid-line'))
    shapes.push(label(left - 8, y(value) + 4.3, value.toLocaleString('en'), 'small faint number', 'end'))
  }
  return { key: 'axis:value', x: 0, y: 0, shapes }
}

function footAxis(x: Scale, left: number, { width, height }: Place, unit: string): Mark {
  const bottom = height - FOOT
  const shapes: Shape[] = []
  for (const value of x.ticks) {
    const at = x(value)
    if (at < left - 0.5 || at > width - 8) continue
    shapes.push(path(`M${r(at)} ${r(bottom)}v4`, 'axis'))
    shapes.push(label(at, bottom + 15, value.toLocaleString('en'), 'small faint', 'middle'))
  }
  shapes.push(label(width - 14, bottom + 28, unit, 'small', 'end'))
  return { key: 'axis:foot', x: 0, y: 0, shapes }
}
