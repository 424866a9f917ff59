/** What chapter 11 claims about its runs, and the numbers it prints from them. */
import type { EventKind, TraceEvent, TraceEventOf } from '#reference/host/trace.ts'
import {
  changeSums,
  type OwnedQueue,
  ownersOf,
  queuesOf,
  stretchesOf,
} from '#site/figures/kit/views/parts/owners-state.ts'
import { type Claims, when } from '#site/lib/claim.ts'
import type { Values } from '#site/lib/value.ts'
import { GROUP, TOPIC_OF_ORDERS } from './group.ts'
import { CHANGED, CHANGES_MS, outcomeOf } from './strategies.ts'

type Events = readonly TraceEvent[]

const of = <K extends EventKind>(events: Events, kind: K) =>
  events.filter((event) => event.kind === kind) as readonly TraceEvent[] as readonly TraceEventOf<K>[]
const endOf = (events: Events) => events.at(-1)?.atMs ?? 0
/** The time of the step whose text begins so. */
const stepMs = (events: Events, text: string) =>
  of(events, 'script.step').find((event) => event.text.startsWith(text))?.atMs ?? Number.NaN
const queues = (events: Events) => queuesOf(ownersOf(events), GROUP, TOPIC_OF_ORDERS)
const sums = (events: Events, fromMs: number, toMs = endOf(events)) => {
  const until = events.filter(({ atMs }) => atMs <= toMs)
  return changeSums(queues(until).values(), fromMs, toMs)
}
const ofOrders = <E extends { readonly topic: string }>(events: readonly E[]) =>
  events.filter(({ topic }) => topic === TOPIC_OF_ORDERS)
const assigned = (events: Events) => ofOrders(of(events, 'queue.assigned'))
const released = (events: Events) => ofOrders(of(events, 'queue.released'))
/** Orders that were handed out again, with both times. */
function again(events: Events) {
  return [...queues(events)].flatMap(([name, { hands }]) =>
    hands
      .filter(({ before }) => before > 0)
      .map((second) => ({ name, second, first: hands.find(({ queueOffset }) => queueOffset === second.queueOffset)! })),
  )
}
const eventAt = (events: Events, n: number | undefined) => events.find((event) => event.n === n)
/** Orders that the shop was told are stored, and that nobody in the group has consumed at the end of the run. */
function unread(events: Events) {
  const read = new Set(of(events, 'message.consumed').map(({ key }) => key))
  return of(events, 'message.sent').filter(({ key, status }) => status === 'SEND_OK' && !read.has(key))
}
/** Stretches of all queues in which so many members believed that a queue was theirs. */
const shared = (events: Events, fromMs: number, owners: number) =>
  [...queues(events).values()].flatMap((queue: OwnedQueue) =>
    stretchesOf(queue, endOf(events)).filter((one) => one.owners.length === owners && one.fromMs >= fromMs),
  )
/** By queue: how long it had exactly so many owners, at the longest, between two times. Queues with less than `leastMs` are left out. */
function stretched(events: Events, [fromMs, toMs]: readonly [number, number], owners: number, leastMs: number) {
  const until = events.filter(({ atMs }) => atMs <= toMs)
  return [...queues(until)].flatMap(([name, queue]) => {
    const lengths = stretchesOf(queue, toMs)
      .filter((one) => one.owners.length === owners)
      .map((one) => one.toMs - Math.max(one.fromMs, fromMs))
    const ms = Math.max(0, ...lengths)
    return ms >= leastMs ? [{ queueId: Number(name.split('/')[2]), ms }] : []
  })
}
const inNode = (name: string) => (event: { readonly node: string }) => event.node === name

export const claims: Claims = {
  'three-move': {
    figure: 'wound',
    pane: 'wound',
    always: true,
    shownBy: (events) => {
      const fromMs = stepMs(events, 'A third process')
      const moved = assigned(events).filter(({ atMs }) => atMs > fromMs)
      return when(sums(events, fromMs).moves === 3, moved)
    },
  },
  'in-hand': {
    figure: 'wound',
    pane: 'handover',
    always: true,
    shownBy: (events) => {
      // an order that comes again was in a listener, or had been billed while its offset was not yet known to the new owner
      const fromMs = stepMs(events, 'A third process')
      const all = again(events)
      const isSo = all.every(({ first, second }) => first.owner !== second.owner && first.fromMs < second.fromMs)
      const running = all.filter(({ first, second }) => (first.toMs ?? endOf(events)) > second.fromMs)
      const isMost = running.length >= all.length - 4
      const shown = eventAt(events, running.at(0)?.second.n)
      return when(isSo && isMost && all.length >= 8 && all.every(({ second }) => second.fromMs > fromMs), [shown])
    },
  },
  'not-stopped': {
    figure: 'wound',
    pane: 'handover',
    always: true,
    shownBy: (events) => {
      const gone = released(events).filter(({ atMs }) => atMs > stepMs(events, 'A third process'))
      const late = of(events, 'message.consumed').filter((one) =>
        gone.some(
          (left) =>
            left.node === one.node && left.queueId === one.queueId && one.atMs > left.atMs && one.topic === left.topic,
        ),
      )
      return when(late.length > 0 && late.every(({ status }) => status === 'CONSUME_SUCCESS'), [late[0]])
    },
  },
  'five-move': {
    figure: 'first',
    pane: 'first',
    always: true,
    shownBy: (events) => {
      const fromMs = stepMs(events, 'billing-0 is started again')
      return when(
        sums(events, fromMs).moves === 5,
        assigned(events)
          .filter(({ atMs }) => atMs > fromMs)
          .slice(0, 1),
      )
    },
  },
  'unsorted-apart': {
    figure: 'unsorted',
    pane: 'unsorted',
    always: false,
    shownBy: (events) => {
      const fromMs = stepMs(events, 'Two orders every three seconds')
      const toMs = stepMs(events, 'Half a minute later')
      const isHalf = [0, 2].every((owners) => stretched(events, [fromMs, toMs], owners, 15_000).length === 4)
      const parted = assigned(events).findLast(({ atMs }) => atMs > fromMs && atMs < toMs)
      return when(isHalf && sums(events, fromMs).twice > 5, [parted])
    },
  },
  'silent-double': {
    figure: 'silent',
    pane: 'silent',
    always: true,
    shownBy: (events) => {
      const fromMs = stepMs(events, 'billing-3 is started')
      const doubles = stretched(events, [fromMs, endOf(events)], 2, 1)
      const rang = released(events).findLast(inNode('billing-2'))
      const isSo = doubles.length === 2 && doubles.every(({ ms }) => ms > 5_000 && ms < 20_100)
      return when(isSo && rang !== undefined && endsOf(events, 2, fromMs).every((ms) => ms === rang.atMs), [rang])
    },
  },
  'silent-hole': {
    figure: 'silent',
    pane: 'silent',
    always: true,
    shownBy: (events) => {
      const fromMs = stepMs(events, 'billing-3 is started')
      const holes = stretched(events, [fromMs, endOf(events)], 0, 10)
      const [first] = released(events).filter(({ atMs }) => atMs > fromMs)
      const taken = assigned(events).findLast(({ queueId }) => queueId === 3)
      const isSo = holes.length === 1 && holes[0]?.queueId === 3 && first?.queueId === 3
      const isTheirs = first?.node === 'billing-1' && taken?.node === 'billing-2'
      return when(isSo && isTheirs && holes[0]!.ms < 20_100, [first])
    },
  },
  'noticed-fast': {
    figure: 'wound',
    pane: 'noticed',
    always: true,
    shownBy: (events) => {
      const joined = of(events, 'consumer.joined').at(-1)!
      const last = assigned(events).at(-1)!
      return when(last.atMs - joined.atMs < 100, [last])
    },
  },
  'lists-differ': {
    figure: 'apart',
    pane: 'apart',
    always: false,
    shownBy: (events) => {
      const fromMs = stepMs(events, 'billing-3 joins')
      const freeMs = stepMs(events, 'The line to broker-b')
      const [holes, doubles] = [0, 2].map((owners) => stretched(events, [fromMs, freeMs], owners, 500))
      const [joined] = of(events, 'consumer.joined').filter(({ atMs }) => atMs > fromMs)
      const isForLong = holes!.length === 2 && holes!.every(({ ms }) => ms > 20_000)
      return when(isForLong && doubles!.length === 0, [joined])
    },
  },
  'lists-agree': {
    figure: 'apart',
    pane: 'apart',
    always: false,
    shownBy: (events) => {
      const last = stretchesEnd(events)
      return when(
        last.every((owners) => owners === 1),
        [assigned(events).at(-1)],
      )
    },
  },
  'stop-and-kill': {
    figure: 'gone',
    pane: 'leaves',
    always: false,
    shownBy: (events) => {
      const toMs = stepMs(events, 'The cable of billing-2')
      const { holeMs } = sums(events, stepMs(events, 'billing-4'), toMs)
      return when(holeMs > 0 && holeMs < 100, [of(events, 'node.stopped')[0]])
    },
  },
  'cut-two-minutes': {
    figure: 'gone',
    pane: 'cut',
    always: false,
    shownBy: (events) => {
      const left = of(events, 'consumer.left').find(({ reason }) => reason.startsWith('no heartbeat'))
      const began = of(events, 'fault.began')[0]
      const afterMs = (left?.atMs ?? 0) - (began?.atMs ?? 0)
      return when(afterMs > 85_000 && afterMs < 135_000, [left])
    },
  },
  'cut-two-owners': {
    figure: 'gone',
    pane: 'cut',
    always: false,
    shownBy: (events) => {
      const [left] = of(events, 'consumer.left').filter(({ reason }) => reason.startsWith('no heartbeat'))
      const both = shared(events, left?.atMs ?? Number.NaN, 2)
      const taken = assigned(events).find(({ n }) => n > (left?.n ?? Number.POSITIVE_INFINITY))
      return when(both.length > 0, [taken])
    },
  },
  'cut-set-back': {
    figure: 'gone',
    pane: 'cut',
    always: false,
    shownBy: (events) => {
      const healed = of(events, 'fault.healed')[0]
      const commits = ofOrders(of(events, 'offset.committed'))
      const back = commits.filter(
        (one) =>
          one.n > (healed?.n ?? Number.POSITIVE_INFINITY) &&
          commits.some(
            (other) => other.n < one.n && other.queueId === one.queueId && other.queueOffset > one.queueOffset,
          ),
      )
      return when(back.length > 0 && sums(events, healed!.atMs).twice > 4, [back[0]])
    },
  },
  'ring-only-newcomer': {
    figure: 'ring',
    pane: 'ring',
    always: true,
    shownBy: (events) => {
      const changes = movesBetween(events)
      const isSo = changes.every(({ from, to, number }) => [from, to].includes(CHANGED[number]!))
      return when(isSo && changes.length > 0, [eventAt(events, changes[0]?.n)])
    },
  },
  'idle-third': {
    figure: 'idle',
    pane: 'idle',
    always: false,
    shownBy: (events) => {
      const [goneMs, joined] = [stepMs(events, 'billing-1 is stopped'), of(events, 'consumer.joined').at(-1)]
      const mine = assigned(events).filter(inNode('billing-3'))
      return when(mine.length > 0 && mine.every(({ atMs }) => atMs > goneMs) && joined?.atMs !== undefined, [joined])
    },
  },
  'halves-unread': {
    figure: 'halves',
    pane: 'halves',
    always: false,
    shownBy: (events) => {
      const lost = unread(events)
      return when(lost.length === 2, [lost[0]])
    },
  },
  'locked-once': {
    figure: 'locked',
    pane: 'locked',
    always: true,
    shownBy: (events) => {
      const fromMs = stepMs(events, 'billing-3 joins')
      const { twice, doubleMs, moves } = sums(events, fromMs)
      return when(twice === 0 && doubleMs === 0 && moves === 3, [assigned(events).at(-1)])
    },
  },
  'locked-hole': {
    figure: 'locked',
    pane: 'locked',
    always: false,
    shownBy: (events) => {
      // billing-2 asks for its queues when it has released others; the lock of queue 3 is given back later, and taken a second later
      const fromMs = stepMs(events, 'billing-3 joins')
      const asked = released(events).find((one) => one.atMs > fromMs && one.node === 'billing-2')
      const of3 = <E extends { readonly queueId: number; readonly atMs: number }>(all: readonly E[]) =>
        all.find(({ queueId, atMs }) => queueId === 3 && atMs > fromMs)
      const [unlocked, locked] = [of3(of(events, 'queue.unlocked')), of3(of(events, 'queue.locked'))]
      const [askedMs, lockedMs] = [asked?.atMs ?? Number.NaN, locked?.atMs ?? Number.NaN]
      const isRefused = unlocked !== undefined && unlocked.atMs > askedMs && unlocked.clientId.includes('billing-1')
      const isLater = lockedMs - askedMs > 950 && lockedMs - askedMs < 1_100 && locked!.clientId.includes('billing-2')
      return when(isRefused && isLater && sums(events, fromMs).holeMs > 200, [assigned(events).at(-1)])
    },
  },
  'four-of-twelve': {
    figure: 'twenty',
    pane: 'twenty',
    always: true,
    shownBy: (events) => {
      const mine = assigned(events).filter(inNode('billing-2'))
      const isMine = (queueId: number) => mine.some((one) => one.queueId === queueId)
      // the shop sells coffee, tea, cocoa, coffee, tea, cocoa …
      const isCoffee = (key: string) => Number(key.replace('order-', '')) % 3 === 1
      const wanted = of(events, 'message.sent').filter(({ key, queueId }) => isMine(queueId) && !isCoffee(key))
      const billed = of(events, 'message.consumed')
      const isTheirs = billed.every((one) => one.node === 'billing-2' && wanted.some(({ key }) => key === one.key))
      return when(isTheirs && billed.length === 4 && wanted.length === 4, [billed.at(-1)])
    },
  },
}

/** Every move of a queue in the run of the ring: from whom, to whom, and in which change. */
function movesBetween(events: Events) {
  return [...queues(events).values()].flatMap(({ tenures }) =>
    tenures.slice(1).flatMap((one, i) => {
      const number = CHANGES_MS.findLastIndex((ms) => ms <= one.fromMs)
      const from = tenures[i]!.owner
      const n = assigned(events).find(({ atMs, node }) => atMs === one.fromMs && node === one.owner)?.n
      return number < 0 || from === one.owner ? [] : [{ from, to: one.owner, number, n }]
    }),
  )
}

/** How many owners each queue has when the run ends. */
function stretchesEnd(events: Events): readonly number[] {
  return [...queues(events).values()].map(({ tenures }) => tenures.filter(({ toMs }) => toMs === undefined).length)
}

/** When the stretches of queues with so many owners end that begin at `fromMs` or later. */
const endsOf = (events: Events, owners: number, fromMs: number) =>
  shared(events, fromMs, owners).map(({ toMs }) => toMs)

/** What the picture of the unsorted lists shows. */
const unsorted = (events: Events) =>
  sums(events, stepMs(events, 'Two orders every three seconds'), stepMs(events, 'Half a minute later'))
const seconds = (ms: number) => `${Math.round(ms / 1_000)} s`

export const values: Values = {
  twice: { figure: 'wound', of: (events) => sums(events, 0).twice },
  'still-in-hand': {
    figure: 'wound',
    of: (events) => again(events).filter(({ first, second }) => (first.toMs ?? endOf(events)) > second.fromMs).length,
  },
  'done-already': {
    figure: 'wound',
    of: (events) => again(events).filter(({ first, second }) => (first.toMs ?? endOf(events)) <= second.fromMs).length,
  },
  'agreed-ms': {
    figure: 'wound',
    of: (events) => {
      const joined = of(events, 'consumer.joined').at(-1)!
      return `${Math.round(assigned(events).at(-1)!.atMs - joined.atMs)} ms`
    },
  },
  'sorted-moves': {
    figure: 'sorted',
    of: (events) => sums(events, stepMs(events, 'Two orders every three seconds')).moves,
  },
  'unsorted-double': {
    figure: 'unsorted',
    of: (events) => seconds(unsorted(events).doubleMs),
  },
  'unsorted-twice': { figure: 'unsorted', of: (events) => unsorted(events).twice },
  'silent-double': {
    figure: 'silent',
    of: (events) => seconds(sums(events, stepMs(events, 'billing-3 is started')).doubleMs),
  },
  'silent-hole': {
    figure: 'silent',
    of: (events) => seconds(sums(events, stepMs(events, 'billing-3 is started')).holeMs),
  },
  'silent-twice': { figure: 'silent', of: (events) => sums(events, stepMs(events, 'billing-3 is started')).twice },
  'apart-hole': {
    figure: 'apart',
    of: (events) => seconds(sums(events, stepMs(events, 'billing-3 joins')).holeMs),
  },
  'leaves-hole': {
    figure: 'gone',
    of: (events) =>
      `${Math.round(sums(events, stepMs(events, 'billing-4'), stepMs(events, 'The cable of billing-2')).holeMs)} ms`,
  },
  'cut-after': {
    figure: 'gone',
    of: (events) => {
      const left = of(events, 'consumer.left').find(({ reason }) => reason.startsWith('no heartbeat'))!
      return seconds(left.atMs - of(events, 'fault.began')[0]!.atMs)
    },
  },
  'cut-twice': {
    figure: 'gone',
    of: (events) => sums(events, of(events, 'fault.healed')[0]!.atMs).twice,
  },
  'locked-hole': {
    figure: 'locked',
    of: (events) => `${Math.round(sums(events, stepMs(events, 'billing-3 joins')).holeMs)} ms`,
  },
  'ring-spread': { figure: 'ring', of: (events) => outcomeOf({ events }, 3).spread.join(' and ') },
}
