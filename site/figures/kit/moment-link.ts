/** A link to a moment of the run that the reader is in: a door in the text's run, a link with state in one of his own. */
import { doorId } from './door.ts'
import { writeLink } from './link.ts'
import { momentOf } from './moment.ts'
import type { RunShelf } from './shelf.ts'

/** The fragment that opens the moment; '' when this run has no such moment. */
export async function linkToMoment(shelf: RunShelf, pane: string, when: string): Promise<string> {
  const { log, current, pinned, spec, edition } = shelf
  const event = when === 'end' ? log.events.at(-1) : momentOf(log, when)
  if (event === undefined) return ''
  if (current === pinned) return `#${doorId(spec.id, pane, event.n)}`
  const { seed, actions } = current
  const events = log.indexOf(event.n) + 1
  return writeLink({ id: spec.id, pane, run: edition, seed, actions, atMs: event.atMs, events })
}
