/** Which frames and events the space-time view has, and in which row each stands: one row a step of the story, in their order. */
import type { TraceEvent } from '../../../../../reference/host/trace.ts'
import type { EventLog, FrameInfo } from '../../log.ts'
import { faultIn, faultLabel, sceneFault } from '../../mechanisms/faults.ts'
import type { ViewContext } from '../../view.ts'

/** A frame from one node to another. */
export interface Arrow {
  readonly n: number
  readonly from: string
  readonly to: string
  readonly frame: FrameInfo
  readonly sentRow: number
  readonly sentMs: number
  readonly arrivesMs: number
  /** Row of its arrival or its loss; missing while it is under way. */
  endRow?: number
  isLost: boolean
}

/** An event on a node's line. */
export interface Point {
  readonly n: number
  readonly node: string
  readonly kind: TraceEvent['kind']
  readonly row: number
  readonly key: string
  /** The term that a controller begins by itself, when its time is up, or of which it hears. */
  readonly term?: { readonly number: number; readonly isOwn: boolean }
}

/** A fault at a node's line, from one row to another; `toRow` is missing while it stands. */
export interface Band {
  readonly id: number
  readonly node: string
  readonly text: string
  readonly fromRow: number
  toRow?: number
}

/** A link between two lines that is slow or held, from the row where it became so. */
export interface LinkNote {
  readonly id: number
  readonly from: string
  readonly to: string
  readonly text: string
  readonly row: number
}

export interface SpaceRows {
  readonly arrows: readonly Arrow[]
  readonly points: readonly Point[]
  readonly bands: readonly Band[]
  readonly links: readonly LinkNote[]
  /** The time of each row. */
  readonly times: readonly number[]
}

/** Frames of which a passage without wishes of its own shows none: they only say "still here". */
const QUIET = new Set(['HEART_BEAT', 'QUERY_CONSUMER_OFFSET', 'UPDATE_CONSUMER_OFFSET', 'GET_CONSUMER_LIST_BY_GROUP'])
/** What else can be a dot, when the passage does not say. */
const POINTS = new Set<TraceEvent['kind']>([
  'record.appended',
  'message.consumed',
  'pull.held',
  'queue.assigned',
  'queue.released',
  'route.registered',
  'offset.committed',
  'node.started',
  'node.stopped',
])

/** Reads the passage's part of the log up to the cursor. */
export function spaceRows({ log, count, cast, passage, fromMs }: ViewContext): SpaceRows {
  const names = new Set(cast.map(({ name }) => name))
  const only = passage.shows?.['frames'] === undefined ? undefined : new Set(String(passage.shows['frames']).split(','))
  const { tells } = passage
  const arrows = new Map<number, Arrow>()
  const points: Point[] = []
  const bands: Band[] = []
  const links: LinkNote[] = []
  const times: number[] = []
  const row = (atMs: number) => times.push(atMs) - 1
  for (let i = 0; i < count; i++) {
    const event = log.events[i]!
    if (event.atMs < fromMs) continue
    if (event.kind === 'net.sent') {
      const frame = log.frame(event.n)
      if (frame === undefined || !names.has(event.node) || !names.has(event.peer) || !isWanted(frame, log, only))
        continue
      const { n, node: from, peer: to, atMs: sentMs, arrivesMs } = event
      arrows.set(n, { n, from, to, frame, sentRow: row(sentMs), sentMs, arrivesMs, isLost: false })
    } else if (event.kind === 'net.delivered' || event.kind === 'net.lost') {
      const arrow = arrows.get(event.cause)
      if (arrow === undefined) continue
      arrow.endRow = row(event.atMs)
      arrow.isLost = event.kind === 'net.lost'
    } else if (event.kind === 'fault.began') {
      const fault = faultIn(event.text)
      if (fault?.kind === 'link' && names.has(fault.from) && names.has(fault.to)) {
        const text = fault.hold === true ? 'held' : `+${fault.delayMs ?? 0} ms`
        links.push({ id: event.id, from: fault.from, to: fault.to, text, row: row(event.atMs) })
      }
      const it = fault && sceneFault(fault)
      const text = it === undefined ? '' : faultLabel(it)
      const struck = (it?.nodes ?? []).filter((node) => names.has(node))
      const isNew = !bands.some((one) => one.text === text && one.toRow === undefined && struck.includes(one.node))
      if (text !== '' && struck.length > 0 && isNew) {
        const fromRow = row(event.atMs)
        bands.push(...struck.map((node) => ({ id: event.id, node, text, fromRow })))
      }
    } else if (event.kind === 'fault.healed') {
      const ended = bands.filter(({ id, toRow }) => id === event.id && toRow === undefined)
      if (ended.length > 0) {
        const toRow = row(event.atMs)
        for (const band of ended) band.toRow = toRow
      }
    } else if (names.has(event.node) && (tells === undefined ? POINTS.has(event.kind) : tells.includes(event.kind)))
      points.push({
        n: event.n,
        node: event.node,
        kind: event.kind,
        row: row(event.atMs),
        key: log.keys(event)[0] ?? '',
        ...(event.kind === 'term.began' ? { term: { number: event.term, isOwn: event.cause === 0 } } : {}),
      })
  }
  return { arrows: [...arrows.values()], points, bands, links, times }
}

function isWanted(frame: FrameInfo, _log: EventLog, only: ReadonlySet<string> | undefined): boolean {
  return only === undefined ? !QUIET.has(frame.name) : only.has(frame.name)
}
