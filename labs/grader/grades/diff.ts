/** What has changed since the report before: `diff.csv`, a line for each check whose points are others now. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Papa from 'papaparse'
import { z } from 'zod'
import { type GradedSubmission, pointsText } from '../schema/result.ts'
import type { FinalGrade } from './final-grades.ts'

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

/** Final points by learner, as the `grades.csv` of an earlier report has them; '' where nobody knew. */
export function earlierPoints(out: string): ReadonlyMap<string, string> {
  try {
    const text = readFileSync(join(out, 'grades.csv'), 'utf8')
    const { data } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true })
    return new Map(data.map((row) => [row['id'] ?? '', row['score'] ?? '']))
  } catch {
    return new Map()
  }
}

/** What an earlier report said. */
export interface Earlier {
  readonly results: readonly EarlierResult[]
  readonly points: ReadonlyMap<string, string>
}

/** The table: a line for each check, and one for each final grade, that is another now; only its titles when none is. */
export function diffCsv(
  { results: earlier, points }: Earlier,
  graded: readonly GradedSubmission[],
  grades: readonly FinalGrade[],
): string {
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
  const finals = grades.flatMap(({ id, final, hold }) => {
    const [was, now] = [points.get(id) ?? '', pointsText(final)]
    if (was === now) return []
    const isJudged = rows.some(([learner]) => learner === id)
    const cause = isJudged ? 'see its checks' : 'lateness or your own decisions'
    return [[id, '', 'final', was, hold ? `${now} (held back)` : now, cause]]
  })
  const table = [['id', 'lab', 'check', 'before', 'now', 'cause'], ...rows, ...finals]
  return `${Papa.unparse(table, { newline: '\n' })}\n`
}

function causeOf(was: EarlierResult | undefined, now: GradedSubmission): string {
  if (was === undefined) return 'a new hand-in'
  if (was.filesSha256 !== now.filesSha256) return 'other files were handed in'
  return was.lab.version === now.lab.version ? 'seeds, checks or the judge have changed' : 'another version of the lab'
}
