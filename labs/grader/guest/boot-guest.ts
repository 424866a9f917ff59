/**
 * Boots a lab's cluster with the programs that contain learner code inside QuickJS, and the others beside the kernel.
 *
 * A program with none of the lab's editable modules in it is ours in every byte, so it may run outside, six times faster;
 * a test judges every lab both ways and compares.
 */
import { newQuickJSWASMModule, newVariant, RELEASE_SYNC } from 'quickjs-emscripten'
import { SimCluster } from '../../../reference/host/sim/cluster.ts'
import { SIMULATION_LIMITS } from '../../../reference/host/sim/limits.ts'
import type { Boot } from '../../judge/run-check.ts'
import type { Lab } from '../../lab.ts'
import { RUN_EVENTS_MAX } from '../../program/limits.ts'
import { type ModuleFactory, type ModuleMap, resolveImport } from '../../program/link.ts'
import { linkProgram, overlay, PROGRAM_PATHS, type ProgramName, WITHOUT_PROMISES } from '../../program/programs.ts'
import { Meter, quickJsPort } from './quickjs-port.ts'

const GUEST_ENTRY = 'labs/grader/guest/guest-entry.ts'

export interface GuestOptions {
  readonly lab: Lab
  readonly base: ModuleMap
  /** Factories of the unchanged modules, evaluated here: for programs that need no guest. */
  readonly trusted: ReadonlyMap<string, ModuleFactory>
  /** QuickJS's compiled wasm, so that each run can have an instance of its own quickly. */
  readonly wasm?: WebAssembly.Module
  /** Put every program in a guest: slower, and must give the same bytes. */
  readonly allInGuests?: boolean
}

/** A boot with a fresh wasm instance for each run: no damage is carried over. */
export function bootGuest(options: GuestOptions): Boot {
  const { lab, base, trusted } = options
  const variant = options.wasm === undefined ? RELEASE_SYNC : newVariant(RELEASE_SYNC, { wasmModule: options.wasm })
  return async (files, seed) => {
    const overlaid = overlay(base, lab, files)
    if (overlaid.errors !== undefined) return { errors: overlaid.errors }
    const quickjs = await newQuickJSWASMModule(variant)
    const meter = new Meter()
    const programs = Object.fromEntries(
      (Object.keys(PROGRAM_PATHS) as ProgramName[]).map((name) => {
        const modules = reachable(overlaid.map, [PROGRAM_PATHS[name], GUEST_ENTRY])
        const isTouched = lab.files.some((file) => file.replaces !== undefined && file.replaces in modules)
        if (isTouched || options.allInGuests === true)
          return [name, { port: quickJsPort(quickjs, modules, PROGRAM_PATHS[name], meter), usesPromises: false }]
        return [name, { program: async () => linkProgram(trusted, name), usesPromises: !WITHOUT_PROMISES.has(name) }]
      }),
    )
    const cluster = new SimCluster({
      seed,
      programs,
      record: true,
      onThrow: 'end-node',
      limits: { ...SIMULATION_LIMITS, events: RUN_EVENTS_MAX },
    })
    return { cluster, limitHit: () => meter.hit }
  }
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
