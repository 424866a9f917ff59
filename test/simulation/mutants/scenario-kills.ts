/** Plants mistakes in a program, and lets the scenarios of a test file look for them. */
import type { Cluster } from '../../../reference/host/cluster.ts'
import type { ProgramSource } from '../../../reference/host/sim/programs.ts'
import { unpinned } from '../../support/pinned-run.ts'
import { inSimulation } from '../../support/sim.ts'
import type { Mutant } from './mutants.ts'
import { mutatedProgram } from './mutated-programs.ts'

/** One scenario; it throws when something is not as it must be. */
export interface Scenario {
  readonly name: string
  readonly seed: number
  readonly script: (cluster: Cluster) => Promise<void>
  /** Programs that the scenario needs beside the usual ones. */
  readonly programs?: Readonly<Record<string, ProgramSource>>
}

/** What a replacement that does not fit comes to; such a mutant proves nothing. */
const NO_PROGRAM = /TypeError|ReferenceError|SyntaxError/

/** The mistakes that no scenario notices, by name. */
export async function unnoticed(
  mutants: readonly Mutant[],
  scenarios: readonly Scenario[],
  client: 'consumer' | 'producer' = 'producer',
): Promise<readonly string[]> {
  const kills = await scenarioKills(mutants, scenarios, client)
  return kills.flatMap(({ mutant, noticedBy }) => (noticedBy === '' ? [mutant.name] : []))
}

/** A mistake, and the name of the scenario that notices it; '' when none does. */
export interface ScenarioKill {
  readonly mutant: Mutant
  readonly noticedBy: string
}

/** Runs the scenarios with each mistake until one of them notices it; only `shownBy` for a mistake that names it. */
export async function scenarioKills(
  mutants: readonly Mutant[],
  scenarios: readonly Scenario[],
  client: 'consumer' | 'producer' = 'producer',
): Promise<readonly ScenarioKill[]> {
  const kills: ScenarioKill[] = []
  for (const mutant of mutants) {
    const programs = await mutatedProgram(mutant, client)
    const own = scenarios.filter(({ name }) => mutant.shownBy === undefined || name.startsWith(mutant.shownBy))
    kills.push({ mutant, noticedBy: await noticedBy(mutant, own, programs) })
  }
  return kills
}

/** The table as Markdown. */
export function scenarioTable(kills: readonly ScenarioKill[]): string {
  const rows = kills.map(({ mutant, noticedBy: by }) => `| ${mutant.name} | ${by === '' ? 'not noticed' : by} |`)
  const noticed = kills.filter(({ noticedBy: by }) => by !== '').length
  const head = ['| mistake | noticed by the scenario |', '| --- | --- |']
  return [`${noticed} of ${kills.length} mistakes noticed`, '', ...head, ...rows, ''].join('\n')
}

async function noticedBy(
  mutant: Mutant,
  scenarios: readonly Scenario[],
  programs: Awaited<ReturnType<typeof mutatedProgram>>,
): Promise<string> {
  for (const { name, seed, script, programs: others } of scenarios) {
    try {
      await unpinned(() => inSimulation(seed, script, { ...others, ...programs }))
    } catch (error) {
      if (NO_PROGRAM.test(`${error}`)) throw new Error(`the mutant "${mutant.name}" is no program: ${error}`)
      return name
    }
  }
  return ''
}
