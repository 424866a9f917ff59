/**
 * Orderly consumption under faults: a queue of a group is handled in the order of its offsets, one message at a time.
 *
 * Two turns of a queue may overlap, or a turn may be without a lock, in three cases only. All are RocketMQ’s own:
 *
 * | case                                                                    | bound                                        |
 * | ----------------------------------------------------------------------- | -------------------------------------------- |
 * | a listener takes so long that its lock ends meanwhile (a paused process)  | the older turn began over 30 s before         |
 * | a message takes longer than its lock     | the older turn's member has lost the lock, by time or by the broker's word, and may not begin another turn |
 * | a broker restarts and has forgotten its locks (not with `glassmqLockGrace`) | the older turn began at most 30 s after the broker's end: so long its owner believes |
 */
import type { Cluster, Delivery, DeliveryAnswer } from '../../../../reference/host/cluster.ts'
import type { TraceEvent, TraceEventOf } from '../../../../reference/host/trace.ts'
import { ALL_FAULT_CLASSES, pick } from '../mechanism/faults.ts'
import type { Mechanism, Setup, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import {
  bodyOf,
  GROUP,
  Owners,
  PROMPT_MS,
  queuesOf,
  REST_MS,
  SETTLED_WITHIN_MS,
  startMember,
  startServers,
  TOPIC,
} from '../mechanism/stage.ts'
import { demand } from '../violation.ts'
import { BELIEVED_MS, LockBeliefs } from './lock-beliefs.ts'

/** Locks of the dead, offsets that must be found anew, queues that wait a second after each failure. */
const DONE_WITHIN_MS = 2 * SETTLED_WITHIN_MS
const SUSPEND_MS = 1_000
/** A group that has begun no turn for so long has nothing in hand. */
const IDLE_MS = 60_000
/** A slow message takes longer than a member believes in a lock that is not renewed. */
const SLOW_MS = 45_000
/** So many of them are sent before a busy member is cut off. */
const SLOW_COUNT = 3

export interface OrderSetup extends Setup {
  readonly brokers: readonly string[]
  readonly queues: number
  readonly members: readonly string[]
  /** 0: an orderly consumer tries for ever. */
  readonly maxReconsumeTimes: number
  readonly takesMs: number
  /** Whether brokers give no locks while their last life's are still believed in. */
  readonly hasGrace: boolean
}

export type OrderOp =
  | {
      readonly op: 'send'
      readonly customer: number
      readonly count: number
      readonly fate: 'fine' | 'flaky' | 'poison' | 'slow'
    }
  /**
   * A member reaches no broker, for longer than locks live, and goes on with what it has in hand. `isBusy`: with messages that
   * take longer than it may believe in its locks.
   */
  | {
      readonly op: 'cutOff'
      readonly member: string
      readonly held: 'keep' | 'reset'
      readonly ms: number
      readonly isBusy: boolean
    }

export const order: Mechanism<OrderSetup, OrderOp> = {
  name: 'order',
  about: 'orderly groups: order of each queue, one at a time, locks, retry in place and dead letters',
  readsPayloads: true,
  ops: ['send', 'cutOff'],
  sleepsMs: [50, 700, 3_000, 12_000, 25_000],
  faults: ALL_FAULT_CLASSES,
  drawSetup: (chance) => ({
    flushDiskType: chance.int(2) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH',
    brokers: chance.int(2) === 0 ? ['broker-a', 'broker-b'] : ['broker-a'],
    queues: 1 + chance.int(3),
    members: ['billing-1', 'billing-2', 'billing-3'].slice(0, 2 + chance.int(2)),
    maxReconsumeTimes: pick(chance, [0, 2]),
    takesMs: pick(chance, [0, 20, 400, 3_000]),
    hasGrace: chance.int(2) === 0,
  }),
  drawOp(chance, { maxReconsumeTimes, members }) {
    if (chance.int(12) === 0)
      return {
        op: 'cutOff',
        member: pick(chance, members),
        held: pick(chance, ['keep', 'reset'] as const),
        ms: 110_000,
        isBusy: chance.int(2) === 0,
      }
    const fate = pick(chance, ['fine', 'fine', 'flaky', maxReconsumeTimes > 0 ? 'poison' : 'fine'] as const)
    return { op: 'send', customer: chance.int(6), count: 1 + chance.int(8), fate }
  },
  nodes: ({ brokers, members }) => ({ namesrvs: ['namesrv'], brokers, clients: ['shop', ...members] }),
  inWords: (op) =>
    op.op === 'send'
      ? `customer ${op.customer} sends ${op.count} that are ${op.fate}`
      : `${op.member} reaches no broker for ${op.ms} ms (${op.held})${op.isBusy ? ', with slow messages in hand' : ''}`,
  setupInWords: (setup) =>
    `${setup.flushDiskType}, ${setup.brokers.join(' and ')} with ${setup.queues} queues each, ${setup.members.length} members, ${setup.takesMs} ms a message, at most ${setup.maxReconsumeTimes || 'endless'} redeliveries${setup.hasGrace ? ', locks rest after a restart' : ''}`,
  begin: (setup) => new OrderWork(setup),
}

const RETRY_TOPIC = `%RETRY%${GROUP}`

type Place = { node: string; brokerName: string; queueId: number; queueOffset: number; key: string }

const placeOf = ({ node, brokerName, queueId, queueOffset, key }: Place) =>
  `${node} ${brokerName}/${queueId}@${queueOffset} ${key}`

interface Turn {
  readonly node: string
  readonly key: string
  readonly queueOffset: number
  readonly times: number
  readonly beganMs: number
  isOver: boolean
}

class OrderWork implements Work<OrderOp> {
  readonly #setup: OrderSetup
  readonly #stored = new Set<string>()
  #sending: Promise<unknown> = Promise.resolve()
  #sent = 0
  readonly #turns = new Map<string, Turn[]>()
  /** Offsets of each queue that are done with. */
  readonly #done = new Map<string, Set<number>>()
  /** Offsets of each queue that were handled by somebody who had the lock when he ended. */
  readonly #doneByOwner = new Map<string, Set<number>>()
  readonly #doneKeys = new Set<string>()
  readonly #keysHandled = new Map<string, string[]>()
  readonly #deadKeys = new Map<string, number>()
  readonly #endedMs = new Map<string, number>()
  /**
   * In hand from the retry topic. A broker that has forgotten its locks takes a dead letter for a message to try again, as
   * RocketMQ's does: it comes through the retry topic once more, and is a dead letter after that.
   */
  readonly #returned = new Set<string>()
  /** Client that has the lock, by the broker's word. */
  readonly #locked = new Map<string, string>()
  /** The same by the members' word: what each has been told, and for how long it may count on that. */
  readonly #beliefs: LockBeliefs
  readonly #owners = new Owners()
  #nowMs = 0
  #overlaps = 0
  #cuts = 0
  #slow = 0

  constructor(setup: OrderSetup) {
    this.#setup = setup
    this.#beliefs = new LockBeliefs(setup.hasGrace)
  }

  counts() {
    return {
      sent: this.#sent,
      turns: [...this.#turns.values()].flat().length,
      overlaps: this.#overlaps,
      'locks confirmed': this.#beliefs.confirmed,
      'shared beliefs': this.#beliefs.shared,
    }
  }

  async start(cluster: Cluster): Promise<void> {
    const { brokers, queues, flushDiskType, members, maxReconsumeTimes, hasGrace } = this.#setup
    cluster.onDelivery((delivery) => this.#begin(delivery))
    await startServers(cluster, brokers, queues, [`flushDiskType=${flushDiskType}`, `glassmqLockGrace=${hasGrace}`])
    const settings = ['orderly=true', ...(maxReconsumeTimes > 0 ? [`maxReconsumeTimes=${maxReconsumeTimes}`] : [])]
    for (const name of members) await startMember(cluster, name, settings)
    await cluster.sleep(5_000)
  }

  /** One after the other, whatever the script does: that is what makes an order. */
  do(cluster: Cluster, op: OrderOp): Promise<unknown> {
    if (op.op === 'cutOff') return this.#cutOff(cluster, op)
    this.#sending = this.#sending.then(async () => {
      for (let i = 0; i < op.count; i++) {
        const key = `${op.fate}-${op.customer}-${++this.#sent}`
        const call = { topic: TOPIC, key, body: bodyOf(key), shardingKey: `customer-${op.customer}` }
        const answer = await cluster.call('shop', 'send', JSON.stringify(call)).catch(() => '{"status":"FAILED"}')
        if ((JSON.parse(answer) as { status: string }).status === 'SEND_OK') this.#stored.add(key)
      }
    })
    return this.#sending
  }

  async #cutOff(cluster: Cluster, { member, held, ms, isBusy }: Extract<OrderOp, { op: 'cutOff' }>): Promise<void> {
    this.#cuts++
    if (isBusy) {
      this.#slow += SLOW_COUNT
      for (let customer = 0; customer < SLOW_COUNT; customer++)
        await this.do(cluster, { op: 'send', customer, count: 1, fate: 'slow' })
      await cluster.sleep(2_000)
    }
    const { heal } = await cluster.inject({ kind: 'partition', between: [[member], this.#setup.brokers], held })
    await cluster.sleep(ms)
    await heal()
  }

  #begin({
    node,
    key,
    body,
    brokerName,
    queueId,
    queueOffset,
    reconsumeTimes,
    atMs,
  }: Omit<Delivery, 'status'>): DeliveryAnswer {
    demand(body === bodyOf(key), 'invention', () => `${key} was delivered as "${body}"`)
    const queue = `${brokerName}/${queueId}`
    const isOk = !(key.startsWith('poison') || (key.startsWith('flaky') && reconsumeTimes < 2))
    const answer = { status: isOk ? 'CONSUME_SUCCESS' : 'RECONSUME_LATER', afterMs: this.#takesMs(key) }
    if (this.#returned.delete(placeOf({ node, brokerName, queueId, queueOffset, key }))) return answer
    const turn: Turn = { node, key, queueOffset, times: reconsumeTimes, beganMs: atMs, isOver: false }
    const turns = this.#turns.get(queue) ?? []
    for (const other of turns) if (!other.isOver) this.#overlap(queue, other, turn)
    this.#demandInOrder(queue, turn)
    this.#demandLock(queue, brokerName, turn)
    this.#demandSuspended(turns, turn)
    this.#turns.set(queue, [...turns, turn])
    this.#keysHandled.set(key, [...(this.#keysHandled.get(key) ?? []), node])
    return answer
  }

  #takesMs(key: string): number {
    return key.startsWith('slow') ? SLOW_MS : this.#setup.takesMs
  }

  #overlap(queue: string, old: Turn, turn: Turn): void {
    this.#overlaps++
    demand(
      turn.beganMs - old.beganMs > BELIEVED_MS ||
        this.#isForgotten(queue, old) ||
        this.#beliefs.hasLost(old.node, queue, old.beganMs, turn.beganMs),
      'orderly',
      () =>
        `${queue}: ${turn.node} is handed ${turn.key} at ${turn.beganMs} ms while ${old.node} has had ${old.key} for ${turn.beganMs - old.beganMs} ms`,
    )
  }

  /** The broker has forgotten its locks, and the turn began while somebody could still believe in his. */
  #isForgotten(queue: string, { beganMs }: Turn): boolean {
    const endedMs = this.#endedMs.get(queue.split('/')[0]!)
    return !this.#setup.hasGrace && endedMs !== undefined && beganMs <= endedMs + BELIEVED_MS
  }

  /** Everything before it is done: consumed once, or a dead letter. */
  #demandInOrder(queue: string, { key, queueOffset }: Turn): void {
    const done = this.#done.get(queue) ?? new Set()
    for (let offset = 0; offset < queueOffset; offset++)
      demand(done.has(offset), 'orderly', () => `${queue}: ${key} (${queueOffset}) is handled before ${offset} is done`)
  }

  #demandLock(queue: string, brokerName: string, turn: Turn): void {
    const owner = this.#locked.get(queue)
    const mine = owner?.includes(`@${turn.node}#`) === true
    const endedMs = this.#endedMs.get(brokerName)
    // what the owner does not know yet: its broker is gone, or has forgotten
    const mayBelieve = endedMs !== undefined && turn.beganMs <= endedMs + BELIEVED_MS
    demand(
      mine || mayBelieve,
      'locks',
      () => `${turn.node} is handed ${turn.key} of ${queue}, which is ${owner ?? 'nobody'}'s`,
    )
    demand(
      this.#beliefs.mayHandle(turn.node, queue, turn.beganMs),
      'locks',
      () => `${turn.node} is handed ${turn.key} of ${queue}, and nothing on the wire says that it has the lock`,
    )
  }

  /** A queue waits a second after a failure before the same message comes again. */
  #demandSuspended(turns: readonly Turn[], turn: Turn): void {
    const before = turns.at(-1)
    if (before?.node !== turn.node || before.queueOffset !== turn.queueOffset || turn.times !== before.times + 1) return
    const waitedMs = turn.beganMs - before.beganMs - this.#takesMs(turn.key)
    demand(waitedMs >= SUSPEND_MS, 'orderly', () => `${turn.key} came again after ${waitedMs} ms`)
  }

  hear(event: TraceEvent): void {
    this.#nowMs = event.atMs
    this.#owners.hear(event)
    this.#beliefs.hear(event)
    if (event.kind === 'message.cached' && event.topic === RETRY_TOPIC) this.#returned.add(placeOf(event))
    else if (event.kind === 'message.consumed' && event.topic === TOPIC) this.#end(event)
    else if (event.kind === 'message.dead') this.#deadKeys.set(event.key, (this.#deadKeys.get(event.key) ?? 0) + 1)
    else if (event.kind === 'queue.locked' && event.topic === TOPIC)
      this.#locked.set(`${event.node}/${event.queueId}`, event.clientId)
    else if (event.kind === 'queue.unlocked' && event.topic === TOPIC)
      this.#locked.delete(`${event.node}/${event.queueId}`)
    else if (event.kind === 'offset.committed' && event.topic === TOPIC) this.#committed(event)
    else if (event.kind === 'node.stopped') this.#stopped(event.node)
  }

  /** Whoever ends a message after his lock has ended lets the next owner handle it again. */
  #committed({ node, queueId, queueOffset }: TraceEventOf<'offset.committed'>): void {
    const done = this.#doneByOwner.get(`${node}/${queueId}`) ?? new Set()
    for (let offset = queueOffset - 1; offset >= 0 && !done.has(offset); offset--)
      demand(
        false,
        'locks',
        () => `${node}/${queueId}: ${queueOffset} is committed, and nobody with the lock has done ${offset}`,
      )
  }

  #end(event: Extract<TraceEvent, { kind: 'message.consumed' }>): void {
    const queue = `${event.brokerName}/${event.queueId}`
    const turn = (this.#turns.get(queue) ?? []).find(
      ({ node, queueOffset, isOver }) => !isOver && node === event.node && queueOffset === event.queueOffset,
    )
    if (turn === undefined) return
    turn.isOver = true
    const { maxReconsumeTimes } = this.#setup
    const isOwner = this.#beliefs.mayHandle(event.node, queue, event.atMs)
    if (isOwner) this.#doneByOwner.set(queue, (this.#doneByOwner.get(queue) ?? new Set()).add(event.queueOffset))
    const isLast = event.status === 'CONSUME_SUCCESS' || (maxReconsumeTimes > 0 && turn.times >= maxReconsumeTimes)
    if (!isLast) return
    this.#done.set(queue, (this.#done.get(queue) ?? new Set()).add(event.queueOffset))
    this.#doneKeys.add(turn.key)
  }

  #stopped(node: string): void {
    this.#endedMs.set(node, this.#nowMs)
    for (const turns of this.#turns.values()) for (const turn of turns) if (turn.node === node) turn.isOver = true
    for (const queue of [...this.#locked.keys()]) if (queue.startsWith(`${node}/`)) this.#locked.delete(queue)
  }

  async settle(cluster: Cluster, faults: number): Promise<void> {
    const { brokers, queues, takesMs } = this.#setup
    const missing = () => [...this.#stored].filter((key) => !this.#doneKeys.has(key))
    // three turns each at most, one after the other if it must be
    const worksMs = this.#sent * 3 * (takesMs + SUSPEND_MS) + this.#slow * 3 * SLOW_MS
    await until(cluster, () => missing().length === 0, DONE_WITHIN_MS + worksMs)
    demand(missing().length === 0, 'atLeastOnce', () => `not done: ${missing().join(', ')}`)
    const all = queuesOf(brokers, queues)
    await until(cluster, () => this.#owners.unsettled(all).length === 0, SETTLED_WITHIN_MS)
    demand(this.#owners.unsettled(all).length === 0, 'convergence', () => this.#owners.unsettled(all).join('; '))
    const undead = () => [...this.#stored].filter((key) => key.startsWith('poison') && !this.#deadKeys.has(key))
    await until(cluster, () => undead().length === 0, SETTLED_WITHIN_MS)
    demand(undead().length === 0, 'retry', () => `no dead letters after all attempts: ${undead().join(', ')}`)
    if (faults + this.#cuts === 0) this.#demandExact()
    await this.#demandPrompt(cluster, missing)
  }

  /** All is quiet and whole: what is sent now is handled now, one of a queue after the other. */
  async #demandPrompt(cluster: Cluster, missing: () => readonly string[]): Promise<void> {
    await cluster.sleep(REST_MS)
    // what was stored and not acknowledged is handled, too
    const lastMs = () => Math.max(0, ...[...this.#turns.values()].flat().map(({ beganMs }) => beganMs))
    await until(cluster, () => cluster.nowMs() - lastMs() > IDLE_MS, DONE_WITHIN_MS + this.#sent * 3 * SLOW_MS)
    const count = 4
    for (let customer = 0; customer < count; customer++)
      await this.do(cluster, { op: 'send', customer, count: 1, fate: 'fine' })
    await cluster.sleep(PROMPT_MS + count * this.#setup.takesMs)
    demand(
      missing().length === 0,
      'prompt',
      () => `after a rest, not handled within ${PROMPT_MS} ms: ${missing().join(', ')}`,
    )
  }

  #demandExact(): void {
    demand(this.#overlaps === 0, 'orderly', () => `${this.#overlaps} turns overlapped without any fault`)
    const { maxReconsumeTimes } = this.#setup
    for (const [key, handled] of this.#keysHandled) {
      const wanted = key.startsWith('poison') ? maxReconsumeTimes + 1 : key.startsWith('flaky') ? 3 : 1
      demand(handled.length === wanted, 'twice', () => `${key} had ${handled.length} turns, not ${wanted}`)
      const deaths = this.#deadKeys.get(key) ?? 0
      demand(deaths === (key.startsWith('poison') ? 1 : 0), 'retry', () => `${key} is a dead letter ${deaths} times`)
    }
    const customers = new Map<string, number>()
    for (const turn of [...this.#turns.values()].flat().sort((a, b) => a.beganMs - b.beganMs)) {
      const [, customer, n] = turn.key.split('-')
      const before = customers.get(customer!) ?? 0
      demand(Number(n) >= before, 'orderly', () => `${turn.key} came after message ${before} of its customer`)
      customers.set(customer!, Number(n))
    }
  }
}
