/**
 * The applications of a playground: what producers send, and what listeners and local transactions answer.
 *
 * A producer sends by the clock alone, whatever becomes of its messages: what the reader kills delays nothing that RocketMQ would not
 * delay. While its process is down, its messages of that time are not sent.
 */
import type { Cluster, DeliveryAnswer } from '../../../reference/host/cluster.ts'
import { START_MS } from '../../../reference/host/sim/limits.ts'
import type { Member } from '../experiment/experiment.ts'
import type { Values } from '../experiment/fields.ts'
import { bodyOf, customerOf, doesFail, isRolledBack, keyOf, producerOf, TAGS, tagOf } from './messages.ts'
import { TOPIC } from './nodes.ts'

/** Messages of one batch. */
const BATCH = 10
/** How often a producer without a rate looks whether it has one. */
const IDLE_MS = 100

const CALL_OF: Readonly<Record<string, string>> = { async: 'sendAsync', oneway: 'sendOneway', batch: 'sendBatch' }

interface Sender {
  values: Values
  /** Counts the programs of this producer; an older one ends. */
  program: number
  /** Messages that it has made. */
  made: number
}

export class Applications {
  readonly #cluster: Cluster
  readonly #seed: number
  readonly #senders = new Map<string, Sender>()
  readonly #groups = new Map<string, Values>()

  constructor(cluster: Cluster, seed: number) {
    this.#cluster = cluster
    this.#seed = seed
    cluster.onDelivery(({ group, key, reconsumeTimes }) => this.#listen(group, key, reconsumeTimes))
    cluster.onHanded('executeLocalTransaction', (_, text) => this.#transact(text, true))
    cluster.onHanded('checkLocalTransaction', (_, text) => this.#transact(text, false))
  }

  /** Runs a member's application, or the changed one. */
  run({ kind, name, values }: Member): void {
    if (kind === 'group') this.#groups.set(name, values)
    if (kind !== 'producer') return
    const sender = this.#senders.get(name) ?? { values, program: 0, made: 0 }
    this.#senders.set(name, sender)
    sender.values = values
    void this.#loop(name, sender, ++sender.program).catch(() => {}) // the cluster was disposed
  }

  /** The application of a member has ended for good. */
  end(name: string): void {
    const sender = this.#senders.get(name)
    if (sender !== undefined) sender.program++
  }

  /** A producer sends so many messages at once. */
  burst(name: string, count: number): void {
    const sender = this.#senders.get(name)
    if (sender !== undefined) for (let i = 0; i < count; i++) this.#send(name, sender, 1)
  }

  /** How many messages a producer has made; 0 for one that is not there. */
  madeBy(name: string): number {
    return this.#senders.get(name)?.made ?? 0
  }

  async #loop(name: string, sender: Sender, program: number): Promise<void> {
    const { mode, rate, total } = sender.values
    const each = mode === 'batch' ? BATCH : 1
    const gapMs = (1_000 * each) / Math.max(1, Number(rate))
    for (let dueMs = this.#cluster.nowMs(); ; dueMs += Number(rate) === 0 ? IDLE_MS : gapMs) {
      await this.#cluster.sleep(Math.max(0, dueMs - this.#cluster.nowMs()))
      const isOver = Number(total) > 0 && sender.made >= Number(total)
      if (sender.program !== program || Number(rate) === 0 || isOver) return
      this.#send(name, sender, each)
    }
  }

  #send(name: string, sender: Sender, each: number): void {
    if (!this.#cluster.isRunning(name)) return
    const { mode } = sender.values
    const messages = Array.from({ length: each }, () => this.#message(name, sender.values, ++sender.made))
    const call = each === 1 && mode === 'batch' ? 'send' : (CALL_OF[String(mode)] ?? 'send')
    const text = JSON.stringify(call === 'sendBatch' ? { messages } : messages[0])
    void this.#cluster.call(name, call, text).catch(() => {}) // what becomes of it is in the log
  }

  #message(name: string, values: Values, number: number): object {
    const key = keyOf(name, number)
    const tag = tagOf(number, Number(values['tags']))
    const message = { topic: TOPIC, key, tag: TAGS[tag], body: bodyOf(tag, Number(values['bytes'])) }
    const customer = customerOf(this.#seed, key, values)
    const time =
      values['mode'] !== 'delayed'
        ? {}
        : Number(values['due']) > 0
          ? { deliverTimeMs: START_MS + 1_000 * Number(values['due']) }
          : { delayTimeMs: 1_000 * Number(values['wait']) }
    return { ...message, ...time, ...(customer === undefined ? {} : { shardingKey: customer }) }
  }

  #listen(group: string, key: string, tries: number): DeliveryAnswer {
    const values = this.#groups.get(group)
    if (values === undefined) return 'CONSUME_SUCCESS'
    const isBad = doesFail(this.#seed, group, values, key, tries)
    return { status: isBad ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS', afterMs: Number(values['service']) }
  }

  /** The outcome stands in the shop's own database: a check finds it at once, the first time it takes the time of the transaction. */
  #transact(text: string, isFirst: boolean): string {
    const { key } = JSON.parse(text) as { key: string }
    const values = this.#senders.get(producerOf(key))?.values ?? {}
    const state = isRolledBack(this.#seed, key, values) ? 'ROLLBACK_MESSAGE' : 'COMMIT_MESSAGE'
    return JSON.stringify({ state, ...(isFirst ? { afterMs: Number(values['takes'] ?? 0) } : {}) })
  }
}
