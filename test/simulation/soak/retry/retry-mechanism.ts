/**
 * Messages that fail, under faults: each comes again later and later, and in the end is consumed or a dead letter.
 *
 * What becomes of a message is fixed by its key:
 *
 * | key      | its listener                                                        | ends                     |
 * | -------- | ------------------------------------------------------------------- | ------------------------ |
 * | fine     | takes it                                                             | consumed                 |
 * | flaky-n  | refuses it n times, no more often than the limit                      | consumed                 |
 * | poison   | refuses it always                                                    | dead letter              |
 * | giveUp   | refuses it and asks for no more                                       | dead letter              |
 * | slow     | says nothing for longer than `consumeTimeout`, the first time          | consumed, or dead letter  |
 *
 * The brokers' logs, read from their disks in the end, say how long everything waited and what lies among the dead letters.
 */
import { type MessageExt, PROPERTY } from '../../../../reference/common/message.ts'
import type { Cluster, Delivery, DeliveryAnswer } from '../../../../reference/host/cluster.ts'
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { DELAY_LEVELS_MS } from '../../../../reference/store/delay-level.ts'
import { ALL_FAULT_CLASSES, pick } from '../mechanism/faults.ts'
import { logOf } from '../mechanism/log-of.ts'
import type { Mechanism, Setup, Work } from '../mechanism/mechanism.ts'
import { until } from '../mechanism/run-mechanism.ts'
import { bodyOf, SETTLED_WITHIN_MS, startMember, startServers, storedOffsets, TOPIC } from '../mechanism/stage.ts'
import { demand } from '../violation.ts'
import { DLQ_TOPIC, GivenBack, RETRY_TOPIC, WAITING_TOPIC } from './given-back.ts'

const MEMBERS = ['billing-1', 'billing-2'] as const
/** `consumeTimeout` is a minute; a slow listener takes a little longer. */
const SLOW_MS = 61_500
/** Long enough for a broker to be gone when the message is given back. */
const REFUSES_AFTER_MS = 150
/** Levels 3 to 8 and the way between them; then offsets. */
const DONE_WITHIN_MS = 1_500_000
/** The route of a new retry topic, its first offset, a held pull; a broker that has just come back. */
const ON_ITS_WAY_MS = SETTLED_WITHIN_MS

export interface RetrySetup extends Setup {
  readonly brokers: readonly string[]
  readonly maxReconsumeTimes: number
}

type Fate = 'fine' | 'flaky' | 'poison' | 'giveUp' | 'slow'

export type RetryOp = { readonly op: 'send'; readonly fate: Fate; readonly times: number; readonly count: number }

export const retry: Mechanism<RetrySetup, RetryOp> = {
  name: 'retry',
  about: 'refused messages: waits, attempts, dead letters, timeouts, ways to give back, under all faults',
  readsPayloads: true,
  ops: ['send'],
  sleepsMs: [50, 2_000, 12_000, 35_000, 70_000],
  faults: ALL_FAULT_CLASSES,
  drawSetup: (chance) => ({
    flushDiskType: chance.int(2) === 0 ? 'ASYNC_FLUSH' : 'SYNC_FLUSH',
    brokers: chance.int(2) === 0 ? ['broker-a', 'broker-b'] : ['broker-a'],
    maxReconsumeTimes: pick(chance, [0, 1, 2, 3, 5]),
  }),
  drawOp: (chance, { maxReconsumeTimes }) => ({
    op: 'send',
    fate: pick(chance, ['fine', 'flaky', 'flaky', 'poison', 'poison', 'giveUp', 'slow'] as const),
    times: Math.min(maxReconsumeTimes, 1 + chance.int(4)),
    count: 1 + chance.int(4),
  }),
  nodes: ({ brokers }) => ({ namesrvs: ['namesrv'], brokers, clients: ['shop', ...MEMBERS] }),
  inWords: ({ fate, times, count }) =>
    `shop sends ${count} that are ${fate === 'flaky' ? `refused ${times} times` : fate}`,
  setupInWords: ({ flushDiskType, brokers, maxReconsumeTimes }) =>
    `${flushDiskType}, ${brokers.join(' and ')}, at most ${maxReconsumeTimes} redeliveries`,
  begin: (setup) => new RetryWork(setup),
}

class RetryWork implements Work<RetryOp> {
  readonly #setup: RetrySetup
  readonly #acknowledged = new Set<string>()
  #sent = 0
  /** Attempts by key, in order: what was `reconsumeTimes`, when, and the answer. */
  readonly #attempts = new Map<string, { readonly times: number; readonly atMs: number; readonly isOk: boolean }[]>()
  readonly #dead = new Set<string>()
  readonly #ways = new GivenBack()
  #givenBack = 0
  #clocksMoved = false

  constructor(setup: RetrySetup) {
    this.#setup = setup
  }

  counts() {
    return {
      sent: this.#sent,
      'given back': this.#givenBack,
      'dead letters': this.#dead.size,
      'dead again': this.#ways.deadAgain,
    }
  }

  async start(cluster: Cluster): Promise<void> {
    const { brokers, flushDiskType, maxReconsumeTimes } = this.#setup
    cluster.onDelivery((delivery) => this.#deliver(delivery))
    await startServers(cluster, brokers, 2, [`flushDiskType=${flushDiskType}`])
    const settings = [`maxReconsumeTimes=${maxReconsumeTimes}`, 'consumeTimeout=1']
    for (const name of MEMBERS) await startMember(cluster, name, settings)
    await cluster.sleep(5_000)
  }

  async do(cluster: Cluster, { fate, times, count }: RetryOp): Promise<void> {
    for (let i = 0; i < count; i++) {
      const key = `${fate}-${times}-${++this.#sent}`
      const { status } = await cluster.produce('shop', { topic: TOPIC, key, body: bodyOf(key) })
      if (status === 'SEND_OK') this.#acknowledged.add(key)
    }
  }

  #deliver({ key, body, topic, reconsumeTimes, atMs }: Omit<Delivery, 'status'>): DeliveryAnswer {
    demand(body === bodyOf(key) && topic === TOPIC, 'invention', () => `${key} was delivered as "${body}" of ${topic}`)
    const [fate, times] = fateOf(key)
    const isOk =
      fate === 'fine' || (fate === 'flaky' && reconsumeTimes >= times) || (fate === 'slow' && reconsumeTimes > 0)
    const attempts = this.#attempts.get(key) ?? []
    this.#demandWait(key, reconsumeTimes, atMs, attempts)
    this.#attempts.set(key, [...attempts, { times: reconsumeTimes, atMs, isOk }])
    if (!isOk) this.#ways.of(key).refusals++
    if (fate === 'slow' && reconsumeTimes === 0) return { status: 'CONSUME_SUCCESS', afterMs: SLOW_MS }
    if (isOk) return 'CONSUME_SUCCESS'
    return { status: 'RECONSUME_LATER', afterMs: REFUSES_AFTER_MS, ...(fate === 'giveUp' ? { delayLevel: -1 } : {}) }
  }

  /** True time between an attempt and the next one; without clocks that are set it is at least the level's. */
  #demandWait(key: string, times: number, atMs: number, attempts: readonly { times: number; atMs: number }[]): void {
    const before = attempts.find((attempt) => attempt.times === times - 1)
    if (before === undefined || this.#clocksMoved || this.#triedHere) return
    const waitedMs = atMs - before.atMs
    const least = DELAY_LEVELS_MS[times + 1]! // level n + 2, the first at index 0
    demand(waitedMs >= least, 'retry', () => `redelivery ${times} of ${key} came after ${waitedMs} ms, not ${least}`)
  }

  /** A message that no broker takes back is tried in the client again after 5 s: RocketMQ's own way. */
  #triedHere = false

  hear(event: TraceEvent): void {
    this.#ways.hear(event)
    if (event.kind === 'message.retried') this.#givenBack++
    else if (event.kind === 'fault.began' && event.fault === 'clock') this.#clocksMoved = true
    else if (event.kind === 'log.line' && event.text.startsWith('a message could not be given back'))
      this.#triedHere = true
  }

  async settle(cluster: Cluster, faults: number): Promise<void> {
    let open: readonly string[] = []
    const areAllDone = async () => {
      open = await this.#open(cluster)
      return open.length === 0
    }
    const isDone = await until(cluster, areAllDone, DONE_WITHIN_MS + ON_ITS_WAY_MS, 15_000)
    demand(isDone, 'atLeastOnce', () => `neither consumed nor dead: ${open.join(', ')}`)
    let lagging: readonly string[] = []
    const isDrained = async () => {
      lagging = await this.#lagging(cluster)
      return lagging.length === 0
    }
    demand(await until(cluster, isDrained, DONE_WITHIN_MS, 15_000), 'retry', () => `left behind: ${lagging.join(', ')}`)
    const logs = await Promise.all(this.#setup.brokers.map((broker) => logOf(cluster, broker)))
    this.#judge(logs.flat())
    this.#ways.judge(logs.flat())
    if (faults === 0) this.#demandExact(logs.flat())
  }

  /** Acknowledged keys that have not come to their end. */
  async #open(cluster: Cluster): Promise<readonly string[]> {
    for (const broker of this.#setup.brokers)
      for (const { topic, properties } of await logOf(cluster, broker))
        if (topic === DLQ_TOPIC) this.#dead.add(properties.get(PROPERTY.KEYS) ?? '')
    return [...this.#acknowledged].filter((key) => !this.#dead.has(key) && !this.#isConsumed(key))
  }

  #isConsumed(key: string): boolean {
    return this.#attempts.get(key)?.some(({ isOk }) => isOk) === true
  }

  /** Queues of the topic and its retry topic that the group is not through with, and levels that still hold messages. */
  async #lagging(cluster: Cluster): Promise<readonly string[]> {
    const { brokers } = this.#setup
    const behind: string[] = []
    for (const broker of brokers) {
      const log = await logOf(cluster, broker)
      for (const topic of [TOPIC, RETRY_TOPIC]) {
        const stored = await storedOffsets(cluster, [broker], topic)
        for (const [id, end] of endsOf(log, topic))
          if ((stored.get(`${broker}/${id}`) ?? 0) !== end) behind.push(`${topic} queue ${id} on ${broker}`)
      }
    }
    return behind
  }

  #judge(log: readonly MessageExt[]): void {
    const { maxReconsumeTimes } = this.#setup
    for (const message of log) {
      const { topic, properties, reconsumeTimes: times } = message
      const key = properties.get(PROPERTY.KEYS) ?? ''
      if (topic === WAITING_TOPIC && properties.get(PROPERTY.REAL_TOPIC) === RETRY_TOPIC) {
        const level = Number(properties.get(PROPERTY.DELAY_TIME_LEVEL))
        demand(level === times + 2, 'retry', () => `redelivery ${times} of ${key} waits at level ${level}`)
        demand(times <= maxReconsumeTimes, 'retry', () => `redelivery ${times} of ${key}, at most ${maxReconsumeTimes}`)
      }
      if (topic !== DLQ_TOPIC) continue
      const [fate] = fateOf(key)
      const mayDie = fate === 'poison' || fate === 'giveUp' || (fate === 'slow' && maxReconsumeTimes === 0)
      demand(mayDie, 'retry', () => `${key} is a dead letter`)
      const tried = this.#attempts.get(key)?.length ?? 0
      const wanted = fate === 'poison' ? maxReconsumeTimes + 1 : 1
      demand(tried >= wanted, 'retry', () => `${key} is a dead letter after ${tried} attempts, not ${wanted}`)
      demand(times >= wanted, 'retry', () => `the dead letter ${key} says that it was tried ${times} times`)
    }
  }

  /** Without faults everything is exact. */
  #demandExact(log: readonly MessageExt[]): void {
    const { maxReconsumeTimes } = this.#setup
    const dead = log.filter(({ topic }) => topic === DLQ_TOPIC).map(({ properties }) => properties.get(PROPERTY.KEYS))
    for (const [key, attempts] of this.#attempts) {
      const [fate, n] = fateOf(key)
      const last = { fine: 0, flaky: n, poison: maxReconsumeTimes, giveUp: 0, slow: Math.min(1, maxReconsumeTimes) }[
        fate
      ]
      const wanted = Array.from({ length: last + 1 }, (_, times) => times).join(', ')
      const were = attempts.map(({ times }) => times).join(', ')
      demand(were === wanted, 'retry', () => `attempts of ${key} were ${were}, not ${wanted}`)
      const deaths = dead.filter((other) => other === key).length
      const mayDie = fate === 'poison' || fate === 'giveUp' || (fate === 'slow' && maxReconsumeTimes === 0)
      demand(deaths === (mayDie ? 1 : 0), 'retry', () => `${key} lies ${deaths} times among the dead letters`)
    }
  }
}

function fateOf(key: string): readonly [Fate, number] {
  const [fate, times] = key.split('-')
  return [fate as Fate, Number(times)]
}

/** Where each queue of a topic ends, by the log. */
function endsOf(log: readonly MessageExt[], topic: string): ReadonlyMap<number, number> {
  const ends = new Map<number, number>()
  for (const { topic: own, queueId, queueOffset } of log) if (own === topic) ends.set(queueId, queueOffset + 1)
  return ends
}
