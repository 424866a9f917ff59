/**
 * The files of a grader that runs by itself: the labs, the reference, and the packages that judging goes through. A pack for
 * a platform holds them, so nothing but Node has to be there.
 *
 * The list of packages follows `package-lock.json` from the few that the grader imports. Not here: the site, the tests, and
 * the other builds of QuickJS.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeUtf8 } from '../../../reference/common/utf8.ts'
import { moduleMap, PACKED_MODULES } from '../../program/module-map.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FOLDERS = ['labs', 'reference'] as const
const FILES = ['package.json', 'LICENSE'] as const
/** What the commands of the grader import. */
const PACKAGES = ['@noble/hashes', 'commander', 'fflate', 'papaparse', 'quickjs-emscripten', 'sucrase', 'zod'] as const
/** Builds of QuickJS that are not used, descriptions of types, maps, and texts. */
const NOT_NEEDED =
  /(quickjs-wasmfile-(debug-sync|debug-asyncify|release-asyncify)\/dist\/(emscripten-module|ffi)|\.(map|md|markdown|d\.[mc]?ts)$|(cloudflare|browser)\.[mc]?js$|\/(test|tests|docs|src|player|\.github)\/|index\.global\.js$)/

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dependencies?: Readonly<Record<string, string>> }>>
}

/** Returns all files, with their paths relative to the root of the project, sorted. The modules of the reference come compiled. */
export function bundleFiles(root = ROOT): ReadonlyMap<string, Uint8Array> {
  const modules = encodeUtf8(JSON.stringify(moduleMap()))
  const files = bundlePaths(root).map((path) => [path, readFileSync(join(root, path))] as const)
  return new Map([...files, [PACKED_MODULES, modules] as const].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function bundlePaths(root: string): readonly string[] {
  const own = FOLDERS.flatMap((folder) => filesIn(root, folder)).filter((path) => !path.endsWith('.md'))
  const packages = packageFolders(root).flatMap((folder) => filesIn(root, folder))
  const needed = packages.filter((path) => !NOT_NEEDED.test(path) && !/node_modules\/.*\/node_modules\//.test(path))
  return [...new Set([...FILES, ...own, ...needed])]
}

/** The folders of the packages, those that they depend on included. */
function packageFolders(root: string): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  const found = new Set<string>()
  const visit = (name: string, from: string) => {
    const inside = `${from}/node_modules/${name}`
    const folder = packages[inside] === undefined ? `node_modules/${name}` : inside
    if (found.has(folder)) return
    found.add(folder)
    for (const each of Object.keys(packages[folder]?.dependencies ?? {})) visit(each, folder)
  }
  for (const name of PACKAGES) visit(name, '')
  return [...found]
}

function filesIn(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll('\\', '/').replace(/^\//, ''))
}
