/** What has changed since the report before: `diff.csv`, a line for each check whose points are others now. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Papa from 'papaparse'
import { z } from 'zod'
import { type GradedSubmission, pointsText } from '../schema/result.ts'
import { extendedText, type FinalGrade, setText } from './final-grades.ts'

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

/** A grade as the `grades.csv` of an earlier report has it; every field '' where nobody knew, or where it did not say. */
export interface EarlierGrade {
  readonly score: string
  readonly percent: string
  readonly set: string
  readonly extended: string
}

/** Grades by learner, as the `grades.csv` of an earlier report has them. */
export function earlierGrades(out: string): ReadonlyMap<string, EarlierGrade> {
  try {
    const text = readFileSync(join(out, 'grades.csv'), 'utf8')
    const { data } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true })
    const of = ({ score = '', percent = '', set = '', extended = '' }: Record<string, string>) => ({
      score,
      percent,
      set,
      extended,
    })
    return new Map(data.map((row) => [row['id'] ?? '', of(row)]))
  } catch {
    return new Map()
  }
}

/** What an earlier report said. */
export interface Earlier {
  readonly results: readonly EarlierResult[]
  readonly grades: ReadonlyMap<string, EarlierGrade>
}

/** The table: a line for each check, and one for each final grade, that is another now; only its titles when none is. */
export function diffCsv(
  { results: earlier, grades: earlierGrades }: Earlier,
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
  const finals = grades.flatMap((grade) => {
    const { id, final, hold } = grade
    const was = earlierGrades.get(id)
    const [before, now] = [was?.score ?? '', pointsText(final)]
    if (before === now) return []
    const isJudged = rows.some(([learner]) => learner === id)
    const causes = [...(isJudged ? ['see its checks'] : []), ...(was === undefined ? [] : decisionCauses(was, grade))]
    const cause = causes.length > 0 ? causes.join('; ') : 'the assignment or the hand-in that counts has changed'
    return [[id, '', 'final', before, hold ? `${now} (held back)` : now, cause]]
  })
  const table = [['id', 'lab', 'check', 'before', 'now', 'cause'], ...rows, ...finals]
  return `${Papa.unparse(table, { newline: '\n' })}\n`
}

function causeOf(was: EarlierResult | undefined, now: GradedSubmission): string {
  if (was === undefined) return 'a new hand-in'
  if (was.filesSha256 !== now.filesSha256) return 'other files were handed in'
  return was.lab.version === now.lab.version ? 'seeds, checks or the judge have changed' : 'another version of the lab'
}

/** What the instructor gave then and gives now, and what lateness left. */
function decisionCauses(was: EarlierGrade, now: FinalGrade): readonly string[] {
  const causes: string[] = []
  const [before, after] = [pairsIn(was.set), pairsIn(setText(now))]
  for (const check of new Set([...before.keys(), ...after.keys()])) {
    const what = check === 'total' ? 'your total' : `your points for ${check}`
    if (!before.has(check)) causes.push(`${what} came`)
    else if (!after.has(check)) causes.push(`${what} went`)
    else if (before.get(check) !== after.get(check)) causes.push(`${what} changed`)
  }
  const extended = extendedText(now)
  if (was.extended !== extended)
    causes.push(
      was.extended === '' ? 'an extension came' : extended === '' ? 'the extension went' : 'the extension changed',
    )
  const percent = String(now.percent)
  // an extension or a total brings its own share
  if (was.percent !== percent && causes.length === 0) causes.push(`lateness: ${percent} % in place of ${was.percent} %`)
  return causes
}

/** `total=3 a=1`, as `setText` writes it. */
function pairsIn(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(' ').filter((pair) => pair.includes('='))
  return new Map(pairs.map((pair) => [pair.slice(0, pair.lastIndexOf('=')), pair.slice(pair.lastIndexOf('=') + 1)]))
}
