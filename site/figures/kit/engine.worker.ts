/** The engine: the reference cluster under the simulator, in a worker of the page, so that a run never blocks reading. */
import { expose } from 'comlink'
import { SCENARIOS } from '../scenarios.ts'
import { run } from './run.ts'
import type { Action, RunLog } from './types.ts'

const engine = {
  async run(id: string, seed: number, actions: readonly Action[]): Promise<RunLog> {
    const scenario = SCENARIOS[id]
    if (scenario === undefined) throw new Error(`there is no scenario ${id}`)
    return run(scenario, seed, actions)
  },
}

/** What the page may ask of the worker. */
export type Engine = typeof engine

expose(engine)
