/** What has changed since the report before: `diff.csv`, a line for each check whose points are others now. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Papa from 'papaparse'
import { z } from 'zod'
import { type GradedSubmission, pointsText } from '../schema/result.ts'

const before = z.looseObject({
  learner: z.string(),
  lab: z.looseObject({ id: z.string(), version: z.string() }),
  filesSha256: z.string(),
  checks: z.array(z.looseObject({ id: z.string(), score: z.int().nullable() })),
})

/** A result as an earlier report left it. */
export type EarlierResult = z.infer<typeof before>

/** The results that lie in the folder of an earlier report; what cannot be read is none. */
export function earlierResults(out: string): readonly EarlierResult[] {
  try {
    const folder = join(out, 'results')
    return readdirSync(folder).flatMap((name) => {
      const parsed = before.safeParse(JSON.parse(readFileSync(join(folder, name), 'utf8')))
      return parsed.success ? [parsed.data] : []
    })
  } catch {
    return []
  }
}

/** The table; only its titles when nothing has changed. */
export function diffCsv(earlier: readonly EarlierResult[], graded: readonly GradedSubmission[]): string {
  const key = (one: { readonly learner: string; readonly lab: { readonly id: string } }) =>
    `${one.learner}\n${one.lab.id}`
  const old = new Map(earlier.map((one) => [key(one), one]))
  const rows = graded.flatMap((one) => {
    const was = old.get(key(one))
    return one.checks.flatMap((check) => {
      const score = was?.checks.find(({ id }) => id === check.id)?.score
      if (was !== undefined && score === check.score) return []
      const points = score === undefined ? '' : pointsText(score)
      return [[one.learner, one.lab.id, check.id, points, pointsText(check.score), causeOf(was, one)]]
    })
  })
  return `${Papa.unparse([['id', 'lab', 'check', 'before', 'now', 'cause'], ...rows], { newline: '\n' })}\n`
}

function causeOf(was: EarlierResult | undefined, now: GradedSubmission): string {
  if (was === undefined) return 'a new hand-in'
  if (was.filesSha256 !== now.filesSha256) return 'other files were handed in'
  return was.lab.version === now.lab.version ? 'seeds, checks or the judge have changed' : 'another version of the lab'
}
