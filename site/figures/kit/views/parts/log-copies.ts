/**
 * A master's log above that of its slave: where the answers SEND_OK have come to, and what is on the master alone, shaded.
 *
 * The first broker of the picture is the master; each of the others is measured against it.
 */
import { ledgerAt } from '../../ledger.ts'
import { label, type Mark, path, r, rect, type Shape, textWidth } from '../../marks.ts'
import type { ViewContext } from '../../view.ts'
import { type Block, type BrokerParts, fileStart, type LogLayout } from './log-layout.ts'
import type { StoreState } from './log-state.ts'
import { hatching } from './look.ts'

export function copiesMarks(
  [master, ...slaves]: readonly BrokerParts[],
  layout: LogLayout,
  context: ViewContext,
): readonly Mark[] {
  const [first, ...others] = layout.blocks
  if (master === undefined || first === undefined) return []
  const marks = others.map((block, i) => gapMark(block, master.store, slaves[i]!.store, layout))
  const answered = answeredTo(master.store, context)
  const bottom = (others.at(-1) ?? first).rows.at(-1)!.box
  const row = first.rows.at(-1)!
  if (answered > row.start) {
    const x = xOf(layout, answered - row.start)
    const words = 'SEND_OK up to here'
    const left = x - textWidth(words) - 8 > layout.left
    const shapes = [
      path(`M${r(x)} ${r(row.box.y - 16)}V${r(bottom.y + bottom.height + 3)}`, 'answered-to'),
      label(left ? x - 6 : x + 6, row.box.y - 5, words, 'small strong halo answered', left ? 'end' : 'start'),
    ]
    marks.push({ key: 'answered-to', x: 0, y: 0, shapes })
  }
  return marks.filter((mark) => mark.shapes.length > 0)
}

/** The end of the last record that the shop was told SEND_OK about. */
function answeredTo({ records }: StoreState, { log, count }: ViewContext): number {
  const good = new Set(ledgerAt(log, count).flatMap(({ key, answer }) => (answer === 'ok' ? [key] : [])))
  return records.reduce((end, one) => (good.has(one.key) ? Math.max(end, one.at + one.sizeBytes) : end), 0)
}

const endOf = ({ records }: StoreState) =>
  records.reduce((end, one) => (one.isLost ? end : Math.max(end, one.at + one.sizeBytes)), 0)

/** The stretch of a slave's newest row that its master has and it has not. */
function gapMark(block: Block, master: StoreState, slave: StoreState, layout: LogLayout): Mark {
  const row = block.rows.at(-1)!
  const [from, to] = [Math.max(endOf(slave), row.start), endOf(master)]
  const shapes: Shape[] = []
  if (to > from && fileStart(master, to - 1) === row.start) {
    const [x1, x2] = [xOf(layout, from - row.start), xOf(layout, to - row.start)]
    const box = { x: x1, y: row.box.y + 1, width: Math.max(3, x2 - x1), height: row.box.height - 2 }
    const count = master.records.filter((one) => !one.isLost && one.at >= from).length
    const words = `${count} ${count === 1 ? 'record' : 'records'} on the master alone`
    const middle = Math.max(
      layout.left + textWidth(words) / 2,
      Math.min(layout.right - textWidth(words) / 2, (x1 + x2) / 2),
    )
    shapes.push(rect(box, 'gap', 2), hatching(box, 8, 'gap-hatch'))
    shapes.push(label(middle, row.box.y - 5, words, 'small strong halo gap-text', 'middle'))
  }
  return { key: `gap:${block.broker}`, thing: `node:${block.broker}`, x: 0, y: 0, shapes }
}

/** A place on the axis, inside of it also where the log goes on. */
function xOf({ x, left, right }: LogLayout, offset: number): number {
  return Math.max(left, Math.min(right, x(offset)))
}
