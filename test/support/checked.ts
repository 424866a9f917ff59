/**
 * What long runs came to, kept for the page "How this is checked": `site/data/checked.json`. A run writes its part with
 * `--record`; the page shows the last one of each kind, with its date.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './stages.ts'

const FILE = join(ROOT, 'site/data/checked.json')

/** When a run was recorded, and of which state of the project. */
export interface Recorded {
  /** Year, month and day, as `2026-01-31`. */
  readonly date: string
  readonly commit: string
}

/** A soak: seeds of campaigns, and no violation, since a violation ends it. */
export interface SoakRecord extends Recorded {
  readonly campaigns: readonly {
    readonly name: string
    readonly about: string
    readonly seeds: number
    /** Simulated hours. */
    readonly hours: number
    /** How often what happened: messages, faults, power cuts. */
    readonly counts: Readonly<Record<string, number>>
  }[]
  /** Rare branches of the reference: those that no seed reached. Missing when they were not counted. */
  readonly marks?: { readonly all: number; readonly missed: readonly string[] }
}

/** Mistakes drawn at random over the reference, planted one at a time. */
export interface MutationRecord extends Recorded {
  readonly seed: number
  readonly planted: number
  /** Mistakes that change nothing, with a reason written down. */
  readonly equivalent: number
  readonly noticed: number
  readonly folders: readonly { readonly name: string; readonly planted: number; readonly noticed: number }[]
  /** Those that nothing noticed: `file:line code`. */
  readonly survivors: readonly string[]
}

/** The table with the official Java clients and servers. */
export interface InteropRecord extends Recorded {
  readonly versions: Readonly<Record<string, string>>
  readonly rows: number
  readonly columns: readonly string[]
  readonly passed: number
  readonly failed: number
  /** Cells that did not run, because something that they need was missing. */
  readonly skipped: number
}

/** All that is recorded. */
export interface Checked {
  readonly soak?: SoakRecord
  readonly mutation?: MutationRecord
  readonly interop?: InteropRecord
}

/** Keeps what a run came to. Throws when there is no commit to name. */
export function recordRun<K extends keyof Checked>(kind: K, run: Omit<NonNullable<Checked[K]>, keyof Recorded>): void {
  const before = JSON.parse(readFileSync(FILE, 'utf8')) as Checked
  const commit = execFileSync('git', ['rev-parse', '--short=8', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim()
  const whole = { ...before, [kind]: { date: new Date().toISOString().slice(0, 10), commit, ...run } }
  writeFileSync(FILE, `${JSON.stringify(whole, undefined, 2)}\n`)
}
