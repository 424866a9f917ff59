/** The runs that are pinned: the first seeds of every campaign. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SimCluster } from '../../../reference/host/sim/cluster.ts'
import type { Simulation } from '../../../reference/host/sim/simulation.ts'
import { TraceHash } from '../../../reference/host/sim/trace-hash.ts'
import { ROOT } from '../../support/stages.ts'
import { MECHANISMS } from '../soak/campaigns.ts'
import { drawClusterScript } from '../soak/cluster/ops.ts'
import { runCluster } from '../soak/cluster/run-cluster.ts'
import { decodedHash } from '../soak/fuzz/decoders.ts'
import { drawScript, runMechanism } from '../soak/mechanism/run-mechanism.ts'
import { drawScript as drawStoreScript } from '../soak/store/ops.ts'
import { runStore } from '../soak/store/run-store.ts'
import { bytesHash, ClusterPin, type Pin } from './pin.ts'

const FILE = join(ROOT, 'test/simulation/pins/pins.json')
const SEEDS = [1, 2, 3]
const STORE_SEEDS = 80
const DECODER_INPUTS = 3_000

/** Pins by name of the campaign and seed. */
export type Pins = Record<string, Pin>

export const readPins = (): Pins => JSON.parse(readFileSync(FILE, 'utf8')) as Pins

/** One line a run, so that a difference of the file names the runs. */
export function writePins(pins: Pins): void {
  const lines = Object.keys(pins)
    .toSorted()
    .map((name) => `  ${JSON.stringify(name)}: ${JSON.stringify(pins[name])}`)
  writeFileSync(FILE, `{\n${lines.join(',\n')}\n}\n`)
}

/** Every run that is pinned, by name; each is made when it is asked for. */
export const PINNED_RUNS: ReadonlyMap<string, () => Promise<Pin>> = new Map([
  ...MECHANISMS.flatMap((mechanism) =>
    SEEDS.slice(0, mechanism.name === 'retention' ? 1 : SEEDS.length).map(
      (seed) =>
        [
          `${mechanism.name} ${seed}`,
          () => pinCluster((watch) => runMechanism(mechanism, drawScript(mechanism, seed), {}, watch)),
        ] as const,
    ),
  ),
  ...SEEDS.map(
    (seed) =>
      [`cluster ${seed}`, () => pinCluster((watch) => runCluster(drawClusterScript(seed), undefined, watch))] as const,
  ),
  ['store', pinStores] as const,
  ['decoders', async () => ({ log: '', bytes: await decodedHash(1, DECODER_INPUTS), counts: {} })] as const,
])

type Watch = (cluster: SimCluster) => void

/** Throws what the run has broken, if anything. */
async function pinCluster(run: (watch: Watch) => Promise<{ readonly violation: Error | undefined }>): Promise<Pin> {
  const pin = new ClusterPin()
  const { violation } = await run(pin.watch)
  if (violation !== undefined) throw violation
  return pin.pin()
}

/** The store's runs are short: many of them are one pin. */
async function pinStores(): Promise<Pin> {
  const files: [string, Uint8Array][] = []
  const counts: Record<string, number> = {}
  const hash = new TraceHash()
  for (let seed = 1; seed <= STORE_SEEDS; seed++) {
    let simulation: Simulation | undefined
    const { violation: _, ...figures } = runStore(drawStoreScript(seed), undefined, (machine) => {
      simulation = machine.simulation
      simulation.trace.subscribe((event) => hash.add(event), true)
    })
    for (const [name, count] of Object.entries(figures)) counts[name] = (counts[name] ?? 0) + count
    const { disk } = simulation!.node('store')
    for (const { path, sizeBytes } of disk.files()) files.push([`${seed}:${path}`, disk.file(path)!.read(0, sizeBytes)])
  }
  return { log: hash.text(), bytes: bytesHash(files), counts }
}
