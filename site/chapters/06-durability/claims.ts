/** What chapter 6 claims about its runs, and the numbers it prints from them. */
import type { EventKind, TraceEvent, TraceEventOf } from '#reference/host/trace.ts'
import { type Claims, when } from '#site/lib/claim.ts'
import type { Values } from '#site/lib/value.ts'

type Events = readonly TraceEvent[]

const of = <K extends EventKind>(events: Events, kind: K) =>
  events.filter((event) => event.kind === kind) as readonly TraceEvent[] as readonly TraceEventOf<K>[]

const keyIn = (text: string) => /"key":"([^"]*)"/.exec(text)?.[1] ?? ''

/** The call of the shop for a key, and the answer it got. */
function sendOf(events: Events, key: string) {
  const call = of(events, 'app.called').find((e) => e.name === 'send' && keyIn(e.text) === key)
  const answer = of(events, 'app.answered').find((e) => e.node === call?.node && e.call === call?.call)
  return { call, answer, isOk: answer?.text.includes('SEND_OK') === true }
}

const appended = (events: Events, key: string) => of(events, 'record.appended').find((e) => e.key === key)
const consumed = (events: Events, key: string) => of(events, 'message.consumed').find((e) => e.key === key)

/** The first sync after the append that covers the record of a key. */
function flushOf(events: Events, key: string): TraceEventOf<'log.flushed'> | undefined {
  const record = appended(events, key)
  return of(events, 'log.flushed').find(
    (e) => record !== undefined && e.n > record.n && e.physicalOffset >= record.physicalOffset + record.sizeBytes,
  )
}

const keys = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `order-${from + i}`)
/** How a node ended for the first time. */
const ended = (events: Events, how: string) => of(events, 'node.stopped').find((e) => e.how === how)
/** The recovery after an event. */
const recoveredAfter = (events: Events, after: TraceEvent | undefined) =>
  of(events, 'log.recovered').find((e) => after !== undefined && e.n > after.n && e.node === 'broker-a')

/** Orders and syncs of the log in the part of the run with so many tills. */
function partWith(events: Events, tills: number) {
  const steps = of(events, 'script.step')
  const at = steps.findIndex((e) => e.text.startsWith(`${tills} till`))
  const [from, to] = [steps[at]?.n ?? 0, steps[at + 1]?.n ?? 0]
  const inside = events.filter((e) => e.n > from && e.n < to)
  return {
    orders: of(inside, 'app.called').length,
    syncs: of(inside, 'disk.synced').filter((e) => /commitlog\/\d{20}$/.test(e.path)),
    lastMs: (steps[at + 1]?.atMs ?? 0) - (steps[at]?.atMs ?? 0),
  }
}

/** The run of two orders: their records, the sync that covers the first of them, and the one that covers the second. */
function oneOrder(events: Events) {
  const [second, third] = [appended(events, 'order-2')!, appended(events, 'order-3')!]
  return { second, third, first: flushOf(events, 'order-2')!, own: flushOf(events, 'order-3')! }
}

export const claims: Claims = {
  'sold-and-lost': {
    always: false,
    pane: 'wound',
    shownBy: (events) => {
      const lost = keys(5, 7).filter((key) => sendOf(events, key).isOk && consumed(events, key) === undefined)
      return when(lost.length === 3, [ended(events, 'powercut')])
    },
  },
  'answer-without-disk': {
    always: true,
    pane: 'apart',
    shownBy: (events) => {
      const isEarly = (key: string) =>
        sendOf(events, key).isOk && sendOf(events, key).answer!.n < flushOf(events, key)!.n
      return when(keys(1, 4).every(isEarly), [flushOf(events, 'order-4')])
    },
  },
  'flushed-stays': {
    always: true,
    pane: 'wound',
    shownBy: (events) => {
      const cut = ended(events, 'powercut')
      const isKept = (key: string) => flushOf(events, key)!.n < cut!.n && consumed(events, key) !== undefined
      return when(keys(1, 4).every(isKept), [consumed(events, 'order-4')])
    },
  },
  'what-stays-is-a-beginning': {
    always: true,
    pane: 'torn',
    shownBy: (events) => {
      const isThere = keys(1, 7).map((key) => consumed(events, key) !== undefined)
      return when(isThere.lastIndexOf(true) === isThere.filter((one) => one).length - 1, [
        recoveredAfter(events, ended(events, 'powercut')),
      ])
    },
  },
  'torn-record': {
    always: false,
    pane: 'torn',
    shownBy: (events) => {
      const found = recoveredAfter(events, ended(events, 'powercut'))
      const first = appended(events, 'order-5')
      const isTorn = found!.removedBytes > 0 && found!.removedBytes < first!.sizeBytes
      return when(isTorn && found!.physicalOffset === first!.physicalOffset, [found])
    },
  },
  'kill-loses-nothing': {
    figure: 'killed',
    always: true,
    pane: 'killed',
    shownBy: (events) =>
      when(
        keys(1, 7).every((key) => sendOf(events, key).isOk && consumed(events, key) !== undefined),
        [recoveredAfter(events, ended(events, 'killed'))],
      ),
  },
  'killed-before-flush': {
    figure: 'killed',
    always: true,
    pane: 'killed',
    shownBy: (events) => {
      const kill = ended(events, 'killed')
      return when(
        keys(5, 7).every((key) => flushOf(events, key)!.n > kill!.n),
        [kill],
      )
    },
  },
  'abort-goes-last': {
    figure: 'killed',
    always: true,
    pane: 'stops',
    shownBy: (events) => {
      const gone = of(events, 'disk.removed').find((e) => e.path.endsWith('/abort'))
      const flushed = of(events, 'log.flushed').findLast((e) => gone !== undefined && e.n < gone.n)
      const written = of(events, 'disk.written').findLast(
        (e) => gone !== undefined && e.n < gone.n && /commitlog/.test(e.path),
      )
      const next = recoveredAfter(events, gone)
      return when(gone !== undefined && flushed!.n > written!.n && next?.clean === 1, [gone])
    },
  },
  'killed-is-unclean': {
    figure: 'killed',
    always: true,
    pane: 'killed',
    shownBy: (events) => {
      const found = recoveredAfter(events, ended(events, 'killed'))
      return when(found?.clean === 0, [found])
    },
  },
  'answer-after-sync': {
    figure: 'synced',
    always: true,
    pane: 'waits',
    shownBy: (events) => {
      const isLate = (key: string) =>
        sendOf(events, key).isOk && sendOf(events, key).answer!.n > flushOf(events, key)!.n
      return when(keys(1, 3).every(isLate), [flushOf(events, 'order-3')])
    },
  },
  'sync-survives': {
    figure: 'synced',
    always: true,
    pane: 'waits',
    shownBy: (events) => {
      const found = recoveredAfter(events, ended(events, 'powercut'))
      return when(found?.records === 3 && keys(1, 3).every((key) => consumed(events, key) !== undefined), [found])
    },
  },
  'error-and-billed': {
    figure: 'synced',
    always: true,
    pane: 'unasked',
    shownBy: (events) => {
      const { answer, isOk } = sendOf(events, 'order-4')
      const billed = consumed(events, 'order-4')
      return when(answer !== undefined && !isOk && billed !== undefined, [billed])
    },
  },
  'shop-gives-up-first': {
    figure: 'synced',
    always: true,
    pane: 'hangs',
    shownBy: (events) => {
      const { call, answer, isOk } = sendOf(events, 'order-5')
      const tookMs = (answer?.atMs ?? 0) - (call?.atMs ?? 0)
      return when(!isOk && tookMs >= 2_990 && tookMs <= 3_010, [answer])
    },
  },
  'billed-after-sync': {
    figure: 'synced',
    always: true,
    pane: 'hangs',
    shownBy: (events) => {
      const [flushed, billed] = [flushOf(events, 'order-5'), consumed(events, 'order-5')]
      return when(flushed !== undefined && billed !== undefined && billed.n > flushed.n, [billed])
    },
  },
  'two-orders-a-sync': {
    figure: 'senders',
    always: true,
    pane: 'shares',
    shownBy: (events) => {
      const { orders, syncs } = partWith(events, 8)
      return when(syncs.length * 1.5 < orders, [syncs.at(-1)])
    },
  },
  'syncs-are-shared': {
    figure: 'senders',
    always: true,
    pane: 'plot',
    shownBy: (events) => {
      const [one, sixteen] = [partWith(events, 1), partWith(events, 16)]
      const isShared = sixteen.orders === 16 * one.orders && sixteen.syncs.length * 2 <= sixteen.orders
      return when(isShared && sixteen.syncs.length <= 5 * one.syncs.length, [sixteen.syncs.at(-1)])
    },
  },
  'hasty-answers-early': {
    figure: 'hasty',
    always: true,
    pane: 'hasty',
    shownBy: (events) => {
      const early = keys(2, 7).find((key) => {
        const { answer, isOk } = sendOf(events, key)
        const cut = ended(events, 'powercut')!
        const flushed = flushOf(events, key)
        return isOk && answer!.n < cut.n && (flushed === undefined || flushed.n > answer!.n)
      })
      return when(early !== undefined, [early === undefined ? undefined : sendOf(events, early).answer])
    },
  },
  'hasty-loses': {
    figure: 'hasty',
    always: false,
    pane: 'hasty',
    shownBy: (events) => {
      const lost = keys(2, 7).filter((key) => sendOf(events, key).isOk && consumed(events, key) === undefined)
      return when(lost.length > 0, [recoveredAfter(events, ended(events, 'powercut'))])
    },
  },
  'first-sync-is-not-mine': {
    figure: 'one',
    always: true,
    pane: 'one',
    shownBy: (events) => {
      const { second, third, first, own } = oneOrder(events)
      const isDuring = third.n > second.n && third.n < first.n
      const [two, three] = [sendOf(events, 'order-2').answer, sendOf(events, 'order-3').answer]
      const isSo = two!.n > first.n && two!.n < own.n && three!.n > own.n
      return when(isDuring && isSo, [first])
    },
  },
  'unread-and-deleted': {
    figure: 'old-files',
    always: true,
    pane: 'old',
    shownBy: (events) => {
      const gone = of(events, 'disk.removed').filter((e) => e.path.includes('commitlog/'))
      const isUnread = keys(1, 6).every((key) => sendOf(events, key).isOk && consumed(events, key) === undefined)
      return when(gone.length === 2 && isUnread && consumed(events, 'order-7') !== undefined, [gone[0]])
    },
  },
}

const ms = (value: number) => `${value.toLocaleString('en')} ms`
const seconds = (value: number) => `${Number((value / 1_000).toFixed(1))} s`
const tookMs = (events: Events, key: string) => {
  const { call, answer } = sendOf(events, key)
  return answer!.atMs - call!.atMs
}
/** How long after the call of `send` for order-3 an event comes. */
const afterCall = (events: Events, { atMs }: TraceEvent) => ms(atMs - sendOf(events, 'order-3').call!.atMs)
const perSecond = (events: Events, tills: number, what: 'orders' | 'syncs') => {
  const { orders, syncs, lastMs } = partWith(events, tills)
  return Math.round(((what === 'orders' ? orders : syncs.length) * 1_000) / lastMs)
}

/** What the recovery after an event found, in words. */
const found = (events: Events, after: TraceEvent | undefined) => {
  const { records, physicalOffset, removedBytes } = recoveredAfter(events, after)!
  const cut = removedBytes === 0 ? 'nothing to clear' : `${removedBytes} bytes cleared`
  return `${records} records, end at ${physicalOffset.toLocaleString('en')}, ${cut}`
}

export const values: Values = {
  'flush-after': {
    of: (events) => seconds(flushOf(events, 'order-1')!.atMs - appended(events, 'order-1')!.atMs),
  },
  'dark-after-ok': {
    of: (events) => ms(ended(events, 'powercut')!.atMs - sendOf(events, 'order-7').answer!.atMs),
  },
  'bytes-before': { of: (events) => appended(events, 'order-5')!.physicalOffset },
  'bytes-written': {
    of: (events) => appended(events, 'order-7')!.physicalOffset + appended(events, 'order-7')!.sizeBytes,
  },
  'bytes-torn': { of: (events) => recoveredAfter(events, ended(events, 'powercut'))!.removedBytes },
  'record-bytes': { of: (events) => appended(events, 'order-5')!.sizeBytes },
  'async-took': { of: (events) => ms(tookMs(events, 'order-2')) },
  'sync-took': { figure: 'synced', of: (events) => ms(tookMs(events, 'order-2')) },
  'hang-gave-up': { figure: 'synced', of: (events) => seconds(tookMs(events, 'order-5')) },
  'hang-flushed': {
    figure: 'synced',
    of: (events) => seconds(flushOf(events, 'order-5')!.atMs - sendOf(events, 'order-5').call!.atMs),
  },
  'one-appended': { figure: 'one', of: (events) => afterCall(events, oneOrder(events).third) },
  'one-other-sync': { figure: 'one', of: (events) => afterCall(events, oneOrder(events).first) },
  'one-own-sync': { figure: 'one', of: (events) => afterCall(events, oneOrder(events).own) },
  'one-answered': { figure: 'one', of: (events) => afterCall(events, sendOf(events, 'order-3').answer!) },
  'one-rest': {
    figure: 'one',
    of: (events) => {
      const { third, own } = oneOrder(events)
      return ms(tookMs(events, 'order-3') - (own.atMs - third.atMs))
    },
  },
  'orders-1': { figure: 'senders', of: (events) => perSecond(events, 1, 'orders') },
  'syncs-1': { figure: 'senders', of: (events) => perSecond(events, 1, 'syncs') },
  'orders-16': { figure: 'senders', of: (events) => perSecond(events, 16, 'orders') },
  'syncs-16': { figure: 'senders', of: (events) => perSecond(events, 16, 'syncs') },
  'found-cut': { of: (events) => found(events, ended(events, 'powercut')) },
  'found-kill': { figure: 'killed', of: (events) => found(events, ended(events, 'killed')) },
  'found-sync': { figure: 'synced', of: (events) => found(events, ended(events, 'powercut')) },
  'found-unasked': { figure: 'synced', of: (events) => found(events, ended(events, 'killed')) },
  'found-clean': {
    figure: 'killed',
    of: (events) =>
      found(
        events,
        of(events, 'node.stopped').findLast((e) => e.node === 'broker-a'),
      ),
  },
  'deleted-at': {
    figure: 'old-files',
    of: (events) => seconds(of(events, 'disk.removed').find((e) => e.path.includes('commitlog/'))!.atMs),
  },
}
