/**
 * Doors: the links of a chapter's text into its panes. A door is a moment of the text's run, in one view and framing.
 *
 * In the text: `<At pane="kept" when="record.appended order-1">appends</At>`. What `when` names is looked up in the pinned run at
 * build, so a door cannot lead to a moment that does not exist.
 */
import type { TraceEvent } from '../../reference/host/trace.ts'
import { passageOf, pinnedRun } from '../figures/build.ts'
import { FIGURES } from '../figures/found.ts'
import { doorId } from '../figures/kit/door.ts'
import type { EventLog } from '../figures/kit/log.ts'
import { momentOf } from '../figures/kit/moment.ts'
import { countAt, stretchOf } from '../figures/kit/passage.ts'
import { sentence } from '../figures/kit/words/en.ts'
import { claimsOf, figureOfClaim } from './check-claim.ts'
import { rooms, roomText } from './rooms.ts'

/** A door that leads somewhere. */
export interface Door {
  readonly href: string
  readonly n: number
  /** What happens there, for a screen reader and a tool tip. */
  readonly words: string
}

/** The door to a moment. Throws a sentence when the run has no such moment. */
export async function doorTo(slug: string, figure: string, pane: string, when: string): Promise<Door> {
  const id = figureIdOf(slug, figure)
  passageOf(id, pane)
  const log = await pinnedRun(id)
  return doorAt(id, pane, eventOf(log, id, pane, when), log)
}

/** The door to the events that show a claim: to the last of them, in the first pane whose passage has it. */
export async function doorOfClaim(slug: string, claimId: string): Promise<Door | undefined> {
  const room = rooms().find((one) => one.slug === slug)
  if (room === undefined) return undefined
  const claim = (await claimsOf(room))[claimId]
  if (claim === undefined) return undefined
  const figure = figureOfClaim(room, claimId, claim)
  const log = await pinnedRun(figure.id)
  const shown = claim.shownBy(log.events).at(-1)
  if (shown === undefined) return undefined
  const names = Object.keys(figure.spec.passages)
  const index = log.events.indexOf(shown)
  const holds = (name: string) => {
    const { fromCount, toCount } = stretchOf(log, figure.spec.passages[name]!)
    return index >= fromCount - 1 && index < toCount
  }
  const pane = claim.pane ?? names.find(holds) ?? names.at(-1)
  return pane === undefined ? undefined : doorAt(figure.id, pane, shown, log)
}

/** The events that a chapter's text leads to in one pane: the pane lists them for readers without a script. */
export async function doorsInto(slug: string, figure: string, pane: string): Promise<readonly number[]> {
  const room = rooms().find((one) => one.slug === slug)
  const page = room && roomText(room, 'page.mdx')
  if (room === undefined || page === undefined) return []
  const found = new Set<number>()
  for (const [, attributes = ''] of page.matchAll(/<At\s+([^>]*)>/g)) {
    const get = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1]
    if (get('pane') === pane && (get('figure') ?? firstFigure(slug)) === figure)
      found.add((await doorTo(slug, figure, pane, get('when') ?? '')).n)
  }
  const start = `#${doorId(`${slug}-${figure}`, pane, 0).slice(0, -1)}`
  for (const [, claim = ''] of page.matchAll(/<Claim\s[^>]*?\bid="([^"]+)"/g)) {
    const door = await doorOfClaim(slug, claim)
    if (door?.href.startsWith(start)) found.add(door.n)
  }
  return [...found]
}

/** The name of a chapter's only figure, or of its first. */
export function firstFigure(slug: string): string {
  const found = [...FIGURES.values()].find(({ room }) => room.slug === slug)
  if (found === undefined) throw new Error(`The chapter ${slug} has no figure.`)
  return found.name
}

function figureIdOf(slug: string, figure: string): string {
  return `${slug}-${figure}`
}

function doorAt(id: string, pane: string, event: TraceEvent, log: EventLog): Door {
  return { href: `#${doorId(id, pane, event.n)}`, n: event.n, words: sentence(event, log) }
}

/**
 * The event that `when` names: `step`, the first moment of the passage; `end`, its last; `KIND`, `KIND WORD`: the first event of
 * that kind in the passage (of the whole run, if the passage has none) whose facts hold the word; with `last ` before it,
 * the last such event.
 */
function eventOf(log: EventLog, id: string, pane: string, when: string): TraceEvent {
  const passage = passageOf(id, pane)
  if (when === '' || when === 'step') return log.events[countAt(log, passage.from) - 1]!
  const { fromCount, toCount } = stretchOf(log, passage)
  if (when === 'end') return log.events[toCount - 1]!
  const found = momentOf(log, when, log.events.slice(fromCount - 1, toCount)) ?? momentOf(log, when)
  if (found === undefined)
    throw new Error(`The run of ${id} has no "${when}": the door into the pane ${pane} leads nowhere.`)
  return found
}
