/** Axes: nice places, short words with units, and the marks. Linear or, for time, logarithmic. */
import { ticks } from 'd3-array'
import { label, type Mark, path, r, type Shape, textWidth } from '../../marks.ts'

/** From a value to pixels. */
export interface Scale {
  (value: number): number
  readonly from: number
  readonly to: number
  /** Values worth a tick, in order. */
  readonly ticks: readonly number[]
}

/** A linear scale; about `count` ticks. Units that must not be divided, such as bytes, ask for `whole` ticks. */
export function linear(from: number, to: number, start: number, end: number, count: number, whole = false): Scale {
  const span = to > from ? to - from : 1
  const at = (value: number) => start + ((value - from) / span) * (end - start)
  const places = ticks(from, from + span, Math.max(1, count)).filter((one) => !whole || Number.isInteger(one))
  return Object.assign(at, { from, to: from + span, ticks: places })
}

const TIME_STEPS_MS = [
  1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
  7_200_000, 14_400_000,
]
/** From this length on, a stretch of time has its ticks at whole seconds, minutes or hours. */
const LONG_MS = 20_000

/** A linear scale of times: of a long stretch, the ticks stand at whole seconds, minutes or hours. */
export function linearTime(from: number, to: number, start: number, end: number, count: number): Scale {
  const scale = linear(from, to, start, end, count)
  const span = scale.to - scale.from
  const step = TIME_STEPS_MS.find((one) => span / one <= count + 1)
  if (span < LONG_MS || step === undefined) return scale
  const first = Math.ceil(scale.from / step) * step
  const places = Array.from({ length: Math.floor((scale.to - first) / step) + 1 }, (_, i) => first + i * step)
  return Object.assign((value: number) => scale(value), { from: scale.from, to: scale.to, ticks: places })
}

const LOG_TICKS_MS = [
  100, 1_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000,
  36_000_000,
]

/** A logarithmic scale of the time since `from`; everything before `firstMs` after it lies together at the beginning. */
export function logarithmic(from: number, to: number, start: number, end: number, firstMs = 100): Scale {
  const span = Math.log10(Math.max(firstMs * 10, to - from) / firstMs)
  const at = (value: number) => {
    const share = Math.log10(Math.max(firstMs, value - from) / firstMs) / span
    return start + share * (end - start)
  }
  const places = LOG_TICKS_MS.filter((ms) => ms >= firstMs && ms <= to - from).map((ms) => from + ms)
  return Object.assign(at, { from, to, ticks: places })
}

/** A length of time in the largest unit that keeps it short: `800 ms`, `12 s`, `2 min`, `4 h`. */
export function shortTime(ms: number, step = ms): string {
  const [unit, name] =
    step >= 3_600_000 ? [3_600_000, 'h'] : step >= 120_000 ? [60_000, 'min'] : step >= 100 ? [1_000, 's'] : [1, 'ms']
  return `${Number((ms / unit).toFixed(2))} ${name}`
}

/** The marks of a time axis along a line at `y`: ticks with their words below. Words that would touch are left out. */
export function timeAxis(scale: Scale, start: number, end: number, y: number, isSince: boolean): Mark {
  const shapes: Shape[] = [path(`M${r(start)} ${r(y)}H${r(end)}`, 'axis')]
  const step = isSince ? undefined : (scale.ticks[1] ?? 0) - (scale.ticks[0] ?? 0)
  let last = Number.NEGATIVE_INFINITY
  for (const value of scale.ticks) {
    const x = scale(value)
    if (x < start - 0.5 || x > end + 0.5) continue
    const text = isSince ? `+${shortTime(value - scale.from)}` : shortTime(value, step)
    shapes.push(path(`M${r(x)} ${r(y)}v4`, 'axis'))
    const half = textWidth(text) / 2
    const centre = Math.max(start + half - 12, Math.min(end - half + 8, x))
    if (centre - half < last + 8) continue
    shapes.push(label(centre, y + 16, text, 'small faint', 'middle'))
    last = centre + half
  }
  return { key: 'axis:time', x: 0, y: 0, shapes }
}

/** Where "now" is: a line down the picture. */
export function cursorLine(x: number, top: number, bottom: number): Mark {
  return { key: 'cursor', x: 0, y: 0, shapes: [path(`M${r(x)} ${r(top)}V${r(bottom)}`, 'cursor')] }
}

/** The smallest 1, 2 or 5 times a power of ten that is not below a value: an end of an axis that seldom moves. */
export function niceEnd(value: number, least: number): number {
  const wanted = Math.max(value, least)
  const power = 10 ** Math.floor(Math.log10(wanted))
  for (const factor of [1, 2, 5]) if (factor * power >= wanted) return factor * power
  return 10 * power
}
