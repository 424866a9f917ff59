/**
 * What operators do while a group consumes: offsets are set back or forward, a topic is deleted and made again, writing is
 * forbidden for a while.
 *
 * | an operator               | then                                                                                     |
 * | ------------------------- | ---------------------------------------------------------------------------------------- |
 * | sets the group back       | without other faults, everything from there on is handled again                          |
 * | sets the group forward    | what waited may be passed over, what is stored later may not                              |
 * | deletes the topic and makes it again | what was stored until the group has found the new queues may be lost, nothing after that |
 * | forbids writing           | sends are refused, and nothing that was stored is lost                                     |
 *
 * In the end, whatever was done: every queue has one owner, a message that is sent is handled at once, and the offset that is
 * stored for the group is the end of the queue.
 */
import type { Cluster, Delivery, DeliveryAnswer } from '../../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { pick } from '../mechanism/faults.ts'
import type { Mechanism, Setup, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import {
  bodyOf,
  COMMITTED_WITHIN_MS,
  GROUP,
  Owners,
  PROMPT_MS,
  queuesOf,
  REST_MS,
  SETTLED_WITHIN_MS,
  startMember,
  startServers,
  storedOffsets,
  TOPIC,
} from '../mechanism/stage.ts'
import { demand } from '../violation.ts'

const PRODUCER = 'shop'
/** A slow message is still in hand when the group's offset moves. */
const SLOW_MS = 6_000
/** A route poll, a rebalance, a held pull: then the group has found the queues of a topic that was made again. */
const FOUND_AGAIN_MS = 90_000
/** Permissions of a topic: reading only, reading and writing. */
const READ = '4'
const READ_WRITE = '6'

export interface OperatorSetup extends Setup {
  readonly brokers: readonly string[]
  readonly queues: number
  readonly members: readonly string[]
  readonly isOrderly: boolean
  readonly hasSlow: boolean
  /** Whether brokers keep a reset for the next pull, as from 5.0 on; as in 4.9 they send it to the members. */
  readonly isKept: boolean
}

export type OperatorOp =
  | { readonly op: 'send'; readonly count: number }
  /** The group is set to the first message, or to the end. */
  | { readonly op: 'reset'; readonly to: 'first' | 'end' }
  | { readonly op: 'deleteTopic'; readonly goneMs: number }
  | { readonly op: 'forbid'; readonly ms: number }

export const operators: Mechanism<OperatorSetup, OperatorOp> = {
  name: 'operator',
  about: 'offsets set back and forward, topics deleted and made again, writing forbidden, while a group consumes',
  ops: ['send', 'reset', 'deleteTopic', 'forbid'],
  sleepsMs: [50, 1_000, 6_000, 25_000],
  faults: ['kill', 'partition', 'link', 'pause', 'slowDisk'],
  drawSetup: (chance) => ({
    flushDiskType: chance.int(2) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH',
    brokers: chance.int(3) === 0 ? ['broker-a', 'broker-b'] : ['broker-a'],
    queues: 1 + chance.int(3),
    members: ['billing-1', 'billing-2'].slice(0, 1 + chance.int(2)),
    isOrderly: chance.int(3) === 0,
    hasSlow: chance.int(2) === 0,
    isKept: chance.int(4) > 0,
  }),
  drawOp(chance) {
    const draw = chance.int(12)
    if (draw < 7) return { op: 'send', count: 1 + chance.int(10) }
    if (draw < 9) return { op: 'reset', to: pick(chance, ['first', 'end'] as const) }
    if (draw < 11) return { op: 'deleteTopic', goneMs: pick(chance, [0, 300, 5_000, 40_000]) }
    return { op: 'forbid', ms: pick(chance, [1_000, 20_000]) }
  },
  nodes: ({ brokers, members }) => ({ namesrvs: ['namesrv'], brokers, clients: [PRODUCER, ...members] }),
  inWords(op) {
    if (op.op === 'send') return `${PRODUCER} sends ${op.count}`
    if (op.op === 'reset') return `the group is set to the ${op.to === 'first' ? 'first message' : 'end'} of each queue`
    if (op.op === 'forbid') return `writing is forbidden for ${op.ms} ms`
    return `the topic is deleted, and made again after ${op.goneMs} ms`
  },
  setupInWords: (setup) =>
    `${setup.flushDiskType}, ${setup.brokers.join(' and ')} with ${setup.queues} queues each, ${setup.members.length} members${setup.isOrderly ? ', in order' : ''}${setup.hasSlow ? ', some messages are slow' : ''}, resets are ${setup.isKept ? 'kept' : 'sent to members'}`,
  begin: (setup) => new OperatorWork(setup),
}

class OperatorWork implements Work<OperatorOp> {
  readonly #setup: OperatorSetup
  /** Acknowledged, and to be handled. */
  readonly #owed = new Set<string>()
  /** In the queues of the present topic, by key: the queue. */
  readonly #stored = new Set<string>()
  /** To be handled once more after a reset. */
  readonly #owedAgain = new Set<string>()
  /** Offsets behind the last message of each queue of the present topic, by `broker/id`. */
  readonly #ends = new Map<string, number>()
  readonly #owners = new Owners()
  /** One operator after the other. */
  #operating: Promise<unknown> = Promise.resolve()
  /** What is sent until this time is not owed. */
  #forgivenUntilMs = -1
  #hasFaults = false
  #nowMs = 0
  #sent = 0
  #resets = 0
  #deletions = 0
  #again = 0

  constructor(setup: OperatorSetup) {
    this.#setup = setup
  }

  counts() {
    return { sent: this.#sent, resets: this.#resets, 'topics deleted': this.#deletions, 'handled again': this.#again }
  }

  async start(cluster: Cluster): Promise<void> {
    const { brokers, queues, flushDiskType, members, isOrderly, isKept } = this.#setup
    cluster.onDelivery((delivery) => this.#deliver(delivery))
    const settings = [`flushDiskType=${flushDiskType}`, `useServerSideResetOffset=${isKept}`]
    await startServers(cluster, brokers, queues, settings)
    for (const name of members) await startMember(cluster, name, [`orderly=${isOrderly}`])
    await cluster.sleep(5_000)
  }

  do(cluster: Cluster, op: OperatorOp): Promise<unknown> {
    if (op.op === 'send') return this.#send(cluster, op.count)
    this.#operating = this.#operating.then(() => {
      if (op.op === 'reset') return this.#reset(cluster, op.to)
      return op.op === 'forbid' ? this.#forbid(cluster, op.ms) : this.#deleteTopic(cluster, op.goneMs)
    })
    return this.#operating
  }

  async #send(cluster: Cluster, count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const key = `m${++this.#sent}`
      const sentAtMs = cluster.nowMs()
      const { status } = await cluster.produce(PRODUCER, { topic: TOPIC, key, body: bodyOf(key) })
      if (status !== 'SEND_OK' || sentAtMs <= this.#forgivenUntilMs) continue
      this.#stored.add(key)
      if (!this.#handledEarly.delete(key)) this.#owed.add(key)
    }
  }

  /** Handled before the acknowledgement came. */
  readonly #handledEarly = new Set<string>()

  #deliver({ key, body, queueOffset }: Omit<Delivery, 'status'>): DeliveryAnswer {
    demand(body === bodyOf(key), 'invention', () => `${key} was delivered as "${body}"`)
    const isSlow = this.#setup.hasSlow && queueOffset % 3 === 0
    return { status: 'CONSUME_SUCCESS', afterMs: isSlow ? SLOW_MS : 0 }
  }

  /** @returns whether all commands were done */
  async #operate(cluster: Cluster, ...commands: readonly (readonly string[])[]): Promise<boolean> {
    let isDone = true
    for (const command of commands)
      await cluster.admin('admin', command).catch(() => {
        isDone = false
      })
    return isDone
  }

  async #reset(cluster: Cluster, to: 'first' | 'end'): Promise<void> {
    this.#resets++
    const before = [...this.#stored]
    const untilMs = this.#forgivenUntilMs
    if (to === 'end') this.#forgive(Number.POSITIVE_INFINITY)
    else if (!this.#hasFaults) for (const key of before) this.#owedAgain.add(key)
    const moment = to === 'end' ? 'now' : '0'
    const isDone = await this.#operate(cluster, ['resetOffsetByTime', '-t', TOPIC, '-g', GROUP, '-s', moment])
    if (to === 'end') this.#forgive(Math.max(untilMs, cluster.nowMs()))
    else if (!isDone) this.#owedAgain.clear()
  }

  async #forbid(cluster: Cluster, ms: number): Promise<void> {
    const perm = (value: string) => ['updateTopicPerm', '-t', TOPIC, '-c', 'DefaultCluster', '-p', value]
    await this.#operate(cluster, perm(READ))
    await cluster.sleep(ms)
    await this.#operate(cluster, perm(READ_WRITE))
  }

  async #deleteTopic(cluster: Cluster, goneMs: number): Promise<void> {
    this.#deletions++
    this.#forgive(Number.POSITIVE_INFINITY)
    await this.#operate(cluster, ['deleteTopic', '-t', TOPIC, '-c', 'DefaultCluster'])
    await cluster.sleep(goneMs)
    this.#ends.clear()
    await this.#makeTopic(cluster)
    this.#forgive(this.#hasFaults ? Number.POSITIVE_INFINITY : cluster.nowMs() + FOUND_AGAIN_MS)
  }

  #makeTopic(cluster: Cluster): Promise<boolean> {
    const counts = ['-r', `${this.#setup.queues}`, '-w', `${this.#setup.queues}`]
    return this.#operate(cluster, ['updateTopic', '-t', TOPIC, '-c', 'DefaultCluster', ...counts])
  }

  /** What has been sent, and what will be until this time, need not come. */
  #forgive(untilMs: number): void {
    this.#forgivenUntilMs = untilMs
    this.#owed.clear()
    this.#owedAgain.clear()
    this.#stored.clear()
  }

  hear(event: TraceEvent): void {
    this.#nowMs = event.atMs
    this.#owners.hear(event)
    if (event.kind === 'fault.began' || event.kind === 'node.stopped') this.#struck()
    else if (event.kind === 'entry.dispatched' && event.topic === TOPIC && event.queueId < this.#setup.queues)
      this.#ends.set(`${event.node}/${event.queueId}`, event.queueOffset + 1)
    else if (event.kind === 'message.consumed') this.#consumed(event.key)
  }

  #consumed(key: string): void {
    if (!this.#owed.delete(key) && !this.#stored.has(key)) this.#handledEarly.add(key)
    if (this.#owedAgain.delete(key)) this.#again++
  }

  /**
   * Members may miss what brokers tell them, a broker forgets a reset that nobody has fetched, and nobody knows when the group
   * has found the queues of a topic that was made again.
   */
  #struck(): void {
    this.#hasFaults = true
    if (this.#nowMs < this.#forgivenUntilMs) this.#forgivenUntilMs = Number.POSITIVE_INFINITY
    this.#owedAgain.clear()
  }

  async settle(cluster: Cluster): Promise<void> {
    // commands that a fault has cut short are given again, as an operator does when every broker has its place in the route
    await cluster.sleep(REST_MS)
    const commands = ['updateTopicPerm', '-t', TOPIC, '-c', 'DefaultCluster', '-p', READ_WRITE]
    const isWhole = await until(cluster, () => this.#makeTopic(cluster), SETTLED_WITHIN_MS, 5_000)
    demand(isWhole && (await this.#operate(cluster, commands)), 'restart', () => 'the topic cannot be made again')
    const missing = () => [...this.#owed, ...[...this.#owedAgain].map((key) => `${key} once more`)]
    const isHandled = () => missing().length === 0
    demand(
      await until(cluster, isHandled, SETTLED_WITHIN_MS),
      'atLeastOnce',
      () => `never came: ${missing().join(', ')}`,
    )
    const all = queuesOf(this.#setup.brokers, this.#setup.queues)
    const isShared = () => this.#owners.unsettled(all).length === 0
    demand(await until(cluster, isShared, SETTLED_WITHIN_MS), 'convergence', () =>
      this.#owners.unsettled(all).join('; '),
    )
    await this.#demandPrompt(cluster)
    await this.#demandCommitted(cluster)
  }

  /** All is quiet and whole, whatever operators did before: what is sent now is handled now. */
  async #demandPrompt(cluster: Cluster): Promise<void> {
    await cluster.sleep(REST_MS + FOUND_AGAIN_MS)
    this.#forgivenUntilMs = -1
    const before = this.#stored.size
    const count = 2 * this.#setup.queues * this.#setup.brokers.length
    await this.#send(cluster, count)
    demand(this.#stored.size === before + count, 'prompt', () => 'after a rest, a send without faults fails')
    // an orderly queue handles one message after the other
    await cluster.sleep(PROMPT_MS + 2 * SLOW_MS)
    const waiting = [...this.#owed]
    demand(waiting.length === 0, 'prompt', () => `after a rest, not handled in time: ${waiting.join(', ')}`)
  }

  async #demandCommitted(cluster: Cluster): Promise<void> {
    let wrong: readonly string[] = []
    const isCommitted = async () => {
      const stored = await storedOffsets(cluster, this.#setup.brokers, TOPIC)
      wrong = [...this.#ends]
        .filter(([queue, end]) => stored.get(queue) !== end)
        .map(([queue, end]) => `${queue}: the offset ${stored.get(queue) ?? 'none'} is stored, the end is ${end}`)
      return wrong.length === 0
    }
    demand(await until(cluster, isCommitted, COMMITTED_WITHIN_MS), 'offsets', () => wrong.join('; '))
  }
}
