/**
 * Runs a scenario with the reader's actions and gives its log: at build in Node, in the page in a worker, the same log.
 *
 * An action happens between two events, after everything of its millisecond: the log up to there is the log without it.
 */

import { SIMULATION_LIMITS } from '../../../reference/host/sim/limits.ts'
import { ROLE_PROGRAMS } from '../../../reference/programs.ts'
import { act } from './acting.ts'
import { FigureCluster } from './figure-cluster.ts'
import { PROGRESS_STEPS, RUN_EVENTS_MAX, RUN_NODES_MAX, RUN_STEPS_MAX, TAIL_MS } from './limits.ts'
import type { Action, FigureScenario, Programs, RunLog } from './types.ts'

/**
 * Runs to the scenario's end, or `tailMs` past the last action. Throws a sentence when a limit is reached, and when the
 * scenario itself fails in the text's run; in a run that the reader changed, a scenario may meet a node that is gone.
 * @param onProgress is called now and then with the share of the virtual time that has passed, 0 to 1
 */
export async function run(
  scenario: FigureScenario,
  seed: number,
  actions: readonly Action[],
  tailMs = TAIL_MS,
  onProgress: (share: number) => void = () => {},
): Promise<RunLog> {
  const options = {
    seed,
    programs: await programsOf(scenario),
    onThrow: 'end-node',
    limits: { ...SIMULATION_LIMITS, recorded: RUN_EVENTS_MAX, events: RUN_STEPS_MAX, nodes: RUN_NODES_MAX },
  } as const
  const cluster = new FigureCluster(options, scenario.records)
  try {
    const settings = actions.filter(({ does }) => does === 'set').map(({ on }) => on)
    let failure: Error | undefined
    cluster.driver
      .attach((c) => scenario.run(c, settings))
      .catch((error: Error) => {
        failure = error
      })
    const last = inOrder(actions).at(-1)
    const endMs = Math.max(scenario.lengthMs, last === undefined ? 0 : last.atMs + tailMs)
    const said = () => onProgress(cluster.nowMs() / endMs)
    for (const action of inOrder(actions)) {
      if (action.does === 'set') continue
      await pass(cluster, action.atMs, said)
      act(cluster, scenario, action)
    }
    await pass(cluster, endMs, said)
    if (failure !== undefined && actions.length === 0) throw new Error(`the scenario fails: ${failure.message}`)
    return { seed, actions: [...actions], events: [...cluster.events], hash: cluster.hash() }
  } finally {
    await cluster.dispose()
  }
}

/** The programs of a scenario. Throws a sentence when it replaces modules and nobody has made its programs. */
async function programsOf({ id, instead, programs }: FigureScenario): Promise<Programs> {
  if (programs !== undefined) return programs()
  if (instead !== undefined) throw new Error(`the figure ${id} replaces modules, and its programs were not made`)
  return ROLE_PROGRAMS
}

/** The actions by time; those of one time in the order given. */
export function inOrder(actions: readonly Action[]): readonly Action[] {
  return [...actions].sort((a, b) => a.atMs - b.atMs)
}

/** The first four digits of a log's hash: how a link names the edition of a scenario. */
export function shortHash(log: RunLog): string {
  return log.hash.slice(0, 4)
}

async function pass(cluster: FigureCluster, untilMs: number, said: () => void): Promise<void> {
  for (;;) {
    const { events } = await cluster.driver.advance(PROGRESS_STEPS, untilMs)
    if (events < PROGRESS_STEPS) return
    said()
  }
}
