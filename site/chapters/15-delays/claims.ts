/** What chapter 15 claims about its runs, and the numbers it prints from them. */
import type { EventKind, TraceEvent, TraceEventOf } from '#reference/host/trace.ts'
import { SCHEDULE_TOPIC } from '#reference/store/delay-level.ts'
import { type Claims, when } from '#site/lib/claim.ts'
import type { Values } from '#site/lib/value.ts'

type Events = readonly TraceEvent[]

const of = <K extends EventKind>(events: Events, kind: K) =>
  events.filter((event) => event.kind === kind) as readonly TraceEvent[] as readonly TraceEventOf<K>[]

const WHEEL = 'rmq_sys_wheel_timer'
/** From the broker's delivery to the listener there is a hop or two. */
const HOP_MS = 60

const handed = (events: Events, key: string) => of(events, 'message.consumed').filter((e) => e.key === key)
const delayed = (events: Events, key: string) => of(events, 'message.delayed').find((e) => e.key === key)
const due = (events: Events, key: string) => of(events, 'message.due').filter((e) => e.key === key)
const placed = (events: Events, key: string) => of(events, 'timer.placed').filter((e) => e.key === key)
const records = (events: Events, key: string) => of(events, 'record.appended').filter((e) => e.key === key)

/** Milliseconds from the moment a reminder was put aside to its first delivery. */
const waited = (events: Events, key: string) =>
  (handed(events, key)[0]?.atMs ?? Number.NaN) - (delayed(events, key)?.atMs ?? Number.NaN)
const isWait = (ms: number, wantedMs: number, moreMs = HOP_MS) => ms >= wantedMs && ms <= wantedMs + moreMs

const MINUTE_MS = 60_000
const KEYS_OF_FIVE = ['order-1', 'order-2', 'order-3', 'order-4', 'order-5']

export const claims: Claims = {
  'ten-minutes': {
    figure: 'wound',
    pane: 'wound',
    always: false,
    shownBy: (events) => {
      const [come] = handed(events, 'order-2')
      const paid = of(events, 'script.step').find((e) => e.text.includes('pays'))
      const isSo = come !== undefined && paid !== undefined && come.n < paid.n
      return when(isSo && isWait(waited(events, 'order-2'), 10 * MINUTE_MS), [come])
    },
  },
  'twenty-minutes': {
    figure: 'wound',
    pane: 'wound',
    always: false,
    shownBy: (events) => when(isWait(waited(events, 'order-3'), 20 * MINUTE_MS), [handed(events, 'order-3')[0]]),
  },
  'behind-half-an-hour': {
    figure: 'single',
    pane: 'single',
    always: false,
    shownBy: (events) => {
      const [first, second] = [handed(events, 'order-1')[0], handed(events, 'order-2')[0]]
      const isBehind = first !== undefined && second !== undefined && second.n > first.n
      return when(isBehind && isWait(waited(events, 'order-1'), 30 * MINUTE_MS), [second])
    },
  },
  'each-in-time': {
    figure: 'levels',
    pane: 'levels',
    always: false,
    shownBy: (events) => {
      const wantedMs = [30 * MINUTE_MS, 1_000, 10 * MINUTE_MS, 1_000, 30 * MINUTE_MS]
      const isSo = KEYS_OF_FIVE.every((key, i) => isWait(waited(events, key), wantedMs[i]!))
      return when(isSo, [handed(events, 'order-2')[0]])
    },
  },
  'own-queue': {
    figure: 'levels',
    pane: 'copies',
    always: false,
    shownBy: (events) => {
      const waits = KEYS_OF_FIVE.map((key) => records(events, key).find((e) => e.topic === SCHEDULE_TOPIC))
      const queues = waits.map((e) => e?.queueId)
      return when(queues.join() === '15,0,13,0,15', [waits[2]])
    },
  },
  'two-records': {
    figure: 'levels',
    pane: 'copies',
    always: false,
    shownBy: (events) => {
      const all = records(events, 'order-3')
      return when(all.map(({ topic }) => topic).join() === `${SCHEDULE_TOPIC},Orders`, [all[1]])
    },
  },
  'three-in-a-slot': {
    figure: 'wheel',
    pane: 'wheel',
    always: true,
    shownBy: (events) => {
      const slots = ['order-1', 'order-3', 'order-5'].map((key) => placed(events, key)[0]?.slotMs)
      const times = ['order-1', 'order-3', 'order-5'].map((key) => due(events, key)[0]?.atMs)
      const isOne = new Set(slots).size === 1 && slots[0] !== undefined && new Set(times).size === 1
      return when(isOne, [placed(events, 'order-5')[0]])
    },
  },
  'slot-ended': {
    figure: 'wheel',
    pane: 'wheel',
    always: true,
    shownBy: (events) => {
      const ends = KEYS_OF_FIVE.map((key) => (placed(events, key)[0]?.slotMs ?? 0) + 1_000 - RUN_BEGINS_MS)
      return when(
        KEYS_OF_FIVE.every((key, i) => due(events, key)[0]?.atMs === ends[i]),
        [due(events, 'order-2')[0]],
      )
    },
  },
  'never-early': {
    figure: 'punctual',
    pane: 'punctual',
    always: true,
    shownBy: (events) => {
      const late = KEYS_OF_FIVE.map((key) => latenessMs(events, key))
      return when(
        late.every((ms) => ms >= 0 && ms < 1_000),
        [due(events, 'order-1')[0]],
      )
    },
  },
  'on-the-second': {
    figure: 'punctual',
    pane: 'punctual',
    always: true,
    shownBy: (events) => when(latenessMs(events, 'order-5') === 0, [due(events, 'order-5')[0]]),
  },
  'rolled-thrice': {
    figure: 'rolled',
    pane: 'rolled',
    always: true,
    shownBy: (events) => {
      const rolls = of(events, 'timer.rolled')
      const lateMs = latenessMs(events, 'order-1')
      const inWheel = records(events, 'order-1').filter(({ topic }) => topic === WHEEL)
      return when(rolls.length === 3 && inWheel.length === 4 && lateMs >= 0 && lateMs < 1_000, [rolls[0]])
    },
  },
  recalled: {
    figure: 'recalled',
    pane: 'recalled',
    always: true,
    shownBy: (events) => {
      const [dropped] = of(events, 'message.recalled')
      const isSo = dropped?.key === 'order-2' && handed(events, 'order-2').length === 0
      return when(isSo && ['order-1', 'order-3'].every((key) => handed(events, key).length === 1), [dropped])
    },
  },
  'twice-after-the-crash': {
    figure: 'again',
    pane: 'again',
    always: true,
    shownBy: (events) => {
      const isTwice = ['order-2', 'order-4'].every((key) => handed(events, key).length === 2)
      const isOnce = ['order-1', 'order-3', 'order-5'].every((key) => handed(events, key).length === 1)
      return when(isTwice && isOnce, [due(events, 'order-2')[1]])
    },
  },
  'late-at-the-start': {
    figure: 'again',
    pane: 'again',
    always: true,
    shownBy: (events) => {
      const started = of(events, 'node.started').findLast((e) => e.node === 'broker-a')
      const late = ['order-3', 'order-5'].map((key) => due(events, key)[0])
      const isSo = late.every((e) => e !== undefined && started !== undefined && e.atMs - started.atMs < 100)
      return when(isSo && late.every((e) => e!.n > started!.n), [late[0]])
    },
  },
  'level-keeps-its-delay': {
    figure: 'back',
    pane: 'back',
    always: true,
    shownBy: (events) => when(isWait(waited(events, 'order-1'), 10_000), [due(events, 'order-1')[0]]),
  },
  'level-twice-at-most': {
    figure: 'back',
    pane: 'back',
    always: true,
    shownBy: (events) => {
      const ms = waited(events, 'order-3')
      return when(ms > 10_000 && ms <= 20_000 + HOP_MS, [due(events, 'order-3')[0]])
    },
  },
  'wheel-after-the-jump': {
    figure: 'back',
    pane: 'back',
    always: true,
    shownBy: (events) => when(isWait(waited(events, 'order-4'), 10_000, 1_100), [due(events, 'order-4')[0]]),
  },
  'wheel-a-minute-late': {
    figure: 'back',
    pane: 'back',
    always: true,
    shownBy: (events) => {
      const [late] = due(events, 'order-2')
      return when(isWait(waited(events, 'order-2'), 10_000 + MINUTE_MS, 1_100), [late])
    },
  },
  'three-designs': {
    figure: 'clock',
    pane: 'clock',
    always: false,
    shownBy: (events) => {
      const wantedMs = [30 * MINUTE_MS, 1_000, 15 * MINUTE_MS]
      const off = Array.from({ length: 9 }, (_, i) => waited(events, `order-${i + 1}`) - wantedMs[i % 3]!)
      const isSingle = off.slice(1, 3).every((ms) => ms > 14 * MINUTE_MS)
      const isLevels = [off[3], off[4]].every((ms) => ms! < HOP_MS) && isWait(off[5]!, 5 * MINUTE_MS)
      const isWheel = off.slice(6).every((ms) => ms >= 0 && ms < 1_000 + HOP_MS)
      return when(isSingle && isLevels && isWheel, [handed(events, 'order-9')[0]])
    },
  },
}

/** The first moment of every run, by the clocks of its nodes. */
const RUN_BEGINS_MS = 1_704_067_200_000

/** How long after the time that was asked for the broker has moved a reminder to its queue. */
function latenessMs(events: Events, key: string): number {
  const wantedMs = (delayed(events, key)?.dueMs ?? Number.NaN) - RUN_BEGINS_MS
  return (due(events, key)[0]?.atMs ?? Number.NaN) - wantedMs
}

/** A length of time in words: `1 s`, `9.9 s`, `10 min`. */
function words(ms: number): string {
  if (ms >= MINUTE_MS && Math.round(ms / 1_000) % 60 === 0) return `${Math.round(ms / MINUTE_MS)} min`
  return ms >= 100_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 100) / 10} s`
}

export const values: Values = {
  'second-waited': { figure: 'single', of: (events) => words(waited(events, 'order-2')) },
  'wait-bytes': {
    figure: 'wheel',
    of: (events) => records(events, 'order-5').find(({ topic }) => topic === WHEEL)!.sizeBytes,
  },
  'rolls-of-one': { figure: 'rolled', of: (events) => of(events, 'timer.rolled').length },
  'late-level': { figure: 'again', of: (events) => words(waited(events, 'order-3') - 5_000) },
  'wheel-waited': { figure: 'back', of: (events) => words(waited(events, 'order-2')) },
  'level-waited': { figure: 'back', of: (events) => words(waited(events, 'order-3')) },
  ...Object.fromEntries(
    KEYS_OF_FIVE.map((key, i) => [
      `late-${i + 1}`,
      { figure: 'punctual', of: (events: Events) => `${latenessMs(events, key)} ms` },
    ]),
  ),
}
