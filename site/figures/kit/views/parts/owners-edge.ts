/** What stands at the edge of a picture of owners: the other run's owners, and lanes for which there is no room. */
import { type Box, label, type Mark, path, r } from '../../marks.ts'
import type { Scale } from './axis.ts'
import { type OwnedQueue, stretchesOf } from './owners-state.ts'

/** What the other run had there: a thin line under the lane wherever somebody owned the queue. */
export function ghostLine(name: string, queue: OwnedQueue, box: Box, x: Scale, atMs: number): Mark {
  const y = box.y + box.height
  let d = ''
  for (const { fromMs, toMs, owners } of stretchesOf(queue, atMs)) {
    if (owners.length === 0) continue
    const [from, to] = [Math.max(box.x, x(fromMs)), Math.min(box.x + box.width, x(toMs))]
    if (to > from) d += `M${r(from)} ${r(y)}H${r(to)}`
  }
  return { key: `ghost:${name}`, x: 0, y: 0, shapes: d === '' ? [] : [path(d, 'ghost-line')] }
}

/** How many lanes are left out. */
export function moreLine(count: number, x: number, bottom: number): Mark {
  const text = `${count} more queues are not shown`
  return { key: 'more', x: 0, y: 0, shapes: [label(x + 4, bottom - 3, text, 'small faint halo')] }
}
