/**
 * What a verdict depends on beside the learner's files: the reference, the judge with its guest, and the lab.
 *
 * One hash over the texts of all these files: a result that was made with other ones is not taken for one of these. Of a lab
 * only the code of the check in question counts (`check-code.ts`). Also the versions of the packages that a run goes through. Not here: the version of Node, which must not matter.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256Hex } from '../../judge/seeds.ts'
import type { Lab } from '../../lab.ts'
import { canonicalSha256 } from '../schema/canonical-json.ts'
import { checkCode, type ReadSource } from './check-code.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FOLDERS = ['reference', 'labs/judge', 'labs/program', 'labs/grader/guest'] as const
const FILES = ['labs/grader/child.ts', 'labs/grader/limits.ts', 'labs/lab.ts'] as const
const PACKAGES = ['quickjs-emscripten', 'quickjs-emscripten-core', 'sucrase', 'fflate', '@noble/hashes'] as const

const ofChecks = new Map<string, string>()
let common: Readonly<Record<string, string>> | undefined

/** The hash over all that the runs of one lab depend on: for the record of a grading. */
export function engineSha256(lab: string): string {
  return canonicalSha256({ ...shared(), ...hashes([...sourcesIn(`labs/${lab}`), ...commonOfLabs()]) })
}

/**
 * The hash for the runs of one check: its own code, and what all runs depend on. A check that cannot be told from its
 * neighbours depends on every file of its lab. `read` is another one in tests.
 */
export function checkSha256(lab: Lab, check: string, read = readSource): string {
  const key = `${lab.id} ${check}`
  const known = read === readSource ? ofChecks.get(key) : undefined
  if (known !== undefined) return known
  const made = checkHash(lab, check, read)
  if (read === readSource) ofChecks.set(key, made)
  return made
}

function checkHash(lab: Lab, check: string, read: ReadSource): string {
  const code = checkCode(lab, check, read, isShared)
  if (code === undefined) return engineSha256(lab.id)
  const texts = Object.entries(code).map(([name, text]) => [name, sha256Hex(text)] as const)
  return canonicalSha256({
    ...shared(),
    ...Object.fromEntries(texts),
    // where the learner's files go, and the answer that a failure is compared with
    ...Object.fromEntries(lab.files.map(({ path, kind, replaces = '' }) => [`file ${path}`, `${kind} ${replaces}`])),
    ...hashes(sourcesIn(`labs/${lab.id}/solution`, /./)),
  })
}

function shared(): Readonly<Record<string, string>> {
  common ??= {
    ...hashes([...FOLDERS.flatMap((folder) => sourcesIn(folder)), ...FILES]),
    ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  }
  return common
}

/** Modules that several labs use. */
function commonOfLabs(): readonly string[] {
  return readdirSync(join(ROOT, 'labs'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `labs/${name}`)
}

function isShared(path: string): boolean {
  return FOLDERS.some((folder) => path.startsWith(`${folder}/`)) || (FILES as readonly string[]).includes(path)
}

function readSource(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

function sourcesIn(folder: string, name = /\.ts$/): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
}

function hashes(paths: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(paths.map((path) => [path, sha256Hex(readSource(path))]))
}

function versionOf(name: string): string {
  try {
    return (JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
      .version
  } catch {
    return ''
  }
}
