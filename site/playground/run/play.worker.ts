/** The runs of a page, in a worker of the page: a run never blocks a key or a finger. */
import { expose } from 'comlink'
import type { Act, Experiment } from '../experiment/experiment.ts'
import { type Repeat, Session, type StoredBytes } from './session.ts'
import type { Chunk } from './tape.ts'

/** A run gives an answer at least so often, in ms of this machine: what has come by then is shown. */
const SLICE_MS = 24

/** The page hears of a repeat at most so often. */
const PROGRESS_MS = 100

let session: Session | undefined
let wanted = 0

function open(): Session {
  if (session === undefined) throw new Error('no experiment is open')
  return session
}

/** Whether the slice that begins now is still running. */
function slice(): () => boolean {
  const endMs = performance.now() + SLICE_MS
  return () => performance.now() < endMs
}

const runs = {
  /** Begins the run of an experiment; an earlier one is dropped. */
  async begin(experiment: Experiment): Promise<void> {
    wanted++
    const before = session
    session = new Session(experiment)
    await before?.dispose()
  },
  /** Goes on, for one slice at most. */
  advance(untilMs: number): Promise<Chunk> {
    return open().advance(untilMs, slice())
  },
  /** Does something at the end of the run. */
  async act(act: Act): Promise<{ readonly experiment: Experiment; readonly chunk: Chunk }> {
    const chunk = await open().act(act)
    return { experiment: open().experiment, chunk }
  },
  /** Repeats a stretch far back; undefined when something else was asked for meanwhile. */
  async repeat(fromMs: number, toMs: number, onProgress: (share: number) => void): Promise<Repeat | undefined> {
    const mine = ++wanted
    let toldMs = 0
    const seldom = (share: number) => {
      if (performance.now() - toldMs < PROGRESS_MS) return
      toldMs = performance.now()
      onProgress(share)
    }
    return open().repeat(fromMs, toMs, seldom, () => mine === wanted)
  },
  /** What is being repeated is not wanted any more. */
  dropRepeat(): void {
    wanted++
  },
  bytes(key: string): Promise<readonly StoredBytes[]> {
    return open().bytes(key)
  },
  hash(): string {
    return open().hash
  },
}

/** What a page may ask of its worker. */
export type Runs = typeof runs

expose(runs)
