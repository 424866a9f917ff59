/**
 * The programs a lab's cluster can start, and how they are made out of modules.
 *
 * The same names everywhere: in a simulated cluster they are linked from the module map, in real processes the launcher
 * imports the file.
 */
import type { Program } from '../../reference/host/program.ts'
import type { Lab } from '../lab.ts'
import { type CompileError, compile } from './compile.ts'
import { type Factories, LinkError, link, type ModuleFactory, type ModuleMap } from './link.ts'

/** Program name to the file whose `main` it is. */
export const PROGRAM_PATHS = {
  namesrv: 'reference/namesrv/namesrv.ts',
  controller: 'reference/controller/controller.ts',
  broker: 'reference/broker/broker.ts',
  producer: 'reference/client/apps/producer.ts',
  'transaction-producer': 'reference/client/apps/transaction-producer.ts',
  consumer: 'reference/client/apps/consumer.ts',
  billing: 'reference/client/apps/billing/billing.ts',
  admin: 'reference/tools/admin.ts',
} as const

export type ProgramName = keyof typeof PROGRAM_PATHS

/** Programs that never await: a simulation need not let promises settle after their events. */
export const WITHOUT_PROMISES: ReadonlySet<string> = new Set(['namesrv', 'controller', 'broker'])

/** The learner's modules compiled over the map, or what does not compile. */
export type Overlaid =
  | { readonly map: ModuleMap; readonly errors?: never }
  | { readonly errors: readonly CompileError[] }

/** Puts the learner's files in the place of the reference's. */
export function overlay(base: ModuleMap, lab: Pick<Lab, 'files'>, files: ReadonlyMap<string, string>): Overlaid {
  const errors: CompileError[] = []
  const map: Record<string, string> = { ...base }
  for (const file of lab.files) {
    const text = files.get(file.path)
    if (file.kind !== 'module' || file.replaces === undefined || text === undefined) continue
    const compiled = compile(file.path, text)
    if (compiled.error !== undefined) errors.push(compiled.error)
    else map[file.replaces] = compiled.code
  }
  return errors.length > 0 ? { errors } : { map }
}

/** A program linked with fresh state. Throws `LinkError`, or whatever the modules throw while they load. */
export function linkProgram(
  factories: Factories,
  program: ProgramName,
  loaded?: Map<string, Record<string, unknown>>,
): Program {
  const { main } = link(factories, PROGRAM_PATHS[program], loaded)
  if (typeof main !== 'function') throw new LinkError(`${PROGRAM_PATHS[program]} does not export a function "main"`)
  return main as Program
}

/**
 * Programs with no file of the learner's in them, linked once for all nodes and all runs: the modules of the reference keep
 * nothing between two starts. Programs that share their modules also share what the engine has learned about the code.
 */
export class UnchangedPrograms {
  readonly #base: ModuleMap
  readonly #factories: ReadonlyMap<string, ModuleFactory>
  readonly #linked = new Map<ProgramName, { readonly program: Program; readonly paths: readonly string[] }>()

  /** @param factories of the modules in `base` */
  constructor(base: ModuleMap, factories: ReadonlyMap<string, ModuleFactory>) {
    this.#base = base
    this.#factories = factories
  }

  /** The program, when each of its modules is the same in `map` as in the base; otherwise undefined. */
  find(map: ModuleMap, name: ProgramName): Program | undefined {
    const { program, paths } = this.#link(name)
    return paths.every((path) => map[path] === this.#base[path]) ? program : undefined
  }

  #link(name: ProgramName) {
    let linked = this.#linked.get(name)
    if (linked === undefined) {
      const loaded = new Map<string, Record<string, unknown>>()
      const program = linkProgram(this.#factories, name, loaded)
      linked = { program, paths: [...loaded.keys()] }
      this.#linked.set(name, linked)
    }
    return linked
  }
}
