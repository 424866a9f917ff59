/**
 * Logs of replicas that may differ: which epoch wrote each part, where the logs fork, and up to where a master counts its log as
 * confirmed.
 *
 * The fork is the first position at which two logs have different records. A log that merely ends earlier is no fork.
 */
import { label, type Mark, path, r, rect, type Shape, textWidth } from '../../marks.ts'
import { glyph } from '../../shapes.ts'
import type { ViewContext } from '../../view.ts'
import { type Block, type BrokerParts, fileStart, type LogLayout } from './log-layout.ts'
import type { LogRecord, StoreState } from './log-state.ts'
import { struck } from './look.ts'

/** Below this width the words of the confirm offset are short, and the head of a log has one sum. */
export const NARROW_PX = 400

/** Room below a row for the records that were cut away. */
export const CUT_HEIGHT = 18

/** The number of the colour of a record: one for each epoch, in the order of the epochs. */
export function epochHue({ epoch = 1 }: LogRecord): number {
  return Math.max(0, epoch - 1) % 4
}

export function epochMarks(
  parts: readonly BrokerParts[],
  layout: LogLayout,
  { scene }: Pick<ViewContext, 'scene'>,
): readonly Mark[] {
  const fork = forkOf(parts.map(({ store }) => store))
  const marks = layout.blocks.map((block, i): Mark => {
    const { store, broker } = parts[i]!
    const ofFork = forkSpan(fork, block, store, layout, i === 0)
    const { shapes, spans } = epochShapes(block, store, layout, ofFork)
    const confirmedTo = scene.nodes[broker]?.state === 'running' ? (scene.brokers[broker]?.confirmedTo ?? 0) : 0
    shapes.push(...confirmedShapes(block, store, layout, confirmedTo, [...spans, ofFork]))
    shapes.push(...cutShapes(block, store, layout))
    return { key: `epochs:${broker}`, thing: `node:${broker}`, x: 0, y: 0, shapes }
  })
  const [first] = layout.blocks
  if (fork === undefined || first === undefined) return marks
  const x = placeOf(fork, first, parts[0]!.store, layout)
  if (x === undefined) return marks
  const rows = layout.blocks.flatMap(({ rows: all }) => all.slice(-1))
  const d = rows.map(({ box }, i) => `M${r(x)} ${r(box.y - (i === 0 ? 16 : 4))}V${r(box.y + box.height + 4)}`).join('')
  const words = forkWords(fork)
  const isLeft = x + textWidth(words) + 8 > layout.right
  const shapes = [
    path(d, 'fork'),
    label(isLeft ? x - 6 : x + 6, rows[0]!.box.y - 5, words, 'small strong halo gap-text', isLeft ? 'end' : 'start'),
  ]
  return [...marks, { key: 'fork', x: 0, y: 0, shapes }]
}

const forkWords = (fork: number) => `the logs differ from ${fork.toLocaleString('en')} on`

/** The first position with different records in two of the logs. */
export function forkOf(stores: readonly Pick<StoreState, 'records'>[]): number | undefined {
  const seen = new Map<number, string>()
  let fork: number | undefined
  for (const { records } of stores)
    for (const { at, key, sizeBytes, isLost } of records) {
      if (isLost) continue
      const it = `${key} ${sizeBytes}`
      const known = seen.get(at)
      if (known !== undefined && known !== it) fork = Math.min(fork ?? at, at)
      seen.set(at, known ?? it)
    }
  return fork
}

/** Words above a row: from where to where. */
interface Span {
  readonly from: number
  readonly to: number
}

const overlap = (a: Span, b: Span) => a.from < b.to && a.to > b.from

/** Where the words of the fork stand above the first row; no words of an epoch are written over them. */
function forkSpan(
  fork: number | undefined,
  block: Block,
  store: StoreState,
  layout: LogLayout,
  isFirst: boolean,
): Span {
  const x = fork === undefined || !isFirst ? undefined : placeOf(fork, block, store, layout)
  if (x === undefined) return { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }
  const width = textWidth(forkWords(fork!)) + 8
  return x + width > layout.right ? { from: x - width, to: x } : { from: x, to: x + width }
}

/** The number of each epoch above its first record of the newest file, and where these words stand. */
function epochShapes(block: Block, store: StoreState, layout: LogLayout, ofFork: Span) {
  const shapes: Shape[] = []
  const spans: Span[] = []
  const row = block.rows.at(-1)!
  let freeFrom = layout.left
  for (const [i, { epoch, at }] of store.epochs.entries()) {
    const next = store.epochs[i + 1]
    if (next?.at === at) continue // an epoch without bytes
    const x = placeOf(Math.max(at, row.start), block, store, layout)
    if (x === undefined || (next !== undefined && next.at <= row.start)) continue
    shapes.push(path(`M${r(x)} ${r(row.box.y - 4)}V${r(row.box.y + row.box.height + 4)}`, 'epoch-start'))
    const words = `epoch ${epoch}`
    const from = Math.max(freeFrom, x)
    const span = { from, to: from + textWidth(words) }
    if (span.to > layout.right || overlap(span, ofFork)) continue
    shapes.push(label(from, row.box.y - 5, words, 'small strong halo'))
    spans.push(span)
    freeFrom = span.to + 12
  }
  return { shapes, spans }
}

/** What was cut away, below the place where it lay, with its number: it has fallen, and something else may lie there since. */
function cutShapes(block: Block, store: StoreState, layout: LogLayout): Shape[] {
  const { box } = block.rows.at(-1)!
  const y = box.y + box.height + 3
  const spans = store.cut.flatMap((record) => {
    const [from, to] = [record.at, record.at + record.sizeBytes].map((at) => placeOf(at, block, store, layout))
    return from === undefined || to === undefined || to - from < 1 ? [] : [{ record, from, to }]
  })
  const shapes = spans.flatMap(({ record, from, to }): Shape[] => {
    const own = { x: from, y, width: Math.max(2, to - from - 1.5), height: CUT_HEIGHT - 5 }
    const tag = `tag-${epochHue(record)}`
    const sign =
      own.width >= 13 ? [glyph(from + own.width / 2, y + own.height / 2, 3.5, epochHue(record), `glyph-of ${tag}`)] : []
    return [rect(own, `record lost ${tag}`, 2), struck(own, 'strike'), ...sign]
  })
  const [first, last] = [spans[0], spans.at(-1)]
  if (first === undefined || last === undefined) return shapes
  const count = store.cut.length
  const said = [`${count} ${count === 1 ? 'record' : 'records'} cut away`, `${count} cut`]
  const words = said.find((text) => first.from - layout.left > textWidth(text) + 8) ?? said[1]!
  const isLeft = first.from - layout.left > textWidth(words) + 8
  const at = isLeft ? first.from - 6 : last.to + 5
  return [...shapes, label(at, y + 11, words, 'small strong halo gap-text', isLeft ? 'end' : 'start')]
}

/** Width of the sums at the right of a log's head. */
const HEAD_SUMS_PX = 230

/**
 * A line up to where the broker counts its log as confirmed, as far as it was told, with its words: beside the line, or one line higher
 * where other words stand.
 */
function confirmedShapes(
  block: Block,
  store: StoreState,
  layout: LogLayout,
  confirmedTo: number,
  taken: readonly Span[],
): Shape[] {
  const x = confirmedTo > 0 ? placeOf(confirmedTo, block, store, layout) : undefined
  if (x === undefined) return []
  const { box } = block.rows.at(-1)!
  const whole = 'confirmed up to here'
  const sides = (words: string): readonly Span[] => {
    const width = textWidth(words) + 8
    return [
      { from: x, to: x + width },
      { from: x - width, to: x },
    ]
  }
  const isFree = (span: Span, others: readonly Span[]) =>
    span.from >= layout.left && span.to <= layout.right && !others.some((one) => overlap(one, span))
  const beside = sides(whole).findIndex((span) => isFree(span, taken))
  const isHigher = beside < 0
  // on the line of the head: beside the name of the broker and its sums
  const isNarrow = layout.right - layout.left < NARROW_PX
  const words = isHigher && isNarrow ? 'confirmed' : whole
  const ofHead = [
    { from: layout.left, to: layout.left + textWidth(block.broker) + 12 },
    { from: layout.right - (isNarrow ? HEAD_SUMS_PX / 2 : HEAD_SUMS_PX), to: layout.right },
  ]
  const isLeft = (isHigher ? sides(words).findIndex((span) => isFree(span, ofHead)) : beside) === 1
  const [top, base] = isHigher ? [box.y - 31, box.y - 20] : [box.y - 16, box.y - 5]
  return [
    path(`M${r(x)} ${r(top)}V${r(box.y + box.height + 3)}`, 'answered-to'),
    label(isLeft ? x - 6 : x + 6, base, words, 'small strong halo answered', isLeft ? 'end' : 'start'),
  ]
}

/** The place of a position in the newest row; undefined when it lies in another file. */
function placeOf(at: number, { rows }: Block, store: StoreState, { x, left, right }: LogLayout): number | undefined {
  const row = rows.at(-1)!
  if (at > 0 && fileStart(store, at) !== row.start && at !== row.start + row.sizeBytes) return undefined
  return Math.max(left, Math.min(right, x(at - row.start)))
}
