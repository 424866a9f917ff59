/** Plants mistakes in the broker or in the consumer, and lets the campaign of a mechanism look for them. */
import type { Program } from '../../reference/host/program.ts'
import type { ProgramSource } from '../../reference/host/sim/programs.ts'
import type { Mechanism, Setup } from '../soak/mechanism/mechanism.ts'
import { drawScript, runMechanism } from '../soak/mechanism/run-mechanism.ts'
import { hunt, type Kill, remembered } from './kill-table.ts'
import type { Mutant } from './mutants.ts'
import { MutableModules } from './mutated-modules.ts'

/** The programs that can have a mistake: which files they are made of. Servers never await. */
const PROGRAMS = {
  broker: {
    entry: 'reference/broker/broker.ts',
    folders: ['reference/broker/', 'reference/store/'],
    usesPromises: false,
  },
  consumer: {
    entry: 'reference/client/apps/consumer.ts',
    folders: ['reference/client/', 'reference/common/allocate/'],
    usesPromises: true,
  },
} as const
type ProgramName = keyof typeof PROGRAMS

const loaded = new Map<ProgramName, Promise<MutableModules>>()

function modulesOf(name: ProgramName): Promise<MutableModules> {
  const known = loaded.get(name) ?? MutableModules.load(PROGRAMS[name].entry, PROGRAMS[name].folders)
  loaded.set(name, known)
  return known
}

/** The program with the mistake in it, under its usual name. */
async function mutated(mutant: Mutant): Promise<Readonly<Record<string, ProgramSource>>> {
  const isConsumers = PROGRAMS.consumer.folders.some((folder) => mutant.file.startsWith(folder))
  const name: ProgramName = isConsumers ? 'consumer' : 'broker'
  const program = (await modulesOf(name)).link([mutant, ...(mutant.also ?? [])])['main'] as Program
  return { [name]: { program, usesPromises: PROGRAMS[name].usesPromises } }
}

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
    const programs = await mutated(mutant)
    const own = [...(mutant.seeds ?? []), ...seeds].filter((seed) => mutant.underFaults !== true || hasFaults(seed))
    kills.push(await hunt(mutant, own, (seed) => run(seed, programs), isSound))
  }
  return kills
}
