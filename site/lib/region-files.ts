/**
 * The files behind `regions.ts`: reads what may be quoted and what quotes, once for each build.
 *
 * Sources are the reference code, scenarios, and the command line's configuration examples; pages are everything under
 * `site/` that can hold a `<Code>`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AWAITED } from '../data/awaited-regions.ts'
import { auditRegions, findQuotes, type Quote, quoteRegion, type Region } from './regions.ts'
import { isWritten, rooms } from './rooms.ts'

const SOURCE_FOLDERS = ['reference', 'labs', 'site/figures', 'site/chapters', 'test/scenarios']
const SOURCE_ENDINGS = ['.ts', '.java', '.conf', '.txt', '.properties', '.sh']
const PAGE_FOLDERS = ['site/content', 'site/chapters', 'site/pages', 'site/components', 'site/labs']
const PAGE_ENDINGS = ['.mdx', '.astro', '.svelte']
/** Folders inside `labs/` whose texts are a learner's, not the book's. */
const NOT_OURS = new Set(['node_modules', 'starter', 'solution', 'wrong', 'accepted'])

/** The region a page asks for, read now. `file` is a path from the top of the project. */
export function readRegion(file: string, region: string): Region {
  return quoteRegion(file, readSource(file), region)
}

/** A file that may be quoted; undefined if it does not exist or lies elsewhere. */
export function readSource(file: string): string | undefined {
  const isOurs = SOURCE_FOLDERS.some((folder) => file.startsWith(`${folder}/`)) && !file.includes('..')
  return isOurs && existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/** Every quote on every page. */
export function allQuotes(): Quote[] {
  return listFiles(PAGE_FOLDERS, PAGE_ENDINGS).flatMap((page) => findQuotes(page, readFileSync(page, 'utf8')))
}

/** Files that get a page of their own, because a page quotes them; sorted. */
export function quotedFiles(): string[] {
  return [...new Set(allQuotes().map((quote) => quote.file))].sort()
}

/** Everything that must stop the build, as sentences. */
export function regionFaults(): string[] {
  const sources = new Map<string, string>()
  for (const file of listFiles(SOURCE_FOLDERS, SOURCE_ENDINGS)) sources.set(file, readFileSync(file, 'utf8'))
  return auditRegions(sources, allQuotes(), isAwaited)
}

/** Whether the chapter that will quote this file's regions is still to be written. */
function isAwaited(file: string): boolean {
  const rule = AWAITED.find(({ under }) => file.startsWith(under))
  return rule?.chapters.some((slug) => rooms().some((room) => room.slug === slug && !isWritten(room))) ?? false
}

function listFiles(folders: readonly string[], endings: readonly string[]): string[] {
  const files: string[] = []
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (!NOT_OURS.has(entry.name)) walk(path)
      } else if (endings.some((ending) => entry.name.endsWith(ending))) files.push(path)
    }
  }
  for (const folder of folders) if (existsSync(folder)) walk(folder)
  return files.sort()
}
