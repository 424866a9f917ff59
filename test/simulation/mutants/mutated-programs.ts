/** The programs of the reference that can have a mistake planted in them. */
import type { Program } from '../../../reference/host/program.ts'
import type { ProgramSource } from '../../../reference/host/sim/programs.ts'
import type { Mutant } from './mutants.ts'
import { MutableModules } from './mutated-modules.ts'

/** Which files each is made of. Servers never await. */
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
  producer: { entry: 'reference/client/apps/producer.ts', folders: ['reference/client/'], usesPromises: true },
} as const
type ProgramName = keyof typeof PROGRAMS

const loaded = new Map<ProgramName, Promise<MutableModules>>()

function modulesOf(name: ProgramName): Promise<MutableModules> {
  const known = loaded.get(name) ?? MutableModules.load(PROGRAMS[name].entry, PROGRAMS[name].folders)
  loaded.set(name, known)
  return known
}

/** The program with the mistake in it, under its usual name; `client` is the one that has those of clients. */
export async function mutatedProgram(
  mutant: Mutant,
  client: 'consumer' | 'producer',
): Promise<Readonly<Record<string, ProgramSource>>> {
  const isClients = PROGRAMS.consumer.folders.some((folder) => mutant.file.startsWith(folder))
  const name: ProgramName = isClients ? client : 'broker'
  const program = (await modulesOf(name)).link([mutant, ...(mutant.also ?? [])])['main'] as Program
  return { [name]: { program, usesPromises: PROGRAMS[name].usesPromises } }
}
