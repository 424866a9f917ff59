/**
 * A file named in backticks exists: in every README and decision record, and in the comments of the sources.
 *
 * A name is read as a path from the folder of the file that names it, from any folder above it, or from `reference/`.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/stages.ts'

/** What looks like a file of this project: JSON and the like are mostly files that a server writes. */
const NAMED = /`([\w@./-]+\.(?:ts|mjs|svelte|astro|mdx|md|css|yaml|txt)|[\w@./-]+\/)`/g
/** Names that stand for any file: an example, or what each chapter or each lab may have. */
const ANY_FILE = /^(\.\/x\.ts|figures\/name\.ts|labs\/name\/|.*NN-slug.*)$/
/** Rooms that many texts speak of without saying which one: a chapter's, a lab's. */
const TYPICAL_ROOMS = ['test/fixtures/chapters/99-example', 'test/fixtures/labs/example-lab']
/** Folders of a server's disk, and addresses of pages. */
const NOT_OURS = /^(commitlog|commitlog\.lost|timerlog|consumequeue|app|dist|out)\/$|^\//
/** A file that a README tells its reader to make. */
const TO_BE_MADE = ['site/chapters/13-retries/']

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '')
const known = new Set(files)
for (const path of files) for (let at = dirname(path); at !== '.'; at = dirname(at)) known.add(at)

/** The folder of a file and all folders above it, to the root. */
function foldersOf(path: string): string[] {
  const folders = [dirname(path)]
  while (folders.at(-1) !== '.') folders.push(dirname(folders.at(-1)!))
  return folders
}

/** True when a file or folder of that name is meant by a text that stands in `path`. */
function exists(path: string, name: string): boolean {
  const bare = name.replace(/\/$/, '')
  return [...foldersOf(path), 'reference', ...TYPICAL_ROOMS].some((folder) => known.has(normalize(join(folder, bare))))
}

/** The names in a text that are no file's. */
function missing(path: string, text: string): string[] {
  return [...text.matchAll(NAMED)]
    .map(([, name]) => name!)
    .filter((name) => !ANY_FILE.test(name) && !NOT_OURS.test(name) && !TO_BE_MADE.includes(name))
    .filter((name) => !exists(path, name))
    .map((name) => `${path} names ${name}`)
}

/** The comments of a source file. */
function comments(text: string): string {
  return [...text.matchAll(/\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|(?:^|\s)\/\/ .*$/gm)]
    .map(([comment]) => comment)
    .join('\n')
}

const text = (path: string) => readFileSync(join(ROOT, path), 'utf8')

describe('files named in backticks', () => {
  it('exist, in every text', () => {
    const texts = files.filter((path) => path.endsWith('.md'))
    expect(texts.length).toBeGreaterThan(10)
    expect(texts.flatMap((path) => missing(path, text(path)))).toEqual([])
  })

  it('exist, in the comments of every source file', () => {
    const sources = files.filter((path) => /^(reference|labs|site|test)\/.*\.(ts|svelte|astro)$/.test(path))
    const wrong = sources
      .filter((path) => !path.startsWith('test/fixtures/') && !path.startsWith('test/tidy/'))
      .flatMap((path) => missing(path, comments(text(path)).replaceAll(/`[\w.-]+\/`/g, '')))
    expect(wrong).toEqual([])
  })

  it('are noticed when they do not exist', () => {
    expect(missing('reference/store/README.md', 'see `commit-log.ts`, `gone.ts` and `../host/host.ts`')).toEqual([
      'reference/store/README.md names gone.ts',
    ])
  })
})
