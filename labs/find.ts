/**
 * Finds the labs by their place: every folder `labs/<id>/` with a `lab.ts` is one.
 *
 * Runs where there is a file system. The page's worker gets the same list when it is bundled (`site/lib/lab-assets.ts`), and
 * the workbench fetches the one lab it shows (`site/labs/lab-here.ts`).
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Lab } from './lab.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

/** The ids of all labs, sorted. */
export function labIds(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((name) => existsSync(join(FOLDER, name, 'lab.ts')))
    .sort()
}

/** Every lab, sorted by id. */
export const LABS: readonly Lab[] = await Promise.all(labIds().map(load))

/** The lab with an id, or undefined. */
export function labById(id: string): Lab | undefined {
  return LABS.find((lab) => lab.id === id)
}

/** Throws a sentence when the file does not hold the lab its folder is named for. */
async function load(id: string): Promise<Lab> {
  const url = pathToFileURL(join(FOLDER, id, 'lab.ts')).href
  const { lab } = (await import(/* @vite-ignore */ url)) as { readonly lab?: Lab }
  if (lab?.id !== id) throw new Error(`labs/${id}/lab.ts must export "lab" with the id "${id}"`)
  return lab
}
