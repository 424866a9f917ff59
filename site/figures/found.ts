/**
 * All figures of the book, found by their place: `site/chapters/NN-slug/figures/<name>.ts` is the figure `slug-name`. Those of
 * the gallery for authors stand in `site/authors/figures/`.
 *
 * For the build and for tests; the page's engine finds them by itself (`kit/engine.worker.ts`).
 */
import { type Room, roomModule, roomNames, rooms } from '../lib/rooms.ts'
import { type FigureModule, figureOf } from './kit/source.ts'
import type { Figure } from './kit/types.ts'
import { programsHere } from './replaced.ts'

/** A figure and where it stands. */
export interface FoundFigure extends Figure {
  readonly room: Room
  /** Its name within the chapter. */
  readonly name: string
}

/** Where the figures of the gallery for authors stand: not a chapter, and in no contents. */
export const AUTHORS: Room = { number: 0, slug: 'authors', folder: 'site/authors' }

/** Every figure by id. */
export const FIGURES: ReadonlyMap<string, FoundFigure> = new Map(
  (await Promise.all([...rooms(), AUTHORS].map(figuresIn))).flat().map((figure) => [figure.id, figure]),
)

/** The figure with this id. Throws a sentence that lists the known ones. */
export function figureById(id: string): FoundFigure {
  const figure = FIGURES.get(id)
  if (figure === undefined) throw new Error(`There is no figure "${id}"; known are ${[...FIGURES.keys()].join(', ')}.`)
  return figure
}

/** Files that figures put in place of the reference's, and those that they replace: each has a page of its own. */
export function replacedFiles(): readonly string[] {
  const all = [...FIGURES.values()].flatMap(({ spec }) => spec.instead ?? [])
  return [...new Set(all.flatMap(({ by, replaces }) => [by, replaces]))].sort()
}

function figuresIn(room: Room): Promise<FoundFigure[]> {
  return Promise.all(
    roomNames(room, 'figures').map(async (name) => {
      const path = `${room.folder}/figures/${name}.ts`
      const module = await roomModule<FigureModule>(room, `figures/${name}.ts`)
      const instead = module?.figure?.instead
      return { ...figureOf(path, module!, instead && (() => programsHere(instead))), room, name }
    }),
  )
}
