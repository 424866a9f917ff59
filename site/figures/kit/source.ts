/** From a figure's file to the figure: its id is its place, its nodes are its cast. */
import type { Figure, FigureSource, Programs, Task, TaskSource } from './types.ts'

/** What a figure's file exports. */
export interface FigureModule {
  readonly figure?: FigureSource
}

/**
 * The figure in the file at `path`. Throws a sentence when the file exports none or stands elsewhere.
 * @param programs makes the programs of a figure that replaces modules
 */
export function figureOf(path: string, module: FigureModule, programs?: () => Promise<Programs>): Figure {
  const { figure } = module
  if (figure === undefined) throw new Error(`${path} must export "figure"`)
  const { seed, lengthMs, run, send, records, tasks, grids = {}, ...spec } = figure
  const id = figureId(path)
  return {
    id,
    spec: {
      id,
      ...spec,
      ...(send.length > 2 ? { sendsSizes: true } : {}),
      ...(tasks === undefined ? {} : { tasks: withoutProof(tasks) }),
    },
    scenario: {
      id,
      seed,
      lengthMs,
      run,
      send,
      grids,
      ...(records === undefined ? {} : { records }),
      ...(tasks === undefined ? {} : { tasks }),
      nodes: spec.cast.map(({ name }) => name),
      ...(spec.instead === undefined ? {} : { instead: spec.instead }),
      ...(programs === undefined ? {} : { programs }),
    },
  }
}

/** Tasks as a page gets them. */
function withoutProof(tasks: Readonly<Record<string, TaskSource>>): Readonly<Record<string, Task>> {
  return Object.fromEntries(Object.entries(tasks).map(([name, { proof: _, ...task }]) => [name, task]))
}

/** The id of the figure in a file: the chapter's slug and the file's name, such as `roles-journey`. */
export function figureId(path: string): string {
  const match = /(?:chapters\/\d\d-([a-z0-9-]+)|(authors))\/figures\/([a-z0-9-]+)\.ts$/.exec(path)
  if (match === null) throw new Error(`${path}: a figure stands in site/chapters/NN-slug/figures/NAME.ts`)
  return `${match[1] ?? match[2]}-${match[3]}`
}
