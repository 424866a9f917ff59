/**
 * Gathers the application tree: every module of the lab programs and of the launcher, as JavaScript modules.
 *
 * Runs where there is a file system: for the `node` runtime, and at the build of the site for the one a WebContainer mounts.
 * The page must not import this file.
 */

import { type AppTree, compileModule, LAUNCHER_PATH, treePath } from '../program/es-modules.ts'
import { resolveImport } from '../program/link.ts'
import { moduleSource } from '../program/module-map.ts'
import { PROGRAM_PATHS } from '../program/programs.ts'

let cached: AppTree | undefined

/** The tree of the whole reference as far as labs run it; made once. Keys are sorted. */
export function appTree(): AppTree {
  cached ??= gather([...Object.values(PROGRAM_PATHS), LAUNCHER_PATH.replace(/\.js$/, '.ts')])
  return cached
}

function gather(entries: readonly string[]): AppTree {
  const found = new Map<string, string>([['package.json', '{ "type": "module" }\n']])
  const seen = new Set<string>()
  const open = [...entries]
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path) || path.startsWith('node:')) continue
    seen.add(path)
    if (!path.includes('/')) {
      found.set(`node_modules/${path}/package.json`, '{ "type": "module", "main": "index.js" }\n')
      found.set(`node_modules/${path}/index.js`, moduleSource(path))
      continue
    }
    const compiled = compileModule(path, moduleSource(path))
    if (compiled.error !== undefined) throw new Error(`${path}:${compiled.error.line}: ${compiled.error.text}`)
    found.set(treePath(path), compiled.code)
    for (const specifier of compiled.imports) open.push(resolveImport(path, specifier))
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}
