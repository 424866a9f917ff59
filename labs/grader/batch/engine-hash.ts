/**
 * What a verdict depends on beside the learner's files: the reference, the judge with its guest, and the lab.
 *
 * One hash over the texts of all these files: a result that was made with other ones is not taken for one of these. Also the
 * versions of the packages that a run goes through. Not here: the version of Node, which must not matter.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256Hex } from '../../judge/seeds.ts'
import { canonicalSha256 } from '../schema/canonical-json.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FOLDERS = ['reference', 'labs/judge', 'labs/program', 'labs/grader/guest'] as const
const FILES = ['labs/grader/child.ts', 'labs/grader/limits.ts', 'labs/lab.ts'] as const
const PACKAGES = ['quickjs-emscripten', 'quickjs-emscripten-core', 'sucrase', 'fflate', '@noble/hashes'] as const

let common: Readonly<Record<string, string>> | undefined

/** The hash for the runs of one lab. */
export function engineSha256(lab: string): string {
  common ??= {
    ...hashes([...FOLDERS.flatMap(sourcesIn), ...FILES]),
    ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  }
  const shared = readdirSync(join(ROOT, 'labs')).filter((name) => name.endsWith('.ts'))
  return canonicalSha256({
    ...common,
    ...hashes([...sourcesIn(`labs/${lab}`), ...shared.map((name) => `labs/${name}`)]),
  })
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
}

function hashes(paths: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(paths.map((path) => [path, sha256Hex(readFileSync(join(ROOT, path), 'utf8'))]))
}

function versionOf(name: string): string {
  try {
    return (JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
      .version
  } catch {
    return ''
  }
}
