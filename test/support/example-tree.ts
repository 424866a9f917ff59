/**
 * A copy of the project with the example chapter and its lab added, beside chapter 1, and not one line changed elsewhere.
 *
 * For the proof that a chapter is one room, and for browser tests of kit and shell. It lies under `out/`, so that
 * the packages are found where they are.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { lockFile } from '../../site/lib/lock.ts'
import { ROOT, toolEnv } from './stages.ts'
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

/** The chapter that the tree has beside the example; of the others it has only what their places in the contents need. */
const BESIDE = { room: '01-roles', slug: 'roles' }

/** Whether a file of the project is in the tree: the rooms and labs of chapters that are not shown take half of a build. */
function isInTree(path: string): boolean {
  const [, room, file] = /\/site\/chapters\/(\d\d-[^/]+)\/(.+)$/.exec(path) ?? []
  if (room !== undefined) return room === BESIDE.room || file === 'chapter.ts'
  const [lab] = /^.*\/labs\/[^/]+(?=\/|$)/.exec(path) ?? []
  if (lab === undefined || !existsSync(join(lab, 'lab.ts'))) return true
  return readFileSync(join(lab, 'lab.ts'), 'utf8').includes(`chapter: '${BESIDE.slug}'`)
}

/** Makes the tree; the caller removes it. */
export function exampleTree(): TemporaryFolder {
  const folder = temporaryFolder('book', join(ROOT, 'out'))
  for (const name of COPIED)
    cpSync(join(ROOT, name), join(folder.path, name), { recursive: true, filter: (path) => isInTree(path) })
  for (const [from, to] of ADDED) {
    mkdirSync(join(folder.path, to), { recursive: true })
    cpSync(join(ROOT, from), join(folder.path, to), { recursive: true })
  }
  return folder
}

/**
 * The folder of the built book with the example chapter. It is made when a source has changed, by one process: others wait.
 * @throws {Error} with the end of the build's output when it fails
 */
export async function exampleBuild(): Promise<string> {
  const kept = join(ROOT, 'node_modules/.cache/glassmq-example', exampleStamp())
  if (existsSync(kept)) return kept
  const unlock = await lockFile(`${dirname(kept)}.lock`, () => undefined)
  const tree = exampleTree()
  try {
    if (existsSync(kept)) return kept
    const { code, text } = await runIn(tree.path, 'astro', 'build')
    if (code !== 0) throw new Error(`the book with the example chapter does not build:\n${text.slice(-3_000)}`)
    const folder = dirname(kept)
    mkdirSync(folder, { recursive: true })
    for (const old of readdirSync(folder)) rmSync(join(folder, old), { recursive: true, force: true })
    // whole or not at all: this process may be stopped
    const part = join(folder, `${basename(kept)}.part`)
    cpSync(join(tree.path, 'dist'), part, { recursive: true })
    renameSync(part, kept)
    return kept
  } finally {
    tree.remove()
    unlock()
  }
}

/** Runs a command in a copy of the project; resolves with its exit code and all it printed. */
export function runIn(
  folder: string,
  command: string,
  ...args: string[]
): Promise<{ readonly code: number | null; readonly text: string }> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...toolEnv(), NODE_ENV: 'production', VITEST: '', NO_COLOR: '1', FORCE_COLOR: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (text += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, text }))
  })
}

/** A hash that changes whenever a file that the built tree holds does. */
function exampleStamp(): string {
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
