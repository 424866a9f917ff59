/**
 * The judge's wall: the same verdict, byte for byte, whether a node runs beside the judge or inside QuickJS; and hostile
 * code inside changes nothing outside.
 */
import { describe, expect, it } from 'vitest'
import { LABS, labById } from '../../../labs/find.ts'
import { bootGuest } from '../../../labs/grader/guest/boot-guest.ts'
import { bootHere } from '../../../labs/judge/boot-here.ts'
import { type RunResult, runCheck } from '../../../labs/judge/run-check.ts'
import { publicSeeds } from '../../../labs/judge/seeds.ts'
import { evaluateHere } from '../../../labs/program/evaluate-here.ts'
import { moduleMap } from '../../../labs/program/module-map.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'

const base = moduleMap()
const trusted = evaluateHere(base)

describe.each(LABS.map((lab) => [lab.id, lab] as const))('lab %s', (_id, lab) => {
  const [seed] = publicSeeds('equal', 'any', 1) as [string]
  const judge = async (files: ReadonlyMap<string, string>, where: 'here' | 'guest' | 'all-guests') => {
    const boot =
      where === 'here'
        ? bootHere(lab, base, evaluateHere)
        : bootGuest({ lab, base, trusted, allInGuests: where === 'all-guests' })
    const results: RunResult[] = []
    for (const check of lab.checks) results.push(await runCheck({ lab, check, files, seed, boot }))
    return JSON.stringify(results, undefined, 1)
  }

  // every wrong answer is judged in test/labs/labs.test.ts; whether two engines agree takes one of each kind
  it.each(['solution', 'starter', `wrong/${Object.keys(lab.wrong)[0]}`, `wrong/${Object.keys(lab.wrong).at(-1)}`])(
    'judges %s alike here and in a guest',
    async (answer) => {
      const files = answerFiles(lab, answer)
      expect(await judge(files, 'guest')).toBe(await judge(files, 'here'))
    },
  )

  it('judges alike with every node in a guest', async () => {
    const files = answerFiles(lab, 'solution')
    expect(await judge(files, 'all-guests')).toBe(await judge(files, 'here'))
  })
})

describe('hostile code in the first lab', () => {
  const lab = labById('lost-address')!
  const [seed] = publicSeeds('hostile', 'any', 1) as [string]
  const solution = answerFiles(lab, 'solution')
  const hostile = async (code: string) => {
    const files = new Map(solution).set('advertised-address.ts', code)
    return runCheck({ lab, check: lab.checks[0]!, files, seed, boot: bootGuest({ lab, base, trusted }) })
  }
  const inFunction = (body: string) =>
    `export function advertisedAddress(host: unknown, config: unknown, bound: string): string { ${body} }`

  it.each([
    ['an endless loop', inFunction('for (;;) {}'), 'fuel'],
    ['an endless loop at load', 'for (;;) {}\nexport const advertisedAddress = () => ""', 'fuel'],
    [
      'a loop that catches everything',
      inFunction('for (;;) { try { for (;;) {} } catch {} finally { continue } }'),
      'fuel',
    ],
    [
      'an endless chain of promises',
      inFunction('const again = () => Promise.resolve().then(again); again(); return "x:1"'),
      'fuel',
    ],
  ])('%s ends by its fuel', async (_name, code, reason) => {
    expect(await hostile(code)).toMatchObject({ verdict: 'failed', reason })
  })

  it.each([
    ['recursion', inFunction('const f = (): number => f() + 1; return String(f())')],
    ['a memory bomb', inFunction('const all: unknown[] = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1))')],
    ['code from text', inFunction('return (function () {}).constructor("return this")().process')],
    [
      'an import from outside',
      'import { readFileSync } from "node:fs"\nexport const advertisedAddress = () => readFileSync("/etc/passwd", "utf8")',
    ],
    ['time', inFunction('return String(Date.now())')],
    ['a result that is no text', inFunction('return { toString() { throw new Error("x") } } as never')],
    [
      'patched prototypes',
      'Array.prototype.every = () => true; Array.prototype.some = () => false; String.prototype.startsWith = () => true\nexport const advertisedAddress = () => "nowhere:1"',
    ],
    ['text that is not TypeScript', 'export function ('],
    ['an enum', 'export enum A { B }'],
    ['deep brackets', `export const x = ${'['.repeat(300)}${']'.repeat(300)}`],
  ])('%s fails with a sentence, and the judge lives', async (_name, code) => {
    const result = await hostile(code)
    expect(result.verdict, result.sentence).toBe('failed')
    expect(result.sentence.length).toBeGreaterThan(5)
    expect(result.sentence.length).toBeLessThan(600)
    const honest = await runCheck({
      lab,
      check: lab.checks[0]!,
      files: solution,
      seed,
      boot: bootGuest({ lab, base, trusted }),
    })
    expect(honest.verdict, honest.sentence).toBe('passed')
  })
})
