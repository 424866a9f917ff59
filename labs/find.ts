/**
 * Finds the labs by their place: every folder `labs/<id>/` with a `lab.ts` is one.
 *
 * Runs where there is a file system. The page's worker gets the same list when it is bundled (`site/lib/lab-assets.ts`), and
 * the page of a lab has the texts of one lab.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Lab } from './lab.ts'
import { loadLab } from './load-lab.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

/** The ids of all labs, sorted. */
export function labIds(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => existsSync(join(FOLDER, name, 'lab.ts')))
    .sort()
}

/** Every lab, sorted by id. */
export const LABS: readonly Lab[] = await Promise.all(labIds().map(loadLab))

/** The lab with an id, or undefined. */
export function labById(id: string): Lab | undefined {
  return LABS.find((lab) => lab.id === id)
}
