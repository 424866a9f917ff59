/** What chapter 1 claims about the run of its figure, and the numbers it prints from it. */
import type { EventKind, TraceEvent, TraceEventOf } from '#reference/host/trace.ts'
import { type Claims, when } from '#site/lib/claim.ts'
import type { Values } from '#site/lib/value.ts'

type Events = readonly TraceEvent[]

const of = <K extends EventKind>(events: Events, kind: K) =>
  events.filter((event) => event.kind === kind) as readonly TraceEvent[] as readonly TraceEventOf<K>[]

const keyIn = (text: string) => /"key":"([^"]*)"/.exec(text)?.[1] ?? ''
const isBroker = (node: string) => node.startsWith('broker-')

/** The answer that the shop got to the send of a key. */
function answerTo(events: Events, key: string): TraceEventOf<'app.answered'> | undefined {
  const call = of(events, 'app.called').find((e) => e.name === 'send' && keyIn(e.text) === key)
  return of(events, 'app.answered').find((e) => e.node === call?.node && e.call === call?.call)
}

/** When the billing was handed a key for the first time. */
const handed = (events: Events, key: string) =>
  of(events, 'app.handed').find((e) => e.name === 'message' && keyIn(e.text) === key)

/** The reply of the billing’s application to the key that it was handed first: it has charged by then. */
function charged(events: Events, key: string): TraceEventOf<'app.replied'> | undefined {
  const call = handed(events, key)
  return of(events, 'app.replied').find(
    (e) => e.node === call?.node && e.call === call?.call && e.text.includes('CONSUME_SUCCESS'),
  )
}

/** The frame that led to an event. */
function frameBehind(events: Events, event: TraceEvent): TraceEventOf<'frame.sent'> | undefined {
  for (let at = event.cause; at > 0; ) {
    const cause = events[at - 1]
    if (cause === undefined) return undefined
    if (cause.kind === 'frame.sent') return cause
    at = cause.cause
  }
  return undefined
}

/** How often the billing has charged for a key; in the runs without a queue it charges at the bank of its application. */
const charges = (events: Events, key: string) =>
  of(events, 'app.handed').filter((e) => e.name === 'charge' && keyIn(e.text) === key)

/** Whether an event is about the queue into which an order was put. */
function isQueueOf(events: Events, key: string): (e: { node: string; queueId: number }) => boolean {
  const appended = of(events, 'record.appended').find((e) => e.key === key)
  return (e) => e.node === appended?.node && e.queueId === appended.queueId
}

export const claims: Claims = {
  'phone-unbilled': {
    always: true,
    figure: 'phone',
    shownBy: (events) => {
      const answer = answerTo(events, 'order-2')
      const others = ['order-1', 'order-3'].every((key) => charges(events, key).length === 1)
      return when(others && answer?.text.includes('FAILED') === true && charges(events, 'order-2').length === 0, [
        of(events, 'log.line').find((e) => e.node === 'shop'),
      ])
    },
  },
  'again-works': {
    always: true,
    figure: 'phone-again',
    shownBy: (events) => {
      const [charged] = charges(events, 'order-1')
      const asked = of(events, 'app.called').find((e) => keyIn(e.text) === 'order-1')
      return when(charges(events, 'order-1').length === 1 && charged!.atMs - asked!.atMs > 1_000, [charged])
    },
  },
  'again-twice': {
    always: true,
    figure: 'phone-again',
    shownBy: (events) => {
      const asked = of(events, 'app.called').filter((e) => keyIn(e.text) === 'order-2')
      const charged = charges(events, 'order-2')
      return when(asked.length === 1 && charged.length === 2, [charged[1]])
    },
  },
  'ok-without-consumer': {
    always: true,
    shownBy: (events) => {
      const answer = answerTo(events, 'order-1')
      const consumer = of(events, 'node.started').find((e) => e.node === 'consumer')
      return when(answer !== undefined && consumer !== undefined && answer.n < consumer.n, [answer])
    },
  },
  'namesrv-writes-nothing': {
    always: true,
    pane: 'registers',
    shownBy: (events) =>
      when(!events.some((e) => e.node === 'namesrv' && e.kind.startsWith('disk.')), [
        of(events, 'route.registered').at(0),
      ]),
  },
  'no-message-through-namesrv': {
    always: true,
    pane: 'whole',
    shownBy: (events) =>
      when(
        !of(events, 'frame.received').some((e) => e.node === 'namesrv' && /SEND_|PULL_/.test(e.name)) &&
          of(events, 'message.consumed').length > 0,
        [events.at(-1)],
      ),
  },
  'route-before-send': {
    always: true,
    pane: 'asks',
    shownBy: (events) => {
      const known = of(events, 'route.updated').find((e) => e.node === 'producer')
      const sending = of(events, 'message.sending')[0]
      return when(known !== undefined && sending !== undefined && known.n < sending.n, [known])
    },
  },
  'one-log': {
    always: false,
    pane: 'kept',
    shownBy: (events) => {
      const written = of(events, 'disk.written').filter((e) => e.path.includes('commitlog/'))
      const files = new Set(written.map((e) => `${e.node} ${e.path}`))
      const brokers = new Set(written.map((e) => e.node))
      return when(brokers.size === 2 && files.size === brokers.size, [of(events, 'record.appended')[0]])
    },
  },
  'ok-after-append': {
    always: true,
    pane: 'kept',
    shownBy: (events) => {
      const appended = of(events, 'record.appended')
      const answers = of(events, 'app.answered').filter((e) => e.name === 'send' && e.text.includes('SEND_OK'))
      const calls = new Map(of(events, 'app.called').map((e) => [`${e.node} ${e.call}`, keyIn(e.text)]))
      const pairs = answers.map((answer) =>
        appended.find((e) => e.key === calls.get(`${answer.node} ${answer.call}`) && e.n < answer.n),
      )
      return when(answers.length > 0 && pairs.every((pair) => pair !== undefined), [pairs[0]])
    },
  },
  'entry-before-answer': {
    always: true,
    pane: 'kept',
    shownBy: (events) => {
      const entries = of(events, 'record.appended').map((record) => {
        const at = isQueueOf(events, record.key)
        const entry = of(events, 'entry.dispatched').find((e) => at(e) && e.queueOffset === record.queueOffset)
        const answer = of(events, 'frame.sent').find(
          (e) => e.node === record.node && e.n > record.n && e.type === 'response' && e.name.startsWith('SEND_MESSAGE'),
        )
        return entry !== undefined && answer !== undefined && entry.n < answer.n ? entry : undefined
      })
      return when(entries.length === 7 && entries.every((entry) => entry !== undefined), [entries[0]])
    },
  },
  'billed-before-ok': {
    always: false,
    pane: 'learns',
    shownBy: (events) => {
      const [billed, answer] = [charged(events, 'order-3'), answerTo(events, 'order-3')]
      return when(billed !== undefined && answer !== undefined && billed.n < answer.n, [
        of(events, 'message.consumed').find((e) => e.key === 'order-3'),
      ])
    },
  },
  'ok-before-billed': {
    always: false,
    pane: 'learns',
    shownBy: (events) => {
      const [billed, answer] = [handed(events, 'order-2'), answerTo(events, 'order-2')]
      return when(billed !== undefined && answer !== undefined && answer.n < billed.n, [answer])
    },
  },
  'both-answers-at-once': {
    always: false,
    pane: 'learns',
    shownBy: (events) => {
      const answered = ['order-2', 'order-3'].map((key) => {
        const appended = of(events, 'record.appended').find((e) => e.key === key)
        const answers = of(events, 'frame.sent').filter(
          (e) => e.type === 'response' && e.node === appended?.node && e.n > appended.n && e.atMs === appended.atMs,
        )
        const names = answers.map((e) => e.name)
        return names.includes('SEND_MESSAGE_V2') && names.includes('PULL_MESSAGE') ? answers[0] : undefined
      })
      return when(
        answered.every((one) => one !== undefined),
        answered,
      )
    },
  },
  'all-queues': {
    always: true,
    shownBy: (events) => {
      const assigned = of(events, 'queue.assigned')
      return when(new Set(assigned.map((e) => `${e.brokerName} ${e.queueId}`)).size === 4, assigned)
    },
  },
  woken: {
    always: false,
    pane: 'waits',
    shownBy: (events) => {
      const appended = of(events, 'record.appended').find((e) => e.key === 'order-2')
      if (appended === undefined) return []
      const isSame = (e: { node: string; queueId: number }) =>
        e.node === appended.node && e.queueId === appended.queueId
      const held = of(events, 'pull.held').filter((e) => isSame(e) && e.n < appended.n)
      const dispatched = of(events, 'entry.dispatched').find((e) => isSame(e) && e.n > appended.n)
      const woken = of(events, 'pull.woken').find((e) => isSame(e) && e.n > appended.n)
      return when(held.length > 0 && woken !== undefined && woken.atMs === dispatched?.atMs, [woken])
    },
  },
  stays: {
    always: true,
    pane: 'fetched',
    shownBy: (events) => {
      const isGone = of(events, 'disk.removed').some((e) => e.path.includes('commitlog/'))
      const consumed = of(events, 'message.consumed').find((e) => e.key === 'order-1')
      return when(!isGone && consumed !== undefined, [consumed])
    },
  },
  'commit-later': {
    always: true,
    pane: 'commits',
    shownBy: (events) => {
      const consumed = of(events, 'message.consumed').find((e) => e.key === 'order-1')
      const at = isQueueOf(events, 'order-1')
      const committed = of(events, 'offset.committed').find(
        (e) => consumed !== undefined && at(e) && e.queueOffset > consumed.queueOffset && e.n > consumed.n,
      )
      return when(consumed !== undefined && committed !== undefined && committed.atMs > consumed.atMs, [committed])
    },
  },
  'pull-left-first': {
    always: true,
    pane: 'commits',
    shownBy: (events) => {
      const at = isQueueOf(events, 'order-1')
      const cached = of(events, 'message.cached').find((e) => e.key === 'order-1')
      const done = of(events, 'message.consumed').find((e) => e.key === 'order-1')
      const held = of(events, 'pull.held').find((e) => at(e) && cached !== undefined && e.n > cached.n)
      const asked = held === undefined ? undefined : frameBehind(events, held)
      const woken = of(events, 'pull.woken').find((e) => at(e) && held !== undefined && e.n > held.n)
      const waker = of(events, 'record.appended').find((e) => e.key === 'order-5' && at(e))
      const noted = of(events, 'offset.committed').find(at)
      // what wakes the pull is the frame with order-5, and nothing else
      const sent = waker === undefined ? undefined : frameBehind(events, waker)
      const isWokenByIt = woken !== undefined && sent !== undefined && frameBehind(events, woken)?.n === sent.n
      const isInOrder = (...ns: (number | undefined)[]) =>
        ns.every((n, i) => n !== undefined && (i === 0 || n > (ns[i - 1] ?? n)))
      const isInTurn = isInOrder(cached?.n, asked?.n, done?.n, held?.n, waker?.n, woken?.n, noted?.n)
      return when(isWokenByIt && isInTurn, [woken])
    },
  },
  'reported-with-a-pull': {
    always: false,
    pane: 'commits',
    shownBy: (events) => {
      const first = of(events, 'offset.committed')[0]
      return when(first !== undefined && frameBehind(events, first)?.name === 'PULL_MESSAGE', [first])
    },
  },
  'reported-after-ten-seconds': {
    always: true,
    pane: 'roles',
    shownBy: (events) => {
      const started = of(events, 'node.started').find((e) => e.node === 'consumer')
      const own = of(events, 'offset.committed').find((e) => frameBehind(events, e)?.name === 'UPDATE_CONSUMER_OFFSET')
      const afterMs = own === undefined || started === undefined ? 0 : own.atMs - started.atMs
      return when(afterMs >= 10_000 && afterMs < 10_500, [own])
    },
  },
  'broker-never-dials': {
    always: true,
    pane: 'roles',
    shownBy: (events) => {
      const dialled = of(events, 'net.connecting').filter((e) => isBroker(e.node))
      return when(dialled.length > 0 && dialled.every((e) => e.to.startsWith('namesrv')), [events.at(-1)])
    },
  },
}

const ms = (value: number) => `${value} ms`
const seconds = (atMs: number) => `${Number((atMs / 1_000).toFixed(2))} s`
/** When a node was started, for the last time. */
const startedMs = (events: Events, node: string) => of(events, 'node.started').findLast((e) => e.node === node)!.atMs

export const values: Values = {
  'shop-sells': { of: (events) => seconds(of(events, 'app.called')[0]!.atMs) },
  'billing-starts': { of: (events) => seconds(startedMs(events, 'consumer')) },
  'again-calls': {
    figure: 'phone-again',
    of: (events) => {
      const asked = of(events, 'app.called').find((e) => keyIn(e.text) === 'order-1')!
      const answer = answerTo(events, 'order-1')!
      return of(events, 'net.connecting').filter((e) => e.node === 'shop' && e.n > asked.n && e.n < answer.n).length
    },
  },
  'again-took': {
    figure: 'phone-again',
    of: (events) => {
      const asked = of(events, 'app.called').find((e) => keyIn(e.text) === 'order-1')!
      return seconds(charges(events, 'order-1')[0]!.atMs - asked.atMs)
    },
  },
  'dark-after': {
    figure: 'power-cut',
    of: (events) => ms(of(events, 'node.stopped')[0]!.atMs - answerTo(events, 'order-1')!.atMs),
  },
  'power-back': { figure: 'power-cut', of: (events) => seconds(startedMs(events, 'broker-a')) },
  'billing-comes': { figure: 'power-cut', of: (events) => seconds(startedMs(events, 'consumer')) },
  'send-took': {
    of: (events) => {
      const call = of(events, 'app.called').find((e) => keyIn(e.text) === 'order-1')!
      return ms(answerTo(events, 'order-1')!.atMs - call.atMs)
    },
  },
  'waited-for-billing': {
    of: (events) => ms(handed(events, 'order-1')!.atMs - answerTo(events, 'order-1')!.atMs),
  },
  'record-bytes': { of: (events) => of(events, 'record.appended')[0]!.sizeBytes },
  'committed-after': {
    of: (events) => {
      const consumed = of(events, 'message.consumed').find((e) => e.key === 'order-1')!
      return ms(of(events, 'offset.committed')[0]!.atMs - consumed.atMs)
    },
  },
}
