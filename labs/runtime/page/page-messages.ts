/**
 * What the page and its worker say to each other, and the page's distrust of it.
 *
 * The worker runs learner code, so whatever comes from it may be forged: each message is rebuilt field by field from
 * values of the expected type and size. What does not fit is dropped. Nothing here is ever inserted as HTML.
 */
import type { TraceEvent } from '../../../reference/host/trace.ts'
import type { RunResult, Verdict } from '../../judge/run-check.ts'
import type { Schedule } from '../../judge/schedule.ts'
import { CHECK_EVENTS_SHOWN_MAX } from '../../program/limits.ts'
import type { ModuleMap } from '../../program/link.ts'
import type { LabAction } from '../runtime.ts'
import type { Thrown } from '../thrown.ts'

/** Events of one message of the running demo. */
export const BATCH_EVENTS_MAX = 5_000
const TEXT_CHARACTERS_MAX = 16_384
const NAME_CHARACTERS_MAX = 100
/** What a learner's code threw stands beside its line: a sentence, not a page. */
const THROWN_CHARACTERS_MAX = 500
const FACTS_MAX = 16

/** Orders from the page. `id` comes back with the answer. */
export type ToWorker =
  | { readonly do: 'begin'; readonly lab: string; readonly modules: ModuleMap }
  | { readonly do: 'load'; readonly files: readonly (readonly [string, string])[]; readonly modules: ModuleMap }
  | { readonly do: 'demo'; readonly id: number; readonly seed: string }
  | { readonly do: 'act'; readonly id: number; readonly action: LabAction }
  | {
      readonly do: 'check'
      readonly id: number
      readonly check: string
      readonly seed: string
      readonly schedule?: Schedule | undefined
    }
  | { readonly do: 'pace'; readonly isPaused: boolean; readonly speed: number }
  | { readonly do: 'step'; readonly id: number }

/** Words from the worker. */
export type FromWorker =
  /** The self-test is over. `broken` lists what should have been denied and was not. */
  | { readonly is: 'tested'; readonly broken: readonly string[] }
  /** A sign of life between two slices of work. */
  | { readonly is: 'beat' }
  /** Said before a node's code runs, so that it can be named when it never returns. */
  | { readonly is: 'entering'; readonly node: string; readonly handler: string; readonly atMs: number }
  /** The code that was entered has returned, and so has every promise that it left: what follows is work of ours. */
  | { readonly is: 'left' }
  /** The learner's module threw; its node has ended. */
  | ({ readonly is: 'threw' } & Thrown)
  /** Of the demo that was asked for as `demo`; an ended one may still be on the way. */
  | { readonly is: 'events'; readonly demo: number; readonly events: readonly TraceEvent[]; readonly nowMs: number }
  | { readonly is: 'pace'; readonly state: 'running' | 'paused' | 'behind' }
  | { readonly is: 'answered'; readonly id: number; readonly text: string; readonly error: string }
  | { readonly is: 'checked'; readonly id: number; readonly result: RunResult; readonly events: readonly TraceEvent[] }
  /** The demo cannot go on: a limit of the simulation, in a sentence. */
  | { readonly is: 'ended'; readonly sentence: string }

const VERDICTS: readonly Verdict[] = ['passed', 'failed', 'could-not-judge']
const PACES = ['running', 'paused', 'behind'] as const

/** The message as it should be, or undefined. */
export function readFromWorker(value: unknown): FromWorker | undefined {
  const said = objectOf(value)
  switch (said?.['is']) {
    case 'beat':
      return { is: 'beat' }
    case 'left':
      return { is: 'left' }
    case 'tested':
      return { is: 'tested', broken: listOf(said['broken'], 20).map((one) => textOf(one, NAME_CHARACTERS_MAX)) }
    case 'entering':
      return {
        is: 'entering',
        node: textOf(said['node'], NAME_CHARACTERS_MAX),
        handler: textOf(said['handler'], NAME_CHARACTERS_MAX),
        atMs: wholeOf(said['atMs']),
      }
    case 'threw':
      return {
        is: 'threw',
        node: textOf(said['node'], NAME_CHARACTERS_MAX),
        atMs: wholeOf(said['atMs']),
        path: textOf(said['path'], NAME_CHARACTERS_MAX),
        line: wholeOf(said['line']),
        text: textOf(said['text'], THROWN_CHARACTERS_MAX),
      }
    case 'events':
      return {
        is: 'events',
        demo: wholeOf(said['demo']),
        events: eventsOf(said['events'], BATCH_EVENTS_MAX),
        nowMs: wholeOf(said['nowMs']),
      }
    case 'pace': {
      const state = PACES.find((one) => one === said['state'])
      return state === undefined ? undefined : { is: 'pace', state }
    }
    case 'answered':
      return {
        is: 'answered',
        id: wholeOf(said['id']),
        text: textOf(said['text'], 4 * TEXT_CHARACTERS_MAX),
        error: textOf(said['error'], TEXT_CHARACTERS_MAX),
      }
    case 'checked': {
      const result = resultOf(said['result'])
      const events = eventsOf(said['events'], CHECK_EVENTS_SHOWN_MAX)
      return result === undefined ? undefined : { is: 'checked', id: wholeOf(said['id']), result, events }
    }
    case 'ended':
      return { is: 'ended', sentence: textOf(said['sentence'], TEXT_CHARACTERS_MAX) }
    default:
      return undefined
  }
}

function resultOf(value: unknown): RunResult | undefined {
  const said = objectOf(value)
  const verdict = VERDICTS.find((one) => one === said?.['verdict'])
  if (said === undefined || verdict === undefined) return undefined
  return {
    check: textOf(said['check'], NAME_CHARACTERS_MAX),
    seed: textOf(said['seed'], NAME_CHARACTERS_MAX),
    verdict,
    reason: textOf(said['reason'], NAME_CHARACTERS_MAX),
    sentence: textOf(said['sentence'], TEXT_CHARACTERS_MAX),
    atMs: wholeOf(said['atMs']),
    events: wholeOf(said['events']),
    trace: textOf(said['trace'], NAME_CHARACTERS_MAX),
  }
}

function eventsOf(value: unknown, countMax: number): readonly TraceEvent[] {
  const events: TraceEvent[] = []
  for (const one of listOf(value, countMax)) {
    const event = eventOf(one)
    if (event !== undefined) events.push(event)
  }
  return events
}

/** An event holds numbers and texts only, each under its own name. */
function eventOf(value: unknown): TraceEvent | undefined {
  const said = objectOf(value)
  if (said === undefined || typeof said['kind'] !== 'string' || typeof said['node'] !== 'string') return undefined
  const event: Record<string, number | string> = { n: wholeOf(said['n']), atMs: wholeOf(said['atMs']) }
  for (const [name, fact] of Object.entries(said).slice(0, FACTS_MAX)) {
    if (name === '__proto__') continue
    if (typeof fact === 'string') event[name] = fact.slice(0, TEXT_CHARACTERS_MAX)
    else if (typeof fact === 'number' && Number.isFinite(fact)) event[name] = fact
  }
  return event as unknown as TraceEvent
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

function listOf(value: unknown, countMax: number): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, countMax) : []
}

function textOf(value: unknown, charactersMax: number): string {
  return typeof value === 'string' ? value.slice(0, charactersMax) : ''
}

function wholeOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : 0
}
