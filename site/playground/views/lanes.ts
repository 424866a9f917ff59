/**
 * A queue: messages in a row, the next one to be read at the right. A message has the colour and the sign of its tag; a hollow one is
 * fetched by a member and not finished, and has the colour alone. A line under the last ones says that they are in the memory of the broker alone.
 */
import { label, type Mark, path, r, rect, type Shape } from '../../figures/kit/marks.ts'
import { masterOf, type PlayState } from '../run/state.ts'
import { ghostOfLane } from './ghost.ts'
import type { Lane } from './layout.ts'
import { compact } from './numbers.ts'
import type { StageView } from './stage.ts'

/** The largest side of one message. */
const CELL = 9
/** Smaller messages have no sign: it could not be seen. */
const SIGN_FROM = 7

/** What a lane shows: the messages that wait for the shown group; without a group, all that are stored. */
export function shownIn(state: PlayState, queue: string, group: string): number {
  const it = state.queues[queue]
  return (group === '' ? it?.stored : it?.waiting[group]) ?? 0
}

/** The messages that are drawn in a lane: those on their way are not in it yet, but the number beside it counts them. */
function drawnIn({ state, group, arriving }: StageView, queue: string): number {
  return Math.max(0, shownIn(state, queue, group) - (arriving[queue] ?? 0))
}

/** Draws one lane. */
export function laneMark(view: StageView, lane: Lane): Mark {
  const { state, group } = view
  const queue = state.queues[lane.queue]
  const [all, total] = [drawnIn(view, lane.queue), shownIn(state, lane.queue, group)]
  const owners = queue?.owners[group] ?? []
  const inHand = Math.min(
    all,
    owners.reduce((sum, one) => sum + (state.members[one]?.taken[lane.queue] ?? 0), 0),
  )
  const size = Math.min(CELL, lane.height - 2)
  const pitch = size + 2
  const room = Math.floor((lane.width - 6) / pitch)
  const shown = Math.min(all, room)
  const isUp = state.nodes[masterOf(state, queue?.broker ?? '')]?.state === 'running'
  const isOrphan = owners.length === 0 && isUp && state.groups[group] !== undefined
  const name = lane.queue.replace(/^.*\//, 'q')
  const middle = lane.y + lane.height / 2 + 4
  const shapes: Shape[] = [
    rect(lane, `queue-lane${total > room ? ' full' : ''}${isOrphan ? ' orphan' : ''}`, 3),
    label(
      lane.x - 6,
      middle,
      total > room ? `${name} · ${compact(total)}` : name,
      `tiny ${total > room ? 'strong' : 'faint'}`,
      'end',
    ),
  ]
  if (view.ghost !== undefined)
    shapes.push(...ghostOfLane(lane, lane.x + lane.width - 3, pitch, all, shownIn(view.ghost, lane.queue, group)))
  shapes.push(...cells(lane, queue?.tags[group] ?? '', size, shown, Math.min(shown, inHand)))
  const isLost = state.nodes[masterOf(state, queue?.broker ?? '')]?.how === 'powercut' && !isUp
  // the last of the queue are at the left, and those that do not fit are left out there
  const inMemory = Math.min(queue?.unflushed ?? 0, all) - (all - shown)
  if (inMemory > 0) {
    const end = lane.x + lane.width - 3 - shown * pitch
    const [x, width, y] = [end + 1, inMemory * pitch - 2, lane.y + lane.height - 1]
    shapes.push(path(`M${r(x)} ${r(y)}h${r(width)}`, `in-memory${isLost ? ' gone' : ''}`))
  }
  return { key: `lane:${lane.queue}`, thing: `queue:${lane.queue}`, x: 0, y: 0, shapes }
}

/** The messages of a lane as few paths: squares and signs by tag, those of the first `taken` hollow. */
function cells(lane: Lane, tags: string, size: number, shown: number, taken: number): Shape[] {
  const squares = new Map<string, string>()
  const signs = new Map<string, string>()
  const y = lane.y + lane.height / 2
  for (let i = 0; i < shown; i++) {
    const tag = tags[i] ?? 'none'
    const look = `tag-${tag}${i < taken ? ' taken' : ''}`
    const x = lane.x + lane.width - 4 - i * (size + 2) - size / 2
    const square = `M${r(x + size / 2)} ${r(y - size / 2)}h${-size}v${size}h${size}z`
    squares.set(look, (squares.get(look) ?? '') + square)
    if (size >= SIGN_FROM && i >= taken) signs.set(look, (signs.get(look) ?? '') + sign(tag, x, y))
  }
  return [
    ...[...squares].map(([look, d]) => path(d, `waits ${look}`)),
    ...[...signs].filter(([, d]) => d !== '').map(([look, d]) => path(d, `waits-sign ${look}`)),
  ]
}

/** Circle, triangle, diamond, bar: the tag without its colour. */
function sign(tag: string, x: number, y: number): string {
  if (tag === '0') return `M${r(x - 1.9)} ${r(y)}a1.9 1.9 0 1 0 3.8 0a1.9 1.9 0 1 0 -3.8 0z`
  if (tag === '1') return `M${r(x)} ${r(y - 2.2)}l2.2 4h-4.4z`
  if (tag === '2') return `M${r(x)} ${r(y - 2.6)}l2.6 2.6l-2.6 2.6l-2.6 -2.6z`
  return tag === '3' ? `M${r(x - 2.4)} ${r(y - 1)}h4.8v2h-4.8z` : ''
}
