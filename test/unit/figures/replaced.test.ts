/**
 * A figure may run the cluster with another module in place of one of the reference's: what a reader sees there is what the
 * real queue does with it, and a module that does not fit is refused with a sentence.
 */
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ledgerAt, sumsOf } from '../../../site/figures/kit/ledger.ts'
import { EventLog } from '../../../site/figures/kit/log.ts'
import { run } from '../../../site/figures/kit/run.ts'
import type { FigureScenario, Replacement } from '../../../site/figures/kit/types.ts'
import { programsHere, programsText } from '../../../site/figures/replaced.ts'
import { replacementFaults } from '../../../site/figures/replaced-types.ts'
import { scenario } from '../../support/example-figure.ts'
import { type TemporaryFolder, temporaryFolder } from '../../support/temp.ts'

const REPLACED = 'reference/broker/advertised-address.ts'
const NAIVE: readonly Replacement[] = [
  {
    replaces: REPLACED,
    by: 'test/fixtures/chapters/99-example/naive/advertised-address.ts',
    says: 'a broker registers a machine that does not exist.',
  },
]
/** An answer of a lab, with its imports written for the place of what it replaces. */
const ANSWER: readonly Replacement[] = [
  {
    replaces: REPLACED,
    by: 'labs/lost-address/wrong/broker-name-as-host/advertised-address.ts',
    says: 'a wrong name.',
  },
]

const replaced = (instead: readonly Replacement[]): FigureScenario => ({
  ...scenario,
  lengthMs: 12_000,
  instead,
  programs: () => programsHere(instead),
})
const registered = (log: EventLog) =>
  log.events.flatMap((event) => (event.kind === 'route.registered' ? [event.address] : []))

let folder: TemporaryFolder
beforeAll(() => void (folder = temporaryFolder('replaced', 'out')))
afterAll(() => folder.remove())

/** A module beside the reference, for one test. */
function module(name: string, text: string): readonly Replacement[] {
  const path = `${folder.path}/${name}.ts`
  writeFileSync(path, text)
  return [{ replaces: REPLACED, by: path, says: 'a test.' }]
}

describe('a run with another module in place', () => {
  it('does what that module says, in the real queue: nobody finds the brokers, and every send fails', async () => {
    const log = new EventLog(await run(replaced(NAIVE), 12, []))
    expect(new Set(registered(log))).toEqual(new Set(['10.9.9.9:10911']))
    expect(sumsOf(ledgerAt(log, log.events.length))).toMatchObject({ asked: 7, ok: 0, failed: 7 })
  })

  it('may have an answer of a lab in place, whose imports are those of what it replaces', async () => {
    const log = new EventLog(await run(replaced(ANSWER), 12, []))
    expect(registered(log)[0]).toMatch(/^broker-[ab]:\d+$/)
    expect(replacementFaults(ANSWER)).toEqual([])
  })

  it('is the same run when the module only hands on what it replaces', async () => {
    const same = module('same', `export * from '../../${REPLACED}'\n`)
    const short = { ...scenario, lengthMs: 12_000 }
    expect((await run(replaced(same), 12, [])).hash).toBe((await run(short, 12, [])).hash)
    expect(replacementFaults(same)).toEqual([])
  })

  it('is repeatable, and an action changes nothing before it', async () => {
    const one = await run(replaced(NAIVE), 12, [])
    expect((await run(replaced(NAIVE), 12, [])).hash).toBe(one.hash)
    const killed = await run(replaced(NAIVE), 12, [{ does: 'kill', on: 'broker-a', atMs: 2_700 }])
    const before = one.events.filter(({ atMs }) => atMs <= 2_700)
    expect(killed.events.slice(0, before.length)).toEqual(before)
  })
})

describe('a module that cannot stand in place', () => {
  it('is refused when a path is wrong, with what to write', async () => {
    const [naive] = NAIVE
    await expect(programsText([{ ...naive!, replaces: 'broker/advertised-address.ts' }])).rejects.toThrow(
      /instead.replaces is "broker\/advertised-address.ts"; it must be the path of a module/,
    )
    await expect(programsText([{ ...naive!, by: 'naive/advertised-address.ts' }])).rejects.toThrow(
      /there is no such file/,
    )
    await expect(programsText([{ ...naive!, replaces: 'reference/cli/mq.ts' }])).rejects.toThrow(
      /which no program of reference\/programs.ts imports/,
    )
  })

  it('is refused by the types: an export that is missing, a result of another type', () => {
    expect(replacementFaults(NAIVE)).toEqual([])
    expect(replacementFaults(module('other', 'export const address = 1\n')).join()).toContain('advertisedAddress')
    expect(replacementFaults(module('number', 'export const advertisedAddress = (): number => 1\n')).join()).toMatch(
      /Type 'number' is not assignable to type 'string'|Argument of type 'number'/,
    )
  })

  it('is not left out by mistake: a run whose programs were not made says so', async () => {
    await expect(run({ ...scenario, instead: NAIVE }, 12, [])).rejects.toThrow(/its programs were not made/)
  })
})
