/**
 * Plain consumption under faults, in a group and broadcast: every acknowledged message is handled, and one that is handled
 * again has its cause in the log.
 *
 * | a message comes again because                                | the log shows                                  |
 * | ------------------------------------------------------------ | ---------------------------------------------- |
 * | the queue was begun anew, from an offset that lagged behind    | `queue.assigned` between the two deliveries     |
 * | its producer tried again without knowing what became of a try  | as many `message.sending` as places it lies in  |
 */
import type { Cluster, Delivery, DeliveryAnswer } from '../../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { ALL_FAULT_CLASSES, pick } from '../mechanism/faults.ts'
import type { Mechanism, Setup, Work } from '../mechanism/mechanism.ts'
import { NotedOffsets } from '../mechanism/noted-offsets.ts'
import { Pauses } from '../mechanism/pauses.ts'
import { until } from '../mechanism/run-mechanism.ts'
import {
  bodyOf,
  COMMITTED_WITHIN_MS,
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

/** Offsets of a broadcasting member are noted every 5 s, the first time after 10 s; not while the member stands still. */
const NOTED_WITHIN_MS = 15_000
/** One message in four takes so long, in half of the runs; those behind it are done before it. */
const SLOW_MS = 7_000
const PAUSES_MS = 120_000
export interface DeliverySetup extends Setup {
  readonly brokers: readonly string[]
  readonly queues: number
  readonly members: readonly string[]
  readonly isBroadcast: boolean
  readonly hasSlow: boolean
}

export type DeliveryOp =
  | { readonly op: 'send'; readonly count: number; readonly fails: boolean }
  /** A member dies when what it has handled has been noted, all of it or with slow ones in hand, and comes back. */
  | { readonly op: 'outlast'; readonly member: string; readonly quietMs: number }

export const delivery: Mechanism<DeliverySetup, DeliveryOp> = {
  name: 'delivery',
  about: 'groups and broadcasting: at least once, duplicates with a cause, offsets that do not fall',
  ops: ['send', 'outlast'],
  sleepsMs: [50, 500, 4_000, 12_000, 25_000],
  faults: ALL_FAULT_CLASSES,
  drawSetup: (chance) => ({
    flushDiskType: chance.int(2) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH',
    brokers: chance.int(2) === 0 ? ['broker-a', 'broker-b'] : ['broker-a'],
    queues: 1 + chance.int(4),
    members: ['billing-1', 'billing-2', 'billing-3'].slice(0, 1 + chance.int(3)),
    isBroadcast: chance.int(2) === 0,
    hasSlow: chance.int(2) === 0,
  }),
  drawOp: (chance, { members }) =>
    chance.int(12) === 0
      ? {
          op: 'outlast',
          member: pick(chance, members),
          quietMs: chance.int(2) === 0 ? 6_500 : 24_000 + chance.int(11_000),
        }
      : { op: 'send', count: 1 + chance.int(12), fails: chance.int(3) === 0 },
  nodes: ({ brokers, members }) => ({ namesrvs: ['namesrv'], brokers, clients: ['shop', ...members] }),
  inWords: (op) =>
    op.op === 'send'
      ? `shop sends ${op.count}${op.fails ? ', which fail when they are broadcast' : ''}`
      : `shop sends 8, ${op.member} dies ${op.quietMs} ms later and comes back`,
  setupInWords: ({ flushDiskType, brokers, queues, members, isBroadcast }) =>
    `${flushDiskType}, ${brokers.join(' and ')} with ${queues} queues each, ${members.length} members, ${isBroadcast ? 'broadcast' : 'shared'}`,
  begin: (setup) => new DeliveryWork(setup),
}

/** A member's loop over a queue: from one `queue.assigned` to the next. */
interface Loop {
  readonly handed: Set<number>
}

class DeliveryWork implements Work<DeliveryOp> {
  readonly #setup: DeliverySetup
  readonly #acknowledged = new Set<string>()
  #sent = 0
  /** Members that were handed a key, with repetitions. */
  readonly #handed = new Map<string, string[]>()
  /** Members that have finished with a key. */
  readonly #done = new Map<string, Set<string>>()
  /** Places of a key, and tries to send it. */
  readonly #places = new Map<string, Set<string>>()
  readonly #tries = new Map<string, number>()
  readonly #loops = new Map<string, Loop>()
  /** When each member last handled an offset of a queue: `member|queue@offset`. */
  readonly #handledMs = new Map<string, number>()
  readonly #stopsMs = new Map<string, number[]>()
  /** When a member gave a queue up: what it had in hand then counts for nothing. */
  readonly #givenUpMs = new Map<string, number[]>()
  readonly #owners = new Owners()
  readonly #offsets = new NotedOffsets()
  readonly #pauses = new Pauses()
  #hasPauses = false
  #again = 0
  #kills = 0

  constructor(setup: DeliverySetup) {
    this.#setup = setup
  }

  counts() {
    return { sent: this.#sent, acknowledged: this.#acknowledged.size, 'handled again': this.#again }
  }

  async start(cluster: Cluster): Promise<void> {
    const { brokers, queues, flushDiskType, members, isBroadcast } = this.#setup
    cluster.onDelivery((delivery) => this.#deliver(delivery))
    await startServers(cluster, brokers, queues, [`flushDiskType=${flushDiskType}`])
    const model = isBroadcast ? 'BROADCASTING' : 'CLUSTERING'
    for (const name of members) await startMember(cluster, name, [`messageModel=${model}`])
    await cluster.sleep(5_000)
  }

  async do(cluster: Cluster, op: DeliveryOp): Promise<void> {
    if (op.op === 'send') return this.#send(cluster, op.count, op.fails)
    this.#kills++
    await this.#send(cluster, 8, true)
    await cluster.sleep(op.quietMs)
    if (!cluster.isRunning(op.member)) return
    await cluster.kill(op.member)
    await cluster.restart(op.member).catch(() => {})
    await this.#send(cluster, 8, false)
  }

  async #send(cluster: Cluster, count: number, fails: boolean): Promise<void> {
    for (let i = 0; i < count; i++) {
      const key = `${fails && this.#setup.isBroadcast ? 'bad' : 'm'}${++this.#sent}`
      const { status } = await cluster.produce('shop', { topic: TOPIC, key, body: bodyOf(key) })
      if (status === 'SEND_OK') this.#acknowledged.add(key)
    }
  }

  #deliver({ node, key, body, brokerName, queueId, queueOffset, atMs }: Omit<Delivery, 'status'>): DeliveryAnswer {
    demand(body === bodyOf(key), 'invention', () => `${key} was delivered as "${body}"`)
    const queue = `${brokerName}/${queueId}`
    const place = `${queue}@${queueOffset}`
    const { handed } = this.#loops.get(`${node}|${queue}`) ?? { handed: new Set() }
    demand(
      !handed.has(queueOffset),
      'twice',
      () => `${node} was handed ${key} (${place}) twice, and never lost ${queue}`,
    )
    handed.add(queueOffset)
    this.#demandNoted(node, place, key)
    this.#handledMs.set(`${node}|${place}`, atMs)
    const places = this.#places.get(key) ?? new Set()
    this.#places.set(key, places.add(place))
    const tries = this.#tries.get(key) ?? 0
    demand(
      places.size <= tries,
      'twice',
      () => `${key} lies in ${[...places].join(' and ')}, and was sent ${tries} times`,
    )
    const members = this.#handed.get(key) ?? []
    if (members.includes(node) || (!this.#setup.isBroadcast && members.length > 0)) this.#again++
    this.#handed.set(key, [...members, node])
    this.#offsets.reaches(queue, queueOffset + 1)
    const isSlow = this.#setup.hasSlow && queueOffset % 4 === 0
    const status = key.startsWith('bad') ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'
    return isSlow ? { status, afterMs: SLOW_MS } : status
  }

  /** A broadcasting member that comes back repeats what came since its last note, and no more. */
  #demandNoted(node: string, place: string, key: string): void {
    const beforeMs = this.#handledMs.get(`${node}|${place}`)
    const queue = place.slice(0, place.indexOf('@'))
    const ends = [...(this.#stopsMs.get(node) ?? []), ...(this.#givenUpMs.get(`${node}|${queue}`) ?? [])]
    const stoppedMs = Math.min(...ends.filter((ms) => ms >= (beforeMs ?? 0)))
    if (!this.#setup.isBroadcast || beforeMs === undefined) return
    const ranMs = stoppedMs - beforeMs - this.#pauses.stoodStillMs(node, beforeMs, stoppedMs)
    demand(
      ranMs <= NOTED_WITHIN_MS + SLOW_MS,
      'offsets',
      () =>
        `${node} handled ${key} (${place}), ran for ${ranMs} ms before it died or lost the queue, and handles it again`,
    )
  }

  hear(event: TraceEvent): void {
    this.#owners.hear(event)
    this.#pauses.hear(event)
    if (event.kind === 'fault.began' && event.fault === 'pause') this.#hasPauses = true
    this.#offsets.hear(event, this.#hasPauses ? PAUSES_MS : 0)
    if (event.kind === 'message.sending') this.#tries.set(event.key, (this.#tries.get(event.key) ?? 0) + 1)
    else if (event.kind === 'queue.assigned' && event.topic === TOPIC)
      this.#loops.set(`${event.node}|${event.brokerName}/${event.queueId}`, { handed: new Set() })
    else if (event.kind === 'queue.released') {
      const loop = `${event.node}|${event.brokerName}/${event.queueId}`
      this.#givenUpMs.set(loop, [...(this.#givenUpMs.get(loop) ?? []), event.atMs])
    } else if (event.kind === 'message.consumed')
      this.#done.set(event.key, (this.#done.get(event.key) ?? new Set()).add(event.node))
    else if (event.kind === 'node.stopped')
      this.#stopsMs.set(event.node, [...(this.#stopsMs.get(event.node) ?? []), event.atMs])
  }

  async settle(cluster: Cluster, faults: number): Promise<void> {
    const { isBroadcast, members, brokers, queues } = this.#setup
    const missing = () => (isBroadcast ? members.flatMap((member) => this.#missing(member)) : this.#missing(undefined))
    await until(cluster, () => missing().length === 0, SETTLED_WITHIN_MS)
    demand(
      missing().length === 0,
      isBroadcast ? 'broadcast' : 'atLeastOnce',
      () => `never came: ${missing().join(', ')}`,
    )
    if (faults + this.#kills === 0) this.#demandOnce()
    await this.#demandPrompt(cluster, missing)
    if (isBroadcast) return this.#demandNothingGivenBack(cluster)
    const all = queuesOf(brokers, queues)
    await until(cluster, () => this.#owners.unsettled(all).length === 0, SETTLED_WITHIN_MS)
    demand(this.#owners.unsettled(all).length === 0, 'convergence', () => this.#owners.unsettled(all).join('; '))
    let lagging: readonly string[] = []
    const isCommitted = async () => {
      lagging = this.#offsets.lagging(await storedOffsets(cluster, brokers, TOPIC))
      return lagging.length === 0
    }
    demand(await until(cluster, isCommitted, COMMITTED_WITHIN_MS), 'offsets', () => lagging.join('; '))
  }

  /** All is quiet and whole: what is sent now is handled now. */
  async #demandPrompt(cluster: Cluster, missing: () => readonly string[]): Promise<void> {
    await cluster.sleep(REST_MS)
    const before = this.#acknowledged.size
    await this.#send(cluster, 4, false)
    demand(this.#acknowledged.size === before + 4, 'prompt', () => 'after a rest, a send without faults fails')
    await cluster.sleep(PROMPT_MS + (this.#setup.hasSlow ? SLOW_MS : 0))
    demand(
      missing().length === 0,
      'prompt',
      () => `after a rest, not handled within ${PROMPT_MS} ms: ${missing().join(', ')}`,
    )
  }

  /** Acknowledged, and not handled to the end by the member; without one: by nobody. */
  #missing(member: string | undefined): readonly string[] {
    return [...this.#acknowledged]
      .filter((key) => {
        const done = this.#done.get(key)
        return member === undefined ? done === undefined : done?.has(member) !== true
      })
      .map((key) => (member === undefined ? key : `${key} to ${member}`))
  }

  #demandOnce(): void {
    for (const [key, handed] of this.#handed) {
      const times = this.#setup.isBroadcast ? this.#setup.members.length : 1
      demand(handed.length === times, 'twice', () => `${key} came to ${handed.join(', ')} without any fault`)
    }
  }

  async #demandNothingGivenBack(cluster: Cluster): Promise<void> {
    await cluster.sleep(12_000) // longer than the first retry takes
    for (const broker of this.#setup.brokers) {
      const files = await cluster.listFiles(broker)
      const given = files.find(({ path }) => path.includes('consumequeue/%RETRY%') || path.includes('SCHEDULE_TOPIC'))
      demand(given === undefined, 'broadcast', () => `a broadcast message was given back: ${given!.path} on ${broker}`)
    }
  }
}
