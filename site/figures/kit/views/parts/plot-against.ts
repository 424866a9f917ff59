/**
 * Rates against a number of senders: the run is cut at the moments whose text begins with a number (`1 till`, `2 tills`, …), and
 * in each part the orders and the syncs of the log are counted, a second.
 *
 * `shows.against`: the name of the x axis, such as `tills`. Points are drawn for what the cursor has passed, and the last one
 * moves until its part is over.
 */
import type { TraceEvent } from '../../../../../reference/host/trace.ts'
import { circle, type Drawing, label, type Mark, path, r, type Shape, textWidth } from '../../marks.ts'
import type { ViewContext } from '../../view.ts'
import { linear, niceEnd, type Scale } from './axis.ts'
import { note } from './look.ts'

/** One part of the run. */
interface Part {
  readonly senders: number
  readonly fromMs: number
  readonly toMs: number
  readonly orders: number
  readonly syncs: number
}

const HEAD = 26
const AXIS = 42
const LOG_FILE = /(?:^|\/)commitlog\/\d{20}$/
/** A rate of a shorter stretch says nothing. */
const STRETCH_MS_MIN = 10

/** The parts of a run before a moment, each with its counts. */
export function partsOf(events: readonly TraceEvent[], count: number, atMs: number): readonly Part[] {
  const parts: { senders: number; fromMs: number; toMs: number; orders: number; syncs: number }[] = []
  let open = false
  for (let i = 0; i < count; i++) {
    const event = events[i]!
    const part = open ? parts.at(-1) : undefined
    if (event.kind === 'script.step') {
      const senders = Number(/^(\d+) /.exec(event.text)?.[1] ?? 0)
      if (part !== undefined) part.toMs = event.atMs
      open = senders > 0
      if (open) parts.push({ senders, fromMs: event.atMs, toMs: event.atMs, orders: 0, syncs: 0 })
    } else if (part === undefined) continue
    else if (event.kind === 'app.called' && event.name.startsWith('send')) part.orders++
    else if (event.kind === 'disk.synced' && LOG_FILE.test(event.path)) part.syncs++
  }
  if (open) parts.at(-1)!.toMs = atMs
  return parts.filter(({ fromMs, toMs }) => toMs - fromMs >= STRETCH_MS_MIN)
}

/** Draws orders and syncs a second against the number of senders. */
export function plotAgainst({ log, count, atMs, passage, width, height }: ViewContext): Drawing {
  const all = log.events.flatMap((event) =>
    event.kind === 'script.step' ? [/^(\d+) /.exec(event.text)?.[1] ?? ''] : [],
  )
  const columns = all.filter((text) => text !== '').map(Number)
  const parts = partsOf(log.events, count, atMs)
  const rate = (events: number, { fromMs, toMs }: Part) => (events * 1_000) / (toMs - fromMs)
  // The end of the axis is that of the whole run, so that nothing already drawn moves.
  const whole = partsOf(log.events, log.events.length, log.events.at(-1)?.atMs ?? 0)
  const highest = Math.max(1, ...whole.map((part) => rate(Math.max(part.orders, part.syncs), part)))
  // A little more than the highest, in whole hundreds where there are some.
  const step = niceEnd(highest, 100) / 10
  const end = Math.ceil((highest * 1.12) / step) * step
  const [top, bottom] = [HEAD, height - AXIS]
  const y = linear(0, end, bottom, top, Math.max(2, Math.floor((bottom - top) / 56)))
  const left = Math.max(...y.ticks.map((one) => textWidth(one.toLocaleString('en')))) + 18
  const each = (width - 18 - left) / Math.max(1, columns.length)
  const x = (senders: number) => left + (columns.indexOf(senders) + 0.5) * each
  const marks: Mark[] = [frame(y, left, width - 18, columns, x, bottom, String(passage.shows?.['against']))]
  if (parts.length === 0) marks.push(note('Nothing to measure yet.', width, height))
  const lines = [
    { name: 'orders', className: 'producer', of: (part: Part) => rate(part.orders, part), lift: -10 },
    { name: 'syncs of the log', className: 'broker', of: (part: Part) => rate(part.syncs, part), lift: 18 },
  ]
  for (const [i, { name, className, of, lift }] of lines.entries()) {
    const points = parts.map((part) => ({ x: x(part.senders), y: y(of(part)), value: of(part) }))
    if (points.length === 0) continue
    const d = points.map((one, k) => `${k === 0 ? 'M' : 'L'}${r(one.x)} ${r(one.y)}`).join('')
    const shapes: Shape[] = [path(d, `curve ${className} dash-${i}`)]
    for (const [k, one] of points.entries()) {
      shapes.push(circle(one.x, one.y, 4, `against-dot ${className}`))
      // where both are equal, one number says it
      if (i > 0 && parts[k]!.orders === parts[k]!.syncs) continue
      const text = Math.round(one.value).toLocaleString('en')
      shapes.push(label(one.x, one.y + lift, text, `small strong halo series number ${className}`, 'middle'))
    }
    const last = points.at(-1)!
    const words = textWidth(name)
    const at = Math.max(left + words / 2, Math.min(width - 18 - words / 2, last.x - each / 2))
    shapes.push(label(at, last.y + (lift < 0 ? -26 : 34), name, `small strong halo series ${className}`, 'middle'))
    marks.push({ key: `curve:${name}`, x: 0, y: 0, shapes })
  }
  return { width, height, marks }
}

function frame(
  y: Scale,
  left: number,
  right: number,
  columns: readonly number[],
  x: (senders: number) => number,
  bottom: number,
  name: string,
): Mark {
  const shapes: Shape[] = [label(left - 8, 14, 'a second', 'small strong')]
  for (const value of y.ticks) {
    shapes.push(path(`M${r(left)} ${r(y(value))}H${r(right)}`, value === 0 ? 'axis' : 'grid-line'))
    shapes.push(label(left - 8, y(value) + 4.3, value.toLocaleString('en'), 'small faint number', 'end'))
  }
  for (const senders of columns) shapes.push(label(x(senders), bottom + 17, String(senders), 'small number', 'middle'))
  shapes.push(label((left + right) / 2, bottom + 35, name, 'small strong', 'middle'))
  return { key: 'axis', x: 0, y: 0, shapes }
}
