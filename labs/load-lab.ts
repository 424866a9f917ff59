/** Loads one lab by its id, and no other one: a process that judges one hand-in needs no more. Runs where there is a file system. */
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Lab } from './lab.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

/** Throws when there is no such lab, and a sentence when its file does not hold the lab that its folder is named for. */
export async function loadLab(id: string): Promise<Lab> {
  const url = pathToFileURL(join(FOLDER, id, 'lab.ts')).href
  const { lab } = (await import(/* @vite-ignore */ url)) as { readonly lab?: Lab }
  if (lab?.id !== id) throw new Error(`labs/${id}/lab.ts must export "lab" with the id "${id}"`)
  return lab
}
