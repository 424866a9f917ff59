/** The engine: the reference cluster under the simulator, in a worker of the page, so that a run never blocks reading. */
import { expose } from 'comlink'
import { run } from './run.ts'
import { type FigureModule, figureId, figureOf } from './source.ts'
import type { Action, Figure, Programs, RunLog } from './types.ts'

/** Every figure's file, fetched when its figure is first acted on. */
const files = import.meta.glob<FigureModule>(['../../chapters/*/figures/*.ts', '../../authors/figures/*.ts'])

/** The figure with this id, from its file. `programs`: where the programs are of a figure that replaces modules. */
async function figure(id: string, programs: string | undefined): Promise<Figure> {
  const found = Object.entries(files).find(([path]) => figureId(path) === id)
  if (found === undefined) throw new Error(`there is no figure ${id}`)
  const [path, load] = found
  return figureOf(path, await load(), programs === undefined ? undefined : () => programsAt(programs))
}

/** The programs in a script of this site. */
async function programsAt(url: string): Promise<Programs> {
  return ((await import(/* @vite-ignore */ url)) as { readonly ROLE_PROGRAMS: Programs }).ROLE_PROGRAMS
}

const engine = {
  /** Fetches a figure's script and its programs, so that acting needs no network later. */
  async prepare(id: string, programs?: string): Promise<void> {
    await (await figure(id, programs)).scenario.programs?.()
  },

  async run(
    id: string,
    seed: number,
    actions: readonly Action[],
    programs: string | undefined,
    onProgress: (share: number) => void,
  ): Promise<RunLog> {
    return run((await figure(id, programs)).scenario, seed, actions, undefined, onProgress)
  },
}

/** What the page may ask of the worker. */
export type Engine = typeof engine

expose(engine)
