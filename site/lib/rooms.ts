/**
 * Finds the rooms of the book by their place: a chapter is the folder `site/chapters/NN-slug/`, and what it has is what lies
 * in it. There is no list of chapters anywhere else.
 *
 * Runs in Node (the build, the development server, tests) with the project's root as the working directory. Modules are
 * loaded with Node's own loader, so that the site's bundler, tests and benchmarks meet the same files.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where the chapters stand, from the top of the project. */
export const CHAPTERS_FOLDER = 'site/chapters'

/** The folder of one chapter. */
export interface Room {
  /** 1 to 99: the order of reading. */
  readonly number: number
  /** The page's address below `/chapters/`; never changes. */
  readonly slug: string
  /** Path from the top of the project. */
  readonly folder: string
}

const NAME = /^(\d\d)-([a-z][a-z0-9-]*)$/

/** Every chapter's room, in the order of reading. Throws a sentence when two have one number or one slug. */
export function rooms(): readonly Room[] {
  const found = readdirSync(CHAPTERS_FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => roomOf(entry.name))
    .sort((a, b) => a.number - b.number)
  for (const key of ['number', 'slug'] as const) {
    const seen = new Set<number | string>()
    for (const room of found) {
      if (seen.has(room[key])) throw new Error(`${room.folder}: another chapter has the ${key} ${room[key]}, too`)
      seen.add(room[key])
    }
  }
  return found
}

function roomOf(name: string): Room {
  const match = NAME.exec(name)
  if (match === null)
    throw new Error(`${CHAPTERS_FOLDER}/${name}: a chapter's folder is called NN-slug, such as 13-retries`)
  return { number: Number(match[1]), slug: match[2]!, folder: `${CHAPTERS_FOLDER}/${name}` }
}

/** True when the chapter has a page: then it is written. */
export function isWritten(room: Room): boolean {
  return existsSync(join(room.folder, 'page.mdx'))
}

/** The text of a file of a room; undefined when there is none. */
export function roomText(room: Room, file: string): string | undefined {
  const path = join(room.folder, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/** The names of the TypeScript files of a room's subfolder, without their ending; sorted. */
export function roomNames(room: Room, subfolder: string): readonly string[] {
  const folder = join(room.folder, subfolder)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
    .sort()
}

/** A module by its path from the top of the project. */
export async function loadModule<T>(path: string): Promise<T> {
  return (await import(/* @vite-ignore */ pathToFileURL(resolve(path)).href)) as T
}

/** A module of a room, or undefined when there is no such file. */
export async function roomModule<T>(room: Room, file: string): Promise<T | undefined> {
  const path = join(room.folder, file)
  return existsSync(path) ? loadModule<T>(path) : undefined
}
