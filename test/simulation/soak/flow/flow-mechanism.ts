/**
 * A consumer that cannot keep up: what it has in hand stays within its thresholds and one batch, and all is consumed in the
 * end. Thresholds by count, size and span, of a queue and of a topic; `consumeThreadMax` besides.
 */

import { MIB } from '../../../../reference/common/units.ts'
import type { Cluster, Delivery, DeliveryAnswer } from '../../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { pick } from '../mechanism/faults.ts'
import type { Mechanism, Setup, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { SETTLED_WITHIN_MS, startMember, startServers, TOPIC } from '../mechanism/stage.ts'
import { demand } from '../violation.ts'

const MEMBER = 'billing-1'
const NONE = -1
/** Compressible: a pull brings a whole batch of them. */
const LARGEST_KIB = 240

export interface FlowSetup extends Setup {
  readonly queues: number
  readonly threads: number
  readonly takesMs: number
  readonly batch: number
  /** Of these one is small, the others as good as none. */
  readonly limit: 'queueCount' | 'queueSize' | 'topicCount' | 'topicSize' | 'span'
  /** Messages, MiB or offsets. */
  readonly most: number
  readonly isOrderly: boolean
}

export type FlowOp = { readonly op: 'send'; readonly count: number; readonly kiB: number; readonly isStuck: boolean }

export const flow: Mechanism<FlowSetup, FlowOp> = {
  name: 'flow',
  about: 'a consumer that cannot keep up: thresholds by count, size and span, of queues and topics',
  ops: ['send'],
  sleepsMs: [5, 50, 1_000, 5_000],
  faults: ['pause', 'link'],
  drawSetup(chance) {
    const limit = pick(chance, ['queueCount', 'queueSize', 'topicCount', 'topicSize', 'span'] as const)
    const isSize = limit.endsWith('Size')
    return {
      flushDiskType: 'ASYNC_FLUSH',
      queues: 1 + chance.int(3),
      threads: 1 + chance.int(6),
      takesMs: pick(chance, [100, 400]),
      batch: 1 + chance.int(8),
      limit,
      most: isSize ? 1 + chance.int(3) : 4 + chance.int(20),
      isOrderly: chance.int(4) === 0,
    }
  },
  drawOp: (chance, { limit }) => ({
    op: 'send',
    count: limit.endsWith('Size') ? 3 + chance.int(7) : 5 + chance.int(25),
    kiB: limit.endsWith('Size') ? pick(chance, [120, LARGEST_KIB]) : 0,
    isStuck: limit === 'span' || chance.int(4) === 0,
  }),
  nodes: () => ({ namesrvs: ['namesrv'], brokers: ['broker-a'], clients: ['shop', MEMBER] }),
  inWords: ({ count, kiB, isStuck }) =>
    `shop sends ${count} of ${kiB} KiB${isStuck ? ', the first of which takes long' : ''}`,
  setupInWords: ({ queues, threads, takesMs, batch, limit, most, isOrderly }) =>
    `${queues} queues, ${limit} at most ${most}, batches of ${batch}, ${threads} at a time${isOrderly ? ' in order' : ''}, ${takesMs} ms each`,
  begin: (setup) => new FlowWork(setup),
}

class FlowWork implements Work<FlowOp> {
  readonly #setup: FlowSetup
  readonly #stored = new Set<string>()
  readonly #consumed = new Set<string>()
  /** Bytes of what is in hand, by offset, of each queue. */
  readonly #inHand = new Map<number, Map<number, number>>()
  #sent = 0
  #handed = 0
  #mostThreads = 0
  #mostInHand = 0
  /** A pause took locks of orderly queues: the others had their shares of the topic's limit for a while. */
  #hasGivenUp = false
  /** Batches came slower than they were consumed for a while: there may never have been much in hand. */
  #hasSlowLinks = false

  constructor(setup: FlowSetup) {
    this.#setup = setup
  }

  counts() {
    return { sent: this.#sent }
  }

  async start(cluster: Cluster): Promise<void> {
    const { queues, threads, batch, limit, most, isOrderly } = this.#setup
    cluster.onDelivery((delivery) => this.#deliver(delivery))
    await startServers(cluster, ['broker-a'], queues, ['mappedFileSizeCommitLog=4194304'])
    const of = (name: FlowSetup['limit'], otherwise: number) => (limit === name ? most : otherwise)
    await startMember(cluster, MEMBER, [
      `consumeThreadMax=${threads}`,
      `pullBatchSize=${batch}`,
      `pullThresholdForQueue=${of('queueCount', 65_535)}`,
      `pullThresholdSizeForQueue=${of('queueSize', 1_024)}`,
      `pullThresholdForTopic=${of('topicCount', NONE)}`,
      `pullThresholdSizeForTopic=${of('topicSize', NONE)}`,
      `consumeConcurrentlyMaxSpan=${of('span', 65_535)}`,
      `orderly=${isOrderly}`,
    ])
    await cluster.sleep(5_000)
  }

  async do(cluster: Cluster, { count, kiB, isStuck }: FlowOp): Promise<void> {
    for (let i = 0; i < count; i++) {
      const key = `${isStuck && i === 0 ? 'stuck' : 'm'}-${kiB}-${++this.#sent}`
      const { status } = await cluster.produce('shop', { topic: TOPIC, key, body: 'x'.repeat(kiB * 1024 || 1) })
      if (status === 'SEND_OK') this.#stored.add(key)
    }
  }

  #deliver({ key }: Omit<Delivery, 'status'>): DeliveryAnswer {
    const { takesMs, threads } = this.#setup
    this.#mostThreads = Math.max(this.#mostThreads, ++this.#handed)
    demand(
      this.#handed <= threads,
      'limits',
      () => `${this.#handed} messages are with the listener, at most ${threads}`,
    )
    return { status: 'CONSUME_SUCCESS', afterMs: key.startsWith('stuck') ? 50 * takesMs : takesMs }
  }

  hear(event: TraceEvent): void {
    if (event.kind === 'message.cached' && event.topic === TOPIC) {
      const inHand = this.#inHand.get(event.queueId) ?? new Map<number, number>()
      this.#inHand.set(event.queueId, inHand.set(event.queueOffset, Number(event.key.split('-')[1]) * 1024))
      this.#demandWithin(inHand, event.queueId)
    } else if (event.kind === 'fault.began' && event.fault === 'link') {
      this.#hasSlowLinks = true
    } else if (event.kind === 'queue.released' && event.topic === TOPIC) {
      this.#hasGivenUp = true
      this.#inHand.delete(event.queueId)
    } else if (event.kind === 'message.consumed' && event.topic === TOPIC) {
      this.#handed--
      this.#consumed.add(event.key)
      this.#inHand.get(event.queueId)?.delete(event.queueOffset)
    }
  }

  /** One batch may come on top: the thresholds are looked at before a pull. */
  #demandWithin(inHand: ReadonlyMap<number, number>, queueId: number): void {
    const { limit, most, batch, queues, isOrderly } = this.#setup
    this.#mostInHand = Math.max(this.#mostInHand, inHand.size)
    const has = (what: number, atMost: number) =>
      demand(
        what <= atMost,
        'limits',
        () => `queue ${queueId} has ${what} in hand, at most ${atMost} by ${limit} ${most}`,
      )
    const share = Math.max(1, Math.floor(most / queues))
    if (limit === 'queueCount') has(inHand.size, most - 1 + batch)
    if (limit === 'topicCount') has(inHand.size, (this.#hasGivenUp ? most : share) - 1 + batch)
    const bytes = [...inHand.values()].reduce((sum, size) => sum + size, 0)
    const batchBytes = batch * LARGEST_KIB * 1024
    if (limit === 'queueSize') has(bytes, most * MIB + batchBytes)
    if (limit === 'topicSize') has(bytes, (this.#hasGivenUp ? most : share) * MIB + batchBytes)
    if (limit === 'span' && !isOrderly) has(Math.max(...inHand.keys()) - Math.min(...inHand.keys()), most + batch)
  }

  async settle(cluster: Cluster): Promise<void> {
    const { takesMs, limit, most, batch, threads, queues } = this.#setup
    const worksMs = this.#sent * takesMs * 12
    const missing = () => [...this.#stored].filter((key) => !this.#consumed.has(key))
    await until(cluster, () => missing().length === 0, SETTLED_WITHIN_MS + worksMs)
    demand(missing().length === 0, 'atLeastOnce', () => `never consumed: ${missing().join(', ')}`)
    if (this.#sent < 80 || this.#setup.isOrderly) return
    // a limit by count may leave less in hand than there are threads
    const perQueue = { queueCount: most, topicCount: Math.max(1, Math.floor(most / queues)) }[limit as 'queueCount']
    const busy = Math.min(threads, queues * (perQueue ?? threads))
    demand(this.#mostThreads >= busy, 'limits', () => `only ${this.#mostThreads} of ${busy} were used at a time`)
    const wanted = limit === 'queueCount' && !this.#hasSlowLinks ? Math.min(most, 8) : Math.min(batch, 2)
    demand(this.#mostInHand >= wanted, 'limits', () => `no queue ever had ${wanted} in hand, only ${this.#mostInHand}`)
  }
}
