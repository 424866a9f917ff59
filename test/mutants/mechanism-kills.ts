/** Plants mistakes in the broker and lets the campaign of a mechanism look for them. */
import type { Program } from '../../reference/host/program.ts'
import type { Mechanism, Setup } from '../soak/mechanism/mechanism.ts'
import { drawScript, runMechanism } from '../soak/mechanism/run-mechanism.ts'
import { hunt, type Kill, remembered } from './kill-table.ts'
import type { Mutant } from './mutants.ts'
import { MutableModules } from './mutated-modules.ts'

/** What became of each mistake within the first `seedsMax` seeds of the mechanism's campaign. */
export async function mechanismKills<S extends Setup, Op extends { readonly op: string }>(
  mechanism: Mechanism<S, Op>,
  mutants: readonly Mutant[],
  seedsMax: number,
): Promise<readonly Kill[]> {
  const modules = await MutableModules.load('reference/broker/broker.ts', ['reference/broker/', 'reference/store/'])
  const seeds = Array.from({ length: seedsMax }, (_, i) => i + 1)
  const run = async (seed: number, broker?: Program) => {
    const instead = broker === undefined ? {} : { broker: { program: broker, usesPromises: false } }
    return (await runMechanism(mechanism, drawScript(mechanism, seed), instead)).violation
  }
  const isSound = remembered(async (seed) => (await run(seed)) === undefined)
  const kills: Kill[] = []
  for (const mutant of mutants) {
    const program = modules.link([mutant, ...(mutant.also ?? [])])['main'] as Program
    kills.push(await hunt(mutant, seeds, (seed) => run(seed, program), isSound))
  }
  return kills
}
