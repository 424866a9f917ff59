/**
 * What may happen to a cluster in one run, as plain data. Faults stay inside what the settings promise to survive, so every
 * broken promise is a mistake: under ASYNC_FLUSH nobody's power is cut.
 */
import { RandomStream } from '../../../../reference/host/sim/random.ts'
import { allOf, FAULT_CLASSES, type FaultOp, faultInWords, type Nodes, pick } from '../mechanism/faults.ts'

export const BROKERS = ['broker-a', 'broker-b'] as const
export const CONSUMERS = ['billing-1', 'billing-2', 'billing-3'] as const
export const PRODUCERS = ['shop-1', 'shop-2'] as const
export const NODES: Nodes = { namesrvs: ['namesrv'], brokers: BROKERS, clients: [...CONSUMERS, ...PRODUCERS] }
const ALL = allOf(NODES)

export type ClusterOp =
  | { readonly op: 'send'; readonly producer: string; readonly count: number }
  | { readonly op: 'sleep'; readonly ms: number }
  | FaultOp

export interface ClusterScript {
  readonly seed: number
  readonly flushDiskType: 'SYNC_FLUSH' | 'ASYNC_FLUSH'
  readonly queues: number
  readonly ops: readonly ClusterOp[]
}

/** The run of a seed. Classes of faults are on or off for a whole run. */
export function drawClusterScript(seed: number): ClusterScript {
  const chance = new RandomStream(seed, 'soak: cluster')
  const flushDiskType = chance.int(4) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH'
  const on = FAULT_CLASSES.filter(
    (name) => chance.int(2) === 0 && !(name === 'powercut' && flushDiskType === 'ASYNC_FLUSH'),
  )
  const ops: ClusterOp[] = []
  const count = 6 + chance.int(14)
  while (ops.length < count) {
    const draw = chance.int(100)
    if (draw < 40) ops.push({ op: 'send', producer: pick(chance, PRODUCERS), count: 1 + chance.int(20) })
    else if (draw < 65) ops.push({ op: 'sleep', ms: pick(chance, [50, 500, 2_000, 7_000, 25_000]) })
    else if (on.length > 0) {
      if (chance.int(2) === 0) ops.push(...drawBusyMoment(chance))
      ops.push(drawFault(chance, pick(chance, on)))
    }
  }
  return { seed, flushDiskType, queues: 1 + chance.int(4), ops }
}

/** Messages are on their way when it happens. */
function drawBusyMoment(chance: RandomStream): ClusterOp[] {
  const sends = PRODUCERS.map((producer) => ({ op: 'send', producer, count: 30 }) as const)
  return [...sends, { op: 'sleep', ms: 5 + chance.int(200) }]
}

function drawFault(chance: RandomStream, kind: (typeof FAULT_CLASSES)[number]): FaultOp {
  const ms = pick(chance, [200, 2_000, 8_000, 35_000])
  const node = pick(chance, ALL)
  if (kind === 'powercut') return { op: kind, node: pick(chance, BROKERS), downMs: chance.int(5_000) }
  if (kind === 'kill' || kind === 'stop') {
    const victims = chance.int(3) === 0 ? ['namesrv'] : chance.int(2) === 0 ? BROKERS : CONSUMERS
    return { op: kind, node: pick(chance, victims), downMs: chance.int(10_000) }
  }
  if (kind === 'partition') {
    const nodes = ALL.filter(() => chance.int(3) === 0)
    return { op: kind, nodes: nodes.length === 0 ? [node] : nodes, held: pick(chance, ['keep', 'reset'] as const), ms }
  }
  if (kind === 'link') return { op: kind, from: node, to: pick(chance, ALL), delayMs: chance.int(4_000), ms }
  if (kind === 'clock') return { op: kind, node, skewMs: chance.int(240_000) - 120_000, ms }
  if (kind === 'slowDisk') return { op: kind, node: pick(chance, BROKERS), delayMs: chance.int(7_000), ms }
  return { op: 'pause', node, ms }
}

/** One operation as people read it. */
export function inWords(op: ClusterOp): string {
  if (op.op === 'send') return `${op.producer} sends ${op.count}`
  if (op.op === 'sleep') return `${op.ms} ms pass`
  return faultInWords(op)
}
