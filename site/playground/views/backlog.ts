/** What waits for a group, whether it becomes more or less, and what the group will never ask for: in sentences. */
import type { Member } from '../experiment/experiment.ts'
import { masterOf, type PlayState, passedBy, takenBy, waitingOf } from '../run/state.ts'
import type { Row } from '../run/tape.ts'
import { compact } from './numbers.ts'

/** The stretch over which a backlog is compared, in rows of one second. */
const TREND_ROWS = 10
/** A younger group is compared over at least so many. */
const TREND_ROWS_MIN = 3
/** How far back a trend that was clear counts while the present one is not. */
const MEMORY_ROWS = 6
/** Fewer waiting messages are told by `keeping` alone. */
const MUCH = 20
/** A group does not keep up while its oldest message has waited longer. */
const PATIENCE_MS = 5_000

/** The backlog of a group, that of `group` first; '' when none is worth a sentence. */
export function backlog(cast: readonly Member[], state: PlayState, rows: readonly Row[], group: string): string {
  for (const { name, kind } of [...cast].sort((a, b) => Number(b.name === group) - Number(a.name === group))) {
    if (kind !== 'group' || state.groups[name] === undefined) continue
    const now = waitingOf(state, name)
    if (now < MUCH) continue
    const queues = Object.entries(state.queues).sort(([, a], [, b]) => (b.waiting[name] ?? 0) - (a.waiting[name] ?? 0))
    const [longest, its] = queues[0] ?? ['', undefined]
    const share = (its?.waiting[name] ?? 0) / now
    const where = share > 0.6 && queues.length > 2 ? `, most of them in ${longest}` : ''
    return `${compact(now)} messages wait for ${name}${where}${TREND_WORDS[trend(rows, name, now)]}.`
  }
  return ''
}

type Trend = 'more' | 'less' | 'same' | 'unclear'

const TREND_WORDS: Readonly<Record<Trend, string>> = {
  more: ', and more every second',
  less: ', and it catches up',
  same: ', and it stays so',
  unclear: '',
}

/**
 * Where a backlog goes. What is between growing and standing still is called as it was a moment ago, so that the words do not change to
 * and fro.
 */
function trend(rows: readonly Row[], group: string, now: number): Trend {
  for (let back = 0; back < MEMORY_ROWS; back++) {
    const end = rows.length - back
    const after = back === 0 ? now : waitingAt(rows, end - 1, group)
    const length = Math.min(TREND_ROWS, ageOf(rows, end, group))
    if (after === undefined || length < TREND_ROWS_MIN) return 'unclear'
    const perSecond = (after - (waitingAt(rows, end - length, group) ?? 0)) / length
    if (Math.abs(perSecond) > 0.5 + 0.003 * after) return perSecond > 0 ? 'more' : 'less'
    if (Math.abs(perSecond) < 0.2 + 0.001 * after && length === TREND_ROWS) return 'same'
  }
  return 'unclear'
}

/** For how many rows before `end` something has waited for a group: a younger group has no past to compare. */
function ageOf(rows: readonly Row[], end: number, group: string): number {
  let age = 0
  while (age < TREND_ROWS && waitingAt(rows, end - 1 - age, group) !== undefined) age++
  return age
}

/** What waited for a group at the end of a row; undefined when there is no such row, or nothing waited. */
function waitingAt(rows: readonly Row[], at: number, group: string): number | undefined {
  const counts = Object.entries(rows[at]?.waiting ?? {}).filter(
    ([name]) => name === group || name.startsWith(`${group}|`),
  )
  return counts.length === 0 ? undefined : counts.reduce((all, [, count]) => all + count, 0)
}

/** Messages that lie before the place of a group in a queue that has become shorter. */
export function passedOver(state: PlayState): string {
  for (const [queue, { passed }] of Object.entries(state.queues))
    for (const [group, count] of Object.entries(passed)) if (count > 0) return `${passedWords(group, queue, count)}.`
  return ''
}

/** That a group will never ask for some messages of a queue. */
export function passedWords(group: string, queue: string, count: number): string {
  const them = count === 1 ? '1 new message' : `${compact(count)} new messages`
  return `${group} is already past ${them} in ${queue}, and never asks for ${count === 1 ? 'it' : 'them'}`
}

/** A broker that runs since then has started again, or has been added, in ms of the run. */
const BACK_FROM_MS = 5_000
/** So long a client may not have noticed it, in ms: it asks for new routes every 30 seconds. */
const BACK_MS = 30_000

/**
 * The broker that runs again while a member that reads its queues, and has nothing in hand, leaves what waits in them; '' for none.
 */
export function unnoticed(state: PlayState, group: string, member: string): string {
  if (state.nodes[member]?.state !== 'running' || takenBy(state, member) > 0) return ''
  const mine = Object.values(state.queues).filter(({ owners }) => owners[group]?.includes(member) === true)
  const left = mine.find(({ waiting, broker }) => {
    const node = state.nodes[masterOf(state, broker)]
    const isBack = node?.state === 'running' && node.sinceMs > BACK_FROM_MS && !node.isCut && !node.isFrozen
    return isBack && state.atMs - node.sinceMs < BACK_MS && (waiting[group] ?? 0) > 0
  })
  return left?.broker ?? ''
}

/** Whether the groups keep up: the end of a sentence. */
export function keeping(names: readonly string[], state: PlayState, rows: readonly Row[]): string {
  if (names.length === 0) return 'no group reads them yet'
  const behind = names.filter((name) => (rows.at(-1)?.oldestMs[name] ?? 0) > PATIENCE_MS || passedBy(state, name) > 0)
  const waiting = names.reduce((all, name) => all + waitingOf(state, name), 0)
  const count = waiting === 1 ? '1 message waits' : `${compact(waiting)} messages wait`
  if (behind.length > 0 && waiting > 0) {
    const oldest = Math.max(...behind.map((name) => rows.at(-1)?.oldestMs[name] ?? 0))
    return oldest > PATIENCE_MS ? `${count}, the oldest for ${Math.round(oldest / 1_000)} s` : count
  }
  return `${list(names)} ${names.length > 1 ? 'keep' : 'keeps'} up: ${waiting === 0 ? 'nothing waits' : count}`
}

/** Names in a sentence. */
export function list(names: readonly string[]): string {
  if (names.length > 3) return `${names.length} nodes`
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
