/**
 * What waits in a broker when its master dies: messages that wait for their time, messages that somebody has popped,
 * transactions that are open, and the offsets of a group. Masters under a controller die, freeze, are cut off, and their disks
 * fill up, fail or lose a sync. When all is healed, every acknowledged message has reached its group, each transaction has one
 * end, and no offset has fallen by itself.
 *
 * One replica at a time is struck, when all replicas are in the in-sync set: two losses at once are not promised.
 */

import type { Cluster, Fault } from '../../../../reference/host/cluster.ts'
import type { RandomStream } from '../../../../reference/host/sim/random.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { setMessageRequestMode } from '../../../../reference/remoting/requests/query-assignment.ts'
import { updateAndCreateTopic } from '../../../../reference/remoting/requests/topic-config.ts'
import { controllerNames, startControllers, startReplica } from '../../../support/controller-shape.ts'
import { invoke } from '../../../support/raw-client.ts'
import { NAMESRV } from '../../../support/sim.ts'
import { pick } from '../mechanism/faults.ts'
import { logOf } from '../mechanism/log-of.ts'
import type { Mechanism, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { demand } from '../violation.ts'
import { differenceOfLogs } from './replica-logs.ts'

const SETTLED_WITHIN_MS = 240_000
const PUSHED = 'Orders'
const POPPED = 'Parcels'
const PAID = 'Payments'
const TOPICS = [PUSHED, POPPED, PAID] as const
const LEVEL_MS: Readonly<Record<number, number>> = { 1: 1_000, 2: 5_000, 3: 10_000, 4: 30_000 }
/** After this time, the controller has noticed that a connection has closed, and the set is that of the new master. */
const NOTICED_MS = 2_000
/** Offsets are copied every three seconds, and a copy may take three. */
const OFFSETS_OLD_MS = 6_500

type Truth = 'commit' | 'rollback'
type Strike = 'kill' | 'stop' | 'pause' | 'cut' | 'ENOSPC' | 'EIO' | 'syncError'

type FailoverOp =
  | {
      readonly op: 'send'
      readonly topic: typeof PUSHED | typeof POPPED
      readonly count: number
      readonly level: number
    }
  | { readonly op: 'transact'; readonly truth: Truth; readonly count: number; readonly isTold: boolean }
  /** One replica is struck, and mended after `ms`. */
  | { readonly op: 'strike'; readonly isMaster: boolean; readonly how: Strike; readonly ms: number }
  /** The same for power, which a replica gets back after `ms`. */
  | { readonly op: 'unplug'; readonly isMaster: boolean; readonly ms: number }

interface FailoverSetup {
  readonly flushDiskType: 'SYNC_FLUSH' | 'ASYNC_FLUSH'
  readonly replicas: number
}

interface Waiting {
  readonly topic: string
  readonly notBeforeMs: number
  isStored: boolean
  delivered: number
}

class FailoverWork implements Work<FailoverOp> {
  readonly #setup: FailoverSetup
  readonly #names: readonly string[]
  #set: readonly string[] = []
  #master = ''
  readonly #messages = new Map<string, Waiting>()
  readonly #payments = new Map<
    string,
    { readonly truth: Truth; readonly isTold: boolean; isSaid: boolean; isStored: boolean }
  >()
  readonly #paid = new Map<string, number>()
  /** For each queue: what the masters have committed, with its time. */
  readonly #committed = new Map<string, { readonly atMs: number; readonly offset: number; readonly node: string }[]>()
  #strikes: Promise<unknown> = Promise.resolve()
  #struck = 0
  #hasWrongClock = false
  #nowMs: () => number = () => 0

  constructor(setup: FailoverSetup) {
    this.#setup = setup
    this.#names = Array.from({ length: setup.replicas }, (_, i) => `broker-${i + 1}`)
  }

  async start(cluster: Cluster): Promise<void> {
    this.#nowMs = () => cluster.nowMs()
    this.#listen(cluster)
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
    await startControllers(cluster, 1)
    await cluster.sleep(500)
    const settings = [
      'allAckInSyncStateSet=true',
      'minInSyncReplicas=2',
      `flushDiskType=${this.#setup.flushDiskType}`,
      'transactionCheckInterval=5000',
      'transactionTimeOut=3000',
      'transactionCheckMax=60',
    ]
    for (const name of this.#names) {
      await startReplica(cluster, name, 1, settings)
      await cluster.sleep(1_500)
    }
    await cluster.start({ name: 'operator', program: 'raw-client', args: [] })
    for (const topic of TOPICS) await this.#createTopic(cluster, topic)
    const body = JSON.stringify({ topic: POPPED, consumerGroup: 'depot', mode: 'POP', popShareQueueNum: 0 })
    await invoke(cluster, 'operator', { to: `${this.#master}:10911`, code: setMessageRequestMode.code, body })
    await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, 'sendMsgTimeout=6000'] })
    await cluster.start({
      name: 'bank',
      program: 'transaction-producer',
      args: [NAMESRV, 'group=banks', `topic=${PAID}`],
    })
    const first = 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'
    // a simulated cluster has room for nine nodes, so three replicas leave no room for a second group
    const hasPops = this.#setup.replicas === 2
    const topics = hasPops ? `${PUSHED},${PAID}` : TOPICS.join()
    const billing = [NAMESRV, 'group=billing', `topic=${topics}`, first]
    await cluster.start({ name: 'billing', program: 'consumer', args: billing })
    const depot = [NAMESRV, 'group=depot', `topic=${POPPED}`, first, 'clientRebalance=false', 'popInvisibleTime=10000']
    if (hasPops) await cluster.start({ name: 'depot', program: 'consumer', args: depot })
    await cluster.sleep(12_000) // the slaves have copied topics and modes
  }

  async #createTopic(cluster: Cluster, topic: string): Promise<void> {
    const header = { topic, defaultTopic: 'TBW102', topicFilterType: 'SINGLE_TAG', perm: 6, order: false }
    const extFields = updateAndCreateTopic.encode({ ...header, readQueueNums: 2, writeQueueNums: 2 })
    const { code } = updateAndCreateTopic
    const created = await invoke(cluster, 'operator', { to: `${this.#master}:10911`, code, extFields })
    demand(created.code === 0, 'answer', () => `the topic is not created: ${created.remark}`)
  }

  /** The applications: the consumers of both groups, and the bank. */
  #listen(cluster: Cluster): void {
    cluster.onDelivery(({ key, topic }) => {
      if (topic === PAID) {
        demand(this.#payments.get(key)?.isSaid === true, 'atomic', () => `${key} is visible, and nobody committed it`)
        this.#paid.set(key, (this.#paid.get(key) ?? 0) + 1)
        return 'CONSUME_SUCCESS'
      }
      const message = this.#messages.get(key)
      demand(message !== undefined, 'invention', () => `${key} was delivered and never sent`)
      // by the clock of the broker, which may be wrong
      const isEarly = this.#nowMs() < message.notBeforeMs && !this.#hasWrongClock
      demand(!isEarly, 'early', () => `${key} came before its time`)
      message.delivered++
      return 'CONSUME_SUCCESS'
    })
    const say = (text: string, isCheck: boolean) => {
      const payment = this.#payments.get((JSON.parse(text) as { key: string }).key)!
      if (!isCheck && !payment.isTold) return '{"state":"UNKNOW","afterMs":0}'
      payment.isSaid ||= payment.truth === 'commit'
      return JSON.stringify({ state: payment.truth === 'commit' ? 'COMMIT_MESSAGE' : 'ROLLBACK_MESSAGE', afterMs: 0 })
    }
    cluster.onHanded('executeLocalTransaction', (_, text) => say(text, false))
    cluster.onHanded('checkLocalTransaction', (_, text) => say(text, true))
  }

  hear(event: TraceEvent): void {
    if (event.kind === 'master.elected' || event.kind === 'syncset.changed') this.#set = event.syncStateSet.split(',')
    else if (event.kind === 'route.registered' && event.brokerId === 0) this.#master = event.address.split(':')[0]!
    else if (event.kind === 'fault.began' && event.fault === 'clock') this.#hasWrongClock = true
    else if (event.kind === 'offset.committed' && event.group === 'billing' && event.topic === PUSHED)
      this.#commit(event)
  }

  /** Within the life of a master, an offset never falls; a new master begins at most a few seconds behind. */
  #commit({ node, queueId, queueOffset, atMs }: TraceEvent & { kind: 'offset.committed' }): void {
    const queue = `${queueId}`
    const past = this.#committed.get(queue) ?? []
    const own = past.filter((one) => one.node === node).at(-1)
    const last = past.at(-1)
    if (last?.node === node)
      demand(
        queueOffset >= (own?.offset ?? 0),
        'offsets',
        () => `${node} noted ${own?.offset} for queue ${queue}, and then ${queueOffset}`,
      )
    else {
      const before = past.findLast((one) => one.atMs < (last?.atMs ?? 0) - OFFSETS_OLD_MS)
      demand(
        queueOffset >= (before?.offset ?? 0),
        'offsets',
        () => `the new master ${node} has ${queueOffset} for queue ${queue}; ${before?.offset} was noted long before`,
      )
    }
    this.#committed.set(queue, [...past, { atMs, offset: queueOffset, node }])
  }

  counts() {
    const [messages, transactions] = [this.#messages.size, this.#payments.size]
    return { messages, transactions, struck: this.#struck }
  }

  // ---- operations --------------------------------------------------------------------------------------------------

  async do(cluster: Cluster, op: FailoverOp): Promise<void> {
    if (op.op === 'send') return this.#send(cluster, op)
    if (op.op === 'transact') return this.#transact(cluster, op)
    const strike = this.#strikes.then(() => this.#strike(cluster, op))
    this.#strikes = strike.catch(() => {})
    await strike
  }

  async #send(cluster: Cluster, { topic, count, level }: FailoverOp & { op: 'send' }): Promise<void> {
    const sends = Array.from({ length: count }, async () => {
      const key = `m${this.#messages.size}`
      const notBeforeMs = level === 0 ? 0 : cluster.nowMs() + LEVEL_MS[level]!
      const message = { topic, notBeforeMs, isStored: false, delivered: 0 }
      this.#messages.set(key, message)
      const call = JSON.stringify({ topic, key, body: key, ...(level === 0 ? {} : { delayLevel: level }) })
      const { status } = JSON.parse(await cluster.call('shop', 'send', call)) as { status: string }
      if (status === 'SEND_OK') message.isStored = true
    })
    await Promise.all(sends)
  }

  async #transact(cluster: Cluster, { truth, count, isTold }: FailoverOp & { op: 'transact' }): Promise<void> {
    const sends = Array.from({ length: count }, async () => {
      const key = `${truth}-${this.#payments.size}`
      const payment = { truth, isTold, isSaid: false, isStored: false }
      this.#payments.set(key, payment)
      const { status } = await cluster.produce('bank', { topic: PAID, key, body: key })
      if (status === 'SEND_OK') payment.isStored = true
    })
    await Promise.all(sends)
  }

  async #strike(cluster: Cluster, op: FailoverOp & { op: 'strike' | 'unplug' }): Promise<void> {
    const isWhole = await until(cluster, () => this.#isWhole(cluster), SETTLED_WITHIN_MS)
    demand(isWhole, 'failover', () => `the in-sync set is ${this.#set} before a strike`)
    this.#struck++
    const node = op.isMaster ? this.#master : this.#names.find((name) => name !== this.#master)!
    const how = op.op === 'unplug' ? 'powerCut' : op.how
    if (how === 'kill' || how === 'stop' || how === 'powerCut') {
      await cluster[how](node)
      await cluster.sleep(op.ms)
    } else {
      const isDisk = how !== 'pause' && how !== 'cut'
      const fault: Fault = isDisk
        ? { kind: 'disk', node, fails: how }
        : how === 'pause'
          ? { kind: 'pause', node }
          : { kind: 'partition', between: [[node], controllerNames(1)], held: 'reset' }
      const { heal } = await cluster.inject(fault)
      await cluster.sleep(op.ms)
      await heal()
      // an operator has mended the disk, and starts the broker again
      if (isDisk && cluster.isRunning(node)) await cluster.kill(node)
    }
    if (!cluster.isRunning(node)) await cluster.restart(node).catch(() => {})
    await cluster.sleep(NOTICED_MS)
    await until(cluster, () => this.#isWhole(cluster), SETTLED_WITHIN_MS)
  }

  #isWhole(cluster: Cluster): boolean {
    return this.#set.length === this.#names.length && this.#names.every((name) => cluster.isRunning(name))
  }

  // ---- the end -----------------------------------------------------------------------------------------------------

  async settle(cluster: Cluster): Promise<void> {
    const isWhole = await until(cluster, () => this.#isWhole(cluster), SETTLED_WITHIN_MS)
    demand(isWhole, 'failover', () => `after ${SETTLED_WITHIN_MS} ms, the in-sync set is ${this.#set}`)
    const stored = () => [...this.#messages.values()].filter(({ isStored }) => isStored).length
    const before = stored()
    const isSent = async () => {
      await this.#send(cluster, { op: 'send', topic: PUSHED, count: 1, level: 0 })
      return stored() > before
    }
    demand(await until(cluster, isSent, SETTLED_WITHIN_MS), 'failover', () => 'no send succeeds after all is healed')
    await until(cluster, () => this.#missing().length === 0, SETTLED_WITHIN_MS, 2_000)
    demand(this.#missing().length === 0, 'atLeastOnce', () => `${this.#missing().slice(0, 5)} never reached the group`)
    let difference = ''
    const areEqual = async () => (difference = await differenceOfLogs(cluster, this.#names)) === ''
    demand(await until(cluster, areEqual, SETTLED_WITHIN_MS), 'durability', () => difference)
    const records = (await logOf(cluster, this.#names[0]!)).filter(({ topic }) => topic === PAID)
    const times = new Map<string, number>()
    for (const { properties } of records) {
      const key = properties.get('KEYS') ?? ''
      times.set(key, (times.get(key) ?? 0) + 1)
    }
    for (const [key, { truth, isStored }] of this.#payments) {
      const ends = times.get(key) ?? 0
      if (truth === 'rollback') demand(ends === 0, 'atomic', () => `${key} was committed`)
      else demand(ends <= 1 && (ends === 1 || !isStored), 'atomic', () => `${key} was committed ${ends} times`)
    }
  }

  #missing(): readonly string[] {
    const plain = [...this.#messages].filter(([, { isStored, delivered }]) => isStored && delivered === 0)
    const paid = [...this.#payments].filter(
      ([key, { truth, isStored }]) => truth === 'commit' && isStored && !this.#paid.has(key),
    )
    return [...plain, ...paid].map(([key]) => key)
  }
}

function drawOp(chance: RandomStream): FailoverOp {
  const draw = chance.int(12)
  if (draw < 5)
    return {
      op: 'send',
      topic: pick(chance, [PUSHED, POPPED]),
      count: 1 + chance.int(8),
      level: pick(chance, [0, 0, 0, 1, 2, 3, 4]),
    }
  if (draw < 8)
    return {
      op: 'transact',
      truth: pick(chance, ['commit', 'commit', 'rollback'] as const),
      count: 1 + chance.int(4),
      isTold: chance.int(2) === 0,
    }
  const [isMaster, ms] = [chance.int(3) > 0, pick(chance, [20, 1_000, 4_000, 16_000])]
  if (draw < 9) return { op: 'unplug', isMaster, ms }
  const how = pick(chance, ['kill', 'kill', 'stop', 'pause', 'cut', 'ENOSPC', 'EIO', 'syncError'] as const)
  return { op: 'strike', isMaster, how, ms }
}

export const failover: Mechanism<FailoverSetup, FailoverOp> = {
  name: 'failover',
  about:
    'delays, pops, transactions and offsets over the death of a master, full and failing disks: nothing is forgotten',
  ops: ['send', 'transact', 'strike', 'unplug'],
  sleepsMs: [10, 300, 2_000, 5_000, 15_000],
  faults: ['link', 'narrow', 'clock', 'slowDisk'],
  drawSetup: (chance) => ({
    flushDiskType: pick(chance, ['SYNC_FLUSH', 'ASYNC_FLUSH']),
    replicas: 2 + chance.int(2),
  }),
  drawOp,
  nodes: ({ replicas }) => ({
    namesrvs: controllerNames(1),
    brokers: Array.from({ length: replicas }, (_, i) => `broker-${i + 1}`),
    clients: [],
  }),
  inWords(op) {
    if (op.op === 'send')
      return `${op.count} messages to ${op.topic}${op.level > 0 ? ` with delay level ${op.level}` : ''}`
    if (op.op === 'transact') return `${op.count} transactions that will ${op.truth}${op.isTold ? '' : ' when asked'}`
    const who = op.isMaster ? 'the master' : 'a slave'
    return op.op === 'unplug' ? `${who} loses power for ${op.ms} ms` : `${who} is struck for ${op.ms} ms: ${op.how}`
  },
  setupInWords: ({ replicas, flushDiskType }) => `${replicas} replicas, ${flushDiskType}`,
  begin: (setup) => new FailoverWork(setup),
}
