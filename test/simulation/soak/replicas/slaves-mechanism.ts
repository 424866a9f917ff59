/**
 * A master and its slaves without a controller: the roles are fixed, and a dead master is not replaced. With
 * `enableSlaveActingMaster`, the slave with the smallest id acts meanwhile: reads go on, and what is due escapes to another
 * broker. When all is healed, every acknowledged message has reached its group, none came before its time, no offset has
 * fallen on a living broker, and the logs are equal.
 *
 * The master never loses power: without a controller, nobody cuts off what its slaves then have and it has not.
 */
import type { Cluster, Fault } from '../../../../reference/host/cluster.ts'
import type { RandomStream } from '../../../../reference/host/sim/random.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { NAMESRV, SMALL_FILES, startBroker } from '../../../support/sim.ts'
import { pick } from '../mechanism/faults.ts'
import type { Mechanism, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { demand } from '../violation.ts'
import { differenceOfLogs } from './replica-logs.ts'

const SETTLED_WITHIN_MS = 300_000
const PUSHED = 'Orders'
const POPPED = 'Parcels'
const LEVEL_MS: Readonly<Record<number, number>> = { 1: 1_000, 2: 5_000, 3: 10_000, 4: 30_000 }

type Strike = 'kill' | 'stop' | 'powerCut' | 'pause' | 'cut'

type SlavesOp =
  | {
      readonly op: 'send'
      readonly topic: typeof PUSHED | typeof POPPED
      readonly count: number
      readonly level: number
    }
  /** One broker is struck, and mended after `ms`. */
  | { readonly op: 'strike'; readonly node: string; readonly how: Strike; readonly ms: number }

interface SlavesSetup {
  readonly flushDiskType: 'SYNC_FLUSH' | 'ASYNC_FLUSH'
  readonly brokerRole: 'SYNC_MASTER' | 'ASYNC_MASTER'
  readonly inSyncReplicas: number
  readonly slaves: number
  readonly acts: boolean
}

interface Sent {
  readonly notBeforeMs: number
  isStored: boolean
  delivered: number
}

const membersOf = ({ slaves }: SlavesSetup) => ['master', ...Array.from({ length: slaves }, (_, i) => `slave-${i + 1}`)]

class SlavesWork implements Work<SlavesOp> {
  readonly #setup: SlavesSetup
  readonly #members: readonly string[]
  readonly #messages = new Map<string, Sent>()
  /** What each living broker has noted, by `node/queueId`. */
  readonly #noted = new Map<string, number>()
  #strikes: Promise<unknown> = Promise.resolve()
  #struck = 0
  #acted = 0
  #hasWrongClock = false

  constructor(setup: SlavesSetup) {
    this.#setup = setup
    this.#members = membersOf(setup)
  }

  async start(cluster: Cluster): Promise<void> {
    cluster.onDelivery(({ key, reconsumeTimes }) => {
      const message = this.#messages.get(key)
      demand(message !== undefined, 'invention', () => `${key} was delivered and never sent`)
      const isEarly = cluster.nowMs() < message.notBeforeMs && !this.#hasWrongClock
      demand(!isEarly, 'early', () => `${key} came before its time`)
      if (reconsumeTimes === 0 && Number(key.slice(1)) % 2 === 0) return 'RECONSUME_LATER' // it must come again
      message.delivered++
      return 'CONSUME_SUCCESS'
    })
    const args = ['listenPort=9876', 'supportActingMaster=true', 'notifyMinBrokerIdChanged=true']
    await cluster.start({ name: 'namesrv', program: 'namesrv', args })
    for (const [id, name] of this.#members.entries()) await this.#startMember(cluster, name, id)
    await startBroker(cluster, 'other')
    await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
    for (const topic of [PUSHED, POPPED])
      await cluster.admin('admin', ['updateTopic', '-t', topic, '-c', 'DefaultCluster', '-r', '2', '-w', '2'])
    const mode = ['-c', 'DefaultCluster', '-t', POPPED, '-g', 'depot', '-m', 'POP', '-q', '0']
    await cluster.admin('admin', ['setConsumeMode', ...mode])
    await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, 'sendMsgTimeout=6000'] })
    const first = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
    const billing = [NAMESRV, 'group=billing', `topic=${PUSHED}`, first]
    await cluster.start({ name: 'billing', program: 'consumer', args: billing })
    const depot = [NAMESRV, 'group=depot', `topic=${POPPED}`, first, 'clientRebalance=false', 'popInvisibleTime=10000']
    await cluster.start({ name: 'depot', program: 'consumer', args: depot })
    await cluster.sleep(12_000) // the slaves have copied topics and modes
  }

  #startMember(cluster: Cluster, name: string, brokerId: number): Promise<void> {
    const { flushDiskType, brokerRole, inSyncReplicas, acts, slaves } = this.#setup
    const role = brokerId === 0 ? brokerRole : 'SLAVE'
    const settings = ['brokerName=pair', `brokerId=${brokerId}`, `brokerRole=${role}`, `flushDiskType=${flushDiskType}`]
    const copies = [`inSyncReplicas=${inSyncReplicas}`, 'slaveReadEnable=true']
    const acting = ['enableSlaveActingMaster=true', 'enableRemoteEscape=true', `totalReplicas=${slaves + 1}`]
    return cluster.start({
      name,
      program: 'broker',
      args: [NAMESRV, 'listenPort=10911', ...SMALL_FILES, ...settings, ...copies, ...(acts ? acting : [])],
    })
  }

  hear(event: TraceEvent): void {
    if (event.kind === 'acting.began') this.#acted++
    else if (event.kind === 'fault.began' && event.fault === 'clock') this.#hasWrongClock = true
    else if (event.kind === 'node.started')
      for (const key of this.#noted.keys()) key.startsWith(`${event.node}/`) && this.#noted.delete(key)
    else if (event.kind === 'offset.committed' && event.group === 'billing' && event.topic === PUSHED) {
      const { node, queueId, queueOffset } = event
      const key = `${node}/${queueId}`
      const before = this.#noted.get(key) ?? 0
      demand(queueOffset >= before, 'offsets', () => `${key} was noted at ${before}, and then at ${queueOffset}`)
      this.#noted.set(key, queueOffset)
    }
  }

  counts() {
    return { messages: this.#messages.size, struck: this.#struck, 'slaves acted': this.#acted }
  }

  async do(cluster: Cluster, op: SlavesOp): Promise<void> {
    if (op.op === 'send') return this.#send(cluster, op)
    const strike = this.#strikes.then(() => this.#strike(cluster, op))
    this.#strikes = strike.catch(() => {})
    await strike
  }

  async #send(cluster: Cluster, { topic, count, level }: SlavesOp & { op: 'send' }): Promise<void> {
    const sends = Array.from({ length: count }, async () => {
      const key = `m${this.#messages.size}`
      const notBeforeMs = level === 0 ? 0 : cluster.nowMs() + LEVEL_MS[level]!
      const message = { notBeforeMs, isStored: false, delivered: 0 }
      this.#messages.set(key, message)
      const call = JSON.stringify({ topic, key, body: key, ...(level === 0 ? {} : { delayLevel: level }) })
      const { status } = JSON.parse(await cluster.call('shop', 'send', call)) as { status: string }
      // a message without its copies is in the log of the master all the same
      if (status !== '' && status !== 'FAILED') message.isStored = true
    })
    await Promise.all(sends)
  }

  async #strike(cluster: Cluster, { node, how, ms }: SlavesOp & { op: 'strike' }): Promise<void> {
    this.#struck++
    if (how === 'kill' || how === 'stop' || how === 'powerCut') {
      await cluster[how](node)
      await cluster.sleep(ms)
    } else {
      const others = this.#members.filter((name) => name !== node)
      const fault: Fault =
        how === 'pause' ? { kind: 'pause', node } : { kind: 'partition', between: [[node], others], held: 'reset' }
      const { heal } = await cluster.inject(fault)
      await cluster.sleep(ms)
      await heal()
    }
    if (!cluster.isRunning(node)) await cluster.restart(node).catch(() => {})
    await cluster.sleep(1_000)
  }

  async settle(cluster: Cluster): Promise<void> {
    const names = [...this.#members, 'other']
    const allRun = async () => names.every((name) => cluster.isRunning(name))
    demand(
      await until(cluster, allRun, SETTLED_WITHIN_MS),
      'restart',
      () => 'a broker does not run after all is healed',
    )
    await until(cluster, async () => this.#missing().length === 0, SETTLED_WITHIN_MS, 2_000)
    demand(this.#missing().length === 0, 'atLeastOnce', () => `${this.#missing().slice(0, 5)} never reached the group`)
    let difference = ''
    const areEqual = async () => (difference = await differenceOfLogs(cluster, this.#members)) === ''
    demand(await until(cluster, areEqual, SETTLED_WITHIN_MS), 'durability', () => difference)
  }

  #missing(): readonly string[] {
    return [...this.#messages].filter(([, { isStored, delivered }]) => isStored && delivered === 0).map(([key]) => key)
  }
}

function drawOp(chance: RandomStream, setup: SlavesSetup): SlavesOp {
  if (chance.int(5) < 3)
    return {
      op: 'send',
      topic: pick(chance, [PUSHED, POPPED]),
      count: 1 + chance.int(8),
      level: pick(chance, [0, 0, 0, 1, 2, 3, 4]),
    }
  const node = pick(chance, ['master', ...membersOf(setup)])
  const ways = ['kill', 'kill', 'stop', 'pause', 'cut'] as const
  const how = node === 'master' ? pick(chance, ways) : pick(chance, [...ways, 'powerCut'] as const)
  return { op: 'strike', node, how, ms: pick(chance, [20, 2_000, 16_000, 90_000]) }
}

export const slaves: Mechanism<SlavesSetup, SlavesOp> = {
  name: 'slaves',
  about: 'a master and slaves with fixed roles, also acting ones: deaths, cuts, slow links; nothing is forgotten',
  ops: ['send', 'strike'],
  sleepsMs: [10, 300, 2_000, 5_000, 15_000],
  faults: ['link', 'oneWay', 'narrow', 'clock', 'slowDisk'],
  drawSetup: (chance) => ({
    flushDiskType: pick(chance, ['SYNC_FLUSH', 'ASYNC_FLUSH']),
    brokerRole: pick(chance, ['SYNC_MASTER', 'ASYNC_MASTER']),
    inSyncReplicas: 1 + chance.int(2),
    slaves: 1 + chance.int(2),
    acts: chance.int(3) > 0,
  }),
  drawOp,
  nodes: (setup) => ({ namesrvs: ['namesrv'], brokers: [...membersOf(setup), 'other'], clients: [] }),
  inWords(op) {
    if (op.op === 'send')
      return `${op.count} messages to ${op.topic}${op.level > 0 ? ` with delay level ${op.level}` : ''}`
    return `${op.node} is struck for ${op.ms} ms: ${op.how}`
  },
  setupInWords: ({ slaves: count, brokerRole, inSyncReplicas, flushDiskType, acts }) =>
    `${brokerRole}, inSyncReplicas ${inSyncReplicas}, ${count} slaves${acts ? ' that act' : ''}, ${flushDiskType}`,
  begin: (setup) => new SlavesWork(setup),
}
