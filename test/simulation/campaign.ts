/** Two tests for each campaign of a mechanism: its first seeds hold, and every mistake of a list is noticed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RunsHash } from '../support/pinned-run.ts'
import { ROOT } from '../support/stages.ts'
import { type Kill, killTable } from './mutants/kill-table.ts'
import { mechanismKills } from './mutants/mechanism-kills.ts'
import type { Mutant } from './mutants/mutants.ts'
import type { Mechanism, Setup } from './soak/mechanism/mechanism.ts'
import { drawScript, runMechanism } from './soak/mechanism/run-mechanism.ts'

export interface CampaignOptions {
  readonly seeds: number
  /** Seeds that a mistake is given to show itself. */
  readonly mutantSeeds: number
  /** What holds, for the test's title. */
  readonly holds?: string
}

/** @returns the kills, filled when the tests have run: for `writeKills` */
export function campaign<S extends Setup, Op extends { readonly op: string }>(
  mechanism: Mechanism<S, Op>,
  mutants: readonly Mutant[],
  { seeds, mutantSeeds, holds = 'nothing is broken' }: CampaignOptions,
): readonly Kill[] {
  const kills: Kill[] = []

  it(`${mechanism.name}, ${seeds} seeds: ${holds}`, async () => {
    const runs = new RunsHash({ payloads: false })
    for (let seed = 1; seed <= seeds; seed++) {
      const { violation } = await runMechanism(mechanism, drawScript(mechanism, seed), {}, runs.watch)
      const again = `npm run soak -- --campaign ${mechanism.name} --seed ${seed} --seeds 1`
      expect(violation?.message, again).toBeUndefined()
    }
    expect(runs.words()).toMatchSnapshot()
  })

  it(`${mechanism.name}: every mistake is caught`, async () => {
    kills.push(...(await mechanismKills(mechanism, mutants, mutantSeeds)))
    expect(kills.length, 'there are no mistakes to catch').toBeGreaterThan(0)
    const open = kills.filter(({ seeds }) => seeds === 0).map(({ mutant }) => mutant.name)
    expect(open, 'not caught').toEqual([])
  })
  return kills
}

/** Prints the table of kills and writes it to out/mutants-`name`.md. */
export function writeKills(name: string, kills: readonly Kill[]): void {
  writeTable(name, killTable(kills))
}

/** Prints a table of kills and writes it to out/mutants-`name`.md. */
export function writeTable(name: string, table: string): void {
  mkdirSync(join(ROOT, 'out'), { recursive: true })
  writeFileSync(join(ROOT, `out/mutants-${name}.md`), table)
  console.log(table)
}
