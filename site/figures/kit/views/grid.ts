/**
 * Small multiples: the same run once for each pair of values, each cell its verdict in a sign and a few words, and a door into
 * its run. The cells are computed by the build; the run that the page shows is marked.
 *
 * Rows may stand in blocks, each with its title above it. Words stand beside the sign of a cell where there is room, else below it.
 *
 * Where the columns are moments of the run, the cursor of the pane is a plug on an axis below the cells: to move it is to
 * choose the moment, and the column that it has reached is marked.
 *
 * `shows.grid`: the name of one of the figure's `grids`.
 */
import { writeLink } from '../link.ts'
import { label, type Mark, path, r, rect, type Shape, textWidth } from '../marks.ts'
import type { GridCell, GridResult, GridSide } from '../types.ts'
import type { View } from '../view.ts'
import { clipped, fitting, note } from './parts/look.ts'

const HEAD = 44
/** Height of the title above a block of rows. */
const BLOCK = 21
/** Height of the axis with the plug, below the cells. */
const FOOT = 46
/** Height of a cell from which on words have room below its sign. */
const TWO_LINES = 32
/** Heights and widths of a cell, in pixels. */
const CELL = { heightMin: 18, heightMost: 46, widthMost: 190 } as const

export const grid: View = ({ spec, passage, width, height, log, atMs }) => {
  const name = String(passage.shows?.['grid'] ?? '')
  const result = spec.grids?.[name]
  if (result === undefined)
    return { width, height: 80, marks: [note(`The grid "${name}" is computed by the build.`, width, 80)] }
  const { rows, columns, momentsMs } = result
  const foot = momentsMs === undefined ? 0 : FOOT
  const widest = Math.max(textWidth(rows.title), ...rows.labels.map(nameWidth)) + 14
  const names = Math.min(widest, width * (width >= 520 ? 0.36 : 0.34))
  const each = Math.min(CELL.widthMost, (width - names - 6) / columns.labels.length)
  // in the middle, where there is more room than the cells take
  const gutter = names + Math.max(0, width - names - 6 - each * columns.labels.length) / 2
  const titles = (rows.blocks?.length ?? 0) * BLOCK
  // the names of narrow columns stand in two lines
  const heads = columns.labels.map((text) => wrapped(text, each - 4))
  const headPx = HEAD + (heads.some((lines) => lines.length > 1) ? 13 : 0)
  const tall = Math.max(
    CELL.heightMin,
    Math.min(CELL.heightMost, (height - headPx - foot - titles - 6) / rows.labels.length),
  )
  const top = rowTops(rows, tall, headPx)
  const columnsWidth = each * columns.labels.length
  const head: Shape[] = [
    titleOf(columns.title, gutter, columnsWidth),
    label(gutter - 10, headPx - 8, clipped(rows.title, names - 8), 'small strong', 'end'),
    path(`M${r(gutter)} 20H${r(gutter + columnsWidth)}`, 'grid-line'),
  ]
  for (const [i, lines] of heads.entries())
    for (const [k, text] of lines.entries())
      head.push(label(gutter + (i + 0.5) * each, headPx - 8 - 13 * (lines.length - 1 - k), text, 'small', 'middle'))
  for (const [i, text] of rows.labels.entries())
    head.push(label(gutter - 10, top(i) + tall / 2 + 4.3, clipped(text, names - 12), 'small', 'end'))
  const blocks = (rows.blocks ?? []).map((text, i) => {
    const first = (i * rows.labels.length) / rows.blocks!.length
    return label(gutter + 3, top(first) - 6, clipped(text, columnsWidth), 'small strong halo')
  })
  const marks: Mark[] = [{ key: 'head', x: 0, y: 0, shapes: head }]
  const bottom = top(rows.labels.length - 1) + tall
  if (momentsMs !== undefined) marks.push(...plugMarks(momentsMs, atMs, { left: gutter, each, top: headPx, bottom }))
  if (blocks.length > 0) marks.push({ key: 'blocks', x: 0, y: 0, shapes: blocks })
  for (const cell of result.cells) {
    const isHere = log.run.seed === result.seed && sameActions(cell, log.run.actions)
    const box = { x: gutter + cell.column * each + 2, y: top(cell.row) + 2, width: each - 4, height: tall - 4 }
    marks.push(cellMark(cell, box, isHere, cellLink(spec.id, result, cell)))
  }
  return { width, height: Math.ceil(bottom + foot + 4), marks }
}

/** The width of a row's name: capitals, as settings and strategies have them, are wider than the letters of a sentence. */
function nameWidth(text: string): number {
  return textWidth(text) + 1.8 * (text.match(/[A-Z]/g)?.length ?? 0)
}

/** A column's name: in one line, in two where it has a space and no room, cut where that is not enough. */
function wrapped(text: string, room: number): readonly string[] {
  const isShort = textWidth(text) <= room + 2
  const at = text.indexOf(' ')
  if (isShort || at < 0) return [isShort ? text : fitting(text, room - 2) || clipped(text, room)]
  return [text.slice(0, at), text.slice(at + 1)].map((line) =>
    textWidth(line) <= room + 4 ? line : clipped(line, room),
  )
}

/** The title above the columns; it ends with them where it is longer than they are. */
function titleOf(title: string, left: number, width: number): Shape {
  if (textWidth(title) <= width) return label(left + width / 2, 14, title, 'small strong', 'middle')
  return label(left + width, 14, clipped(title, left + width - 8), 'small strong', 'end')
}

/** Where each row begins. */
function rowTops({ labels, blocks = [] }: GridSide, tall: number, head: number): (row: number) => number {
  const titles = (row: number) => (blocks.length === 0 ? 0 : 1 + Math.floor((row * blocks.length) / labels.length))
  return (row) => head + row * tall + titles(row) * BLOCK
}

/** The axis of moments with the plug at the cursor, and a band behind the column that the plug has reached. */
function plugMarks(
  momentsMs: readonly number[],
  atMs: number,
  {
    left,
    each,
    top,
    bottom,
  }: { readonly left: number; readonly each: number; readonly top: number; readonly bottom: number },
): readonly Mark[] {
  const reached = momentsMs.findLastIndex((ms) => ms <= atMs)
  const at = left + (reached + 0.5 + shareToNext(momentsMs, reached, atMs)) * each
  const x = Math.max(left, Math.min(left + momentsMs.length * each, at))
  const y = bottom + 14
  const axis: Shape[] = [path(`M${r(left)} ${r(y)}H${r(left + momentsMs.length * each)}`, 'axis')]
  for (const i of momentsMs.keys()) axis.push(path(`M${r(left + (i + 0.5) * each)} ${r(y)}v-6`, 'axis'))
  const marks: Mark[] = [{ key: 'axis:moments', x: 0, y: 0, shapes: axis }]
  const band = { x: left + reached * each, y: top - 2, width: each, height: bottom - top + 4 }
  if (reached >= 0) marks.push({ key: 'reached', x: 0, y: 0, shapes: [rect(band, 'plug-band', 4)] })
  const plug: Shape[] = [
    path('M-4 -1v-7M4 -1v-7', 'plug-prong'),
    path('M-8 -1h16v7a8 8 0 0 1 -16 0z', 'plug'),
    path('M0 14v9', 'plug-cord'),
  ]
  marks.push({ key: 'plug', x: r(x), y: y + 9, shapes: plug })
  return marks
}

/** How far the cursor is on its way from a column's moment to the next one's, from 0 to 1. */
function shareToNext(momentsMs: readonly number[], reached: number, atMs: number): number {
  const next = momentsMs[reached + 1]
  if (next === undefined) return 0
  // before the first moment the plug comes from the left as quickly as it later goes on
  const from = momentsMs[reached] ?? next - ((momentsMs[reached + 2] ?? next + 1) - next)
  return Math.max(0, Math.min(1, (atMs - from) / Math.max(1, next - from)))
}

function cellMark(
  { row, column, verdict, text }: GridCell,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  isHere: boolean,
  link: string,
): Mark {
  const centre = box.x + box.width / 2
  const isBeside = textWidth(text) + 24 <= box.width
  const isBelow = !isBeside && box.height >= TWO_LINES && textWidth(text) <= box.width + 4
  const middle = box.y + (isBelow ? box.height * 0.31 : box.height / 2)
  const sign = isBeside ? box.x + (box.width - textWidth(text) - 16) / 2 + 5 : centre
  const shapes: Shape[] = [
    rect(box, `verdict ${verdict}`, 3),
    path(signOf(verdict, sign, middle), `verdict-sign ${verdict}`),
  ]
  if (isBeside) shapes.push(label(sign + 11, middle + 4.3, text, 'small strong'))
  if (isBelow) shapes.push(label(centre, box.y + box.height - 6, text, 'small strong', 'middle'))
  return {
    key: `cell:${row}:${column}`,
    thing: `link:${link}`,
    ...(isHere ? { className: 'here' } : {}),
    x: 0,
    y: 0,
    shapes,
  }
}

/** A tick, a cross or a dash. */
function signOf(verdict: GridCell['verdict'], x: number, y: number): string {
  if (verdict === 'good') return `M${r(x - 5)} ${r(y)}l4 4.5l7 -9`
  return verdict === 'bad' ? `M${r(x - 4)} ${r(y - 4)}l8 8m0 -8l-8 8` : `M${r(x - 5)} ${r(y)}h10`
}

/** The link that opens the run of a cell: in the picture, and in the table beside it. */
export function cellLink(
  id: string,
  { opens, seed, edition }: GridResult,
  { actions, atMs, events }: GridCell,
): string {
  return writeLink({ id, pane: opens, run: edition, seed, actions, atMs, events })
}

function sameActions({ actions }: GridCell, others: GridCell['actions']): boolean {
  return (
    actions.length === others.length &&
    actions.every(
      ({ does, on, atMs }, i) => does === others[i]!.does && on === others[i]!.on && atMs === others[i]!.atMs,
    )
  )
}
