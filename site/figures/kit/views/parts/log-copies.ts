/**
 * A master's log above that of its slave: where the answers SEND_OK have come to, and what is on the master alone, shaded.
 *
 * The first broker of the picture is the master; each of the others is measured against it.
 */
import { ledgerAt, toldCount } from '../../ledger.ts'
import { label, type Mark, path, r, rect, type Shape, textWidth } from '../../marks.ts'
import type { ViewContext } from '../../view.ts'
import { type Block, type BrokerParts, fileStart, type LogLayout } from './log-layout.ts'
import type { LogRecord, StoreState } from './log-state.ts'
import { hatching } from './look.ts'

export function copiesMarks(
  [master, ...slaves]: readonly BrokerParts[],
  layout: LogLayout,
  context: ViewContext,
): readonly Mark[] {
  const [first, ...others] = layout.blocks
  if (master === undefined || first === undefined) return []
  // what a dead machine had is gone with it, and was there
  const isThere = context.scene.nodes[master.broker]?.state === 'running'
  const own = master.store.records.filter(({ isLost }) => !(isLost && isThere))
  const good = goodKeys(context)
  const answered = answeredTo(
    [master, ...slaves].flatMap(({ store }) => store.records),
    good,
  )
  // a master that came back with less: the answers have come to where its slave's log ends
  const isBehind =
    isThere && answeredTo(own, good) < Math.max(0, ...slaves.map(({ store }) => answeredTo(left(store), good)))
  const gaps = others.map((block, i) => {
    if (isBehind) return aheadMark(block, own, slaves[i]!.store)
    return gapMark(block, { ...master.store, records: own }, slaves[i]!.store, layout, isThere)
  })
  const marks: Mark[] = []
  const row = first.rows.at(-1)!
  if (answered > row.start) {
    const x = xOf(layout, answered - row.start)
    const words = 'SEND_OK up to here'
    // through the rows alone: between them stand words
    const rest = others.map(({ rows }) => rows.at(-1)!.box)
    const lower = rest.map(({ y, height }) => `M${r(x)} ${r(y - 3)}v${r(height + 6)}`).join('')
    const isLeft = x - textWidth(words) - 8 > layout.left
    const upper = `M${r(x)} ${r(row.box.y - 16)}V${r(row.box.y + row.box.height + 3)}`
    const said = label(
      isLeft ? x - 6 : x + 6,
      row.box.y - 5,
      words,
      'small strong halo answered',
      isLeft ? 'end' : 'start',
    )
    const shapes = isBehind ? [path(lower, 'answered-to')] : [path(`${upper}${lower}`, 'answered-to'), said]
    marks.push({ key: 'answered-to', x: 0, y: 0, shapes })
  }
  return [...gaps, ...marks].filter((mark) => mark.shapes.length > 0)
}

/** The orders that the shop was told SEND_OK about. */
function goodKeys({ log, count }: ViewContext): ReadonlySet<string> {
  return new Set(ledgerAt(log, toldCount(log, count)).flatMap(({ key, answer }) => (answer === 'ok' ? [key] : [])))
}

/** The end of the last of these records that the shop was told SEND_OK about. */
const answeredTo = (records: readonly LogRecord[], good: ReadonlySet<string>) =>
  endOf(records.filter(({ key }) => good.has(key)))

const left = ({ records }: StoreState) => records.filter(({ isLost }) => !isLost)

const endOf = (records: readonly LogRecord[]) => Math.max(0, ...records.map(({ at, sizeBytes }) => at + sizeBytes))

/** How many records a slave has that its master, which came back with less, has not. */
function aheadMark(block: Block, master: readonly LogRecord[], slave: StoreState): Mark {
  const row = block.rows.at(-1)!
  const has = new Set(master.map(({ at, key }) => `${at} ${key}`))
  const count = left(slave).filter(({ at, key }) => !has.has(`${at} ${key}`)).length
  const words = `${count} ${count === 1 ? 'record' : 'records'} on the slave alone, with SEND_OK`
  const shapes = count === 0 ? [] : [label(row.box.x + 6, row.box.y - 5, words, 'small strong halo gap-text')]
  return { key: `ahead:${block.broker}`, thing: `node:${block.broker}`, x: 0, y: 0, shapes }
}

/** The stretch of a slave's newest row that its master has and it has not; that it had, when the master is gone. */
function gapMark(block: Block, master: StoreState, slave: StoreState, layout: LogLayout, isThere: boolean): Mark {
  const row = block.rows.at(-1)!
  const copied = endOf(left(slave))
  const [from, to] = [Math.max(copied, row.start), endOf(master.records)]
  const shapes: Shape[] = []
  if (to > from && fileStart(master, to - 1) === row.start) {
    const [x1, x2] = [xOf(layout, from - row.start), xOf(layout, to - row.start)]
    const box = { x: x1, y: row.box.y + 1, width: Math.max(3, x2 - x1), height: row.box.height - 2 }
    const count = master.records.filter(({ at }) => at >= from).length
    const verb = isThere ? '' : count === 1 ? 'was ' : 'were '
    const words = `${count} ${count === 1 ? 'record' : 'records'} ${verb}on the master alone`
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
