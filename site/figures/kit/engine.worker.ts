/** The engine: the reference cluster under the simulator, in a worker of the page, so that a run never blocks reading. */
import { expose } from 'comlink'
import { run } from './run.ts'
import { type FigureModule, figureId, figureOf } from './source.ts'
import type { Action, Figure, RunLog } from './types.ts'

/** Every figure's file, fetched when its figure is first acted on. */
const files = import.meta.glob<FigureModule>(['../../chapters/*/figures/*.ts', '../../authors/figures/*.ts'])

/** The figure with this id, from its file. */
async function figure(id: string): Promise<Figure> {
  const found = Object.entries(files).find(([path]) => figureId(path) === id)
  if (found === undefined) throw new Error(`there is no figure ${id}`)
  const [path, load] = found
  return figureOf(path, await load())
}

const engine = {
  /** Fetches a figure's script, so that acting needs no network later. */
  async prepare(id: string): Promise<void> {
    await figure(id)
  },

  async run(id: string, seed: number, actions: readonly Action[]): Promise<RunLog> {
    return run((await figure(id)).scenario, seed, actions)
  },
}

/** What the page may ask of the worker. */
export type Engine = typeof engine

expose(engine)
