/** What happens in a run of the campaigns `replicas` and `unplugged`, as plain data: drawn from a seed, and told in words. */
import type { RandomStream } from '../../../../reference/host/sim/random.ts'
import { pick } from '../mechanism/faults.ts'

export type ReplicasOp =
  | { readonly op: 'send'; readonly count: number; readonly bodyBytes: number }
  /** The master ends, or stands still, or its slaves hear nothing of it, or it hears nothing of them. */
  | { readonly op: 'strike'; readonly how: 'kill' | 'stop' | 'pause' | 'deaf' | 'mute' | 'cut'; readonly ms: number }
  /** An operator makes another replica the master. */
  | { readonly op: 'elect'; readonly brokerId: number }
  /** A replica loses power when all replicas are in the in-sync set, and nobody else before they are again. */
  | {
      readonly op: 'unplug'
      readonly isMaster: boolean
      readonly other: number
      readonly downMs: number
      readonly isHeld: boolean
    }
  /** A slave loses power, and in the moment in which it is in the in-sync set again, the master dies: the slave is elected. */
  | { readonly op: 'relay'; readonly downMs: number; readonly how: 'kill' | 'powerCut' }

export function drawSend(chance: RandomStream): ReplicasOp {
  return { op: 'send', count: 1 + chance.int(12), bodyBytes: pick(chance, [20, 200, 3_000, 40_000]) }
}

export function drawOp(chance: RandomStream): ReplicasOp {
  const draw = chance.int(10)
  if (draw < 5) return drawSend(chance)
  if (draw < 6) return { op: 'elect', brokerId: 1 + chance.int(3) }
  const how = pick(chance, ['kill', 'kill', 'stop', 'pause', 'deaf', 'mute', 'cut'] as const)
  return { op: 'strike', how, ms: pick(chance, [20, 400, 3_000, 14_000, 25_000]) }
}

export function drawPowerOp(chance: RandomStream): ReplicasOp {
  if (chance.int(10) < 5) return drawSend(chance)
  if (chance.int(4) === 0)
    return { op: 'relay', downMs: pick(chance, [0, 30, 2_000]), how: pick(chance, ['kill', 'powerCut'] as const) }
  const [isMaster, isHeld] = [chance.int(2) === 0, chance.int(2) === 0]
  return { op: 'unplug', isMaster, other: chance.int(3), downMs: pick(chance, [0, 30, 2_000, 20_000]), isHeld }
}

export function inWords(op: ReplicasOp): string {
  if (op.op === 'send') return `${op.count} messages of ${op.bodyBytes} bytes`
  if (op.op === 'strike') return `the master is struck for ${op.ms} ms: ${op.how}`
  if (op.op === 'elect') return `an operator makes replica ${op.brokerId} the master`
  if (op.op === 'relay')
    return `a slave loses power for ${op.downMs} ms; when it is back in the set, ${op.how} of the master`
  const held = op.isHeld ? ', and no controller sees its connections close' : ''
  return `${op.isMaster ? 'the master' : 'a replica'} loses power, back after ${op.downMs} ms${held}`
}
