/**
 * The judge's wall: the same verdict, byte for byte, whether a node runs beside the judge or inside QuickJS; and hostile
 * code inside changes nothing outside.
 */
import { describe, expect, it } from 'vitest'
import { LABS, labById } from '../../../labs/find.ts'
import { bootGuest } from '../../../labs/grader/guest/boot-guest.ts'
import { guestWasm } from '../../../labs/grader/guest-wasm.ts'
import { bootHere } from '../../../labs/judge/boot-here.ts'
import { type Boot, type RunResult, runCheck } from '../../../labs/judge/run-check.ts'
import { publicSeeds } from '../../../labs/judge/seeds.ts'
import { evaluateHere } from '../../../labs/program/evaluate-here.ts'
import { moduleMap } from '../../../labs/program/module-map.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { ENDING, FAILING, FUEL, HOSTILE_FILE } from '../../support/hostile-programs.ts'

const base = moduleMap()
const trusted = evaluateHere(base)

/** Which checks an answer is judged by: all of them, the first, or the one with this id. */
type Judged = 'all' | 'first' | { readonly check: string }

describe.each(LABS.map((lab) => [lab.id, lab] as const))('lab %s', (_id, lab) => {
  const [seed] = publicSeeds('equal', 'any', 1) as [string]
  const judge = async (answer: string, judged: Judged, where: 'here' | 'guest' | 'all-guests') => {
    const boot =
      where === 'here'
        ? bootHere(lab, base, evaluateHere)
        : bootGuest({ lab, base, trusted, wasm: guestWasm(), allInGuests: where === 'all-guests' })
    const files = answerFiles(lab, answer)
    const checks = lab.checks.filter(
      ({ id }, i) => judged === 'all' || (judged === 'first' ? i === 0 : id === judged.check),
    )
    const results: RunResult[] = []
    for (const check of checks) results.push(await runCheck({ lab, check, files, seed, boot }))
    expect(results.length).toBeGreaterThan(0)
    return JSON.stringify(results, undefined, 1)
  }

  // whether answers are judged rightly is shown in test/labs/labs.test.ts; that two engines agree takes every check once, and
  // of an answer that fails the check that fails it
  const [wrong, { caughtBy }] = Object.entries(lab.wrong).at(-1)!
  it.each<[string, Judged]>([
    ['solution', 'all'],
    ['starter', 'first'],
    [`wrong/${wrong}`, { check: caughtBy }],
  ])('judges %s alike here and in a guest', async (answer, judged) => {
    expect(await judge(answer, judged, 'guest')).toBe(await judge(answer, judged, 'here'))
  })

  // the labs of a chapter share most of their programs: what a guest knows of them is shown by the first
  const isFirst = LABS.find(({ chapter }) => chapter === lab.chapter) === lab
  if (isFirst)
    it('judges alike with every node in a guest', async () => {
      expect(await judge('solution', 'first', 'all-guests')).toBe(await judge('solution', 'first', 'here'))
    })
})

describe('hostile code in the first lab', () => {
  const lab = labById('lost-address')!
  const [seed] = publicSeeds('hostile', 'any', 1) as [string]
  const solution = answerFiles(lab, 'solution')
  const hostile = async (code: string) => {
    const files = new Map(solution).set(HOSTILE_FILE, code)
    return runCheck({ lab, check: lab.checks[0]!, files, seed, boot: bootGuest({ lab, base, trusted }) })
  }
  it.each(FUEL)('%s ends by its fuel', async (_name, code, reason) => {
    expect(await hostile(code)).toMatchObject({ verdict: 'failed', reason })
  })

  it.each(ENDING)('%s ends the same way on every machine', async (_name, code, reason) => {
    const result = await hostile(code)
    expect(result).toMatchObject({ verdict: 'failed', reason })
    expect(result.sentence.length).toBeLessThan(600)
    if (code.includes('nosuch')) expect(result.sentence).toContain('there is no name nosuch')
  })

  it.each(FAILING)('%s fails with a sentence', async (_name, code) => {
    const result = await hostile(code)
    expect(result.verdict, result.sentence).toBe('failed')
    expect(result.sentence.length).toBeGreaterThan(5)
    expect(result.sentence.length).toBeLessThan(600)
  })

  it('a disk that fails is told to a program alike here and in a guest, as a DiskError with its code', async () => {
    const code = `import { DiskError, type Host } from '../host/host.ts'
export function advertisedAddress(host: Host): string {
  try { host.disk.rename('not/there', 'x') } catch (error) { return error instanceof DiskError ? error.code.toLowerCase() + ':1' : 'other:1' }
  return 'none:1'
}`
    const files = new Map(solution).set('advertised-address.ts', code)
    const judged = (boot: Boot) => runCheck({ lab, check: lab.checks[0]!, files, seed, boot })
    const inGuest = await judged(bootGuest({ lab, base, trusted }))
    expect(inGuest.sentence).toContain('enoent:1')
    expect(await judged(bootHere(lab, base, evaluateHere))).toEqual(inGuest)
  })

  it('after all of them the judge still judges an honest answer', async () => {
    const boot = bootGuest({ lab, base, trusted })
    const honest = await runCheck({ lab, check: lab.checks[0]!, files: solution, seed, boot })
    expect(honest.verdict, honest.sentence).toBe('passed')
  })
})
