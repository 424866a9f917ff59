/**
 * Popping under faults: every message is consumed in the end, whoever dies with it in hand; nobody gets a message while it is
 * somebody else's; and the revive queues pass over nothing.
 *
 * Members pop, a stranger pops beside them by hand (and acknowledges a batch, or changes a time, or forgets), the group is
 * switched between popping and pulling. In the end the brokers' logs are read from their disks: each check point there must
 * have been acknowledged, or its messages put into a retry topic.
 */
import type { Cluster, DeliveryAnswer } from '../../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { pick } from '../mechanism/faults.ts'
import { logOf } from '../mechanism/log-of.ts'
import type { Mechanism, Setup, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { bodyOf, GROUP, startMember, startServers, TOPIC } from '../mechanism/stage.ts'
import { demand } from '../violation.ts'
import { PopPromises } from './pop-promises.ts'
import { demandRevived, revivesBehind } from './revived-in-log.ts'
import { popByHand, STRANGER, type StrangerOp } from './stranger.ts'

const PRODUCER = 'shop'
const QUEUES = 2
/** Invisible times, failures, heartbeats and rebalances one after the other; clocks were off by two minutes. */
const CONSUMED_WITHIN_MS = 900_000
/** How long a cut waits for its moment. */
const CUT_WITHIN_MS = 30_000

export interface PopSetup extends Setup {
  readonly brokers: readonly string[]
  readonly members: readonly string[]
  readonly invisibleMs: number
  readonly share: number
  readonly reviveQueues: number
  readonly isV2: boolean
  /** Some listeners end after the invisible time: somebody else has the message by then, and their answer counts for nothing. */
  readonly isSlow?: boolean
}

type ModeOp = { readonly op: 'mode'; readonly mode: 'PULL' | 'POP'; readonly share: number }
/** A broker dies in the moment in which a message leaves, or has been put into a retry topic. */
type CutOp = { readonly op: 'cut'; readonly broker: string; readonly when: 'popped' | 'revived' }

export type PopOp =
  | { readonly op: 'send'; readonly count: number; readonly failures: number }
  | ModeOp
  | StrangerOp
  | CutOp

export const pops: Mechanism<PopSetup, PopOp> = {
  name: 'pop',
  about: 'messages popped, acknowledged, hidden, revived: kills, power cuts, partitions, pauses, clocks, slow disks',
  ops: ['send', 'mode', 'stranger', 'cut'],
  sleepsMs: [50, 500, 3_000, 9_000, 25_000],
  drawSetup: (chance) => ({
    flushDiskType: chance.int(3) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH',
    brokers: chance.int(3) === 0 ? ['broker-a', 'broker-b'] : ['broker-a'],
    members: pick(chance, [['billing-1'], ['billing-1', 'billing-2'], ['billing-1', 'billing-2', 'billing-3']]),
    invisibleMs: pick(chance, [5_000, 5_000, 20_000, 60_000]),
    share: pick(chance, [0, 0, 1]),
    reviveQueues: pick(chance, [1, 8]),
    isV2: chance.int(2) === 0,
  }),
  drawOp(chance, { brokers }) {
    const draw = chance.int(32)
    if (draw === 0) return { op: 'mode', mode: pick(chance, ['PULL', 'POP', 'POP'] as const), share: chance.int(2) }
    if (draw < 12)
      return {
        op: 'stranger',
        broker: pick(chance, brokers),
        count: 1 + chance.int(8),
        does: pick(chance, ['forget', 'ack', 'ackSome', 'hide'] as const),
        waitMs: pick(chance, [0, 0, 1_000, 7_500, 9_500]),
      }
    if (draw < 14)
      return { op: 'cut', broker: pick(chance, brokers), when: pick(chance, ['popped', 'revived'] as const) }
    return { op: 'send', count: 1 + chance.int(12), failures: pick(chance, [0, 0, 0, 1, 2]) }
  },
  nodes: ({ brokers, members }) => ({ namesrvs: ['namesrv'], brokers, clients: [PRODUCER, ...members] }),
  inWords(op) {
    if (op.op === 'send') return `${op.count} are sent, each of which fails ${op.failures} times`
    if (op.op === 'mode') return `the group shall ${op.mode}, share ${op.share}`
    if (op.op === 'cut') return `${op.broker} dies as soon as a message of it is ${op.when}`
    return `a stranger pops ${op.count} from ${op.broker} and after ${op.waitMs} ms: ${op.does}`
  },
  setupInWords: (setup) =>
    `${setup.flushDiskType}, ${setup.brokers.join(' and ')}, ${setup.members.length} members, invisible for ${setup.invisibleMs} ms, share ${setup.share}, ${setup.reviveQueues} revive queues, retry topics V${setup.isV2 ? 2 : 1}`,
  begin: (setup) => new PopWork(setup),
}

/** The same with listeners that take longer than a message stays invisible. Its seeds are its own. */
export const slowPops: Mechanism<PopSetup, PopOp> = {
  ...pops,
  name: 'pop-slow',
  about: 'popped messages whose listeners end after the invisible time, beside the faults of pop',
  drawSetup: (chance) => ({ ...pops.drawSetup(chance), invisibleMs: 5_000, isSlow: true }),
}
/** Of the messages so many are slow, the first time. */
const SLOW_EVERY = 6
/** So much longer than the invisible time. */
const LATE_MS = 4_000

/** What is known of one message. */
interface Sent {
  readonly failures: number
  failed: number
  isStored: boolean
  consumed: number
}

class PopWork implements Work<PopOp> {
  readonly #setup: PopSetup
  readonly #promises: PopPromises
  readonly #sent = new Map<string, Sent>()
  #hasSwitched = false
  #strangers = 0
  #cuts = 0

  constructor(setup: PopSetup) {
    this.#setup = setup
    this.#promises = new PopPromises((node) => setup.brokers.includes(node), setup.flushDiskType === 'SYNC_FLUSH')
  }

  counts() {
    const { popped, acked, revived } = this.#promises
    return { messages: this.#sent.size, popped, acked, revived, strangers: this.#strangers, cuts: this.#cuts }
  }

  async start(cluster: Cluster): Promise<void> {
    const { brokers, members, flushDiskType, invisibleMs, share, reviveQueues, isV2 } = this.#setup
    cluster.onDelivery(({ key }) => this.#take(key))
    const settings = [`reviveQueueNum=${reviveQueues}`, `enableRetryTopicV2=${isV2}`]
    await startServers(cluster, brokers, QUEUES, [`flushDiskType=${flushDiskType}`, ...settings])
    await this.#setMode(cluster, { mode: 'POP', share })
    for (const name of members)
      await startMember(cluster, name, ['clientRebalance=false', `popInvisibleTime=${invisibleMs}`])
    await cluster.start({ name: STRANGER, program: 'raw-client', args: [] })
    await cluster.sleep(5_000)
  }

  async #setMode(cluster: Cluster, { mode, share }: Omit<ModeOp, 'op'>): Promise<void> {
    const what = ['-t', TOPIC, '-g', GROUP, '-m', mode, '-q', `${share}`]
    for (const broker of this.#setup.brokers)
      await cluster.admin('admin', ['setConsumeMode', '-b', `${broker}:10911`, ...what]).catch(() => {})
  }

  #take(key: string): DeliveryAnswer {
    const sent = this.#sent.get(key)
    demand(sent !== undefined, 'invention', () => `${key} was delivered and never sent`)
    const times = sent!.failed++
    const isSixth = times === 0 && Number(key.slice('order-'.length)) % SLOW_EVERY === 0
    // what is pulled stays with its listener, however long that takes
    if (this.#setup.isSlow === true && isSixth && !this.#hasSwitched)
      return { status: 'CONSUME_SUCCESS', afterMs: this.#setup.invisibleMs + LATE_MS }
    if (times < sent!.failures) return 'RECONSUME_LATER'
    sent!.consumed++
    return 'CONSUME_SUCCESS'
  }

  hear(event: TraceEvent): void {
    if (event.kind === 'message.popped')
      demand(this.#sent.has(event.key), 'invention', () => `${event.key} was popped and never sent`)
    this.#promises.hear(event)
  }

  do(cluster: Cluster, op: PopOp): Promise<unknown> {
    if (op.op === 'send') return this.#send(cluster, op.count, op.failures)
    if (op.op === 'stranger') return this.#pop(cluster, op)
    if (op.op === 'cut') return this.#cut(cluster, op)
    // who pulls already may set the offset back while others still pop
    this.#hasSwitched = true
    this.#promises.disturb()
    return this.#setMode(cluster, op)
  }

  async #cut(cluster: Cluster, { broker, when }: CutOp): Promise<void> {
    this.#cuts++
    const seen = () => this.#promises.moments(broker, when)
    const before = seen()
    await cluster.waitUntil(`a message of ${broker} is ${when}`, () => seen() > before, CUT_WITHIN_MS).catch(() => {})
    if (!cluster.isRunning(broker)) return
    if (this.#setup.flushDiskType === 'SYNC_FLUSH') await cluster.powerCut(broker)
    else await cluster.kill(broker)
    await cluster.restart(broker).catch(() => {})
  }

  async #send(cluster: Cluster, count: number, failures: number): Promise<void> {
    const sends: Promise<void>[] = []
    for (let i = 0; i < count; i++) {
      const key = `order-${this.#sent.size + 1}`
      const sent: Sent = { failures, failed: 0, isStored: false, consumed: 0 }
      this.#sent.set(key, sent)
      sends.push(
        cluster.produce(PRODUCER, { topic: TOPIC, key, body: bodyOf(key) }).then(({ status }) => {
          if (status === 'SEND_OK') sent.isStored = true
        }),
      )
    }
    await Promise.all(sends)
  }

  async #pop(cluster: Cluster, op: StrangerOp): Promise<void> {
    const gotSome = await popByHand(cluster, op, (place) => {
      const sent = this.#sent.get(this.#promises.keyAt(place) ?? '')
      if (sent !== undefined) sent.consumed++
    })
    if (gotSome) this.#strangers++
  }

  async settle(cluster: Cluster, faults: number): Promise<void> {
    await until(cluster, () => this.#missing().length === 0, CONSUMED_WITHIN_MS, 5_000)
    demand(this.#missing().length === 0, 'atLeastOnce', () => `${this.#missing().join(', ')} never consumed`)
    let behind: readonly string[] = []
    const isSettled = async () => {
      behind = (await Promise.all(this.#setup.brokers.map((broker) => revivesBehind(cluster, broker)))).flat()
      return behind.length === 0
    }
    const settled = await until(cluster, isSettled, CONSUMED_WITHIN_MS, 10_000)
    demand(settled, 'revive', () => `not settled: ${behind.join('; ')}`)
    for (const broker of this.#setup.brokers) demandRevived(broker, await logOf(cluster, broker))
    if (faults + this.#cuts > 0 || this.#hasSwitched || this.#strangers > 0) return
    for (const [key, { consumed }] of this.#sent)
      demand(consumed === 1, 'twice', () => `${key} was consumed ${consumed} times without any fault`)
  }

  #missing(): string[] {
    return [...this.#sent].filter(([, sent]) => sent.isStored && sent.consumed === 0).map(([key]) => key)
  }
}
