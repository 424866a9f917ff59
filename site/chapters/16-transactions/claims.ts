/** What chapter 16 claims about its runs, and the numbers it prints from them. */
import type { EventKind, TraceEvent, TraceEventOf } from '#reference/host/trace.ts'
import { type Claims, when } from '#site/lib/claim.ts'
import type { Values } from '#site/lib/value.ts'
import { GIVEN_UP, HALF, OP, SAVE_MS } from './database.ts'

type Events = readonly TraceEvent[]

const of = <K extends EventKind>(events: Events, kind: K) =>
  events.filter((event) => event.kind === kind) as readonly TraceEvent[] as readonly TraceEventOf<K>[]

const keyIn = (text: string) => /"key":"([^"]*)"/.exec(text)?.[1] ?? ''

/** The moment at which the database is asked to save an order. */
const saveOf = (events: Events, key: string) =>
  of(events, 'app.handed').find(
    (e) => (e.name === 'save' || e.name === 'executeLocalTransaction') && keyIn(e.text) === key,
  )
/** The database's word that it has saved an order. */
function savedAt(events: Events, key: string): TraceEventOf<'app.replied'> | undefined {
  const asked = saveOf(events, key)
  const reply = of(events, 'app.replied').find((e) => e.node === asked?.node && e.call === asked?.call)
  return reply !== undefined && /"saved":true|COMMIT_MESSAGE/.test(reply.text) ? reply : undefined
}

const billed = (events: Events, key: string) =>
  of(events, 'message.consumed').filter((e) => e.key === key && e.status === 'CONSUME_SUCCESS')
const handed = (events: Events, key: string) =>
  of(events, 'app.handed').filter((e) => e.name === 'message' && keyIn(e.text) === key)
const records = (events: Events, topic: string, key?: string) =>
  of(events, 'record.appended').filter((e) => e.topic === topic && (key === undefined || e.key === key))
const ended = (events: Events, key: string) => of(events, 'transaction.ended').filter((e) => e.key === key)
const noted = (events: Events, offset: number) =>
  of(events, 'transaction.noted').find((e) => e.halfOffsets.split(',').includes(String(offset)))
const killed = (events: Events, node: string) =>
  of(events, 'node.stopped').find((e) => e.node === node && e.how === 'killed')

const CHECK_INTERVAL_MS = 30_000
const OP_INTERVAL_MS = 3_000

export const claims: Claims = {
  'saved-unbilled': {
    figure: 'gap',
    always: true,
    pane: 'wound',
    shownBy: (events) => {
      const isWhole = ['order-1', 'order-3'].every((key) => savedAt(events, key) && billed(events, key).length === 1)
      const isGap = savedAt(events, 'order-2') !== undefined && handed(events, 'order-2').length === 0
      return when(isWhole && isGap, [killed(events, 'shop-1')])
    },
  },
  'billed-unsaved': {
    figure: 'phantom',
    always: true,
    pane: 'phantom',
    shownBy: (events) => {
      const [first] = billed(events, 'order-2')
      return when(first !== undefined && savedAt(events, 'order-2') === undefined, [first])
    },
  },
  'saved-after-half': {
    figure: 'held',
    always: true,
    pane: 'said',
    shownBy: (events) => {
      const [half] = records(events, HALF, 'order-1')
      const answered = of(events, 'message.sent').find(
        (e) => e.node === 'shop-1' && e.key === 'order-1' && e.status === 'SEND_OK',
      )
      const save = saveOf(events, 'order-1')
      const isInOrder = half !== undefined && answered !== undefined && save !== undefined
      return when(isInOrder && half.n < answered.n && answered.n < save.n, [save])
    },
  },
  'billed-after-commit': {
    figure: 'held',
    always: true,
    pane: 'said',
    shownBy: (events) => {
      const isHeld = ['order-1', 'order-3'].every((key) => {
        const [end] = ended(events, key)
        return end?.outcome === 'committed' && handed(events, key).length === 1 && handed(events, key)[0]!.n > end.n
      })
      return when(isHeld, [handed(events, 'order-1')[0]])
    },
  },
  'two-records': {
    figure: 'half',
    always: true,
    pane: 'half',
    shownBy: (events) => {
      const all = of(events, 'record.appended').filter((e) => e.key === 'order-1')
      return when(all.length === 2 && all[0]!.topic === HALF && all[1]!.topic === 'Orders', [all[1]])
    },
  },
  'end-has-no-answer': {
    figure: 'half',
    always: true,
    pane: 'end',
    shownBy: (events) => {
      const ends = of(events, 'frame.sent').filter((e) => e.name === 'END_TRANSACTION')
      return when(ends.length === 3 && ends.every((e) => e.type === 'oneway'), [ends[0]])
    },
  },
  'rollback-leaves-nothing': {
    figure: 'half',
    always: true,
    pane: 'refused',
    shownBy: (events) => {
      const all = of(events, 'record.appended').filter((e) => e.key === 'order-2')
      const [end] = ended(events, 'order-2')
      const isOne = all.length === 1 && all[0]!.topic === HALF && handed(events, 'order-2').length === 0
      return when(isOne && end?.outcome === 'rolled back', [end])
    },
  },
  'sibling-commits': {
    figure: 'held',
    always: true,
    pane: 'asked',
    shownBy: (events) => {
      const answer = of(events, 'transaction.answered').find((e) => e.key === 'order-3')
      const executed = of(events, 'transaction.executed').find((e) => e.key === 'order-3')
      const isSibling = answer?.node === 'shop-2' && executed === undefined && billed(events, 'order-3').length === 1
      return when(isSibling && savedAt(events, 'order-3')!.n < killed(events, 'shop-1')!.n, [
        billed(events, 'order-3')[0],
      ])
    },
  },
  'asked-in-a-round': {
    figure: 'held',
    always: true,
    pane: 'asked',
    shownBy: (events) => {
      const start = of(events, 'node.started').find((e) => e.node === 'broker-a')
      const all = of(events, 'transaction.checked')
      const isRound = all.every((e) => (e.atMs - start!.atMs) % CHECK_INTERVAL_MS === 0)
      return when(all.length === 1 && isRound, [all[0]])
    },
  },
  'a-copy-for-each-question': {
    figure: 'half',
    always: true,
    pane: 'copies',
    shownBy: (events) => {
      const [half, copy, more] = records(events, HALF, 'order-3')
      const [check] = of(events, 'transaction.checked')
      const isCopy = copy !== undefined && more === undefined && copy.queueOffset > half!.queueOffset
      return when(isCopy && check!.queueOffset === copy.queueOffset && copy.n < check!.n, [copy])
    },
  },
  'noted-later': {
    figure: 'half',
    always: true,
    pane: 'done',
    shownBy: (events) => {
      const isLater = ['order-1', 'order-2', 'order-3'].every((key) => {
        const [end] = ended(events, key)
        const note = noted(events, end!.queueOffset)
        return note !== undefined && note.atMs - end!.atMs === OP_INTERVAL_MS
      })
      return when(isLater && records(events, OP).length === 3, [of(events, 'transaction.noted')[1]])
    },
  },
  'waits-for-the-save': {
    figure: 'half',
    always: true,
    pane: 'price',
    shownBy: (events) => {
      const [saved, end] = [savedAt(events, 'order-1'), ended(events, 'order-1')[0]]
      const isHeld = handed(events, 'order-1')[0]!.atMs - records(events, HALF, 'order-1')[0]!.atMs >= SAVE_MS
      return when(saved !== undefined && end !== undefined && saved.n < end.n && isHeld, [end])
    },
  },
  'committed-twice': {
    figure: 'again',
    always: true,
    pane: 'again',
    shownBy: (events) => {
      const twice = ended(events, 'order-1').filter((e) => e.outcome === 'committed')
      const isOnce = of(events, 'app.called').length === 1 && records(events, HALF, 'order-1').length === 2
      return when(isOnce && twice.length === 2 && billed(events, 'order-1').length === 2, [
        billed(events, 'order-1')[1],
      ])
    },
  },
  'committed-once': {
    figure: 'once',
    always: true,
    pane: 'once',
    shownBy: (events) => {
      const isOnce = billed(events, 'order-1').length === 1 && records(events, 'Orders', 'order-1').length === 1
      const isAsked = of(events, 'transaction.checked').length > 0
      return when(isOnce && !isAsked, [of(events, 'transaction.noted')[0]])
    },
  },
  'fifteen-and-no-more': {
    figure: 'unknown',
    always: true,
    pane: 'given',
    shownBy: (events) => {
      const asked = of(events, 'transaction.checked').length
      const [end] = ended(events, 'order-1')
      const isAside = records(events, GIVEN_UP, 'order-1').length === 1 && handed(events, 'order-1').length === 0
      return when(asked === 15 && end?.outcome === 'given up' && isAside, [end])
    },
  },
  'asked-in-turn': {
    figure: 'unknown',
    always: true,
    pane: 'given',
    shownBy: (events) => {
      const nodes = of(events, 'transaction.answered').map((e) => e.node)
      const isTurn = nodes.every((node, i) => i === 0 || node !== nodes[i - 1])
      return when(nodes.length === 15 && isTurn, [of(events, 'transaction.answered').at(-1)])
    },
  },
}

const ms = (value: number) => `${value.toLocaleString('en')} ms`
const seconds = (value: number) => `${Number((value / 1_000).toFixed(1))} s`
const sendMs = (events: Events, key: string) => {
  const call = of(events, 'app.called').find((e) => keyIn(e.text) === key)
  const answer = of(events, 'app.answered').find((e) => e.node === call?.node && e.call === call?.call)
  return answer!.atMs - call!.atMs
}

/** How long an order was in the broker before the billing was handed it. */
const seenMs = (events: Events, topic: string, key: string) => {
  const tookMs = handed(events, key)[0]!.atMs - records(events, topic, key)[0]!.atMs
  return tookMs < 1_000 ? ms(tookMs) : seconds(tookMs)
}

export const values: Values = {
  'held-ms': {
    figure: 'half',
    of: (events) => ms(records(events, 'Orders', 'order-1')[0]!.atMs - records(events, HALF, 'order-1')[0]!.atMs),
  },
  'half-bytes': { figure: 'half', of: (events) => records(events, HALF, 'order-1')[0]!.sizeBytes },
  'whole-bytes': { figure: 'half', of: (events) => records(events, 'Orders', 'order-1')[0]!.sizeBytes },
  'op-bytes': { figure: 'half', of: (events) => records(events, OP)[0]!.sizeBytes },
  'plain-bytes': { figure: 'gap', of: (events) => records(events, 'Orders', 'order-1')[0]!.sizeBytes },
  'agreed-after': {
    figure: 'half',
    of: (events) => seconds(billed(events, 'order-3')[0]!.atMs - savedAt(events, 'order-3')!.atMs),
  },
  'seen-plain': { figure: 'gap', of: (events) => seenMs(events, 'Orders', 'order-1') },
  'seen-good': { figure: 'half', of: (events) => seenMs(events, HALF, 'order-1') },
  'seen-asked': { figure: 'half', of: (events) => seenMs(events, HALF, 'order-3') },
  'copy-offset': { figure: 'half', of: (events) => records(events, HALF, 'order-3')[1]!.queueOffset },
  'first-offset': { figure: 'half', of: (events) => records(events, HALF, 'order-3')[0]!.queueOffset },
  'naive-send-ms': { figure: 'gap', of: (events) => ms(sendMs(events, 'order-3')) },
  'transaction-send-ms': { figure: 'half', of: (events) => ms(sendMs(events, 'order-2')) },
  'given-up-after': {
    figure: 'unknown',
    of: (events) => seconds(ended(events, 'order-1')[0]!.atMs - records(events, HALF, 'order-1')[0]!.atMs),
  },
  'half-records': { figure: 'unknown', of: (events) => records(events, HALF, 'order-1').length },
}
