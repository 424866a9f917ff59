/** Where a passage lies in a run, and at which events of it a reader stops. */
import type { EventLog } from './log.ts'
import type { Stretch } from './player.ts'
import type { CastMember, FigureSpec, Passage } from './types.ts'

/** Steps of one passage on the pinned run: fewer teach nothing, more are two ideas. */
export const PASSAGE_STEPS = { min: 3, max: 14 } as const

/** The cast of a passage, in the order of the figure's. */
export function castOf(spec: FigureSpec, { cast }: Passage): readonly CastMember[] {
  return cast === undefined ? spec.cast : spec.cast.filter(({ name }) => cast.includes(name))
}

/**
 * The stretch of a passage in a run: from its first named moment to its last. In a branch that never reaches one of them, the
 * time of that moment in the pinned run counts.
 */
export function stretchOf(log: EventLog, passage: Passage, pinned: EventLog = log): Stretch {
  const fromCount = countAt(log, passage.from, pinned)
  const toCount = passage.to === undefined ? log.events.length : countAt(log, passage.to, pinned) - 1
  const end = Math.max(fromCount, toCount)
  return { fromCount, toCount: end, steps: log.steps.filter((index) => isStep(log, index, passage, fromCount, end)) }
}

/**
 * Events that have happened where the pane of a passage opens: at its first step, at its last one, or at the moment that it names. In a
 * branch that never reaches this moment, its time in the pinned run counts.
 */
export function openingCount(
  { opens }: Passage,
  { fromCount, toCount, steps }: Stretch,
  log: EventLog,
  pinned: EventLog = log,
): number {
  if (opens === undefined) return fromCount
  const count = opens === 'end' ? (steps.at(-1) ?? toCount - 1) + 1 : Math.min(toCount, countAt(log, opens, pinned))
  return Math.max(fromCount, count)
}

/** True when all of a passage lies in a log, which may be the beginning of a run. */
export function isCovered(log: EventLog, { from, to }: Passage): boolean {
  if (log.isWhole) return true
  return momentIndex(log, from) !== undefined && to !== undefined && momentIndex(log, to) !== undefined
}

/** Events that have happened when the moment with this text begins, the moment's own event included. */
export function countAt(log: EventLog, text: string, pinned: EventLog = log): number {
  const index = momentIndex(log, text)
  if (index !== undefined) return index + 1
  const known = momentIndex(pinned, text)
  if (known === undefined) throw new Error(`The run has no moment "${text}"; its script and its passages disagree.`)
  const atMs = pinned.events[known]!.atMs
  const later = log.events.findIndex((event) => event.atMs > atMs)
  return later < 0 ? log.events.length : later
}

function momentIndex(log: EventLog, text: string): number | undefined {
  return log.moments.find((at) => {
    const event = log.events[at]!
    return event.kind === 'script.step' && event.text === text
  })
}

function isStep(log: EventLog, index: number, passage: Passage, from: number, to: number): boolean {
  const { cast, tells } = passage
  if (index < from - 1 || index >= to) return false
  const event = log.events[index]!
  if (event.kind === 'script.step') return event.text === passage.from || tells?.includes('script.step') === true
  if (tells !== undefined && !tells.includes(event.kind)) return false
  return cast === undefined || event.node === '' || cast.includes(event.node)
}
