/** A table that grows loses nothing that was durable, whenever the power goes; and mistakes in how it is written show. */
import { expect, it } from 'vitest'
import { GrowingTableFile } from '../../reference/broker/growing-table-file.ts'
import { hunt } from './mutants/kill-table.ts'
import { GROWING_MUTANTS } from './mutants/mutants.ts'
import { MutableModules } from './mutants/mutated-modules.ts'
import { type GrowingTableFileClass, runGrowing } from './soak/config/run-growing.ts'

const SEEDS = Array.from({ length: 50 }, (_, i) => i + 1)

it('no change that was durable is lost, and nothing is invented', () => {
  let powerCuts = 0
  for (const seed of SEEDS) {
    const run = runGrowing(seed, GrowingTableFile)
    expect(run.violation, `seed ${seed}`).toBeUndefined()
    powerCuts += run.powerCuts
  }
  expect(powerCuts).toBeGreaterThan(SEEDS.length)
}, 120_000)

it('every mistake is caught', async () => {
  const modules = await MutableModules.load('reference/broker/growing-table-file.ts', [
    'reference/broker/',
    'reference/host/replace-file.ts',
  ])
  const survivors: string[] = []
  for (const mutant of GROWING_MUTANTS) {
    const Class = modules.link([mutant])['GrowingTableFile'] as GrowingTableFileClass
    const kill = await hunt(
      mutant,
      SEEDS,
      (seed) => runGrowing(seed, Class).violation,
      () => true,
    )
    if (kill.seeds === 0) survivors.push(mutant.name)
  }
  expect(survivors).toEqual([])
}, 240_000)
