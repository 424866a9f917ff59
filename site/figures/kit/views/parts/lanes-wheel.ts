/**
 * The timer wheel as it lies on the disk: above, the slots of `timerwheel`, one for each tick of the passage; below, the entries of
 * `timerlog` in the order in which they were written. A slot points to the newest entry of its chain, and each entry to the one
 * before it. A hand shows the broker's time.
 *
 * `shows.slots`: `7-19`, the first and the last slot by the second of the run. A dashed entry is done: its message has left the
 * wheel, and its bytes stay.
 */
import { START_MS } from '../../../../../reference/host/sim/limits.ts'
import type { TraceEvent } from '../../../../../reference/host/trace.ts'
import { circle, type Drawing, label, type Mark, path, r, rect, type Shape, textWidth } from '../../marks.ts'
import type { ViewContext } from '../../view.ts'
import { type Fold, folded } from './fold.ts'
import { emphasised, fitting, keysOfThing, tagNumbers } from './look.ts'

const TICK_MS = 1_000
const ENTRY_BYTES = 52
const SLOT = { y: 36, height: 40 } as const
const ENTRY = { width: 76, height: 34 } as const

/** One entry of the timer log. */
interface Entry {
  readonly key: string
  readonly position: number
  readonly prevPos: number
  /** The slot's time in the run, in ms. */
  readonly slotMs: number
  readonly recalls: boolean
  readonly rolls: boolean
  isDone: boolean
}

interface WheelState {
  readonly entries: Entry[]
  /** The newest entry of each slot that waits, by its time. */
  readonly slots: Map<number, { lastPos: number; num: number }>
}

const WHEEL: Fold<WheelState> = { empty: () => ({ entries: [], slots: new Map() }), apply }

function apply({ entries, slots }: WheelState, event: TraceEvent): void {
  if (event.kind === 'timer.placed') {
    const slotMs = event.slotMs - START_MS
    const slot = slots.get(slotMs) ?? { lastPos: -1, num: 0 }
    const recalls = (event.magic & 4) !== 0
    const { key, position } = event
    entries.push({
      key,
      position,
      prevPos: slot.lastPos,
      slotMs,
      recalls,
      rolls: (event.magic & 2) !== 0,
      isDone: false,
    })
    slots.set(slotMs, { lastPos: position, num: slot.num + (recalls ? -1 : 1) })
    return
  }
  const leaves =
    event.kind === 'timer.rolled' ||
    event.kind === 'message.recalled' ||
    (event.kind === 'message.due' && event.level === 0)
  if (!leaves) return
  const left = entries.find((entry) => entry.key === event.key && !entry.isDone && !entry.recalls)
  if (left === undefined) return
  left.isDone = true
  // a slot is taken as a whole: what recalls one of its messages ends with it
  for (const entry of entries) if (entry.slotMs === left.slotMs && entry.recalls) entry.isDone = true
  slots.delete(left.slotMs)
}

/** Draws the wheel at a cursor. */
export function wheelDrawing(context: ViewContext): Drawing {
  const { width, passage, log, count, atMs, scene } = context
  const { entries, slots } = folded(WHEEL, log, count)
  const [first = 0, last = 0] = String(passage.shows?.['slots'] ?? '0-11')
    .split('-')
    .map(Number)
  const cells = last - first + 1
  const cell = (width - 12) / cells
  const slotX = (slotMs: number) => 6 + (slotMs / TICK_MS - first) * cell
  const tags = tagNumbers(scene)
  const each = Math.min(
    ENTRY.width,
    (width - 12) / Math.max(1, entries.length, Number(passage.shows?.['entries'] ?? 6)),
  )
  const logY = SLOT.y + SLOT.height + Math.min(120, context.height * 0.24)
  const entryX = (position: number) => 6 + (position / ENTRY_BYTES) * each
  const height = Math.min(context.height, logY + ENTRY.height + 76)
  const marks: Mark[] = [
    {
      key: 'heads',
      x: 0,
      y: 0,
      shapes: [
        label(6, 14, 'timerwheel: a slot for each second', 'small strong'),
        label(
          6,
          logY + ENTRY.height + 68,
          'timerlog: one entry after the other, and where each begins',
          'small strong',
        ),
      ],
    },
  ]
  for (let second = first; second <= last; second++) {
    const slot = slots.get(second * TICK_MS)
    marks.push(slotMark(second, slot?.num, slotX(second * TICK_MS), cell))
  }
  const now = 6 + (atMs / TICK_MS - first) * cell
  if (now >= 0 && now <= width)
    marks.push({
      key: 'hand',
      x: r(now),
      y: 0,
      shapes: [path(`M0 ${SLOT.y - 12}V${SLOT.y + SLOT.height + 6}`, 'cursor')],
    })
  for (const [slotMs, { lastPos }] of slots) {
    if (slotMs / TICK_MS < first || slotMs / TICK_MS > last) continue
    const from = slotX(slotMs) + cell / 2
    const to = entryX(lastPos) + (each - 4) / 2
    const [top, bottom] = [SLOT.y + SLOT.height, logY]
    const middle = (top + bottom) / 2
    const line = `M${r(from)} ${top}C${r(from)} ${r(middle)} ${r(to)} ${r(middle)} ${r(to)} ${r(bottom - 3)}`
    marks.push({
      key: `last:${slotMs}`,
      x: 0,
      y: 0,
      shapes: [path(line, 'chain walked'), circle(to, bottom - 3, 3, 'chain-tip walked')],
    })
  }
  for (const entry of entries)
    marks.push(entryMark(entry, { x: entryX(entry.position), y: logY, width: each - 4 }, tags(entry.key)))
  for (const entry of entries) {
    if (entry.prevPos < 0) continue
    const [from, to] = [entryX(entry.position) + (each - 4) / 2, entryX(entry.prevPos) + (each - 4) / 2]
    const y = logY + ENTRY.height
    const depth = Math.min(30, 14 + Math.abs(from - to) / 12)
    const arc = `M${r(from)} ${r(y)}C${r(from)} ${r(y + depth)} ${r(to)} ${r(y + depth)} ${r(to)} ${r(y + 3)}`
    marks.push({
      key: `prev:${entry.position}`,
      x: 0,
      y: 0,
      shapes: [path(arc, 'chain'), circle(to, y + 3, 3, 'chain-tip')],
    })
  }
  return { width, height: Math.ceil(height), marks: emphasised(marks, context, ({ thing }) => keysOfThing(thing, log)) }
}

function slotMark(second: number, num: number | undefined, x: number, cell: number): Mark {
  const box = { x: x + 1, y: SLOT.y, width: cell - 2, height: SLOT.height }
  const shapes: Shape[] = [rect(box, num === undefined ? 'blank' : 'edge-cell slot-chosen', 2)]
  const name = cell >= textWidth(`${second} s`) + 2 ? `${second} s` : String(second)
  if (cell >= textWidth(name) || second % 2 === 0)
    shapes.push(label(x + cell / 2, SLOT.y - 4, name, 'tiny faint', 'middle'))
  if (num !== undefined) shapes.push(label(x + cell / 2, SLOT.y + 25, String(num), 'small number strong', 'middle'))
  return { key: `slot:${second}`, x: 0, y: 0, shapes }
}

function entryMark(entry: Entry, { x, y, width }: { x: number; y: number; width: number }, tag: number): Mark {
  const box = { x, y, width, height: ENTRY.height }
  const shapes: Shape[] = [rect(box, entry.isDone ? 'blank' : `record tag-${tag}`, 2)]
  const words = entry.recalls ? fitting('recall', width - 4) || '×' : fitting(entry.key, width - 2)
  shapes.push(label(x + width / 2, y + 21, words, entry.isDone ? 'small faint' : 'small', 'middle'))
  if (width >= 20) shapes.push(label(x, y + ENTRY.height + 48, String(entry.position), 'tiny faint'))
  return { key: `entry:${entry.position}`, thing: `message:${entry.key}`, x: 0, y: 0, shapes }
}
