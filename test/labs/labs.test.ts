/**
 * Labs prove themselves: the starter fails for the intended reason, good answers pass on public and on fresh seeds, each
 * wrong answer is caught by the check named for it, and each check catches something.
 *
 * Each lab's kill table is printed and kept in `out/`. A wrong answer is judged by the check named for it; with
 * `GLASSMQ_WHOLE_TABLES=1` by the other checks too, for an author who asks what each check sees.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LABS } from '../../labs/find.ts'
import { bootHere } from '../../labs/judge/boot-here.ts'
import { type RunResult, runCheck } from '../../labs/judge/run-check.ts'
import { publicSeeds, sha256Hex } from '../../labs/judge/seeds.ts'
import type { Lab } from '../../labs/lab.ts'
import { evaluateHere } from '../../labs/program/evaluate-here.ts'
import { moduleMap } from '../../labs/program/module-map.ts'
import { answerFiles, answerNames } from '../../labs/runtime/lab-files.ts'
import { ROOT } from '../support/stages.ts'

/** Whether the kill tables say of every check whether it catches an answer. */
const WHOLE_TABLES = process.env['GLASSMQ_WHOLE_TABLES'] === '1'

/** Room for the name of a wrong answer in a table. */
const NAME_WIDTH = 32

/** Judges an answer by all checks, or by those for which `isJudged` holds, on each seed. */
async function judgeAll(
  lab: Lab,
  answer: string,
  seeds: readonly string[],
  isJudged = (_check: string) => true,
): Promise<RunResult[]> {
  const boot = bootHere(lab, moduleMap(), evaluateHere)
  const files = answerFiles(lab, answer)
  const results: RunResult[] = []
  for (const check of lab.checks.filter(({ id }) => isJudged(id)))
    for (const seed of seeds) results.push(await runCheck({ lab, check, files, seed, boot }))
  return results
}

const publicOf = (lab: Lab) => publicSeeds(`practice-${lab.id}`, 'any', 2)
const freshOf = (lab: Lab) =>
  Array.from({ length: 2 }, (_, i) => sha256Hex(`${lab.id} ${lab.version} ${i}`).slice(0, 32))
describe.each(LABS.map((lab) => [lab.id, lab] as const))('lab %s', (_id, lab) => {
  /** A line for each wrong answer of this lab: the checks that fail it. */
  const killTable: string[] = []

  /** What the starter gets on the public seeds, judged once. */
  let starter: Promise<readonly RunResult[]> | undefined
  const starterResults = () => (starter ??= judgeAll(lab, 'starter', publicOf(lab)))

  it('fails as the learner first sees it, and says why', async () => {
    const results = await starterResults()
    const failed = results.filter((result) => result.verdict === 'failed')
    expect(failed.length, 'the starter passes everything: there is nothing to do').toBeGreaterThan(0)
    for (const result of results) expect(result.verdict, result.sentence).not.toBe('could-not-judge')
    for (const result of failed) expect(result.reason, result.sentence).toBe('promise')
  })

  it.each(['solution', ...answerNames(lab, 'accepted').map((name) => `accepted/${name}`)])(
    '%s passes on public and fresh seeds',
    async (answer) => {
      // every answer meets a seed that a learner can see and one that nobody has seen; the solution one more
      const fresh = freshOf(lab).slice(0, answer === 'solution' ? 2 : 1)
      for (const result of await judgeAll(lab, answer, [publicOf(lab)[0]!, ...fresh]))
        expect(result, `${answer}: ${result.sentence}`).toMatchObject({ verdict: 'passed' })
    },
  )

  it('lists exactly the answers its folder has', () => {
    expect(Object.keys(lab.wrong).sort()).toEqual([...answerNames(lab, 'wrong')])
    expect([...lab.accepted].sort()).toEqual([...answerNames(lab, 'accepted')])
    expect(lab.accepted.length, 'at least two accepted answers').toBeGreaterThanOrEqual(2)
  })

  it.each(Object.keys(lab.wrong))('catches the wrong answer %s in the check named for it', async (name) => {
    const { caughtBy, says } = lab.wrong[name]!
    const named = await judgeAll(lab, `wrong/${name}`, publicOf(lab), (check) => check === caughtBy)
    const others = WHOLE_TABLES
      ? await judgeAll(lab, `wrong/${name}`, publicOf(lab).slice(0, 1), (check) => check !== caughtBy)
      : []
    const mark = (check: string): string => {
      const judged = [...named, ...others].filter((result) => result.check === check)
      return judged.length === 0 ? '' : judged.some(({ verdict }) => verdict === 'failed') ? 'x' : '.'
    }
    killTable.push(
      `${name.padEnd(NAME_WIDTH)}${lab.checks.map(({ id }) => mark(id).padEnd(id.length)).join('  ')}`.trimEnd(),
    )
    const catching = named.filter(({ verdict }) => verdict === 'failed')
    expect(catching.length, `${caughtBy} passed ${name}`).toBe(publicOf(lab).length)
    for (const result of catching) expect(result.sentence).toMatch(says)
  })

  it('has no check that catches nothing', () => {
    const catching = new Set(Object.values(lab.wrong).map(({ caughtBy }) => caughtBy))
    const useless = lab.checks.filter(({ id }) => !catching.has(id))
    expect(useless.map(({ id }) => id)).toEqual([])
  })

  it('gives the same result, byte for byte, when judged again', async () => {
    const [first] = publicOf(lab) as [string]
    const again = await judgeAll(lab, 'starter', [first])
    expect(JSON.stringify(again)).toBe(JSON.stringify((await starterResults()).filter(({ seed }) => seed === first)))
    expect(again.length).toBeGreaterThan(0)
  })

  it('prints its kill table', () => {
    const head = `${lab.id.padEnd(NAME_WIDTH)}${lab.checks.map(({ id }) => id).join('  ')}`
    mkdirSync(join(ROOT, 'out'), { recursive: true })
    writeFileSync(join(ROOT, 'out', `kill-table-${lab.id}.txt`), `${head}\n${killTable.join('\n')}\n`)
    console.log(`${head}\n${killTable.join('\n')}`)
  })
})
