/**
 * Labs prove themselves: the starter fails for the intended reason, good answers pass on public and on fresh seeds, each
 * wrong answer is caught by the check named for it, and each check catches something.
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

  it('fails as the learner first sees it, and says why', async () => {
    const results = await judgeAll(lab, 'starter', publicOf(lab))
    const failed = results.filter((result) => result.verdict === 'failed')
    expect(failed.length, 'the starter passes everything: there is nothing to do').toBeGreaterThan(0)
    for (const result of results) expect(result.verdict, result.sentence).not.toBe('could-not-judge')
    for (const result of failed) expect(result.reason, result.sentence).toBe('promise')
  })

  it.each(['solution', ...answerNames(lab, 'accepted').map((name) => `accepted/${name}`)])(
    '%s passes on public and fresh seeds',
    async (answer) => {
      for (const result of await judgeAll(lab, answer, [publicOf(lab)[0]!, ...freshOf(lab)]))
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
    // the check named for it judges on every public seed; what the others say on the first is for the table
    const [first, ...others] = publicOf(lab)
    const results = [
      ...(await judgeAll(lab, `wrong/${name}`, [first!])),
      ...(await judgeAll(lab, `wrong/${name}`, others, (check) => check === caughtBy)),
    ]
    const catching = results.filter((result) => result.check === caughtBy && result.verdict === 'failed')
    killTable.push(
      `${name.padEnd(NAME_WIDTH)}${lab.checks.map(({ id }) => (results.some((result) => result.check === id && result.verdict === 'failed') ? 'x' : '.').padEnd(id.length)).join('  ')}`,
    )
    expect(catching.length, `${caughtBy} passed ${name}`).toBe(publicOf(lab).length)
    for (const result of catching) expect(result.sentence).toMatch(says)
  })

  it('has no check that catches nothing', () => {
    const catching = new Set(Object.values(lab.wrong).map(({ caughtBy }) => caughtBy))
    const useless = lab.checks.filter(({ id }) => !catching.has(id))
    expect(useless.map(({ id }) => id)).toEqual([])
  })

  it('gives the same result, byte for byte, when judged again', async () => {
    const once = await judgeAll(lab, 'starter', publicOf(lab).slice(0, 1))
    const again = await judgeAll(lab, 'starter', publicOf(lab).slice(0, 1))
    expect(JSON.stringify(again)).toBe(JSON.stringify(once))
  })

  it('prints its kill table', () => {
    const head = `${lab.id.padEnd(NAME_WIDTH)}${lab.checks.map(({ id }) => id).join('  ')}`
    mkdirSync(join(ROOT, 'out'), { recursive: true })
    writeFileSync(join(ROOT, 'out', `kill-table-${lab.id}.txt`), `${head}\n${killTable.join('\n')}\n`)
    console.log(`${head}\n${killTable.join('\n')}`)
  })
})
