/**
 * A copy of the project with the example chapter and its lab added, and not one line changed elsewhere.
 *
 * For the proof that a chapter is one room, and for browser tests of kit and shell. It lies under `out/`, so that
 * the packages are found where they are.
 */
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './stages.ts'
import { type TemporaryFolder, temporaryFolder } from './temp.ts'

const COPIED = [
  'reference',
  'labs',
  'site',
  'test',
  'package.json',
  'tsconfig.json',
  'astro.config.mjs',
  'ec.config.mjs',
]
const ADDED = [
  ['test/fixtures/chapters', 'site/chapters'],
  ['test/fixtures/labs', 'labs'],
] as const

/** Makes the tree; the caller removes it. */
export function exampleTree(): TemporaryFolder {
  const folder = temporaryFolder('book', join(ROOT, 'out'))
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder.path, name), { recursive: true })
  for (const [from, to] of ADDED) {
    mkdirSync(join(folder.path, to), { recursive: true })
    cpSync(join(ROOT, from), join(folder.path, to), { recursive: true })
  }
  return folder
}

/** A hash that changes whenever a file that the built tree holds does. */
export function exampleStamp(): string {
  const hash = createHash('sha256')
  for (const name of [...COPIED.filter((one) => one !== 'test'), ...ADDED.map(([from]) => from)].sort()) {
    const paths = statSync(join(ROOT, name)).isDirectory()
      ? readdirSync(join(ROOT, name), { recursive: true, encoding: 'utf8' }).map((path) => join(name, path))
      : [name]
    for (const path of paths.sort()) {
      const { size, mtimeMs } = statSync(join(ROOT, path))
      hash.update(`${path} ${size} ${mtimeMs}\n`)
    }
  }
  return hash.digest('hex').slice(0, 16)
}
