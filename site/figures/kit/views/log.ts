/**
 * The commit log to scale: offsets along one axis, files as rows, records in their bytes; below, queues and index as strips
 * whose entries lead to their records. Several brokers stand one below the other on the same axis.
 *
 * `shows.brokers`: names with commas; else every broker of the passage's cast. `shows.files`: `whole`, the axis has the length of
 * a file; `named`, the full names of the files stand above them, too. `shows.edge`: where a file begins, whose end is magnified;
 * `last`: that of the newest file that is full, or of the only one. `shows.slots`: how many slots an index file has; the newest one
 * is drawn as a hash table, and `shows.key` numbers the way of a query for that key. `shows.strips`: `none` leaves queues and index out. `shows.copies`: `gap` shades what the master
 * alone has and draws where the answers have come to (`parts/log-copies.ts`); `epochs` colours records by their epoch and shows where logs differ
 * (`parts/log-epochs.ts`). `shows.fileBytes`: how long the axis
 * is before there is a file. `shows.rows`: files that
 * there is always room for. Records
 * have the colour of their topic where there are several, else that of their tag.
 */
import { circle, label, type Mark, path, r, rect, type Shape, textWidth } from '../marks.ts'
import { flag, glyph } from '../shapes.ts'
import type { View, ViewContext } from '../view.ts'
import { queueLabel, topicLabel } from '../words/say.ts'
import { folded } from './parts/fold.ts'
import { copiesMarks } from './parts/log-copies.ts'
import { EDGE_HEIGHT, type Edge, edgeMarks, edgeOf, nameOf, restShapes } from './parts/log-edge.ts'
import { CUT_HEIGHT, epochHue, epochMarks, NARROW_PX } from './parts/log-epochs.ts'
import { INDEX_HEIGHT, indexMarks } from './parts/log-index.ts'
import {
  type Block,
  type BrokerParts,
  type FileRow,
  fileStart,
  type LogLayout,
  layLog,
  type Strip,
} from './parts/log-layout.ts'
import { emptyStore, type LogRecord, STORES, type StoreState } from './parts/log-state.ts'
import { emphasised, fitting, hatching, keysOfThing, note, struck, tagNumbers } from './parts/look.ts'

export const log: View = (context) => {
  const { log: run, count, cast, passage, width, height, ghost, scene } = context
  const stores = folded(STORES, run, count)
  const named = passage.shows?.['brokers']
  const wanted = named === undefined ? undefined : String(named).split(',')
  const { files, edge, strips, slots, key = '' } = passage.shows ?? {}
  const isBare = strips === 'none'
  const copies = passage.shows?.['copies']
  const hasEpochs = copies === 'epochs'
  const parts: BrokerParts[] = cast
    .filter(
      ({ name, role }) => (role === 'broker' || role === 'slave') && (wanted === undefined || wanted.includes(name)),
    )
    .map(({ name, queues = [] }) => {
      const store = present(stores.get(name) ?? emptyStore(), hasEpochs)
      return { broker: name, store: isBare ? { ...store, index: [] } : store, queues: isBare ? [] : queues }
    })
  if (parts.length === 0) return { width, height: 60, marks: [note('There is no broker in this passage.', width, 60)] }
  const layout = layLog(parts, width, height, {
    wholeBytes: files === undefined ? 0 : Number(passage.shows?.['fileBytes'] ?? 1),
    isNamed: files === 'named',
    hasCaptions: copies !== undefined,
    // from the beginning, so that the picture does not jump when the tail falls
    below: hasEpochs && passage.tells?.includes('log.truncated') === true ? CUT_HEIGHT : 0,
    rows: Number(passage.shows?.['rows'] ?? 0),
    edgeHeight: slots !== undefined ? INDEX_HEIGHT : edge === undefined ? 0 : EDGE_HEIGHT,
  })
  const byTag = tagNumbers(scene)
  const marks: Mark[] = []
  const others = ghost === undefined ? undefined : folded(STORES, ghost.log, ghost.count)
  for (const [i, block] of layout.blocks.entries()) {
    const part = parts[i]!
    const hue = hasEpochs ? epochHue : huesOf(part.store, byTag)
    const copiedTo = scene.brokers[block.broker]?.copiedTo ?? 0
    marks.push(...ribbons(block, part.store, layout, hue))
    // with epochs, the line of the confirm offset is the only one of its colour; hatched records are not on disk
    const flushedTo = hasEpochs ? 0 : part.store.flushedTo
    for (const row of block.rows)
      marks.push(fileMark(block.broker, row, { ...part.store, flushedTo }, layout, files === 'named'))
    const other = others?.get(block.broker)
    if (other !== undefined) marks.push(...ghosts(block, part.store, other, layout))
    for (const record of part.store.records) {
      const mark = recordMark(block, record, part.store, layout, hue, copiedTo)
      if (mark !== undefined) marks.push(mark)
    }
    marks.push(head(block, part, context, layout, hasEpochs && layout.right - layout.left < NARROW_PX))
    for (const strip of block.strips) marks.push(...stripMarks(block.broker, strip, part.store, context, hue))
  }
  marks.push(axis(layout))
  if (hasEpochs) marks.push(...epochMarks(parts, layout, context))
  else if (copies !== undefined) marks.push(...copiesMarks(parts, layout, context))
  if (slots !== undefined)
    marks.push(...hashTable(parts[0]!, layout, huesOf(parts[0]!.store, byTag), Number(slots), String(key)))
  else if (edge !== undefined) marks.push(...magnified(parts[0]!, edge, layout, byTag))
  const drawn = emphasised(marks, context, ({ thing }) => keysOfThing(thing, run))
  return { width, height: Math.ceil(layout.bottom), marks: drawn }
}

/** The number of a record's colour. */
type Hue = (record: LogRecord) => number

function huesOf({ topics }: StoreState, byTag: (key: string) => number): Hue {
  return topics.length > 1 ? ({ topic }) => topics.indexOf(topic) % 4 : ({ key }) => byTag(key)
}

/** The end of one file, byte by byte, below everything else. */
function magnified(
  { broker, store }: BrokerParts,
  edge: string | number,
  { left, right, bottom }: LogLayout,
  byTag: (key: string) => number,
): readonly Mark[] {
  const hue = huesOf(store, byTag)
  const place = { x: left, y: bottom - EDGE_HEIGHT, width: right - left }
  return edgeMarks(broker, store, edgeOf(store, fileOfEdge(store, edge)), place, (one) => `of-record tag-${hue(one)}`)
}

/** The newest index file as a hash table, below everything else. */
function hashTable(
  { broker, store }: BrokerParts,
  { left, right, bottom }: LogLayout,
  hue: Hue,
  slotCount: number,
  key: string,
): readonly Mark[] {
  const place = { x: left, y: bottom - INDEX_HEIGHT, width: right - left }
  const asked = { slotCount, key, topic: store.topics[0] ?? '' }
  return indexMarks(broker, store, place, asked, (one) => `of-record tag-${hue(one)}`)
}

/** The file whose end is magnified: the one that is asked for, or the newest that is full. */
function fileOfEdge({ files, removed }: StoreState, edge: string | number): number {
  const starts = [...files.keys()].filter((one) => !removed.has(one)).sort((a, b) => a - b)
  const asked = edge === 'last' ? starts.at(-2) : Number(edge)
  return asked !== undefined && files.has(asked) ? asked : (starts[0] ?? 0)
}

/** A store as it is: what lay in a file that was removed is gone with it. Where epochs are shown, what was cut off has fallen. */
function present(all: StoreState, hasFallen: boolean): StoreState {
  const store = hasFallen ? { ...all, records: all.records.filter((one) => !all.cut.includes(one)) } : all
  if (store.removed.size === 0) return store
  const isGone = (at: number) => store.removed.has(fileStart(store, at))
  return { ...store, records: store.records.map((one) => (isGone(one.at) ? { ...one, isLost: true } : one)) }
}

/** Name and sums of a broker; `isShort`: only the first sum. */
function head(
  { broker, top }: Block,
  { store }: BrokerParts,
  { scene }: ViewContext,
  { left, right }: LogLayout,
  isShort: boolean,
): Mark {
  const written = store.records.reduce((end, one) => (one.isLost ? end : Math.max(end, one.at + one.sizeBytes)), 0)
  const node = scene.nodes[broker]
  const isDown = node?.state === 'stopped'
  const topics = store.topics.length > 1 ? store.topics : []
  // the log of a slave may begin with a later file than that of its master
  const begins = Math.min(written, ...store.records.map(({ at }) => at))
  const from = begins > 0 ? `, from ${begins.toLocaleString('en')} on` : ''
  const words = [
    `${(written - begins).toLocaleString('en')} B written${from}`,
    `${Math.max(0, Math.min(written, store.flushedTo) - begins).toLocaleString('en')} B on disk`,
  ]
  const whole = isDown ? `${node.ended || 'stopped'} · ${words[1]}` : words.join(' · ')
  // where there is little room, what the colours mean goes before the second sum
  const needed = topics.reduce((sum, name) => sum + 24 + textWidth(topicLabel(name)), left + textWidth(broker) + 26)
  const isTight = isShort || needed > right - textWidth(whole) - 10
  const text = isTight ? (isDown ? node.ended || 'stopped' : words[0]!) : whole
  return {
    key: `head:${broker}`,
    thing: `node:${broker}`,
    x: 0,
    y: 0,
    shapes: [
      label(left, top + 15, broker, 'name broker'),
      label(right, top + 15, text, `small ${isDown ? 'bad' : 'faint'}`, 'end'),
      ...topicShapes(topics, left + textWidth(broker) + 26, right - textWidth(text) - 10, top),
    ],
  }
}

/** What each colour means: a sign and the name of its topic, as far as there is room. */
function topicShapes(topics: readonly string[], from: number, to: number, top: number): readonly Shape[] {
  const shapes: Shape[] = []
  let x = from
  for (const [i, name] of topics.entries()) {
    const topic = topicLabel(name)
    if (x + 12 + textWidth(topic) > to) break
    shapes.push(glyph(x, top + 10.5, 4, i % 4, `glyph-of tag-${i % 4}`), label(x + 9, top + 15, topic, 'small'))
    x += 24 + textWidth(topic)
  }
  return shapes
}

/** A file's row: closed at its end when the axis reaches it, torn off when it goes on. */
function fileMark(
  broker: string,
  row: FileRow,
  store: StoreState,
  { x, left, right }: LogLayout,
  isNamed: boolean,
): Mark {
  const { box, start, sizeBytes } = row
  const isGone = store.removed.has(start)
  const shapes: Shape[] = [rect(box, isGone ? 'strip gone' : 'strip opaque', 2)]
  const name = isNamed ? String(start).padStart(20, '0') : `…${String(start).padStart(5, '0').slice(-5)}`
  if (isNamed) {
    shapes.push(label(left, box.y - 4, `${name}${isGone ? ', removed' : ''}`, 'small mono faint'))
    const size = `${sizeBytes.toLocaleString('en')} B`
    if (sizeBytes > 0 && right - left > 420) shapes.push(label(right, box.y - 4, size, 'small faint', 'end'))
  } else shapes.push(label(box.x - 6, box.y + box.height / 2 + 4.5, name, 'small mono faint', 'end'))
  const isTorn = sizeBytes > x.to
  if (isTorn) {
    const [at, h] = [right, box.height]
    shapes.push(
      path(
        `M${r(at + 1)} ${r(box.y - 1)}l-5 ${r(h * 0.3)}l5 ${r(h * 0.25)}l-5 ${r(h * 0.25)}l5 ${r(h * 0.25)}v4h4v-${r(h + 6)}z`,
        'torn',
      ),
    )
  }
  const edge: Edge = edgeOf(store, start)
  if (!isTorn && !isGone) {
    const rest = { x: x(edge.end), y: box.y + 2, width: 0, height: box.height - 4 }
    shapes.push(...restShapes(edge, rest, x(sizeBytes)))
  }
  if (store.flushedTo >= start && store.flushedTo <= start + sizeBytes && store.flushedTo > 0) {
    const at = x(store.flushedTo - start)
    if (at >= box.x && at <= right) shapes.push(path(`M${r(at)} ${r(box.y - 3)}v${r(box.height + 6)}`, 'flushed-to'))
  }
  return { key: `file:${broker}:${start}`, x: 0, y: 0, shapes }
}

function placeOf(block: Block, record: LogRecord, store: StoreState, { x }: LogLayout) {
  const start = fileStart(store, record.at)
  const row = block.rows.find((one) => one.start === start)
  if (row === undefined || record.at - start < x.from) return undefined
  const left = x(record.at - start)
  const width = Math.max(2, x(record.at - start + record.sizeBytes) - left - 1.5)
  return { x: left, y: row.box.y + 3, width, height: row.box.height - 6 }
}

/** Width of a record with its sign and two digits beside it. */
const TWO_DIGITS_PX = 24 + textWidth('00')

function recordMark(
  block: Block,
  record: LogRecord,
  store: StoreState,
  layout: LogLayout,
  hue: Hue,
  copiedTo: number,
): Mark | undefined {
  const box = placeOf(block, record, store, layout)
  if (box === undefined) return undefined
  const isFlushed = record.at + record.sizeBytes <= store.flushedTo
  const tag = `tag-${hue(record)}`
  const own = { x: 0, y: 0, width: box.width, height: box.height }
  const shapes: Shape[] = [rect(own, `record ${record.isLost ? 'lost' : isFlushed ? 'whole' : 'unflushed'} ${tag}`, 2)]
  if (!record.isLost && !isFlushed) shapes.push(hatching(own, 6, `hatch thin ${tag}`))
  if (record.at + record.sizeBytes <= copiedTo)
    shapes.push(rect({ x: -1.5, y: -2.5, width: own.width + 3, height: own.height + 5 }, `copied ${tag}`, 3.5))
  // below the words, which stay readable
  if (record.isLost) shapes.push(struck(own, 'strike'))
  const middle = box.height / 2
  // where there is no room for two digits beside the sign, the number of the order stands below it
  const number = box.height >= 32 && box.width < TWO_DIGITS_PX ? (/-(\d+)$/.exec(record.key)?.[1] ?? '') : ''
  const isBelow = number !== '' && textWidth(number) <= box.width - 0.5
  const text = isBelow ? '' : fitting(nameOf(record), box.width - 24)
  const hasGlyph = box.width >= 13 && box.height >= 10
  if (hasGlyph) {
    const [at, y] = [text === '' ? box.width / 2 : 11, isBelow ? middle - 7 : middle]
    if (!isFlushed || record.isLost) shapes.push(circle(at, y, 7, 'halo-spot'))
    shapes.push(glyph(at, y, 4, hue(record), `glyph-of ${tag}`))
  }
  const words = `small ${isFlushed && !record.isLost ? '' : 'halo'}`
  const below = `${words} ${record.isLost ? 'faint' : 'strong'} ${textWidth(number) > box.width - 3 ? 'tight' : ''}`
  if (isBelow) shapes.push(label(box.width / 2, middle + 14, number, below.trim(), 'middle'))
  const size = `${record.sizeBytes} B`
  const isTwoLines = box.height >= 32 && box.width >= textWidth(size) + 24
  const [first, second] = isTwoLines ? [middle - 2.5, middle + 12.5] : [middle + 4.5, 0]
  if (text !== '') shapes.push(label(20, first, text, `${words} ${record.isLost ? 'faint' : 'strong'}`))
  if (text !== '' && isTwoLines) shapes.push(label(20, second, size, `${words} faint number`))
  return {
    key: `record:${block.broker}:${record.at}:${record.n}`,
    thing: `record:${record.n}`,
    x: r(box.x),
    y: r(box.y),
    shapes,
  }
}

/** Records of the other run that this one does not have there. */
function ghosts(block: Block, store: StoreState, other: StoreState, layout: LogLayout): Mark[] {
  const has = new Set(store.records.filter((one) => !one.isLost).map((one) => `${one.at} ${one.key}`))
  return other.records
    .filter((one) => !one.isLost && !has.has(`${one.at} ${one.key}`))
    .flatMap((one) => {
      const box = placeOf(block, one, store, layout)
      if (box === undefined || box.x + box.width > layout.right + 1) return []
      return [{ key: `ghost:${block.broker}:${one.at}:${one.n}`, x: 0, y: 0, shapes: [rect(box, 'ghost', 2)] }]
    })
}

/** Bands from each shown entry up to its record. */
function ribbons(block: Block, store: StoreState, layout: LogLayout, hue: Hue): Mark[] {
  const byOffset = new Map(store.records.filter((one) => !one.isLost).map((one) => [one.at, one]))
  return block.strips.flatMap((strip) =>
    strip.shown.flatMap((entry, i): Mark[] => {
      const record = byOffset.get(entry.physicalOffset)
      const box = record === undefined ? undefined : placeOf(block, record, store, layout)
      if (record === undefined || box === undefined || box.x > layout.right) return []
      const [x1, x2, y1] = [box.x, box.x + box.width, box.y + box.height + 3]
      const [x3, x4, y2] = [strip.box.x + i * strip.cell, strip.box.x + (i + 1) * strip.cell, strip.box.y]
      const middle = (y1 + y2) / 2
      const d = `M${r(x1)} ${r(y1)}C${r(x1)} ${r(middle)} ${r(x3)} ${r(middle)} ${r(x3)} ${r(y2)}H${r(x4)}C${r(x4)} ${r(middle)} ${r(x2)} ${r(middle)} ${r(x2)} ${r(y1)}Z`
      const kind = strip.name === 'index' ? 'ribbon faintly' : 'ribbon'
      return [
        {
          key: `ribbon:${block.broker}:${strip.name}:${entry.number}`,
          thing: `message:${record.key}`,
          x: 0,
          y: 0,
          shapes: [path(d, `${kind} tag-${hue(record)}`)],
        },
      ]
    }),
  )
}

function stripMarks(
  broker: string,
  { name, box, cell, shown }: Strip,
  store: StoreState,
  { scene }: ViewContext,
  hue: Hue,
): Mark[] {
  const isIndex = name === 'index'
  const key = `strip:${broker}:${name}`
  const byOffset = new Map(store.records.map((one) => [one.at, one]))
  const middle = box.y + box.height / 2 + 4.5
  const end = box.x + shown.length * cell
  const all = isIndex ? store.index.length : (store.queues.get(name)?.length ?? 0)
  const long = isIndex ? `index, ${all} items` : queueLabel(name)
  const title = textWidth(long) <= box.width ? long : name.replace(/^.*\//, 'queue ')
  const marks: Mark[] = [
    {
      key,
      x: 0,
      y: 0,
      shapes: [
        rect(box, 'strip opaque', 2),
        label(box.x, box.y - 4, title, 'small halo'),
        ...(isIndex ? [] : [label(end + 6, middle, String((shown.at(-1)?.number ?? -1) + 1), 'small number open')]),
      ],
    },
  ]
  for (const [i, entry] of shown.entries()) {
    const of = byOffset.get(entry.physicalOffset)
    const at = { x: box.x + i * cell, y: box.y, width: cell, height: box.height }
    const shapes = [
      rect({ ...at, height: 3 }, `cell-top tag-${of === undefined ? 3 : hue(of)}`),
      path(`M${r(at.x + cell)} ${r(box.y)}v${r(box.height)}`, 'lane cell'),
    ]
    if (!isIndex) shapes.push(label(at.x + cell / 2, middle, String(entry.number), 'small number', 'middle'))
    marks.push({ key: `cell:${broker}:${name}:${entry.number}`, thing: `message:${of?.key ?? ''}`, x: 0, y: 0, shapes })
  }
  const committed = isIndex ? {} : (scene.brokers[broker]?.queues[name]?.committed ?? {})
  for (const [group, offset] of Object.entries(committed)) {
    const x = box.x + Math.max(0, offset - (shown[0]?.number ?? 0)) * cell
    if (x <= box.x + box.width)
      marks.push({
        key: `flag:${broker}:${name}:${group}`,
        x: r(x),
        y: box.y - 5,
        shapes: flag(0, 0, box.height + 5, 'flag'),
      })
  }
  return marks
}

/** Offsets in bytes under the first broker's files. */
function axis({ x, axisY, left, right }: LogLayout): Mark {
  const shapes: Shape[] = [path(`M${r(left)} ${r(axisY)}H${r(right)}`, 'axis')]
  for (const value of x.ticks) {
    const at = x(value)
    if (at > right + 0.5) continue
    shapes.push(path(`M${r(at)} ${r(axisY)}v4`, 'axis'))
    const isLast = right - at < 24
    const isFirst = at - left < 12 && left < 20
    shapes.push(
      label(
        isLast ? right : isFirst ? left : at,
        axisY + 16,
        value.toLocaleString('en') + (value === x.ticks[0] ? ' B' : ''),
        'small faint halo',
        isLast ? 'end' : isFirst ? 'start' : 'middle',
      ),
    )
  }
  return { key: 'axis:bytes', x: 0, y: 0, shapes }
}
