/**
 * Boots a lab's cluster with the programs that contain learner code inside QuickJS, and the others beside the kernel.
 *
 * A program with none of the lab's editable modules in it is ours in every byte, so it may run outside, six times faster;
 * a test judges every lab both ways and compares.
 */
import { newQuickJSWASMModule, newVariant, RELEASE_SYNC } from 'quickjs-emscripten'
import { SimCluster } from '../../../reference/host/sim/cluster.ts'
import type { Boot } from '../../judge/run-check.ts'
import type { Lab } from '../../lab.ts'
import { RUN_LIMITS } from '../../program/limits.ts'
import { type ModuleFactory, type ModuleMap, resolveImport } from '../../program/link.ts'
import { linkProgram, overlay, PROGRAM_PATHS, type ProgramName, WITHOUT_PROMISES } from '../../program/programs.ts'
import { GUEST_WASM_BYTES } from '../limits.ts'
import { CAUGHT, countCatches } from './count-catches.ts'
import { Meter, quickJsPort } from './quickjs-port.ts'

/** What QuickJS's own memory begins with. */
const WASM_PAGE_BYTES = 64 * 1024
const WASM_FIRST_PAGES = 256
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
  return async (files, seed) => {
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
    const wasmMemory = new WebAssembly.Memory({
      initial: WASM_FIRST_PAGES,
      maximum: GUEST_WASM_BYTES / WASM_PAGE_BYTES,
    })
    const wasm = options.wasm === undefined ? {} : { wasmModule: options.wasm }
    const quickjs = await newQuickJSWASMModule(newVariant(RELEASE_SYNC, { wasmMemory, ...wasm }))
    const meter = new Meter()
    const programs = Object.fromEntries(
      (Object.keys(PROGRAM_PATHS) as ProgramName[]).map((name) => {
        const modules = reachable(map, [PROGRAM_PATHS[name], GUEST_ENTRY])
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
      limits: RUN_LIMITS,
    })
    return { cluster, limitHit: () => meter.hit, usage: () => ({ run: meter.fuel, step: meter.mostOfAStep }) }
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
