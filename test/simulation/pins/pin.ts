/**
 * What one run came to, as a few words that fit on a line: how many events of each kind its log has, and hashes of the log and
 * of what lies on the disks. Two runs with equal words did the same to the last byte on every wire and every disk.
 */
import { createHash } from 'node:crypto'
import type { SimCluster } from '../../../reference/host/sim/cluster.ts'
import { TraceHash } from '../../../reference/host/sim/trace-hash.ts'
import type { TraceEvent } from '../../../reference/host/trace.ts'

/** Larger files are left out: an index, or the wheel of the timer, is megabytes of zeros. Their writes are in the log. */
const FILE_BYTES_MAX = 1_048_576

/** A pinned run. */
export interface Pin {
  /** Hash of the event log, bytes on the wires included; '' where no log is kept. */
  readonly log: string
  /** Hash of all files at the end, or of all that was decoded. */
  readonly bytes: string
  /** How many events of each kind, or what else is counted. */
  readonly counts: Readonly<Record<string, number>>
}

/** Takes the words of a run of a simulated cluster. */
export class ClusterPin {
  readonly #hash = new TraceHash()
  readonly #counts = new Map<string, number>()
  readonly #nodes = new Set<string>()
  #cluster: SimCluster | undefined

  /** Called with the cluster before it runs. */
  readonly watch = (cluster: SimCluster): void => {
    this.#cluster = cluster
    cluster.subscribe((event) => this.#hear(event))
  }

  #hear(event: TraceEvent): void {
    this.#hash.add(event)
    this.#nodes.add(event.node)
    this.#counts.set(event.kind, (this.#counts.get(event.kind) ?? 0) + 1)
  }

  /** The words, when the run is over. */
  async pin(): Promise<Pin> {
    const files: [string, Uint8Array][] = []
    for (const node of this.#nodes)
      for (const { path, sizeBytes } of await this.#cluster!.listFiles(node))
        if (sizeBytes <= FILE_BYTES_MAX)
          files.push([`${node}:${path}`, (await this.#cluster!.readFile(node, path)) ?? new Uint8Array()])
    const counts = Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    return { log: this.#hash.text(), bytes: bytesHash(files), counts }
  }
}

/** Hash of named bytes, in the order of their names. */
export function bytesHash(files: readonly (readonly [string, Uint8Array])[]): string {
  const hash = createHash('sha256')
  for (const [name, bytes] of files.toSorted(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name} ${bytes.length}\n`).update(bytes)
  return hash.digest('hex').slice(0, 16)
}

/** What differs, as a sentence; '' when nothing does. */
export function difference(before: Pin | undefined, now: Pin): string {
  if (before === undefined) return 'it is not pinned yet'
  const kinds = [...new Set([...Object.keys(before.counts), ...Object.keys(now.counts)])].toSorted()
  const changed = kinds
    .filter((kind) => before.counts[kind] !== now.counts[kind])
    .map((kind) => `${kind} ${before.counts[kind] ?? 0} before, ${now.counts[kind] ?? 0} now`)
  if (changed.length > 0) return changed.join('; ')
  if (before.log !== now.log)
    return 'the same events, and something in them differs: an order, a time, or bytes on a wire'
  return before.bytes === now.bytes ? '' : 'the same events, and other bytes at the end'
}
