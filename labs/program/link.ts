/**
 * Runs compiled modules: finds each one's imports in a closed map, allows cycles, and starts with fresh state every time.
 *
 * A program with a learner's file is linked anew for each start of its node, so a restarted broker cannot find a variable of
 * its former life, and two brokers share nothing. An import outside the map fails with a sentence.
 */

/** Compiled code by path from the project's root; packages by their bare name. */
export type ModuleMap = Readonly<Record<string, string>>

/** What a module's code becomes when it is evaluated. The names after `require` are the world, taken away. */
export type ModuleFactory = (
  exports: Record<string, unknown>,
  require: (specifier: string) => unknown,
  ...ambient: undefined[]
) => void

/** Names that reach the world, or that engines differ in: inside a module they are undefined. */
export const AMBIENT = [
  'Date', 'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'queueMicrotask', 'performance', 'crypto', 'fetch', 'process',
  'Buffer', 'XMLHttpRequest', 'WebSocket', 'Worker', 'indexedDB', 'caches', 'navigator', 'location', 'self', 'window', 'globalThis', 'global', 'postMessage',
  'importScripts', 'Intl', 'WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics', 'eval', 'Function',
] as const // biome-ignore format: a list of names

/** Finds the factory of a module by its path. */
export type Factories = Pick<ReadonlyMap<string, ModuleFactory>, 'get'>

/** The text of a module's factory: an expression. The first line stays the first line. */
export function factoryText(code: string): string {
  // `eval` may not be a parameter in strict code; sucrase's output begins with "use strict"
  const names = AMBIENT.filter((name) => name !== 'eval')
  return `(function(exports, require, ${names.join(', ')}) {${code}\n})`
}

/** A module that is not in the map, or an import that leads out of it. */
export class LinkError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'LinkError'
  }
}

/** What imports mean, by importer and specifier: every start of a node asks the same again. */
const resolved = new Map<string, Map<string, string>>()
/** Importers that are remembered: more than the modules of all programs. */
const IMPORTERS_MAX = 2_000

/** `resolveImport`, remembered. */
function meaningOf(importer: string, specifier: string): string {
  let imports = resolved.get(importer)
  if (imports === undefined) {
    if (resolved.size >= IMPORTERS_MAX) resolved.clear()
    imports = new Map()
    resolved.set(importer, imports)
  }
  let path = imports.get(specifier)
  if (path === undefined) {
    path = resolveImport(importer, specifier)
    imports.set(specifier, path)
  }
  return path
}

/** The path an import means: relative to the importer, or the bare name of a package. */
export function resolveImport(importer: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier
  const parts = importer.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined)
        throw new LinkError(`${importer} imports ${specifier}, which leads out of the project`)
    } else if (part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** The paths of all modules that `entry` needs, itself included. `codeOf` says a module's code; modules without one are left out. */
export function modulesOf(codeOf: (path: string) => string | undefined, entry: string): readonly string[] {
  const found = new Set<string>()
  const open = [entry]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const code = found.has(path) ? undefined : codeOf(path)
    if (code === undefined) continue
    found.add(path)
    for (const [, specifier] of code.matchAll(/\brequire\(["']([^"']+)["']\)/g)) open.push(meaningOf(path, specifier!))
  }
  return [...found]
}

/** Links and runs `entry`, with fresh state, and returns its exports. Puts every module that ran into `loaded`, by its path. */
export function link(
  factories: Factories,
  entry: string,
  loaded = new Map<string, Record<string, unknown>>(),
): Record<string, unknown> {
  const load = (path: string, importer: string): Record<string, unknown> => {
    const known = loaded.get(path)
    if (known !== undefined) return known // also while it is still running: a cycle sees what is there so far
    const factory = factories.get(path)
    if (factory === undefined) throw new LinkError(`${importer} imports ${path}, which is not part of the lab`)
    const exports: Record<string, unknown> = {}
    loaded.set(path, exports)
    factory(exports, (specifier) => load(meaningOf(path, specifier), path))
    return exports
  }
  return load(entry, 'the launcher')
}
