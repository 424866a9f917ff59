/** From a figure's file to the figure: its id is its place, its nodes are its cast. */
import type { Figure, FigureSource } from './types.ts'

/** What a figure's file exports. */
export interface FigureModule {
  readonly figure?: FigureSource
}

/** The figure in the file at `path`. Throws a sentence when the file exports none or stands elsewhere. */
export function figureOf(path: string, module: FigureModule): Figure {
  const { figure } = module
  if (figure === undefined) throw new Error(`${path} must export "figure"`)
  const { seed, lengthMs, run, send, grids = {}, ...spec } = figure
  const id = figureId(path)
  return {
    id,
    spec: { id, ...spec },
    scenario: { id, seed, lengthMs, run, send, grids, nodes: spec.cast.map(({ name }) => name) },
  }
}

/** The id of the figure in a file: the chapter's slug and the file's name, such as `roles-journey`. */
export function figureId(path: string): string {
  const match = /(?:chapters\/\d\d-([a-z0-9-]+)|(authors))\/figures\/([a-z0-9-]+)\.ts$/.exec(path)
  if (match === null) throw new Error(`${path}: a figure stands in site/chapters/NN-slug/figures/NAME.ts`)
  return `${match[1] ?? match[2]}-${match[3]}`
}
