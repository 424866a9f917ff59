/**
 * Keeps the result of each run in a file of its own, as soon as it is there, so that grading that was ended goes on where it
 * was, and a second grading runs only what has changed.
 *
 * A result is found by a hash of all that it depends on: the learner's files, the judge, the lab, the check, the seed and the
 * limits. What could not be judged is not kept: it is run again. Only the grading process writes here; whatever cannot be
 * read is run again.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { RunResult } from '../../judge/run-check.ts'
import { canonicalSha256 } from '../schema/canonical-json.ts'

/** Results of one run have a few sentences; a file above this is not one. */
const RESULT_CHARACTERS_MAX = 64 * 1024

/** All that a result depends on. */
export interface RunKey {
  /** SHA-256 of the files as they are judged. */
  readonly filesSha256: string
  /** SHA-256 of judge and lab (`engine-hash.ts`). */
  readonly engineSha256: string
  readonly lab: string
  readonly check: string
  readonly seed: string
}

const kept = z.strictObject({
  check: z.string(),
  seed: z.string(),
  verdict: z.enum(['passed', 'failed']),
  reason: z.string(),
  sentence: z.string(),
  atMs: z.number(),
  events: z.int(),
  trace: z.string(),
  short: z
    .strictObject({
      without: z.array(z.string()),
      sleepsMs: z.record(z.string(), z.int()),
      sentence: z.string(),
      atMs: z.number(),
      events: z.int(),
      trace: z.string(),
      tried: z.int(),
      steps: z.array(z.string()),
    })
    .optional(),
})

/** Results by what they depend on. */
export interface RunStore {
  /** The result of a run that was made before; undefined when it has to be made. */
  get(key: RunKey): RunResult | undefined
  /** Keeps a result, durably, when it is a verdict. */
  put(key: RunKey, run: RunResult): void
}

/** Results in the files of a folder, which is made. Throws when it cannot be. */
export function openRunStore(folder: string): RunStore {
  mkdirSync(folder, { recursive: true })
  const fileOf = (key: RunKey) => join(folder, `${canonicalSha256({ ...key })}.json`)
  return {
    get(key) {
      try {
        const text = readFileSync(fileOf(key), 'utf8')
        if (text.length > RESULT_CHARACTERS_MAX) return undefined
        const run = kept.parse(JSON.parse(text))
        return run.check === key.check && run.seed === key.seed ? (run as RunResult) : undefined
      } catch {
        return undefined
      }
    },
    put(key, run) {
      if (run.verdict === 'could-not-judge') return
      const path = fileOf(key)
      const file = openSync(`${path}.tmp`, 'w')
      writeSync(file, JSON.stringify(run))
      fsyncSync(file)
      closeSync(file)
      renameSync(`${path}.tmp`, path)
    },
  }
}

/** A store that also knows the runs of other reports (folders of `--out`), and keeps those that it takes. */
export function withOthers(store: RunStore, outs: readonly string[]): RunStore {
  if (outs.length === 0) return store
  const others = outs.map((out) => openRunStore(join(out, 'runs')))
  return {
    get(key) {
      const own = store.get(key)
      if (own !== undefined) return own
      const run = others.map((other) => other.get(key)).find((one) => one !== undefined)
      if (run !== undefined) store.put(key, run)
      return run
    },
    put: store.put,
  }
}

/** Keeps nothing: every run is made. */
export const NO_STORE: RunStore = { get: () => undefined, put: () => {} }
