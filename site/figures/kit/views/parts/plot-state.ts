/** Quantities over time, as the events tell them: what was sent and consumed, how far groups are behind, what is not on disk. */
import type { TraceEvent } from '../../../../../reference/host/trace.ts'
import type { EventLog } from '../../log.ts'
import type { Fold } from './fold.ts'

/** A value from a time on. */
export interface Step {
  readonly atMs: number
  readonly value: number
}

/** One send, from the call to its answer. */
export interface Latency {
  readonly n: number
  readonly key: string
  readonly atMs: number
  readonly tookMs: number
  readonly isGood: boolean
}

export interface PlotState {
  /** Times of SEND_OK, by producer. */
  readonly sent: Map<string, number[]>
  /** Times of CONSUME_SUCCESS, by group. */
  readonly consumed: Map<string, number[]>
  /** Messages stored and not yet committed, by `group@topic`. */
  readonly lag: Map<string, Step[]>
  /** Records not yet flushed, by broker. */
  readonly unflushed: Map<string, Step[]>
  /** Pages of 4 KiB that were synced so far: of commit logs, and of consume queues. */
  readonly pages: Map<string, Step[]>
  readonly latencies: Latency[]
  /** From a send to each delivery that a group has consumed. */
  readonly deliveries: Latency[]
  /** When each key was asked for. */
  readonly askedMs: Map<string, number>
  /** Up to which byte the log is in the page cache, by broker. What a power cut leaves is told by the recovery. */
  readonly written: Map<string, Step[]>
  /** Up to which byte the log is on the disk, by broker. */
  readonly durable: Map<string, Step[]>
  /** Next offset of each queue, `broker/topic/queueId`. */
  readonly max: Map<string, number>
  /** Committed offset, by `group@topic`, by queue. */
  readonly committed: Map<string, Map<string, number>>
  /** Ends of the records that are not yet flushed, by broker. */
  readonly ends: Map<string, number[]>
  /** When each open call of an application began, and for which key. */
  readonly calls: Map<string, { readonly atMs: number; readonly key: string }>
}

export const PLOTS: Fold<PlotState> = {
  empty: () => ({
    sent: new Map(),
    consumed: new Map(),
    lag: new Map(),
    unflushed: new Map(),
    pages: new Map([
      ['the commit log', []],
      ['the queues', []],
    ]),
    latencies: [],
    deliveries: [],
    askedMs: new Map(),
    written: new Map(),
    durable: new Map(),
    max: new Map(),
    committed: new Map(),
    ends: new Map(),
    calls: new Map(),
  }),
  apply,
}

function apply(state: PlotState, event: TraceEvent, log: EventLog): void {
  const { atMs, node } = event
  switch (event.kind) {
    case 'message.sent':
      if (event.status === 'SEND_OK') push(state.sent, node, atMs)
      break
    case 'message.consumed':
      if (event.status === 'CONSUME_SUCCESS') {
        push(state.consumed, event.group, atMs)
        const askedMs = state.askedMs.get(event.key)
        if (askedMs !== undefined)
          state.deliveries.push({ n: event.n, key: event.key, atMs, tookMs: atMs - askedMs, isGood: true })
      }
      break
    case 'record.appended': {
      state.max.set(`${node}/${event.topic}/${event.queueId}`, event.queueOffset + 1)
      for (const name of state.committed.keys()) if (name.endsWith(`@${event.topic}`)) noteLag(state, name, atMs)
      push(state.ends, node, event.physicalOffset + event.sizeBytes)
      noteUnflushed(state, node, atMs)
      break
    }
    case 'queue.assigned':
    case 'offset.committed': {
      const name = `${event.group}@${event.topic}`
      const offsets = state.committed.get(name) ?? new Map<string, number>()
      state.committed.set(name, offsets)
      if (event.kind === 'offset.committed') offsets.set(`${node}/${event.topic}/${event.queueId}`, event.queueOffset)
      noteLag(state, name, atMs)
      break
    }
    case 'disk.written':
      if (LOG_FILE.test(event.path))
        noteWritten(state, node, atMs, fileStart(event.path) + event.atBytes + event.sizeBytes)
      break
    case 'disk.synced':
      if (event.path.includes('/commitlog/')) notePages(state, 'the commit log', event.sizeBytes, atMs)
      else if (event.path.includes('/consumequeue/')) notePages(state, 'the queues', event.sizeBytes, atMs)
      break
    case 'node.stopped':
      // the page cache is the machine's: it outlives the process, and not the power
      if (event.how === 'powercut' && state.written.has(node))
        push(state.written, node, { atMs, value: state.durable.get(node)?.at(-1)?.value ?? 0 })
      break
    case 'log.flushed':
      push(state.durable, node, { atMs, value: event.physicalOffset })
      keepEnds(state, node, (end) => end > event.physicalOffset, atMs)
      break
    case 'log.recovered':
      push(state.written, node, { atMs, value: event.physicalOffset })
      keepEnds(state, node, (end) => end <= event.physicalOffset, atMs)
      break
    case 'app.called': {
      const key = event.name.startsWith('send') ? log.keys(event)[0] : undefined
      if (key === undefined) break
      state.calls.set(`${node} ${event.call}`, { atMs, key })
      state.askedMs.set(key, atMs)
      break
    }
    case 'app.answered': {
      const call = state.calls.get(`${node} ${event.call}`)
      if (call === undefined) break
      const isGood = event.error === '' && event.text.includes('SEND_OK')
      state.latencies.push({ n: event.n, key: call.key, atMs, tookMs: atMs - call.atMs, isGood })
      break
    }
  }
}

/** A file of a commit log. */
const LOG_FILE = /(?:^|\/)commitlog\/\d{20}$/

function fileStart(path: string): number {
  return Number(path.slice(-20))
}

function noteWritten(state: PlotState, node: string, atMs: number, end: number): void {
  const last = state.written.get(node)?.at(-1)?.value ?? 0
  if (end > last) push(state.written, node, { atMs, value: end })
}

function push<T>(of: Map<string, T[]>, name: string, value: T): void {
  const list = of.get(name)
  if (list === undefined) of.set(name, [value])
  else list.push(value)
}

/** What is stored in the topic's queues beyond what the group has committed; from offset 0 where it has committed nothing. */
function noteLag(state: PlotState, name: string, atMs: number): void {
  const topic = name.slice(name.indexOf('@') + 1)
  const offsets = state.committed.get(name)
  let value = 0
  for (const [queue, max] of state.max)
    if (queue.split('/')[1] === topic) value += Math.max(0, max - (offsets?.get(queue) ?? 0))
  push(state.lag, name, { atMs, value })
}

function noteUnflushed(state: PlotState, node: string, atMs: number): void {
  push(state.unflushed, node, { atMs, value: state.ends.get(node)?.length ?? 0 })
}

const PAGE_BYTES = 4096

function notePages({ pages }: PlotState, of: string, sizeBytes: number, atMs: number): void {
  const steps = pages.get(of)!
  const value = (steps.at(-1)?.value ?? 0) + Math.ceil(sizeBytes / PAGE_BYTES)
  steps.push({ atMs, value })
}

function keepEnds(state: PlotState, node: string, keep: (end: number) => boolean, atMs: number): void {
  state.ends.set(node, (state.ends.get(node) ?? []).filter(keep))
  noteUnflushed(state, node, atMs)
}
