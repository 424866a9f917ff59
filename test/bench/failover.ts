/**
 * A master dies under load, in real processes: one controller and two replicas, ours and the official ones of 5.3, side by
 * side. Both masters are killed, or frozen, in the same moment, and the clients of both ask for routes in the same rhythm, so
 * the rounds of the two makes can be compared one by one.
 *
 * | measured                      | how                                                                         |
 * | ----------------------------- | --------------------------------------------------------------------------- |
 * | election and promotion        | the time until the other replica stores a message that is sent to its address |
 * | without a successful send     | the longest time between two acknowledgements that one producer sees         |
 * | lost                          | acknowledged messages that are not in the queues after the round, or at the end |
 *
 * A frozen master (SIGSTOP) is the harder fault: no connection closes, so the controller must wait for its heartbeats, and
 * afterwards the old master continues as if nothing had happened.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { javaMissing } from '../interop/java-toolchain.ts'
import { FailoverCluster, type Fault, MAKES, type Make } from './failover-cluster.ts'
import { CLIENTS, FailoverLoad } from './failover-load.ts'
import { type Bench, type Figure, median } from './figure.ts'

const ROUNDS = 20
/** Rounds begin at any phase of the controller's heartbeats and searches. */
const PHASE_MS_MAX = 10_000
/** Clients and slaves learn of the new topic. */
const SETTLED_MS = 12_000
const OUR_PRODUCER_MS_MAX = 3_000
/** Two equal makes differ by chance. */
const NO_SLOWER = 1.1

const FAULTS: readonly Fault[] = ['kill', 'stop']
const FAULT_NAMES = { kill: 'kill -9', stop: 'SIGSTOP' } as const
const ELECTION = 'election and promotion'

interface Lane {
  readonly make: Make
  readonly cluster: FailoverCluster
  readonly load: FailoverLoad
  /** By fault and what was measured: one number a round, in ms. */
  readonly roundsMs: Map<string, number[]>
  /** Acknowledged messages that were missing after a round, and when everything was read again at the end. */
  lost: number
  lostAtEnd: number
}

export const failoverBench: Bench = {
  name: 'failover',
  about:
    'a master under a controller is killed or frozen under load; against official brokers (half an hour; --rounds N)',
  isLong: true,
  missing: javaMissing,
  async run(say, { rounds = ROUNDS } = {}) {
    const lanes: Lane[] = []
    try {
      for (const make of MAKES) lanes.push(await startLane(make))
      await sleep(SETTLED_MS)
      for (const { load } of lanes) load.begin()
      await sleep(SETTLED_MS)
      for (const fault of FAULTS)
        for (let round = 1; round <= rounds; round++) {
          await sleep(Math.random() * PHASE_MS_MAX)
          const lines = await Promise.all(lanes.map((lane) => oneRound(lane, fault)))
          for (const line of lines) say(`${FAULT_NAMES[fault]} ${round} of ${rounds}, ${line}`)
        }
      for (const lane of lanes) {
        lane.lostAtEnd = (await lane.load.end()).length
        say(`${lane.make}: ${lane.load.acknowledged} acknowledged, ${lane.lostAtEnd} lost when all is read again`)
      }
      return figuresOf(lanes)
    } finally {
      for (const { load, cluster } of lanes) {
        await load.kill()
        await cluster.kill()
      }
    }
  },
}

async function startLane(make: Make): Promise<Lane> {
  const cluster = await FailoverCluster.start(make)
  const load = await FailoverLoad.start(cluster.namesrv, await cluster.masterAddress())
  return { make, cluster, load, roundsMs: new Map(), lost: 0, lostAtEnd: 0 }
}

/** One fault and the healing after it; a line with what was measured. */
async function oneRound(lane: Lane, fault: Fault): Promise<string> {
  const { make, cluster, load } = lane
  load.measure()
  const failed = await cluster.fail(fault)
  // an acknowledgement after the new master's first one is its own
  const gapsMs = await load.gapsMs(failed.atMs + failed.electedMs)
  await failed.heal()
  const lost = await load.lostSinceLast()
  lane.lost += lost.length
  const measured = new Map<string, number>([[ELECTION, failed.electedMs], ...gapsMs])
  for (const [what, ms] of measured) {
    const key = `${fault} ${what}`
    lane.roundsMs.set(key, [...(lane.roundsMs.get(key) ?? []), ms])
  }
  const text = [...measured].map(([what, ms]) => `${what}: ${seconds(ms)}`).join(', ')
  return `${make}: ${text}, ${load.acknowledged} acknowledged, ${lost.length} lost${lost.length > 0 ? ` (${lost.slice(0, 3)})` : ''}`
}

function figuresOf(lanes: readonly Lane[]): Figure[] {
  const [ours, theirs] = lanes as [Lane, Lane]
  const figures = FAULTS.flatMap((fault) => [ELECTION, ...CLIENTS].map((what) => compared(ours, theirs, fault, what)))
  const lostOf = ({ lost, lostAtEnd }: Lane) => Math.max(lost, lostAtEnd)
  const lost = {
    what: 'acknowledged messages lost',
    value: String(lostOf(ours)),
    goal: 'none',
    met: lostOf(ours) === 0,
    note: `of ${ours.load.acknowledged}; official ${lostOf(theirs)} of ${theirs.load.acknowledged}`,
  }
  return [...figures, lost]
}

function compared(ours: Lane, theirs: Lane, fault: Fault, what: string): Figure {
  const ourMs = ours.roundsMs.get(`${fault} ${what}`) ?? []
  const theirMs = theirs.roundsMs.get(`${fault} ${what}`) ?? []
  const isOurProducer = what === 'ours' && fault === 'kill'
  const isNoSlower = median(ourMs) <= median(theirMs) * NO_SLOWER
  const range = (ms: readonly number[]) => `${seconds(Math.min(...ms))} to ${seconds(Math.max(...ms))}`
  return {
    what: `${FAULT_NAMES[fault]}, ${what === ELECTION ? what : `producer ${what}`}`,
    value: seconds(median(ourMs)),
    goal: isOurProducer ? `under ${OUR_PRODUCER_MS_MAX / 1_000} s` : 'no slower',
    met: isOurProducer ? Math.max(...ourMs) < OUR_PRODUCER_MS_MAX : isNoSlower,
    note: `${range(ourMs)}; official ${seconds(median(theirMs))}, ${range(theirMs)}; ${ourMs.length} rounds`,
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`
}
