/**
 * Timers under random faults, the first seeds of `npm run soak -- --campaign timer`; and the proof that the campaign can
 * fail: each mistake of a list is noticed. Writes out/mutants-timer.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { killTable } from '../mutants/kill-table.ts'
import { mechanismKills } from '../mutants/mechanism-kills.ts'
import { TIMER_MUTANTS } from '../mutants/timer-mutants.ts'
import { drawScript, runMechanism } from '../soak/mechanism/run-mechanism.ts'
import { timers } from '../soak/timer/timer-mechanism.ts'
import { ROOT } from '../support/stages.ts'

const SEEDS = 80
const MUTANT_SEEDS = 250

it(`${SEEDS} seeds: never early, never lost, taken back for good`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = await runMechanism(timers, drawScript(timers, seed))
    expect(violation?.message, `npm run soak -- --campaign timer --seed ${seed} --seeds 1`).toBeUndefined()
  }
})

it('every mistake with timers is caught', async () => {
  const kills = await mechanismKills(timers, TIMER_MUTANTS, MUTANT_SEEDS)
  const table = killTable(kills)
  mkdirSync(join(ROOT, 'out'), { recursive: true })
  writeFileSync(join(ROOT, 'out/mutants-timer.md'), table)
  console.log(table)
  expect(
    kills.filter(({ seeds }) => seeds === 0).map(({ mutant }) => mutant.name),
    'not caught',
  ).toEqual([])
})
