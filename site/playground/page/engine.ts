/** The page's side of its runs: one worker, made when it is first needed. */
import { proxy, type Remote, wrap } from 'comlink'
import type { Act, Experiment } from '../experiment/experiment.ts'
import type { Runs } from '../run/play.worker.ts'
import type { Repeat, StoredBytes } from '../run/session.ts'
import type { Chunk } from '../run/tape.ts'

/** What a page asks of its runs; a test may put another in place. */
export interface Engine {
  begin(experiment: Experiment): Promise<void>
  advance(untilMs: number): Promise<Chunk>
  act(act: Act): Promise<{ readonly experiment: Experiment; readonly chunk: Chunk }>
  repeat(fromMs: number, toMs: number, onProgress: (share: number) => void): Promise<Repeat | undefined>
  /** Ends a repeat that is under way: it answers with undefined. */
  dropRepeat(): void
  bytes(key: string): Promise<readonly StoredBytes[]>
  hash(): Promise<string>
  close(): void
}

/** The runs in a worker. `failed` is called when the worker could not be loaded or has died. */
export function workerEngine(failed: (sentence: string) => void): Engine {
  const worker = new Worker(new URL('../run/play.worker.ts', import.meta.url), {
    type: 'module',
    name: 'glassmq-playground',
  })
  worker.onerror = () => failed('The cluster could not be loaded. Reload the page.')
  const remote: Remote<Runs> = wrap<Runs>(worker)
  return {
    begin: (experiment) => remote.begin(experiment),
    advance: (untilMs) => remote.advance(untilMs),
    act: (act) => remote.act(act),
    repeat: (fromMs, toMs, onProgress) => remote.repeat(fromMs, toMs, proxy(onProgress)),
    dropRepeat: () => void remote.dropRepeat(),
    bytes: (key) => remote.bytes(key),
    hash: () => remote.hash(),
    close: () => worker.terminate(),
  }
}
