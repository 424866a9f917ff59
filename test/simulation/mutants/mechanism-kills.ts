/** Plants mistakes in the broker or in the consumer, and lets the campaign of a mechanism look for them. */
import type { ProgramSource } from '../../../reference/host/sim/programs.ts'
import type { Mechanism, Setup } from '../soak/mechanism/mechanism.ts'
import { drawScript, runMechanism, shortestLines } from '../soak/mechanism/run-mechanism.ts'
import type { Violation } from '../soak/violation.ts'
import { hunt, type Kill, remembered } from './kill-table.ts'
import type { Mutant } from './mutants.ts'
import { mutatedProgram } from './mutated-programs.ts'

/** What became of each mistake within the first `seedsMax` seeds of the mechanism's campaign. */
export async function mechanismKills<S extends Setup, Op extends { readonly op: string }>(
  mechanism: Mechanism<S, Op>,
  mutants: readonly Mutant[],
  seedsMax: number,
): Promise<readonly Kill[]> {
  const seeds = Array.from({ length: seedsMax }, (_, i) => i + 1)
  const run = async (seed: number, instead: Readonly<Record<string, ProgramSource>> = {}) =>
    (await runMechanism(mechanism, drawScript(mechanism, seed), instead)).violation
  const isSound = remembered(async (seed) => (await run(seed)) === undefined)
  const hasFaults = (seed: number) =>
    drawScript(mechanism, seed).ops.some(({ op }) => op !== 'sleep' && !mechanism.ops.includes(op))
  const kills: Kill[] = []
  for (const mutant of mutants) {
    const programs = await mutatedProgram(mutant, 'consumer')
    const own = [...(mutant.seeds ?? []), ...seeds].filter((seed) => mutant.underFaults !== true || hasFaults(seed))
    const minimise = (seed: number, violation: Violation) => shortestLines(mechanism, seed, violation, programs)
    kills.push(await hunt(mutant, own, (seed) => run(seed, programs), isSound, minimise))
  }
  return kills
}
