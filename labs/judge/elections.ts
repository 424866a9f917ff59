/**
 * Elections of a run, in words: in labs about them, what the script does says little without who was the master when.
 *
 * These are notes: a node tells them about itself, and no check believes one. Only its name and whole numbers are repeated, so
 * that a learner's code cannot put a text of its own into a report.
 */
import type { TraceEvent } from '../../reference/host/trace.ts'
import type { ScriptCall } from './schedule.ts'

/** Told at most; a run has a few elections, and a node that tells more hides nothing of the script. */
const TOLD_MAX = 12

/** What nodes told about masters, as lines for among the steps of a script; none of it can be left out. */
export function electionCalls(events: readonly TraceEvent[]): readonly ScriptCall[] {
  return events
    .flatMap((event) => {
      const words = electionWords(event)
      return words === '' ? [] : [{ part: '', atMs: event.atMs, words: `${event.node} tells: ${words}` }]
    })
    .slice(-TOLD_MAX)
}

function electionWords(event: TraceEvent): string {
  switch (event.kind) {
    case 'master.elected':
      return event.brokerId === 0
        ? 'no replica can be elected'
        : `replica ${number(event.brokerId)} is elected, epoch ${number(event.masterEpoch)}`
    case 'role.taken':
      return event.role === 'master' ? `it is the master, epoch ${number(event.masterEpoch)}` : ''
    case 'log.truncated':
      return `it removed ${number(event.removedBytes)} bytes of its log, from ${number(event.physicalOffset)} on`
    default:
      return ''
  }
}

/** A guest may have put something else there. */
function number(value: unknown): string {
  return Number.isSafeInteger(value) ? String(value) : '?'
}
