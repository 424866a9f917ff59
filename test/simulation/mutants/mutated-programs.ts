/** The programs of the reference that can have a mistake planted in them. */
import { PROGRAM_PATHS, WITHOUT_PROMISES } from '../../../labs/program/programs.ts'
import type { Program } from '../../../reference/host/program.ts'
import type { ProgramSource } from '../../../reference/host/sim/programs.ts'
import type { createMessageStore } from '../../../reference/store/message-store.ts'
import { replicaStoreOf } from '../../support/replica-store.ts'
import type { Mutant } from './mutants.ts'
import { MutableModules } from './mutated-modules.ts'

/** Which files each is made of. */
const FOLDERS = {
  broker: ['reference/broker/', 'reference/store/'],
  consumer: ['reference/client/', 'reference/common/allocate/'],
  producer: ['reference/client/'],
  controller: ['reference/controller/'],
  'replica-store': ['reference/store/'],
} as const
type ProgramName = keyof typeof FOLDERS

const PATHS: Readonly<Record<ProgramName, string>> = {
  ...PROGRAM_PATHS,
  'replica-store': 'reference/store/message-store.ts',
}

const loaded = new Map<ProgramName, Promise<MutableModules>>()

function modulesOf(name: ProgramName): Promise<MutableModules> {
  const known = loaded.get(name) ?? MutableModules.load(PATHS[name], FOLDERS[name])
  loaded.set(name, known)
  return known
}

/** The program with the mistake in it, under its usual name; `client` is the one that has those of clients. */
export async function mutatedProgram(
  mutant: Mutant,
  client: 'consumer' | 'producer',
): Promise<Readonly<Record<string, ProgramSource>>> {
  const isClients = FOLDERS.consumer.some((folder) => mutant.file.startsWith(folder))
  const isControllers = mutant.file.startsWith('reference/controller/')
  const name: ProgramName = isClients ? client : isControllers ? 'controller' : 'broker'
  const replacements = [mutant, ...(mutant.also ?? [])]
  const program = (await modulesOf(name)).link(replacements)['main'] as Program
  const mutated = { [name]: { program, usesPromises: !WITHOUT_PROMISES.has(name) } }
  // the timer's files are parts of the broker, and not of its message store
  const isOfStore = ({ file }: { file: string }) =>
    file.startsWith('reference/store/') && !file.startsWith('reference/store/timer/')
  if (!replacements.every(isOfStore)) return mutated
  const create = (await modulesOf('replica-store')).link(replacements)[
    'createMessageStore'
  ] as typeof createMessageStore
  return { ...mutated, 'replica-store': { program: replicaStoreOf(create), usesPromises: false } }
}
