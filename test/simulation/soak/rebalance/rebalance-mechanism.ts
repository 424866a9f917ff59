/**
 * Groups whose members come and go, on topics whose queues come and go: in the end every queue has exactly one living owner.
 *
 * | strategy             | whose queues                                                                        |
 * | -------------------- | ----------------------------------------------------------------------------------- |
 * | AVG, AVG_BY_CIRCLE, CONSISTENT_HASH | all read queues, shared by the living members                          |
 * | MACHINE_ROOM         | those of the brokers in room r1, shared by all                                         |
 * | MACHINE_ROOM_NEARBY  | each room's by its own members; rooms without one by everybody                         |
 * | CONFIG               | as written down for each member, living or not                                        |
 *
 * Which member has which queue is looked at too: `shares.ts` says whose each must be. Java members of the group would reckon
 * just that.
 *
 * The bound (I21): two periods of 20 s and a heartbeat of 30 s after the last fault has healed. A healed partition, pause or kill
 * leaves nothing behind, not even a connection half open, so it needs no time for dead channels (`channelExpiredTimeout`, 120 s).
 * A slow link does: what left before it healed arrives as late as it made it, and what comes after on that connection waits.
 */
import { decodeBase64 } from '../../../../reference/common/base64.ts'
import { decodeUtf8 } from '../../../../reference/common/utf8.ts'
import type { Cluster } from '../../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { decodeFrame } from '../../../../reference/remoting/frame-codec.ts'
import { ALL_FAULT_CLASSES, pick } from '../mechanism/faults.ts'
import type { Mechanism, Setup, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { Owners, queuesOf, startMember, startServers, TOPIC } from '../mechanism/stage.ts'
import { demand } from '../violation.ts'
import { sharesBy } from './shares.ts'

/** Two rebalances and a heartbeat. */
const CONVERGED_WITHIN_MS = 2 * 20_000 + 30_000
/** Nothing moves any more: the same and a little longer. */
/** Without faults: a notice, a rebalance, the offsets of the new queues. Less than the 20 s between two looks. */
const TOLD_WITHIN_MS = 8_000
const STABLE_MS = 75_000
const QUEUES_MAX = 6

const STRATEGIES = ['AVG', 'AVG_BY_CIRCLE', 'CONSISTENT_HASH', 'MACHINE_ROOM', 'MACHINE_ROOM_NEARBY', 'CONFIG'] as const

export interface RebalanceSetup extends Setup {
  readonly strategy: (typeof STRATEGIES)[number]
  readonly brokers: readonly string[]
  readonly readQueues: number
  readonly writeQueues: number
  /** Members that are there at first; the others may come. */
  readonly atFirst: number
}

/** The node's name tells its room. */
const MEMBERS = ['r1-billing-1', 'r2-billing-2', 'r1-billing-3', 'r3-billing-4'] as const

export type RebalanceOp =
  | { readonly op: 'join'; readonly member: string }
  | { readonly op: 'leave'; readonly member: string; readonly how: 'stop' | 'kill' }
  | { readonly op: 'resize'; readonly broker: string; readonly read: number; readonly write: number }

export const rebalance: Mechanism<RebalanceSetup, RebalanceOp> = {
  name: 'rebalance',
  about: 'members join, leave and die, queues come and go, six strategies: one living owner for each queue',
  readsPayloads: true,
  ops: ['join', 'leave', 'resize'],
  sleepsMs: [5, 50, 1_000, 8_000, 22_000, 40_000],
  faults: ALL_FAULT_CLASSES,
  drawSetup: (chance) => ({
    flushDiskType: chance.int(2) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH',
    strategy: pick(chance, STRATEGIES),
    brokers: ['broker-a', 'broker-b'].slice(0, 1 + chance.int(2)),
    readQueues: 1 + chance.int(QUEUES_MAX),
    writeQueues: 1 + chance.int(QUEUES_MAX),
    atFirst: 1 + chance.int(3),
  }),
  drawOp(chance, { brokers }) {
    const member = pick(chance, MEMBERS)
    const what = chance.int(5)
    if (what < 2) return { op: 'join', member }
    if (what < 4) return { op: 'leave', member, how: pick(chance, ['stop', 'kill'] as const) }
    const [read, write] = [1 + chance.int(QUEUES_MAX), 1 + chance.int(QUEUES_MAX)]
    return { op: 'resize', broker: pick(chance, brokers), read, write }
  },
  nodes: ({ brokers, atFirst }) => ({ namesrvs: ['namesrv'], brokers, clients: MEMBERS.slice(0, atFirst) }),
  inWords(op) {
    if (op.op === 'join') return `${op.member} joins`
    if (op.op === 'leave') return `${op.member} leaves (${op.how})`
    return `${op.broker} gets ${op.read} read queues and ${op.write} write queues`
  },
  setupInWords: (setup) =>
    `${setup.flushDiskType}, ${setup.strategy}, ${setup.brokers.join(' and ')} with ${setup.readQueues} read and ${setup.writeQueues} write queues each, ${setup.atFirst} members at first`,
  begin: (setup) => new RebalanceWork(setup),
}

class RebalanceWork implements Work<RebalanceOp> {
  readonly #setup: RebalanceSetup
  readonly #owners = new Owners()
  /** Read and write queues each broker is to have in the end. */
  readonly #sizes = new Map<string, { read: number; write: number }>()
  /** Who is there under which client id, by its own heartbeats. */
  readonly #clientIds = new Map<string, string>()
  #beating = ''
  /** Delays of links now, and the most they ever came to together, ms. */
  readonly #delaysMs = new Map<number, number>()
  #mostDelayMs = 0
  #moves = 0
  #movedAtMs = 0

  constructor(setup: RebalanceSetup) {
    this.#setup = setup
  }

  counts() {
    return { 'queues moved': this.#moves }
  }

  async start(cluster: Cluster): Promise<void> {
    const { brokers, readQueues, writeQueues, flushDiskType } = this.#setup
    const settings = [`flushDiskType=${flushDiskType}`]
    await startServers(cluster, brokers, readQueues, settings, { nameOf: (broker) => this.#brokerName(broker) })
    for (const broker of brokers) {
      this.#sizes.set(broker, { read: readQueues, write: writeQueues })
      await this.#resize(cluster, broker)
    }
    for (const name of MEMBERS.slice(0, this.#setup.atFirst)) await this.#join(cluster, name)
    await cluster.sleep(2_000)
  }

  /** The first broker stands in room r1, the second in r2. */
  #brokerName(broker: string): string {
    return this.#setup.strategy.startsWith('MACHINE') ? `${broker === 'broker-b' ? 'r2' : 'r1'}@${broker}` : broker
  }

  #resize(cluster: Cluster, broker: string): Promise<string> {
    const { read, write } = this.#sizes.get(broker)!
    return cluster.admin('admin', [
      'updateTopic',
      '-t',
      TOPIC,
      '-b',
      `${broker}:10911`,
      '-r',
      `${read}`,
      '-w',
      `${write}`,
    ])
  }

  async #join(cluster: Cluster, name: string): Promise<void> {
    if (cluster.isRunning(name)) return
    const { strategy } = this.#setup
    const own = strategy === 'CONFIG' ? [`messageQueues=${this.#configured(name).join(',')}`] : []
    await startMember(cluster, name, [`allocateMessageQueueStrategy=${strategy}`, 'consumeridcs=r1', ...own]).catch(
      () => {},
    )
  }

  /** Queues `i` of every broker for the `i`-th of the members that are always there, in turn. */
  #configured(name: string): readonly string[] {
    const { brokers, atFirst } = this.#setup
    const index = MEMBERS.indexOf(name as (typeof MEMBERS)[number])
    const mine = queuesOf(brokers, QUEUES_MAX).filter((_, i) => i % atFirst === index)
    return index < atFirst ? mine.map((queue) => `${TOPIC}/${queue}`) : [`${TOPIC}/nowhere/0`]
  }

  async do(cluster: Cluster, op: RebalanceOp): Promise<void> {
    if (op.op === 'join') return this.#join(cluster, op.member)
    if (op.op === 'resize') {
      this.#sizes.set(op.broker, { read: op.read, write: op.write })
      await this.#resize(cluster, op.broker).catch(() => {})
    } else if (cluster.isRunning(op.member)) await cluster[op.how](op.member)
  }

  hear(event: TraceEvent): void {
    this.#owners.hear(event)
    this.#hearId(event)
    if (event.kind === 'fault.healed') this.#delaysMs.delete(event.id)
    else if (event.kind === 'fault.began' && event.fault === 'link') {
      this.#delaysMs.set(event.id, (JSON.parse(event.text) as { delayMs?: number }).delayMs ?? 0)
      const togetherMs = [...this.#delaysMs.values()].reduce((sum, delayMs) => sum + delayMs, 0)
      this.#mostDelayMs = Math.max(this.#mostDelayMs, togetherMs)
    }
    if (event.kind !== 'queue.assigned' && event.kind !== 'queue.released') return
    this.#moves++
    this.#movedAtMs = event.atMs
  }

  /** A client's id is new with each of its lives; its first heartbeat tells it. */
  #hearId(event: TraceEvent): void {
    if (event.kind === 'node.stopped') this.#clientIds.delete(event.node)
    else if (event.kind === 'frame.sent' && event.name === 'HEART_BEAT' && event.type === 'request')
      this.#beating = event.node
    else if (event.kind === 'net.sent' && event.node === this.#beating) {
      this.#beating = ''
      if (this.#clientIds.has(event.node)) return
      const { body } = decodeFrame(decodeBase64(event.payload))
      this.#clientIds.set(event.node, (JSON.parse(decodeUtf8(body!)) as { clientID: string }).clientID)
    }
  }

  async settle(cluster: Cluster): Promise<void> {
    for (const broker of this.#setup.brokers) await this.#resize(cluster, broker)
    const living = MEMBERS.filter((name) => cluster.isRunning(name))
    const withinMs = CONVERGED_WITHIN_MS + this.#mostDelayMs
    const wrong = () => this.#wrong(living)
    await until(cluster, () => wrong().length === 0, withinMs)
    demand(wrong().length === 0, 'convergence', () => `${withinMs} ms after the last fault: ${wrong().join('; ')}`)
    await cluster.sleep(withinMs) // a strange view may still come and go
    demand(wrong().length === 0, 'convergence', () => `it did not last: ${wrong().join('; ')}`)
    const sinceMs = cluster.nowMs()
    await cluster.sleep(STABLE_MS)
    demand(
      this.#movedAtMs <= sinceMs,
      'convergence',
      () => `a queue moved ${this.#movedAtMs - sinceMs} ms later, for nothing`,
    )
    await this.#demandTold(cluster, living)
  }

  /** All is quiet and whole: who leaves, and who comes back, is told of at once, and nobody waits for the next look. */
  async #demandTold(cluster: Cluster, living: readonly string[]): Promise<void> {
    const [first, ...others] = living
    if (first === undefined || others.length === 0) return
    await cluster.stop(first)
    await cluster.sleep(TOLD_WITHIN_MS)
    const left = this.#wrong(others).join('; ')
    demand(left === '', 'convergence', () => `${TOLD_WITHIN_MS} ms after ${first} has left: ${left}`)
    await this.#join(cluster, first)
    await cluster.sleep(TOLD_WITHIN_MS)
    const back = this.#wrong(living).join('; ')
    demand(back === '', 'convergence', () => `${TOLD_WITHIN_MS} ms after ${first} has come back: ${back}`)
  }

  /** What is not as the strategy says for these members. */
  #wrong(living: readonly string[]): readonly string[] {
    const { strategy, brokers } = this.#setup
    const queues = brokers.flatMap((broker) => {
      const isOurs = strategy !== 'MACHINE_ROOM' || broker !== 'broker-b'
      return isOurs ? queuesOf([this.#brokerName(broker)], this.#sizes.get(broker)!.read) : []
    })
    if (strategy === 'CONFIG') return this.#wrongByConfig(living)
    const strange = this.#owners.taken.filter((queue) => !queues.includes(queue))
    const foreign = strange.map(
      (queue) => `${queue} is no read queue, and belongs to ${this.#owners.of(queue).join(' and ')}`,
    )
    if (living.length === 0) return foreign
    return [...this.#unlikeShares(queues, living), ...foreign]
  }

  /** Queues that somebody else has than the strategy says, or nobody, or more than one. */
  #unlikeShares(queues: readonly string[], living: readonly string[]): readonly string[] {
    const members = living.map((node) => ({ node, clientId: this.#clientIds.get(node) ?? '' }))
    const silent = members.filter(({ clientId }) => clientId === '')
    if (silent.length > 0) return silent.map(({ node }) => `${node} has not sent a heartbeat`)
    const owners = sharesBy(this.#setup.strategy, queues, members)
    return queues
      .filter((queue) => this.#owners.of(queue).join() !== owners.get(queue))
      .map(
        (queue) => `${queue} belongs to ${this.#owners.of(queue).join(' and ') || 'nobody'}, not ${owners.get(queue)}`,
      )
  }

  #wrongByConfig(living: readonly string[]): readonly string[] {
    return living.flatMap((name) => {
      const wanted = this.#configured(name).filter((queue) => !queue.includes('nowhere'))
      return wanted
        .map((queue) => queue.slice(TOPIC.length + 1))
        .filter((queue) => this.#owners.of(queue).join() !== name)
        .map((queue) => `${queue} belongs to ${this.#owners.of(queue).join(' and ') || 'nobody'}, not ${name}`)
    })
  }
}
