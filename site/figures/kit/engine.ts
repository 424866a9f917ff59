/**
 * The page's side of the engine: one worker for all figures of the page, made when it is first needed, dropped after a minute
 * without work.
 */
import { proxy, type Remote, wrap } from 'comlink'
import type { Engine } from './engine.worker.ts'
import type { Action, RunLog } from './types.ts'

const IDLE_MS = 60_000
/** A worker that gives no sign of life for so long, neither an answer nor how far it has come, has failed. */
const ANSWER_MS = 30_000

let worker: Worker | undefined
let remote: Remote<Engine> | undefined
let idle: ReturnType<typeof setTimeout> | undefined

/**
 * Fetches the engine before it is asked for: a reader whose network goes after taking hold of a figure can still act.
 * Resolves when all of it has come.
 */
export function warm(id: string, programs?: string): Promise<void> {
  clearTimeout(idle)
  idle = setTimeout(drop, IDLE_MS)
  return start().prepare(id, programs)
}

/** Runs a figure's scenario in the worker. `programs`: the address of its programs, when it replaces modules. */
export async function runInWorker(
  id: string,
  seed: number,
  actions: readonly Action[],
  programs: string | undefined,
  onProgress: (share: number) => void,
): Promise<RunLog> {
  clearTimeout(idle)
  const engine = start()
  const plain = actions.map(({ does, on, atMs }) => ({ does, on, atMs }))
  let limit: ReturnType<typeof setTimeout> | undefined
  try {
    let alive = () => {}
    const late = new Promise<never>((_, fail) => {
      alive = () => {
        clearTimeout(limit)
        limit = setTimeout(() => fail(new Error('the engine did not answer; reload the page')), ANSWER_MS)
      }
      alive()
      worker!.onerror = () => fail(new Error('the engine could not be loaded; reload the page'))
    })
    const told = proxy((share: number) => {
      alive()
      onProgress(share)
    })
    return await Promise.race([engine.run(id, seed, plain, programs, told), late])
  } catch (error) {
    drop()
    throw error
  } finally {
    clearTimeout(limit)
    idle = setTimeout(drop, IDLE_MS)
  }
}

function start(): Remote<Engine> {
  if (remote === undefined) {
    worker = new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module', name: 'glassmq-engine' })
    remote = wrap<Engine>(worker)
  }
  return remote
}

function drop(): void {
  worker?.terminate()
  worker = undefined
  remote = undefined
}
