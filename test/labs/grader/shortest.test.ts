/** The shortest failing run: it breaks the same promise, it is no longer, and its link makes it again to the last event. */
import { describe, expect, it } from 'vitest'
import { labById } from '../../../labs/find.ts'
import { readRunFragment, runFragment, runOfCheck } from '../../../labs/grader/schema/run-link.ts'
import { bootHere } from '../../../labs/judge/boot-here.ts'
import { runCheck } from '../../../labs/judge/run-check.ts'
import { LEFT_OUT, WHOLE } from '../../../labs/judge/schedule.ts'
import { publicSeeds } from '../../../labs/judge/seeds.ts'
import { evaluateHere } from '../../../labs/program/evaluate-here.ts'
import { moduleMap } from '../../../labs/program/module-map.ts'
import { answerFiles } from '../../../labs/runtime/lab-files.ts'
import { judgedUnder, shortened } from '../../support/shortened.ts'

/** Labs whose runs are cheap, and of each check one wrong answer; `npm run bench -- shortest` takes all of all labs. */
const LABS = ['twin-keys', 'lost-address', 'hostile-body', 'roll-over']

describe.each(LABS)('the wrong answers of lab %s', (id) => {
  const lab = labById(id)!
  const ofChecks = new Map(Object.entries(lab.wrong).map(([name, { caughtBy }]) => [caughtBy, name] as const))
  it.each([...ofChecks].map(([check, name]) => [name, check] as const))(
    '%s: a run that fails %s',
    async (name, check) => {
      const answer = `wrong/${name}`
      for (const seed of publicSeeds('shortest', check, 4)) {
        const { whole, short } = await shortened(lab, answer, check, seed)
        if (short === undefined) continue
        expect(short.events).toBeLessThanOrEqual(whole.result.events)
        expect(short.atMs).toBeLessThanOrEqual(whole.result.atMs)
        expect(short.sentence).not.toContain(LEFT_OUT)
        // a file can break a promise before a node is started
        expect(short.steps.length > 0).toBe(short.events > 0)
        // messages with other keys are not folded into one line, and what was found is told
        if (check === 'twins.newer') {
          expect(short.steps.filter((step) => / sends order-/.test(step)).length).toBeGreaterThan(1)
          expect(short.steps.at(-1)).toMatch(/admin prints (nothing|\d rows?: )/)
        }
        const run = runOfCheck(lab, check, seed, answerFiles(lab, answer), answerFiles(lab, 'starter'), short)
        const link = runFragment(run)
        const read = link === undefined ? run : readRunFragment(link)!.run!
        const again = await judgedUnder(lab, answer, read.check, read.seed, read.schedule ?? WHOLE)
        expect(again.result).toMatchObject({
          verdict: 'failed',
          sentence: short.sentence,
          events: short.events,
          trace: short.trace,
        })
        const solution = await judgedUnder(lab, 'solution', check, seed, short)
        expect(solution.result.verdict, 'the solution keeps the promise in it').toBe('passed')
        return
      }
      // what does not load, or runs out of something, has no shorter run
      const { result } = await judgedUnder(lab, answer, check, publicSeeds('shortest', check, 1)[0]!, WHOLE)
      expect(result.reason).not.toBe('promise')
    },
  )
})

describe('a run with nothing left out', () => {
  it('is the run itself, to the last event', async () => {
    const lab = labById('starved-queue')!
    const check = lab.checks.find(({ id }) => id === 'cut.off')!
    const [seed] = publicSeeds('whole', check.id, 1) as [string]
    const boot = bootHere(lab, moduleMap(), evaluateHere)
    const itself = await runCheck({ lab, check, files: answerFiles(lab, 'starter'), seed, boot })
    expect((await judgedUnder(lab, 'starter', check.id, seed, WHOLE)).result).toEqual(itself)
  })

  it('tells who became the master, where that is what the lab is about', async () => {
    const lab = labById('elect')!
    const [name] = Object.entries(lab.wrong).find(([, { caughtBy }]) => caughtBy === 'who.has.most')!
    const [seed] = publicSeeds('elect', 'who.has.most', 1) as [string]
    const { short } = await shortened(lab, `wrong/${name}`, 'who.has.most', seed)
    const told = short!.steps.filter((step) => / tells: /.test(step))
    expect(told.join('\n')).toMatch(/ms: \S+ tells: replica [1-3] is elected, epoch 1\n/)
    expect(told.join('\n')).toMatch(/ms: \S+ tells: it is the master, epoch 2/)
    expect(short!.steps.map((step) => Number.parseInt(step, 10))).toEqual(
      short!.steps.map((step) => Number.parseInt(step, 10)).toSorted((a, b) => a - b),
    )
  })

  it('becomes shorter: what the failure does not need is gone', async () => {
    const lab = labById('lost-address')!
    const [seed] = publicSeeds('lost-address', 'move.again', 1) as [string]
    const { whole, short } = await shortened(lab, 'starter', 'move.again', seed)
    expect(short!.without).toEqual(expect.arrayContaining([expect.stringMatching(/^node /)]))
    expect(short!.events).toBeLessThan(whole.result.events / 2)
    expect(short!.atMs).toBeLessThan(whole.result.atMs / 2)
    expect((await shortened(lab, 'starter', 'move.again', seed)).short, 'again').toEqual(short)
  })
})
