/**
 * Gathers the modules that the programs of a lab are made of, compiled, from the source tree.
 *
 * Runs where there is a file system: at the build of the site (the result is one file the page loads), on the command line,
 * in tests. The map is closed: what is not in it does not exist for a lab.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TransformOptions, TransformResult } from 'esbuild'
import { compile } from './compile.ts'
import { type ModuleMap, resolveImport } from './link.ts'
import { PROGRAM_PATHS } from './programs.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Packages that programs use, as the file that needs nothing of a platform. */
const PACKAGE_FILES: Readonly<Record<string, string>> = { fflate: 'fflate/esm/browser.js' }

/** Source text of a file of the project, or of a package that programs may use. */
export function moduleSource(path: string): string {
  const packageFile = PACKAGE_FILES[path]
  if (packageFile === undefined) return readFileSync(join(ROOT, path), 'utf8')
  const packageRoot = createRequire(import.meta.url)
    .resolve('fflate')
    .replace(/fflate\/.*$/, '')
  return readFileSync(packageRoot + packageFile, 'utf8')
}

/** Where a pack keeps the map. A checkout has no such file. */
export const PACKED_MODULES = 'labs/program/packed-modules.json'

/** What a graded node needs beside its program. */
const GUEST_ENTRY = 'labs/grader/guest/guest-entry.ts'

type Minify = (code: string, options: TransformOptions) => TransformResult

let cached: ModuleMap | undefined
let minify: Minify | undefined

/** Every module of every program, compiled; made once. Keys are sorted, so the map has one hash. */
export function moduleMap(): ModuleMap {
  cached ??= packedMap() ?? gather([...Object.values(PROGRAM_PATHS), GUEST_ENTRY])
  return cached
}

/** The map that a pack of the grader brings with it, which has no compiler (`labs/grader/pack/bundle.ts`). */
function packedMap(): ModuleMap | undefined {
  const path = join(ROOT, PACKED_MODULES)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ModuleMap) : undefined
}

function gather(entries: readonly string[]): ModuleMap {
  const found = new Map<string, string>()
  const open = [...entries]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue
    const compiled = compile(path, moduleSource(path))
    if (compiled.error !== undefined) throw new Error(`${path}:${compiled.error.line}: ${compiled.error.text}`)
    found.set(path, withoutComments(compiled.code))
    for (const specifier of compiled.imports) open.push(resolveImport(path, specifier))
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What engines need of a module: half of what a learner would fetch. Names stay, for stacks; a learner's file keeps its lines. */
function withoutComments(code: string): string {
  minify ??= (createRequire(import.meta.url)('esbuild') as { transformSync: Minify }).transformSync
  return minify(code, { minifyWhitespace: true, legalComments: 'none', charset: 'utf8' }).code
}
