/**
 * Faults of whole clusters as plain data: drawn from a seed, done, healed, told in words. Shared by all campaigns of one
 * mechanism; classes of faults are on or off for a whole run, and stay inside what the settings promise to survive.
 */
import type { Fault } from '../../../../reference/host/cluster.ts'
import type { SimCluster } from '../../../../reference/host/sim/cluster.ts'
import type { RandomStream } from '../../../../reference/host/sim/random.ts'

/** Who can be struck. Every node is in exactly one list. */
export interface Nodes {
  readonly namesrvs: readonly string[]
  readonly brokers: readonly string[]
  readonly clients: readonly string[]
}

export type FaultOp =
  | { readonly op: 'kill' | 'stop' | 'powercut'; readonly node: string; readonly downMs: number }
  | {
      readonly op: 'partition'
      readonly nodes: readonly string[]
      readonly held: 'keep' | 'reset'
      readonly ms: number
    }
  | { readonly op: 'link'; readonly from: string; readonly to: string; readonly delayMs: number; readonly ms: number }
  /** Nothing gets from one node to the other for a while; the other way all is well. */
  | { readonly op: 'oneWay'; readonly from: string; readonly to: string; readonly ms: number }
  /** Each connection from one node to the other carries little. */
  | {
      readonly op: 'narrow'
      readonly from: string
      readonly to: string
      readonly bytesPerSecond: number
      readonly ms: number
    }
  | { readonly op: 'pause'; readonly node: string; readonly ms: number }
  | { readonly op: 'clock'; readonly node: string; readonly skewMs: number; readonly ms: number }
  | { readonly op: 'slowDisk'; readonly node: string; readonly delayMs: number; readonly ms: number }
  /** The disk can neither be read nor written, or has no room. Then an operator mends it and starts the broker again. */
  | { readonly op: 'badDisk'; readonly node: string; readonly fails: 'EIO' | 'ENOSPC'; readonly ms: number }
  | SpoilOp
  /** The machine comes back with a clock that is behind; after a while somebody sets it right. */
  | { readonly op: 'setBack'; readonly node: string; readonly behindMs: number; readonly ms: number }

/** While the broker is down, files are lost that it makes again from its log. `at` chooses the file, and where it is cut. */
export interface SpoilOp {
  readonly op: 'spoil'
  readonly node: string
  readonly how: 'kill' | 'stop'
  readonly what: (typeof SPOILED)[number]
  readonly at: number
  readonly downMs: number
}

/** What is lost of a broker's files: a queue, one of its files, the end of one, the checkpoint. */
export const SPOILED = ['queue', 'queueFile', 'queueTail', 'checkpoint'] as const

export const FAULT_CLASSES = ['kill', 'powercut', 'stop', 'partition', 'link', 'pause', 'clock', 'slowDisk'] as const
export type FaultClass = (typeof FAULT_CLASSES)[number] | 'oneWay' | 'narrow' | 'badDisk' | 'spoil' | 'setBack'
/** With those that came later: campaigns that had their seeds before do without. */
export const ALL_FAULT_CLASSES: readonly FaultClass[] = [...FAULT_CLASSES, 'oneWay']

export const allOf = ({ namesrvs, brokers, clients }: Nodes): readonly string[] => [...namesrvs, ...brokers, ...clients]

export function pick<T>(chance: RandomStream, choices: readonly T[]): T {
  return choices[chance.int(choices.length)]!
}

/** The classes that are on in a run. A power cut is only for brokers that promise to survive it. */
export function drawClasses(
  chance: RandomStream,
  mayCutPower: boolean,
  classes: readonly FaultClass[] = FAULT_CLASSES,
): readonly FaultClass[] {
  return classes.filter(
    (name) => chance.int(name === 'kill' ? 4 : 2) < (name === 'kill' ? 3 : 1) && (name !== 'powercut' || mayCutPower),
  )
}

/** One fault of a class. */
export function drawFault(chance: RandomStream, nodes: Nodes, kind: FaultClass): FaultOp {
  const ms = pick(chance, [200, 2_000, 8_000, 35_000])
  const all = allOf(nodes)
  const node = pick(chance, all)
  if (kind === 'powercut') return { op: kind, node: pick(chance, nodes.brokers), downMs: chance.int(5_000) }
  if (kind === 'kill' || kind === 'stop') {
    const lists = [nodes.namesrvs, nodes.brokers, nodes.brokers, nodes.brokers, nodes.clients]
    const victims = pick(
      chance,
      lists.filter((list) => list.length > 0),
    )
    return { op: kind, node: pick(chance, victims), downMs: chance.int(10_000) }
  }
  if (kind === 'partition') {
    const struck = all.filter(() => chance.int(3) === 0)
    return {
      op: kind,
      nodes: struck.length === 0 ? [node] : struck,
      held: pick(chance, ['keep', 'reset'] as const),
      ms,
    }
  }
  if (kind === 'link') return { op: kind, from: node, to: pick(chance, all), delayMs: chance.int(4_000), ms }
  if (kind === 'oneWay') return { op: kind, from: node, to: pick(chance, all), ms }
  if (kind === 'narrow')
    return { op: kind, from: node, to: pick(chance, all), bytesPerSecond: pick(chance, [2_000, 20_000, 200_000]), ms }
  if (kind === 'clock') return { op: kind, node, skewMs: chance.int(240_000) - 120_000, ms }
  if (kind === 'slowDisk') return { op: kind, node: pick(chance, nodes.brokers), delayMs: chance.int(7_000), ms }
  if (kind === 'spoil')
    return {
      op: kind,
      node: pick(chance, nodes.brokers),
      how: pick(chance, ['kill', 'stop'] as const),
      what: pick(chance, SPOILED),
      at: chance.int(1_000) / 1_000,
      downMs: chance.int(5_000),
    }
  if (kind === 'setBack')
    return { op: kind, node: pick(chance, nodes.brokers), behindMs: pick(chance, [1_000, 60_000, 3_600_000]), ms }
  if (kind === 'badDisk')
    return { op: kind, node: pick(chance, nodes.brokers), fails: pick(chance, ['EIO', 'EIO', 'ENOSPC'] as const), ms }
  return { op: 'pause', node, ms }
}

/** One fault as people read it. */
export function faultInWords(op: FaultOp): string {
  if (op.op === 'partition') return `partition of ${op.nodes.join(', ')} for ${op.ms} ms (${op.held})`
  if (op.op === 'link') return `link ${op.from} to ${op.to} slower by ${op.delayMs} ms, for ${op.ms} ms`
  if (op.op === 'oneWay') return `nothing gets from ${op.from} to ${op.to} for ${op.ms} ms`
  if (op.op === 'narrow') return `${op.from} sends ${op.bytesPerSecond} bytes a second to ${op.to}, for ${op.ms} ms`
  if (op.op === 'pause') return `${op.node} stands still for ${op.ms} ms`
  if (op.op === 'clock') return `the clock of ${op.node} is off by ${op.skewMs} ms, for ${op.ms} ms`
  if (op.op === 'slowDisk') return `each sync of ${op.node} takes ${op.delayMs} ms longer, for ${op.ms} ms`
  if (op.op === 'badDisk') return `the disk of ${op.node} fails with ${op.fails} for ${op.ms} ms`
  if (op.op === 'setBack')
    return `${op.node} dies, and comes back with a clock that is ${op.behindMs} ms behind, for ${op.ms} ms`
  if (op.op === 'spoil')
    return `${op.node} ends (${op.how}), loses of its files: ${op.what} (${op.at}), and is back after ${op.downMs} ms`
  return `${op.op} ${op.node}, back after ${op.downMs} ms`
}

/** Takes files of a broker that is down. */
export async function spoil(
  cluster: SimCluster,
  { node, what, at }: Pick<SpoilOp, 'node' | 'what' | 'at'>,
): Promise<void> {
  if (what === 'checkpoint') return cluster.writeFile(node, 'store/checkpoint', new Uint8Array())
  const files = (await cluster.listFiles(node)).map(({ path }) => path)
  const ofQueues = files.filter((path) => path.startsWith('store/consumequeue/')).toSorted()
  const chosen = ofQueues[Math.floor(at * ofQueues.length)]
  if (chosen === undefined) return
  if (what === 'queue') return void cluster.removeFolder(node, chosen.slice(0, chosen.lastIndexOf('/')))
  const bytes = (await cluster.readFile(node, chosen)) ?? new Uint8Array()
  const keptBytes = what === 'queueFile' ? 0 : Math.floor(bytes.length * ((at * 7) % 1))
  await cluster.writeFile(node, chosen, bytes.slice(0, keptBytes))
}

/** Does faults of one run beside everything else, and heals them. */
export class FaultRunner {
  readonly #cluster: SimCluster
  readonly #nodes: Nodes
  readonly #healing: Promise<unknown>[] = []
  faults = 0
  powerCuts = 0

  constructor(cluster: SimCluster, nodes: Nodes) {
    this.#cluster = cluster
    this.#nodes = nodes
  }

  /** Begins a fault; it heals by itself while the script goes on. */
  async do(op: FaultOp): Promise<void> {
    this.faults++
    if (op.op === 'spoil') await this.#end(op.how, op.node, op.downMs, () => spoil(this.#cluster, op))
    else if (op.op === 'setBack') this.#beside(this.#setBack(op))
    else if ('downMs' in op) await this.#end(op.op, op.node, op.downMs)
    else this.#beside(this.#strike(op))
  }

  /** Waits until every fault has healed. */
  async healed(): Promise<void> {
    await Promise.all(this.#healing)
  }

  /** Starts whoever is down. `refused`: a node does not start, with its sentence. */
  async restartAll(refused: (node: string, sentence: string) => never): Promise<void> {
    for (const node of allOf(this.#nodes)) {
      if (this.#cluster.isRunning(node)) continue
      await this.#cluster.restart(node).catch((error: unknown) => refused(node, `${(error as Error).message}`))
    }
  }

  #beside(task: Promise<unknown>): void {
    task.catch(() => {})
    this.#healing.push(task)
  }

  async #end(
    how: 'kill' | 'stop' | 'powercut',
    node: string,
    downMs: number,
    whileDown = async () => {},
  ): Promise<void> {
    if (!this.#cluster.isRunning(node)) return
    if (how === 'powercut') {
      this.powerCuts++
      await this.#cluster.powerCut(node)
    } else if (how === 'kill') await this.#cluster.kill(node)
    else await this.#cluster.stop(node)
    await whileDown()
    this.#beside(
      this.#cluster.sleep(downMs).then(async () => {
        // a partition may keep it from becoming ready: tried again at the end
        if (!this.#cluster.isRunning(node)) await this.#cluster.restart(node).catch(() => {})
      }),
    )
  }

  async #setBack({ node, behindMs, ms }: Extract<FaultOp, { op: 'setBack' }>): Promise<void> {
    if (!this.#cluster.isRunning(node)) return
    await this.#cluster.kill(node)
    const { heal } = await this.#cluster.inject({ kind: 'clock', node, skewMs: -behindMs })
    await this.#cluster.restart(node).catch(() => {})
    await this.#cluster.sleep(ms)
    await heal()
  }

  async #strike(op: Exclude<FaultOp, { downMs: number } | { op: 'setBack' }>): Promise<void> {
    const { heal } = await this.#cluster.inject(this.#faultOf(op))
    await this.#cluster.sleep(op.ms)
    await heal()
    if (op.op !== 'badDisk') return
    // an operator has mended the disk, and starts the broker again
    if (this.#cluster.isRunning(op.node)) await this.#cluster.kill(op.node)
    await this.#cluster.restart(op.node).catch(() => {})
  }

  #faultOf(op: Exclude<FaultOp, { downMs: number } | { op: 'setBack' }>): Fault {
    if (op.op === 'partition') {
      const others = allOf(this.#nodes).filter((name) => !op.nodes.includes(name))
      return { kind: 'partition', between: [op.nodes, others], held: op.held }
    }
    if (op.op === 'link') return { kind: 'link', from: op.from, to: op.to, delayMs: op.delayMs }
    if (op.op === 'oneWay') return { kind: 'link', from: op.from, to: op.to, delayMs: op.ms, oneWay: true }
    if (op.op === 'narrow')
      return { kind: 'link', from: op.from, to: op.to, bytesPerSecond: op.bytesPerSecond, oneWay: true }
    if (op.op === 'pause') return { kind: 'pause', node: op.node }
    if (op.op === 'clock') return { kind: 'clock', node: op.node, skewMs: op.skewMs }
    if (op.op === 'badDisk') return { kind: 'disk', node: op.node, fails: op.fails }
    return { kind: 'disk', node: op.node, fails: 'slowSync', delayMs: op.delayMs }
  }
}
