/** The labs of the book, each with its chapter, in the order of the chapters. */
import type { Lab } from '../../labs/lab.ts'
import { CHAPTERS, type Chapter } from './chapters.ts'
import { loadModule } from './rooms.ts'

/** A lab and the chapter it belongs to; undefined when it names a chapter that does not exist. */
export interface LabOfBook {
  readonly lab: Lab
  readonly chapter: Chapter | undefined
}

/** Every lab, by chapter, then by its place in it, then by id. */
export async function labsOfBook(): Promise<readonly LabOfBook[]> {
  const { LABS } = await loadModule<typeof import('../../labs/find.ts')>('labs/find.ts')
  const number = ({ chapter }: LabOfBook) => chapter?.number ?? Number.POSITIVE_INFINITY
  const order = ({ lab }: LabOfBook) => lab.order ?? Number.POSITIVE_INFINITY
  // the difference of two infinite numbers is no number, which counts as none
  return LABS.map((lab) => ({ lab, chapter: CHAPTERS.find(({ slug }) => slug === lab.chapter) })).sort(
    (a, b) => number(a) - number(b) || order(a) - order(b),
  )
}

/** The lab with an id, or undefined. */
export async function labOfBook(id: string): Promise<Lab | undefined> {
  return (await labsOfBook()).find(({ lab }) => lab.id === id)?.lab
}
