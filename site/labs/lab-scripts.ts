/** The labs' descriptions as scripts that a page can fetch. */
import type { Lab } from '../../labs/lab.ts'

const files = import.meta.glob<{ readonly lab: Lab }>('../../labs/*/lab.ts')

/** The ids of all labs. */
export const LAB_IDS: readonly string[] = Object.keys(files).map((path) => path.split('/').at(-2)!)

/** The lab with this id. Throws a sentence when there is none. */
export async function loadLab(id: string): Promise<Lab> {
  const load = files[`../../labs/${id}/lab.ts`]
  if (load === undefined) throw new Error(`there is no lab "${id}"`)
  return (await load()).lab
}
