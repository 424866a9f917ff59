/** What happens to a group of controllers in a run of the campaign `raft`, as plain data: drawn from a seed, and told in words. */
import type { RandomStream } from '../../../../reference/host/sim/random.ts'
import { pick } from '../mechanism/faults.ts'

export type Struck = 'leader' | 'any'

export type RaftOp =
  /** A controller ends, and is back so soon that an election may still be under way. */
  | { readonly op: 'flicker'; readonly who: Struck; readonly how: 'kill' | 'powercut'; readonly downMs: number }
  /** All controllers end at once. */
  | { readonly op: 'blackout'; readonly downMs: number }
  /** The leader stands still, or hears nobody, or is not heard, while the others elect another. */
  | { readonly op: 'depose'; readonly how: 'pause' | 'cut' | 'deaf' | 'mute'; readonly ms: number }
  /** Controllers hear each other late, so that several are candidates; one of them ends and is back in between. */
  | { readonly op: 'storm'; readonly delayMs: number; readonly ms: number; readonly how: 'kill' | 'powercut' }
  /** The disk of the leader, or those of all followers, are slow when they lose power, while another controller ends. */
  | { readonly op: 'drowse'; readonly who: 'leader' | 'followers'; readonly delayMs: number; readonly afterMs: number }
  /** The leader dies after it assigned an id, and its heir is asked for the same id at once. */
  | { readonly op: 'heir'; readonly name: string; readonly delayMs: number }
  /** Two replicas apply for one id. */
  | { readonly op: 'twins'; readonly name: string }
  /** Somebody changes the in-sync set with numbers that are too old by so much. */
  | { readonly op: 'alter'; readonly masterEpochBack: number; readonly setEpochBack: number }
  | { readonly op: 'elect'; readonly designated: number }
  | { readonly op: 'lose'; readonly broker: number; readonly downMs: number }

export function drawOp(chance: RandomStream): RaftOp {
  const draw = chance.int(20)
  const downMs = pick(chance, [0, 20, 300, 2_500])
  if (draw < 5)
    return { op: 'flicker', who: pick(chance, ['leader', 'any']), how: pick(chance, ['kill', 'powercut']), downMs }
  if (draw < 6) return { op: 'blackout', downMs }
  if (draw < 10)
    return { op: 'depose', how: pick(chance, ['pause', 'cut', 'deaf', 'mute']), ms: 1_000 + chance.int(7_000) }
  if (draw < 12)
    return {
      op: 'storm',
      delayMs: 50 + chance.int(600),
      ms: 2_000 + chance.int(6_000),
      how: pick(chance, ['kill', 'powercut']),
    }
  if (draw < 13)
    return {
      op: 'drowse',
      who: pick(chance, ['leader', 'followers']),
      delayMs: 200 + chance.int(2_000),
      afterMs: 20 + chance.int(200),
    }
  if (draw < 14) return { op: 'heir', name: `spare-${chance.int(2)}`, delayMs: 20 + chance.int(300) }
  if (draw < 15) return { op: 'twins', name: `spare-${chance.int(2)}` }
  if (draw < 18) return { op: 'alter', masterEpochBack: chance.int(2), setEpochBack: chance.int(2) }
  if (draw < 19) return { op: 'elect', designated: chance.int(4) }
  return { op: 'lose', broker: chance.int(3), downMs: pick(chance, [500, 3_000, 20_000]) }
}

export function inWords(op: RaftOp): string {
  if (op.op === 'flicker')
    return `${op.how} of ${op.who === 'leader' ? 'the leader' : 'a controller'}, back after ${op.downMs} ms`
  if (op.op === 'blackout') return `all controllers lose power, back after ${op.downMs} ms`
  if (op.op === 'depose') return `the leader is struck for ${op.ms} ms: ${op.how}`
  if (op.op === 'storm')
    return `controllers hear each other ${op.delayMs} ms late for ${op.ms} ms, and one after the other ends (${op.how})`
  if (op.op === 'drowse')
    return `the ${op.who}, whose syncs take ${op.delayMs} ms, lose power after ${op.afterMs} ms; another controller ends`
  if (op.op === 'heir') return `the leader dies after it assigned an id of ${op.name}, with links of ${op.delayMs} ms`
  if (op.op === 'twins') return `two replicas of ${op.name} apply for one id`
  if (op.op === 'alter')
    return `the set is changed, with a master epoch old by ${op.masterEpochBack} and a set epoch old by ${op.setEpochBack}`
  if (op.op === 'elect') return op.designated === 0 ? 'an election' : `an election for replica ${op.designated}`
  return `replica ${op.broker + 1} is killed, back after ${op.downMs} ms`
}
