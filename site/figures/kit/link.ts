/**
 * A link is an experiment: scenario, seed, the reader's actions, and the moment. It stands in the fragment, so no server
 * sees it, and it is read strictly: never evaluated, every part with its limits, and a bad one says why.
 *
 * `#fig-roles-journey-kept?v=1&run=roles-journey.3f9c&s=12&a=kill:broker-a@1200&t=2310&e=412`
 *
 * It names the pane (figure and passage). A fragment without state is the pane's own id, which scrolls without any script;
 * a door of the text is such an id with the event at its end: `#fig-roles-journey-kept-e412`.
 */

import { ACTION_NAMES, type Action, type ActionName, targetOf } from './actions.ts'
import { isLinkTo, paneId } from './door.ts'
import { ACTION_MS_MAX, ACTIONS_MAX, LINK_CHARS_MAX } from './limits.ts'
import type { CastMember } from './types.ts'

/** What a link says. */
export interface FigureLink {
  /** The figure. */
  readonly id: string
  /** The passage whose pane it opens. */
  readonly pane: string
  /** Scenario and the first four digits of its log's hash. */
  readonly run: string
  readonly seed: number
  readonly actions: readonly Action[]
  readonly atMs: number
  /** Events that have happened. */
  readonly events: number
}

/** A read link, or one sentence about what is wrong with it. */
export type ReadLink =
  | { readonly link: FigureLink; readonly fault?: never }
  | { readonly fault: string; readonly link?: never }

const FIELDS = ['v', 'run', 's', 'a', 't', 'e'] as const
const SEED_MAX = 2 ** 31 - 1
const EVENTS_MAX = 1_000_000

/** The fragment of a link, `#` included. Times have three decimals at most. */
export function writeLink({ id, pane, run, seed, actions, atMs, events }: FigureLink): string {
  const list = actions.map(({ does, on, atMs: at }) => `${does}${on === '' ? '' : `:${on}`}@${at}`)
  const time = Math.round(atMs * 1000) / 1000
  const parts = [`v=1`, `run=${run}`, `s=${seed}`]
  if (list.length > 0) parts.push(`a=${list.join(',')}`)
  return `#${paneId(id, pane)}?${parts.join('&')}&t=${time}&e=${events}`
}

/** Reads a fragment for a pane of the figure `id` with this cast. */
export function readLink(id: string, pane: string, cast: readonly CastMember[], fragment: string): ReadLink {
  if (fragment.length > LINK_CHARS_MAX)
    return bad(`it has ${fragment.length} characters, ${LINK_CHARS_MAX} are possible`)
  if (!isLinkTo(id, pane, fragment)) return bad(`it is not a link to the figure ${id}, ${pane}`)
  const fields = new Map<string, string>()
  for (const part of fragment.slice(`#${paneId(id, pane)}?`.length).split('&')) {
    const at = part.indexOf('=')
    const name = at < 0 ? part : part.slice(0, at)
    if (!(FIELDS as readonly string[]).includes(name)) return bad(`it has a part "${clip(name)}" that is not known`)
    if (fields.has(name)) return bad(`it says ${name} twice`)
    fields.set(name, at < 0 ? '' : part.slice(at + 1))
  }
  if (fields.get('v') !== '1') return bad(`its version is "${clip(fields.get('v') ?? '')}"; this page reads version 1`)
  const run = fields.get('run') ?? ''
  if (!/^[a-z0-9-]{1,40}\.[0-9a-f]{4}$/.test(run)) return bad(`its run "${clip(run)}" is not a name and four digits`)
  if (!run.startsWith(`${id}.`)) return bad(`its run is ${run}, which belongs to another figure`)
  const seed = whole(fields.get('s'), SEED_MAX)
  if (seed === undefined)
    return bad(`its seed "${clip(fields.get('s') ?? '')}" is not a whole number up to ${SEED_MAX}`)
  const events = whole(fields.get('e'), EVENTS_MAX)
  if (events === undefined)
    return bad(`its event "${clip(fields.get('e') ?? '')}" is not a whole number up to ${EVENTS_MAX}`)
  const atMs = time(fields.get('t'))
  if (atMs === undefined)
    return bad(`its time "${clip(fields.get('t') ?? '')}" is not a number of milliseconds up to ${ACTION_MS_MAX}`)
  const actions = fields.has('a') ? readActions(fields.get('a')!, cast) : []
  if (typeof actions === 'string') return bad(actions)
  return { link: { id, pane, run, seed, actions, atMs, events } }
}

/** The actions in a link, or what is wrong with them. */
function readActions(text: string, cast: readonly CastMember[]): readonly Action[] | string {
  const parts = text.split(',')
  if (parts.length > ACTIONS_MAX) return `it has ${parts.length} actions; ${ACTIONS_MAX} are possible`
  const actions: Action[] = []
  for (const part of parts) {
    const match = /^([a-z]+)(?::([A-Za-z0-9_./~=-]{1,160}))?@(\d{1,8})$/.exec(part)
    if (match === null) return `its action "${clip(part)}" is not written as what:whom@milliseconds`
    const [, does = '', on = '', at = ''] = match
    if (!(ACTION_NAMES as readonly string[]).includes(does))
      return `its action "${clip(does)}" is not one of ${ACTION_NAMES.join(', ')}`
    if (Number(at) > ACTION_MS_MAX) return `its action at ${at} ms is later than ${ACTION_MS_MAX} ms`
    if (on === '' && does !== 'heal') return `its action "${clip(part)}" names nobody`
    const target = targetOf(does as ActionName, on)
    if (target === undefined) return `its action "${clip(part)}" is not written as ${does} is`
    if (does === 'set' && at !== '0') return `its action "${clip(part)}" is not an option that is set at 0`
    const stranger = [target.node, target.peer].find((one) => one !== '' && !cast.some(({ name }) => name === one))
    if (stranger !== undefined) return `its action names ${stranger}, who is not in this figure`
    const before = actions.at(-1)
    if (before !== undefined && before.atMs > Number(at)) return 'its actions are not in the order of time'
    actions.push({ does: does as ActionName, on, atMs: Number(at) })
  }
  return actions
}

function whole(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined
  return Number(text) <= max ? Number(text) : undefined
}

function time(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,8}(\.\d{1,3})?$/.test(text)) return undefined
  return Number(text) <= ACTION_MS_MAX ? Number(text) : undefined
}

function clip(text: string): string {
  return text.length > 24 ? `${text.slice(0, 24)}…` : text
}

function bad(what: string): ReadLink {
  return { fault: `This link cannot be opened: ${what}. You see the figure's own run instead.` }
}
