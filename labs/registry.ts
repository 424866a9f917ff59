/** Every lab of the book, in the order of its chapters. */
import type { Lab } from './lab.ts'
import { lab as lostAddress } from './lost-address/lab.ts'

export const LABS: readonly Lab[] = [lostAddress]

/** The lab with an id, or undefined. */
export function labById(id: string): Lab | undefined {
  return LABS.find((lab) => lab.id === id)
}
