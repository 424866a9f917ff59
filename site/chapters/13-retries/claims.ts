/** What chapter 13 claims about its runs, and the numbers it prints from them. */
import { HOUR_MS } from '#reference/common/units.ts'
import type { EventKind, TraceEvent, TraceEventOf } from '#reference/host/trace.ts'
import { DELAY_LEVELS_MS, SCHEDULE_TOPIC } from '#reference/store/delay-level.ts'
import { type Claims, when } from '#site/lib/claim.ts'
import type { Values } from '#site/lib/value.ts'

type Events = readonly TraceEvent[]

const of = <K extends EventKind>(events: Events, kind: K) =>
  events.filter((event) => event.kind === kind) as readonly TraceEvent[] as readonly TraceEventOf<K>[]

const COCOA = 'order-3'
const RETRY = '%RETRY%billing'
const DEAD = '%DLQ%billing'

/** What a group was handed of an order, in order. */
const handed = (events: Events, key: string, group = 'billing') =>
  of(events, 'message.consumed').filter((e) => e.key === key && e.group === group)
const isGood = ({ status }: TraceEventOf<'message.consumed'>) => status === 'CONSUME_SUCCESS'
const billed = (events: Events, key: string, group = 'billing') => handed(events, key, group).filter(isGood)
const retried = (events: Events, key = COCOA) => of(events, 'message.retried').filter((e) => e.key === key)
const records = (events: Events, key = COCOA) => of(events, 'record.appended').filter((e) => e.key === key)
/** The committed offsets of the billing in the topic of the orders. */
const commits = (events: Events) =>
  of(events, 'offset.committed').filter((e) => e.group === 'billing' && e.topic === 'Orders')
/** The records of an order within an hour of its first failure. */
const ofAnHour = (events: Events) => {
  const firstMs = handed(events, COCOA)[0]?.atMs ?? Number.NaN
  return records(events).filter((e) => e.atMs - firstMs < HOUR_MS)
}
const sentAt = (events: Events, key: string) =>
  of(events, 'app.called').find((e) => e.text.includes(`"key":"${key}"`))?.atMs ?? Number.NaN

/** Milliseconds from the moment an order was given back to its next delivery, by number. */
function waits(events: Events): readonly number[] {
  const deliveries = handed(events, COCOA)
  return retried(events).map((e, i) => (deliveries[i + 1]?.atMs ?? Number.NaN) - e.atMs)
}
/** A wait is that of a delay level, and a few milliseconds for the way. */
const isWait = (ms: number | undefined, wantedMs: number | undefined) =>
  ms !== undefined && wantedMs !== undefined && ms >= wantedMs && ms <= wantedMs + 60

export const claims: Claims = {
  'four-billed': {
    figure: 'wound',
    pane: 'wound',
    always: true,
    shownBy: (events) => {
      const others = ['order-1', 'order-2', 'order-4', 'order-5'].map((key) => billed(events, key))
      const isQuick = others.every(([first]) => first !== undefined && first.atMs - sentAt(events, first.key) < 100)
      return when(isQuick && billed(events, COCOA).length === 0, [others.at(-1)?.[0]])
    },
  },
  'later-do-not-wait': {
    figure: 'wound',
    pane: 'wound',
    always: true,
    shownBy: (events) => {
      const [late] = billed(events, 'order-7')
      return when(late !== undefined && late.atMs - sentAt(events, 'order-7') < 100, [late])
    },
  },
  'kept-offset': {
    figure: 'kept',
    pane: 'kept',
    always: true,
    shownBy: (events) => {
      const [deployed] = of(events, 'node.stopped')
      const known = commits(events).filter((e) => e.n < deployed!.n)
      const isStuck = known.at(-1)?.queueOffset === 1 && commits(events).every((e) => e.queueOffset <= 1)
      return when(isStuck && billed(events, 'order-7').length > 0, [known.at(-1)])
    },
  },
  'kept-twice': {
    figure: 'kept',
    pane: 'kept',
    always: true,
    shownBy: (events) => {
      const behind = ['order-4', 'order-7'].map((key) => billed(events, key))
      return when(
        behind.every((times) => times.length === 2),
        [behind[0]?.[1]],
      )
    },
  },
  'offset-passes': {
    figure: 'back',
    pane: 'back',
    always: true,
    shownBy: (events) => {
      const second = handed(events, COCOA)[1]
      const passed = commits(events).find((e) => e.queueOffset > records(events)[0]!.queueOffset)
      return when(passed !== undefined && second !== undefined && passed.n < second.n, [passed])
    },
  },
  'stored-first': {
    figure: 'back',
    pane: 'back',
    always: true,
    shownBy: (events) => {
      const copy = records(events).find((e) => e.topic === SCHEDULE_TOPIC)
      const passed = commits(events).find((e) => e.queueOffset > records(events)[0]!.queueOffset)
      return when(copy !== undefined && passed !== undefined && copy.n < passed.n, [copy])
    },
  },
  'ten-seconds': {
    figure: 'back',
    pane: 'back',
    always: true,
    shownBy: (events) => {
      const second = handed(events, COCOA)[1]
      return when(isWait(waits(events)[0], DELAY_LEVELS_MS[2]), [second])
    },
  },
  'sixteen-waits': {
    figure: 'poison',
    pane: 'delays',
    always: false,
    shownBy: (events) => {
      const all = waits(events)
      const isTable = all.length === 16 && all.every((ms, i) => isWait(ms, DELAY_LEVELS_MS[i + 2]))
      return when(isTable, [of(events, 'message.dead')[0]])
    },
  },
  'records-34': {
    figure: 'poison',
    pane: 'copies',
    always: false,
    shownBy: (events) => {
      const all = records(events)
      const count = (topic: string) => all.filter((e) => e.topic === topic).length
      const isSo = count('Orders') === 1 && count(SCHEDULE_TOPIC) === 16 && count(RETRY) === 16 && count(DEAD) === 1
      return when(isSo && all.length === 34, [of(events, 'message.dead')[0]])
    },
  },
  'records-26': {
    figure: 'poison',
    pane: 'copies',
    always: false,
    shownBy: (events) => {
      const hour = ofAnHour(events)
      const count = (topic: string) => hour.filter((e) => e.topic === topic).length
      const isSo = count('Orders') === 1 && count(SCHEDULE_TOPIC) === 13 && count(RETRY) === 12
      return when(isSo && hour.length === 26, [hour.at(-1)])
    },
  },
  'seventeen-then-silence': {
    figure: 'poison',
    pane: 'silence',
    always: false,
    shownBy: (events) => {
      const all = handed(events, COCOA)
      const [dead] = of(events, 'message.dead')
      return when(all.length === 17 && dead !== undefined && dead.n > all.at(-1)!.n, [dead])
    },
  },
  'mended-late': {
    figure: 'mended',
    pane: 'mended',
    always: false,
    shownBy: (events) => {
      const [late] = billed(events, COCOA)
      const mended = of(events, 'script.step').at(-1)
      const [other] = billed(events, 'order-7')
      const due = of(events, 'message.due').findLast((e) => late !== undefined && e.n < late.n)
      const isLate = late !== undefined && mended !== undefined && late.atMs - mended.atMs > 600_000
      return when(isLate && other !== undefined && mended.n < other.n && other.n < late.n, [due])
    },
  },
  replayed: {
    figure: 'replay',
    pane: 'replay',
    always: true,
    shownBy: (events) => {
      const [dead] = of(events, 'message.dead')
      const [read] = billed(events, COCOA, 'rescue')
      const [late] = billed(events, COCOA)
      const isSo = dead !== undefined && read !== undefined && late !== undefined && dead.n < read.n && read.n < late.n
      return when(isSo && late.topic === 'Orders', [late])
    },
  },
  'again-in-five': {
    figure: 'refused',
    pane: 'refused',
    always: true,
    shownBy: (events) => {
      const [first, second] = handed(events, COCOA)
      const [back] = retried(events)
      const apartMs = (second?.atMs ?? 0) - (first?.atMs ?? 0)
      return when(apartMs >= 5_000 && apartMs < 5_200 && back !== undefined && back.n > second!.n, [second])
    },
  },
  'fifteen-minutes': {
    figure: 'slow',
    pane: 'slow',
    always: false,
    shownBy: (events) => {
      const [first] = of(events, 'message.cached').filter((e) => e.key === COCOA)
      const [back] = retried(events)
      const afterMs = (back?.atMs ?? 0) - (first?.atMs ?? 0)
      return when(afterMs >= 900_000 && afterMs < 900_100, [back])
    },
  },
  'slow-twice': {
    figure: 'slow',
    pane: 'slow',
    always: false,
    shownBy: (events) => {
      const all = handed(events, COCOA)
      return when(all.length === 2 && all.every(isGood), [all[1]])
    },
  },
  'once-charged': {
    figure: 'once',
    pane: 'once',
    always: true,
    shownBy: (events) => {
      const again = of(events, 'message.consumed').filter(
        (e, i, all) => isGood(e) && all.slice(0, i).some((other) => other.key === e.key),
      )
      const charges = of(events, 'app.handed').filter((e) => e.name === 'charge')
      const keys = new Set(charges.map(({ text }) => /"key":"([^"]*)"/.exec(text)?.[1]))
      return when(again.length > 0 && charges.length === 6 && keys.size === 6, [again[0]])
    },
  },
  'kitchen-waits': {
    figure: 'groups',
    pane: 'orderly',
    always: true,
    shownBy: (events) => {
      const [cocoa] = billed(events, COCOA, 'kitchen')
      const behind = ['order-4', 'order-5'].map((key) => billed(events, key, 'kitchen')[0])
      const isBehind = behind.every((e) => e !== undefined && cocoa !== undefined && e.n > cocoa.n)
      const isGivenBack = of(events, 'message.retried').length > 0
      return when(isBehind && !isGivenBack && handed(events, COCOA, 'kitchen').length > 3, [behind[0]])
    },
  },
  'screen-drops': {
    figure: 'groups',
    pane: 'broadcast',
    always: true,
    shownBy: (events) => {
      const all = handed(events, COCOA, 'screen')
      return when(all.length === 1 && !isGood(all[0]!) && billed(events, 'order-5', 'screen').length === 1, [all[0]])
    },
  },
  'done-backwards': {
    figure: 'twenty',
    pane: 'twenty',
    always: true,
    shownBy: (events) => {
      const done = of(events, 'message.consumed')
      const isStored = done.every((one, i) => i === 0 || one.queueOffset < done[i - 1]!.queueOffset)
      const isOneQueue = done.every((one) => one.queueId === done[0]!.queueId && isGood(one))
      return when(isStored && isOneQueue && done.length === 3, [done.at(-1)])
    },
  },
}

/** A length of time in words: `10 s`, `20 min`, `2 h`, `4 h 46 min`. */
function words(ms: number): string {
  const unitMs = ms >= 3_600_000 ? 60_000 : 1_000
  const whole = (Math.round(ms / unitMs) * unitMs) / 1_000
  const [hours, minutes, seconds] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60]
  const parts = [
    ...(hours > 0 ? [`${hours} h`] : []),
    ...(minutes > 0 ? [`${minutes} min`] : []),
    ...(seconds > 0 ? [`${seconds} s`] : []),
  ]
  return parts.join(' ') || '0 s'
}

const DELIVERIES = Array.from({ length: 17 }, (_, i) => i)

export const values: Values = {
  deliveries: { figure: 'poison', of: (events) => handed(events, COCOA).length },
  lasted: {
    figure: 'poison',
    of: (events) => {
      const all = handed(events, COCOA)
      return words(all.at(-1)!.atMs - all[0]!.atMs)
    },
  },
  'records-of-one': { figure: 'poison', of: (events) => records(events).length },
  'records-of-an-hour': { figure: 'poison', of: (events) => ofAnHour(events).length },
  'record-bytes': { figure: 'poison', of: (events) => records(events)[0]!.sizeBytes },
  'records-bytes': {
    figure: 'poison',
    of: (events) =>
      records(events)
        .reduce((sum, e) => sum + e.sizeBytes, 0)
        .toLocaleString('en'),
  },
  'mended-after': {
    figure: 'mended',
    of: (events) => {
      const mended = of(events, 'script.step').at(-1)!
      return words(billed(events, COCOA)[0]!.atMs - mended.atMs)
    },
  },
  'kept-offset-at': {
    figure: 'kept',
    of: (events) => Math.max(...commits(events).map((e) => e.queueOffset)),
  },
  'given-back-after': {
    figure: 'slow',
    of: (events) => {
      const first = of(events, 'message.cached').find((e) => e.key === COCOA)!
      return words(retried(events)[0]!.atMs - first.atMs)
    },
  },
  'tried-here': {
    figure: 'refused',
    of: (events) => handed(events, COCOA).filter((e) => e.topic === 'Orders').length,
  },
  ...Object.fromEntries(
    DELIVERIES.slice(1).map((i) => [
      `wait-${i}`,
      { figure: 'poison', of: (events: Events) => words(waits(events)[i - 1]!) },
    ]),
  ),
  ...Object.fromEntries(
    DELIVERIES.slice(1).map((i) => [
      `level-${i}`,
      { figure: 'poison', of: (events: Events) => of(events, 'message.delayed')[i - 1]!.level },
    ]),
  ),
  ...Object.fromEntries(
    DELIVERIES.slice(1).map((i) => [
      `at-${i}`,
      {
        figure: 'poison',
        of: (events: Events) => words(handed(events, COCOA)[i]!.atMs - handed(events, COCOA)[0]!.atMs),
      },
    ]),
  ),
}
