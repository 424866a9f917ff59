/** Plants mistakes in a program, and lets the scenarios of a test file look for them. */
import type { Cluster } from '../../../reference/host/cluster.ts'
import { inSimulation } from '../../support/sim.ts'
import type { Mutant } from './mutants.ts'
import { mutatedProgram } from './mutated-programs.ts'

/** One scenario; it throws when something is not as it must be. */
export interface Scenario {
  readonly name: string
  readonly seed: number
  readonly script: (cluster: Cluster) => Promise<void>
}

/** What a replacement that does not fit comes to; such a mutant proves nothing. */
const NO_PROGRAM = /TypeError|ReferenceError|SyntaxError/

/** The mistakes that no scenario notices, by name. */
export async function unnoticed(
  mutants: readonly Mutant[],
  scenarios: readonly Scenario[],
  client: 'consumer' | 'producer' = 'producer',
): Promise<readonly string[]> {
  const open: string[] = []
  for (const mutant of mutants) {
    const programs = await mutatedProgram(mutant, client)
    if (!(await isNoticed(mutant, scenarios, programs))) open.push(mutant.name)
  }
  return open
}

async function isNoticed(
  mutant: Mutant,
  scenarios: readonly Scenario[],
  programs: Awaited<ReturnType<typeof mutatedProgram>>,
): Promise<boolean> {
  for (const { seed, script } of scenarios) {
    try {
      await inSimulation(seed, script, programs)
    } catch (error) {
      if (NO_PROGRAM.test(`${error}`)) throw new Error(`the mutant "${mutant.name}" is no program: ${error}`)
      return true
    }
  }
  return false
}
