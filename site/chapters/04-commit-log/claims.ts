/** What chapter 4 claims about the runs of its figures, and the numbers it prints from them. */
import { decodeBase64 } from '#reference/common/base64.ts'
import { readI32 } from '#reference/common/bytes.ts'
import { BLANK_BYTES, BLANK_MAGIC, decodeRecord, MESSAGE_MAGIC_V1 } from '#reference/common/message-codec.ts'
import type { EventKind, TraceEvent, TraceEventOf } from '#reference/host/trace.ts'
import { type Claims, when } from '#site/lib/claim.ts'
import type { Values } from '#site/lib/value.ts'
import { FILE_BYTES, FORGER } from './night.ts'

type Events = readonly TraceEvent[]
type Appended = TraceEventOf<'record.appended'>
type Written = TraceEventOf<'disk.written'>

const of = <K extends EventKind>(events: Events, kind: K) =>
  events.filter((event) => event.kind === kind) as readonly TraceEvent[] as readonly TraceEventOf<K>[]

const appended = (events: Events) => of(events, 'record.appended')
const recordOf = (events: Events, key: string) => appended(events).find((one) => one.key === key)
const fileOf = (position: number) => Math.floor(position / FILE_BYTES) * FILE_BYTES
const endOf = ({ physicalOffset, sizeBytes }: Appended) => physicalOffset + sizeBytes
const fileStart = (path: string) => Number(/commitlog\/(\d{20})$/.exec(path)?.[1] ?? -1)

/** When the broker was killed. */
const killed = (events: Events) => of(events, 'node.stopped').find((one) => one.how === 'killed')
/** What the broker found at its second start. */
const recovered = (events: Events) => of(events, 'log.recovered').at(-1)

/** Writes into the log before the kill, each with its position in the whole log. */
function writes(events: Events): readonly (Written & { readonly position: number })[] {
  const until = killed(events)?.n ?? Number.POSITIVE_INFINITY
  return of(events, 'disk.written')
    .filter(({ path, n }) => fileStart(path) >= 0 && n < until)
    .map((one) => ({ ...one, position: fileStart(one.path) + one.atBytes }))
}

/** The bytes that the disk got of a record. */
function bytesOf(events: Events, record: Appended): Uint8Array | undefined {
  for (const { position, payload, sizeBytes } of writes(events)) {
    const begins = record.physicalOffset - position
    if (begins >= 0 && begins + record.sizeBytes <= sizeBytes)
      return decodeBase64(payload).subarray(begins, begins + record.sizeBytes)
  }
  return undefined
}

/** The record before another one in the log, if both lie in one file. */
function before(events: Events, record: Appended): Appended | undefined {
  const all = appended(events)
  const found = all[all.indexOf(record) - 1]
  return found !== undefined && fileOf(found.physicalOffset) === fileOf(record.physicalOffset) ? found : undefined
}

/** What was written at the end of a file, behind its last record, and how many bytes were left there. */
function restOf(events: Events, start: number) {
  const last = appended(events).findLast(({ physicalOffset }) => fileOf(physicalOffset) === start)
  if (last === undefined) return undefined
  const at = endOf(last)
  const write = writes(events).find(({ position, sizeBytes }) => position <= at && at < position + sizeBytes)
  const written = write === undefined ? new Uint8Array() : decodeBase64(write.payload).subarray(at - write.position)
  return { last, at, leftBytes: start + FILE_BYTES - at, written }
}

/** Orders that were acknowledged and never handed to the billing. */
function lost(events: Events): readonly string[] {
  const handed = new Set(of(events, 'app.handed').map(({ text }) => keyIn(text)))
  return acknowledged(events)
    .map(({ key }) => key)
    .filter((key) => !handed.has(key))
}

const keyIn = (text: string) => /"key":"([^"]+)"/.exec(text)?.[1] ?? ''

/** Answers with SEND_OK, each with the key that was sent. */
function acknowledged(events: Events): readonly { readonly key: string; readonly answer: TraceEvent }[] {
  const keys = new Map(of(events, 'app.called').map((one) => [`${one.node} ${one.call}`, keyIn(one.text)]))
  return of(events, 'app.answered')
    .filter(({ text }) => text.includes('SEND_OK'))
    .map((answer) => ({ key: keys.get(`${answer.node} ${answer.call}`) ?? '', answer }))
    .filter(({ key }) => key !== '')
}

/** Whole pages of 4 KiB that syncs have written of files whose path holds a word. */
function pagesOf(events: Events, word: string): number {
  return of(events, 'disk.synced')
    .filter(({ path }) => path.includes(word))
    .reduce((sum, { sizeBytes }) => sum + Math.ceil(sizeBytes / 4096), 0)
}

const syncsOf = (events: Events, word: string) =>
  of(events, 'disk.synced').filter(({ path, sizeBytes }) => path.includes(word) && sizeBytes > 0).length

export const claims: Claims = {
  'all-acknowledged': {
    figure: 'wound',
    always: true,
    pane: 'wound',
    shownBy: (events) => {
      const stop = killed(events)
      const answers = acknowledged(events)
      return when(stop !== undefined && answers.length === 14 && answers.every(({ answer }) => answer.n < stop.n), [
        stop,
      ])
    },
  },
  'eight-lost': {
    figure: 'wound',
    always: true,
    pane: 'wound',
    shownBy: (events) =>
      when(lost(events).join() === [7, 8, 9, 10, 11, 12, 13, 14].map((one) => `order-${one}`).join(), [
        recovered(events),
      ]),
  },
  'no-byte-missing': {
    figure: 'wound',
    always: true,
    pane: 'cut',
    shownBy: (events) => when(of(events, 'disk.lost').length === 0 && killed(events) !== undefined, [killed(events)]),
  },
  'one-file-two-topics': {
    always: true,
    pane: 'mix',
    shownBy: (events) => {
      const first = appended(events).filter(({ physicalOffset }) => physicalOffset < FILE_BYTES)
      return when(new Set(first.map(({ topic }) => topic)).size === 2, [first.find(({ topic }) => topic === 'Clicks')])
    },
  },
  'one-after-the-other': {
    always: true,
    pane: 'mix',
    shownBy: (events) => {
      const all = appended(events)
      const follows = all.filter((one) => before(events, one) !== undefined)
      const isDense = follows.every((one) => endOf(before(events, one)!) === one.physicalOffset)
      return when(isDense && follows.length > 10, [follows[0]])
    },
  },
  'only-at-the-end': {
    always: true,
    pane: 'mix',
    shownBy: (events) => {
      const all = writes(events)
      return when(
        all.length > 10 &&
          all.every((one, i) => i === 0 || one.position >= all[i - 1]!.position + all[i - 1]!.sizeBytes),
        [appended(events)[1]],
      )
    },
  },
  'size-comes-first': {
    always: true,
    pane: 'record',
    shownBy: (events) => {
      const all = appended(events)
      const isRight = (one: Appended) => {
        const bytes = bytesOf(events, one)
        return bytes !== undefined && readI32(bytes, 0) === bytes.length && readI32(bytes, 4) === MESSAGE_MAGIC_V1
      }
      return when(all.length > 0 && all.every(isRight), [recordOf(events, 'order-1')])
    },
  },
  'knows-its-place': {
    always: true,
    pane: 'record',
    shownBy: (events) => {
      const knows = (one: Appended) => {
        const decoded = decodeRecord(bytesOf(events, one) ?? new Uint8Array(), 0, true)
        return 'message' in decoded && decoded.message.physicalOffset === one.physicalOffset
      }
      return when(appended(events).every(knows), [recordOf(events, 'order-1')])
    },
  },
  'name-is-position': {
    always: true,
    pane: 'names',
    shownBy: (events) => {
      const made = of(events, 'disk.resized').filter(({ path }) => fileStart(path) >= 0)
      return when(made.length >= 3 && made.every(({ path }) => fileStart(path) % FILE_BYTES === 0), [
        of(events, 'log.rolled').at(-1),
      ])
    },
  },
  'six-goes-on': {
    always: true,
    pane: 'edge',
    shownBy: (events) => {
      const [six, rest] = [recordOf(events, 'order-6'), restOf(events, 0)]
      const isSo = six?.physicalOffset === FILE_BYTES && rest !== undefined && rest.leftBytes === six.sizeBytes + 5
      return when(isSo, [of(events, 'log.rolled')[0]])
    },
  },
  'blank-says-all': {
    always: true,
    pane: 'edge',
    shownBy: (events) => {
      const isRight = (start: number) => {
        const rest = restOf(events, start)
        if (rest === undefined || rest.written.length < BLANK_BYTES) return false
        return readI32(rest.written, 0) === rest.leftBytes && readI32(rest.written, 4) === BLANK_MAGIC
      }
      return when([0, FILE_BYTES].every(isRight), [of(events, 'log.rolled')[0]])
    },
  },
  'eleven-stays': {
    always: true,
    pane: 'exact',
    shownBy: (events) => {
      const [eleven, rest] = [recordOf(events, 'order-11'), restOf(events, FILE_BYTES)]
      return when(rest?.last === eleven && rest?.leftBytes === BLANK_BYTES, [eleven])
    },
  },
  'walk-ends-at-five': {
    figure: 'wound',
    always: true,
    pane: 'cut',
    shownBy: (events) => {
      const found = recovered(events)
      return when(found?.physicalOffset === FILE_BYTES - 5 && found.removedBytes > 0, [found])
    },
  },
  'walk-finds-all': {
    always: true,
    pane: 'walk',
    shownBy: (events) => {
      const found = recovered(events)
      return when(found?.records === appended(events).length && found.removedBytes === 0, [found])
    },
  },
  'body-is-a-body': {
    always: true,
    pane: 'forged',
    shownBy: (events) => {
      const record = recordOf(events, FORGER)
      const bytes = record === undefined ? new Uint8Array() : (bytesOf(events, record) ?? new Uint8Array())
      const magics = bytes.filter((_, at) => at + 4 <= bytes.length && readI32(bytes, at) === MESSAGE_MAGIC_V1).length
      const isOneRecord = recovered(events)?.records === appended(events).length
      return when(magics === 2 && isOneRecord && lost(events).length === 0, [record])
    },
  },
  'queues-cost-more': {
    figure: 'pages',
    always: true,
    pane: 'pages',
    shownBy: (events) => {
      const [log, queues] = [pagesOf(events, '/commitlog/0'), pagesOf(events, '/consumequeue/')]
      return when(log > 0 && queues > 2 * log, [of(events, 'log.flushed').at(-1)])
    },
  },
}

const bytes = (value: number) => `${value.toLocaleString('en')} bytes`

export const values: Values = {
  'lost-orders': { figure: 'wound', of: (events) => lost(events).length },
  'cut-bytes': { figure: 'wound', of: (events) => bytes(recovered(events)!.removedBytes) },
  'record-bytes': { of: (events) => recordOf(events, 'order-1')!.sizeBytes },
  'body-bytes': {
    of: (events) => {
      const record = recordOf(events, 'order-1')!
      const decoded = decodeRecord(bytesOf(events, record)!, 0, true)
      return 'message' in decoded ? decoded.message.body.length : ''
    },
  },
  'left-for-six': { of: (events) => restOf(events, 0)!.leftBytes },
  'six-bytes': { of: (events) => recordOf(events, 'order-6')!.sizeBytes },
  'eleven-bytes': { of: (events) => recordOf(events, 'order-11')!.sizeBytes },
  'records-found': { of: (events) => recovered(events)!.records },
  'log-ends': { of: (events) => recovered(events)!.physicalOffset.toLocaleString('en') },
  'blank-bytes-sum': {
    of: (events) => [0, FILE_BYTES].reduce((sum, start) => sum + restOf(events, start)!.leftBytes, 0),
  },
  'log-bytes': {
    figure: 'pages',
    of: (events) => of(events, 'log.flushed').at(-1)!.physicalOffset.toLocaleString('en'),
  },
  'log-pages': { figure: 'pages', of: (events) => pagesOf(events, '/commitlog/0') },
  'log-syncs': { figure: 'pages', of: (events) => syncsOf(events, '/commitlog/0') },
  'queue-bytes': { figure: 'pages', of: (events) => of(events, 'entry.dispatched').length * 20 },
  'queue-pages': { figure: 'pages', of: (events) => pagesOf(events, '/consumequeue/') },
  'queue-syncs': { figure: 'pages', of: (events) => syncsOf(events, '/consumequeue/') },
}
