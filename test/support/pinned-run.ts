/**
 * What whole runs of simulated clusters came to, in a few words: how many events, and their hash, bytes on the wires and on the
 * disks included. `pin-runs.ts` keeps the words of every scenario. Outside the test runner nobody listens, and a run costs
 * nothing more.
 */
import type { SimCluster } from '../../reference/host/sim/cluster.ts'
import { TraceHash } from '../../reference/host/sim/trace-hash.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'

/** Hears the words of a run that has ended well. */
type Listener = (words: string) => void

let listenerNow: () => Listener | undefined = () => undefined

/** `listener` is asked when a run begins; it gives whoever hears that run, if anybody does. */
export function whenRunEnds(listener: () => Listener | undefined): void {
  listenerNow = listener
}

/** Runs of which nobody hears: those of planted mistakes, which other checks must notice. */
export async function unpinned<T>(run: () => Promise<T>): Promise<T> {
  const before = listenerNow
  listenerNow = () => undefined
  try {
    return await run()
  } finally {
    listenerNow = before
  }
}

/** Watches a cluster before it runs. Call the result when its script has come to its end. */
export function watchRun(cluster: SimCluster): () => void {
  const listener = listenerNow()
  if (listener === undefined) return () => {}
  const run = new RunsHash()
  run.watch(cluster)
  return () => listener(run.words())
}

/** One hash over the events of several runs, one after the other. */
export class RunsHash {
  readonly #hash = new TraceHash()
  #events = 0

  readonly #payloads: boolean

  /** Without payloads, the hash is of the events alone: their order, times, places and sizes. That takes less time. */
  constructor({ payloads = true } = {}) {
    this.#payloads = payloads
  }

  /** Called with each cluster before it runs. */
  readonly watch = (cluster: SimCluster): void => {
    const hear = (event: TraceEvent) => {
      this.#hash.add(event)
      this.#events++
    }
    cluster.subscribe(hear, { payloads: this.#payloads })
  }

  words(): string {
    return `${this.#events} events, ${this.#hash.text()}`
  }
}
