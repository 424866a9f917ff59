/**
 * Boots a lab's cluster with the programs that contain learner code inside QuickJS, and the others beside the kernel.
 *
 * A program with none of the lab's editable modules in it is ours in every byte, so it may run outside, six times faster;
 * a test judges every lab both ways and compares.
 */
import { SimCluster } from '../../../reference/host/sim/cluster.ts'
import type { Boot } from '../../judge/run-check.ts'
import type { Lab } from '../../lab.ts'
import type { CompileError } from '../../program/compile.ts'
import { RUN_LIMITS } from '../../program/limits.ts'
import { type ModuleFactory, type ModuleMap, resolveImport } from '../../program/link.ts'
import {
  overlay,
  PROGRAM_PATHS,
  type ProgramName,
  UnchangedPrograms,
  WITHOUT_PROMISES,
} from '../../program/programs.ts'
import { CAUGHT, countCatches } from './count-catches.ts'
import { GuestMemories, MemoryPool, type Prepared } from './guest-image.ts'
import { Meter } from './meter.ts'
import { quickJsPort } from './quickjs-port.ts'

const GUEST_ENTRY = 'labs/grader/guest/guest-entry.ts'

export interface GuestOptions {
  readonly lab: Lab
  readonly base: ModuleMap
  /** Factories of the unchanged modules, evaluated here: for programs that need no guest. */
  readonly trusted: ReadonlyMap<string, ModuleFactory>
  /** QuickJS's compiled wasm; fetched for each life of a node when left out. */
  readonly wasm?: WebAssembly.Module
  /** Put every program in a guest: slower, and must give the same bytes. */
  readonly allInGuests?: boolean
}

type Errors = { readonly errors: readonly CompileError[] }
/** A program in a guest: of a learner's files, or all of them. Undefined: it runs beside the kernel. */
type Programs = ReadonlyMap<ProgramName, Prepared | undefined>

/**
 * A boot with a fresh wasm instance for each life of a node: no damage is carried over. The files of one map must not change:
 * what was made of them is used for every run.
 */
export function bootGuest(options: GuestOptions): Boot {
  const { base, trusted, wasm } = options
  const unchanged = new UnchangedPrograms(base, trusted)
  const pool = new MemoryPool()
  const prepared = new WeakMap<ReadonlyMap<string, string>, Programs | Errors>()
  return async (files, seed) => {
    const made = prepared.get(files) ?? prepare(options, files)
    prepared.set(files, made)
    if ('errors' in made) return made
    const meter = new Meter()
    const memories = new GuestMemories(pool, wasm)
    const programs = Object.fromEntries(
      [...made].map(([name, program]) => [
        name,
        program === undefined
          ? { program: async () => unchanged.find(base, name)!, usesPromises: !WITHOUT_PROMISES.has(name) }
          : { port: quickJsPort(program, meter, memories), usesPromises: false },
      ]),
    )
    const cluster = new SimCluster({
      seed,
      programs,
      record: true,
      onThrow: 'end-node',
      limits: RUN_LIMITS,
    })
    return {
      cluster,
      limitHit: () => meter.hit,
      usage: () => ({ run: meter.fuel, step: meter.mostOfAStep }),
      release: () => memories.release(),
    }
  }
}

/** Compiles a learner's files and finds the programs that they are part of. */
function prepare({ lab, base, allInGuests }: GuestOptions, files: ReadonlyMap<string, string>): Programs | Errors {
  const overlaid = overlay(base, lab, files)
  if (overlaid.errors !== undefined) return { errors: overlaid.errors }
  const replaced = lab.files.flatMap(({ kind, replaces }) =>
    kind === 'module' && replaces !== undefined ? [replaces] : [],
  )
  for (const path of replaced) {
    const code = overlaid.map[path]
    if (code?.includes(CAUGHT) === true)
      return { errors: [{ path, line: 1, column: 1, text: `the name ${CAUGHT} is the judge’s own: use another` }] }
  }
  const map = {
    ...overlaid.map,
    ...Object.fromEntries(replaced.map((path) => [path, countCatches(overlaid.map[path] ?? '')])),
  }
  return new Map(
    (Object.keys(PROGRAM_PATHS) as ProgramName[]).map((name) => {
      const entry = PROGRAM_PATHS[name]
      const modules = reachable(map, [entry, GUEST_ENTRY])
      const isTouched = lab.files.some((file) => file.replaces !== undefined && file.replaces in modules)
      return [name, isTouched || allInGuests === true ? { modules, entry } : undefined]
    }),
  )
}

/** The modules that `entries` need, in the map's order. */
function reachable(map: ModuleMap, entries: readonly string[]): ModuleMap {
  const found = new Set<string>()
  const open = [...entries]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const code = map[path]
    if (found.has(path) || code === undefined) continue
    found.add(path)
    open.push(...importsOf(path, code))
  }
  return Object.fromEntries(Object.entries(map).filter(([path]) => found.has(path)))
}

/** The imports of the last code of each path: of one run to the next a file or two change. */
const imports = new Map<string, { readonly code: string; readonly paths: readonly string[] }>()

function importsOf(path: string, code: string): readonly string[] {
  const known = imports.get(path)
  if (known?.code === code) return known.paths
  const paths = [...code.matchAll(/\brequire\(['"]([^'"]+)['"]\)/g)].map(([, specifier]) =>
    resolveImport(path, specifier!),
  )
  imports.set(path, { code, paths })
  return paths
}
