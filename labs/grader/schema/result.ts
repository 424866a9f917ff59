/**
 * What grading one hand-in comes to: `glassmq-result/1`.
 *
 * Whole numbers and texts only, points in hundredths; nothing of when, where or how fast it was made. So the same hand-in
 * gives the same bytes wherever it is judged.
 */
import type { RunResult, Verdict } from '../../judge/run-check.ts'
import { canonicalJson, canonicalSha256, type Json } from './canonical-json.ts'

export const RESULT_FORMAT = 'glassmq-result/1'

/** One seed of a check. `name`: `p0` … for public, `h0` … for hidden seeds. */
export interface SeedResult extends Omit<RunResult, 'check'> {
  readonly name: string
}

export interface CheckResult {
  readonly lab: string
  readonly id: string
  readonly title: string
  /** Hundredths of a point. `score` is null when nobody could judge. */
  readonly max: number
  readonly score: number | null
  readonly verdict: Verdict
  readonly seeds: readonly SeedResult[]
}

export interface GradedSubmission {
  readonly format: typeof RESULT_FORMAT
  readonly assignment: string
  readonly lab: { readonly id: string; readonly version: string }
  readonly learner: string
  /** SHA-256 of the files as they were judged. */
  readonly filesSha256: string
  readonly checks: readonly CheckResult[]
  readonly score: number | null
  readonly max: number
  /** Sentences for the instructor. */
  readonly flags: readonly string[]
}

/** The result as it is stored: canonical, with the hash of itself. */
export function writeResult(result: GradedSubmission): string {
  const value = result as unknown as Json & object
  return `${canonicalJson({ ...value, sha256: canonicalSha256(value) } as Json)}\n`
}

/** Score of a check in hundredths, rounded half up once; null when a seed could not be judged. */
export function scoreOf(max: number, credit: 'all' | 'fraction', seeds: readonly SeedResult[]): number | null {
  if (seeds.some((seed) => seed.verdict === 'could-not-judge')) return null
  const passed = seeds.filter((seed) => seed.verdict === 'passed').length
  if (credit === 'all') return passed === seeds.length ? max : 0
  return Math.floor((2 * max * passed + seeds.length) / (2 * seeds.length))
}

/** The verdict of a check over its seeds: what could not be judged comes first, then what failed. */
export function verdictOf(seeds: readonly SeedResult[]): Verdict {
  if (seeds.some((seed) => seed.verdict === 'could-not-judge')) return 'could-not-judge'
  return seeds.every((seed) => seed.verdict === 'passed') ? 'passed' : 'failed'
}

/** Hundredths as a decimal number, `17.5`, for people and CSV. */
export function pointsText(hundredths: number | null): string {
  if (hundredths === null) return ''
  const whole = Math.floor(hundredths / 100)
  const rest = hundredths % 100
  return rest === 0 ? String(whole) : `${whole}.${String(rest).padStart(2, '0').replace(/0$/, '')}`
}
