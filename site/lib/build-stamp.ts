/**
 * Says whether `dist/` is still what the sources would give: `npm start` and the browser tests build only when it is not.
 *
 * The stamp (`dist/edition.json`) holds the base path and a hash over path, size and time of every source file.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const SOURCES = [
  'site',
  'reference',
  'labs',
  'test/scenarios',
  'astro.config.mjs',
  'ec.config.mjs',
  'package-lock.json',
]
const STAMP = 'edition.json'

/** Leaves the stamp of what has just been built. */
export async function writeStamp(folder: string, base: string): Promise<void> {
  await writeFile(join(folder, STAMP), `${JSON.stringify({ base, sources: hashSources() })}\n`)
}

/** Whether a finished build for this base lies in the folder and no source has changed since. */
export function isFresh(folder: string, base: string): boolean {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, STAMP), 'utf8')) as { base?: unknown; sources?: unknown }
    return stamp.base === base && stamp.sources === hashSources()
  } catch {
    return false
  }
}

function hashSources(): string {
  const hash = createHash('sha256')
  const visit = (path: string): void => {
    const stat = statSync(path)
    if (!stat.isDirectory()) hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`)
    else for (const name of readdirSync(path).sort()) if (name !== 'node_modules') visit(join(path, name))
  }
  for (const path of SOURCES) if (existsSync(path)) visit(path)
  return hash.digest('hex')
}
