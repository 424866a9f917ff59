/**
 * Why a runtime does not run, in words for the learner, and what he can do next.
 *
 * The one place for these texts: the ladder of each runtime names a code, the workbench shows the sentence and the
 * buttons. A sentence says what happened and never blames; nothing typed is ever lost, and where it matters it says so.
 */
import { type FailureCode, type NextAction, RuntimeFailure } from './runtime.ts'

interface FailureText {
  readonly text: string
  readonly next: readonly NextAction[]
}

const TEXTS: Readonly<Record<FailureCode, FailureText>> = {
  'switched-off': { text: 'WebContainer is switched off on this site.', next: ['run-in-page'] },
  insecure: { text: 'WebContainer needs https.', next: ['run-in-page'] },
  'not-isolated': {
    text: 'This page was served without the two headers WebContainer needs, or this browser ignores them (Safari does).',
    next: ['run-in-page', 'site-owners'],
  },
  ios: { text: 'On iPhone and iPad WebContainer often runs out of memory.', next: ['run-in-page', 'try-anyway'] },
  offline: { text: 'WebContainer loads from stackblitz.com and you are offline.', next: ['run-in-page'] },
  'client-load': { text: 'A file of this site did not load.', next: ['reload', 'run-in-page'] },
  'frame-csp': {
    text: 'This site’s own policy blocks the frame of stackblitz.com.',
    next: ['run-in-page', 'site-owners'],
  },
  'frame-coep': { text: 'The browser refused the frame because of its headers.', next: ['run-in-page', 'doctor'] },
  'frame-unreachable': {
    text: 'stackblitz.com cannot be reached: network, proxy or firewall.',
    next: ['reload', 'run-in-page'],
  },
  'frame-silent': {
    text: 'stackblitz.com answered but WebContainer did not start. Usual causes: cookies or storage blocked for stackblitz.com and webcontainer.io, an extension, or this domain not admitted.',
    next: ['reload', 'run-in-page', 'doctor'],
  },
  mount: { text: 'The lab’s files could not be put into WebContainer.', next: ['reload', 'run-in-page'] },
  probe: { text: 'Node inside WebContainer did not answer.', next: ['reload', 'run-in-page'] },
  'node-not-ready': { text: 'A node did not become ready.', next: ['run-again', 'log'] },
  worker: {
    text: 'This browser did not let the lab start. Your code is saved; an up-to-date Chrome, Edge, Firefox or Safari should work.',
    next: ['reload', 'export'],
  },
  sandbox: {
    text: 'This browser did not shut the lab’s code away from this site’s data, so nothing was run. Your code is saved.',
    next: ['reload', 'export'],
  },
  runaway: { text: 'The nodes were stopped because one of them did not return.', next: ['run-again'] },
  aborted: { text: 'The run was ended.', next: ['run-again'] },
}

/** What stands on the button of a next action. */
export const NEXT_LABELS: Readonly<Record<NextAction, string>> = {
  'run-in-page': 'Run in this page',
  reload: 'Reload',
  'try-anyway': 'Try anyway',
  'run-again': 'Run again',
  export: 'Export my code',
  doctor: 'Doctor',
  'site-owners': 'For site owners',
  log: 'Open the log',
}

/**
 * A failure with its words.
 * @param seen what was observed, line by line
 * @param detail a sentence in place of the usual one
 */
export function failureOf(code: FailureCode, seen: readonly string[] = [], detail = ''): RuntimeFailure {
  const { text, next } = TEXTS[code]
  return new RuntimeFailure(code, detail === '' ? text : detail, next, seen)
}

/** What the watchdog says. `handler` is what the node was doing, `atMs` virtual time. */
export function runawaySentence(node: string, handler: string, atMs: number): string {
  return `${node} did not return from ${handler} at ${clockText(atMs)}. Your code is saved; the nodes are stopped.`
}

/** Virtual time as people read it: `00:04.210`. */
export function clockText(atMs: number): string {
  const minutes = Math.floor(atMs / 60_000)
  const seconds = Math.floor(atMs / 1_000) % 60
  const pad = (value: number, digits: number) => String(value).padStart(digits, '0')
  return `${pad(minutes, 2)}:${pad(seconds, 2)}.${pad(Math.floor(atMs % 1_000), 3)}`
}

/** What was thrown, as one sentence of its own. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
