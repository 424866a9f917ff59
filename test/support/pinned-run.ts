/**
 * What whole runs of simulated clusters came to, in a few words: how many events, and their hash, bytes on the wires and on the
 * disks included. `pin-runs.ts` keeps the words of every scenario. Outside the test runner nobody listens, and a run costs
 * nothing more.
 */
import type { SimCluster } from '../../reference/host/sim/cluster.ts'
import { TraceHash } from '../../reference/host/sim/trace-hash.ts'

let listener: ((words: string) => void) | undefined

/** Calls `heard` with the words of every later run that ends well; `undefined` ends it. */
export function whenRunEnds(heard: ((words: string) => void) | undefined): void {
  listener = heard
}

/** Watches a cluster before it runs. Call the result when its script has come to its end. */
export function watchRun(cluster: SimCluster): () => void {
  if (listener === undefined) return () => {}
  const run = new RunsHash()
  run.watch(cluster)
  return () => listener?.(run.words())
}

/** One hash over the events of several runs, one after the other. */
export class RunsHash {
  readonly #hash = new TraceHash()
  #events = 0

  /** Called with each cluster before it runs. */
  readonly watch = (cluster: SimCluster): void => {
    cluster.subscribe((event) => {
      this.#hash.add(event)
      this.#events++
    })
  }

  words(): string {
    return `${this.#events} events, ${this.#hash.text()}`
  }
}
