/**
 * Producers that send while masters fail, and what they see: the time without an acknowledged message, and the acknowledged
 * messages that are gone.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ClientInstance } from '../../reference/client/client-instance.ts'
import { PullConsumer } from '../../reference/client/consumer/pull-consumer.ts'
import { Producer } from '../../reference/client/producer/producer.ts'
import { keyOf, queueKey } from '../../reference/common/message.ts'
import { encodeUtf8 } from '../../reference/common/utf8.ts'
import { createNodeHost, type NodeHost } from '../../reference/host/node/node-host.ts'
import { type JavaClient, javaClient, type SteadyProducer } from '../interop/java-client.ts'
import { type TemporaryFolder, temporaryFolder } from '../support/temp.ts'

export const TOPIC = 'Failover'
/** Concurrent sends of each producer, and the pause of each sender after a send. */
const SENDERS = 4
const GAP_MS = 100
const BACK_WITHIN_MS = 120_000
/** Acknowledged messages may be visible a moment later. */
const VISIBLE_WITHIN_MS = 5_000

/** The clients of a cluster; the number is `pollNameServerInterval` in seconds. */
export const CLIENTS = ['official, 30 s', 'official, 1 s', 'ours'] as const
export type ClientKind = (typeof CLIENTS)[number]

/** The acknowledged messages of one producer. */
class Acknowledged {
  /** The time of each acknowledgement since `begin`, and of the last one before it. */
  #times: number[] = []
  readonly keys: string[] = []

  add(key: string, atMs: number): void {
    this.#times.push(atMs)
    this.keys.push(key)
  }

  begin(): void {
    this.#times = this.#times.slice(-1)
  }

  hasSince(atMs: number): boolean {
    return (this.#times.at(-1) ?? 0) > atMs
  }

  /** The longest time between two acknowledgements, in ms. */
  gapMs(): number {
    return Math.max(0, ...this.#times.slice(1).map((atMs, i) => atMs - this.#times[i]!))
  }
}

/** The producers of one cluster. */
export class FailoverLoad {
  readonly #acknowledged = new Map<ClientKind, Acknowledged>(CLIENTS.map((kind) => [kind, new Acknowledged()]))
  readonly #java: JavaClient
  readonly #folder: TemporaryFolder = temporaryFolder('failover-load')
  readonly #host: NodeHost
  readonly #instance: ClientInstance
  readonly #producer: Producer
  readonly #reader: PullConsumer
  readonly #steady: SteadyProducer[] = []
  #isStopped = false
  /** For each queue, the next offset to read. */
  #positions = new Map<string, number>()
  /** The keys that were read; some are read before their acknowledgement arrives. */
  #stored = new Set<string>()
  /** The number of keys of each producer that were looked for. */
  readonly #checked = new Map<ClientKind, number>()

  private constructor(java: JavaClient, namesrv: string) {
    this.#java = java
    this.#host = createNodeHost({ name: 'load', directory: this.#folder.path })
    this.#instance = new ClientInstance(this.#host, [namesrv])
    this.#producer = new Producer(this.#instance, 'ours')
    this.#reader = new PullConsumer(this.#instance, 'reader')
  }

  /** Prepares the clients and the topic. No message is sent before `begin`. */
  static async start(namesrv: string, masterAddress: string): Promise<FailoverLoad> {
    const java = await javaClient({ version: '5.3', namesrv, tuning: 'full' })
    await java.createTopic({ topic: TOPIC, queues: 4, brokers: [masterAddress] })
    return new FailoverLoad(java, namesrv)
  }

  /** Begins to send. */
  begin(): void {
    for (const [kind, pollNameServerMs] of [
      ['official, 30 s', 30_000],
      ['official, 1 s', 1_000],
    ] as const) {
      const group = `official-${pollNameServerMs}`
      const options = { group, topic: TOPIC, threads: SENDERS, gapMs: GAP_MS, pollNameServerMs, keyPrefix: `${group}-` }
      const acknowledged = this.#acknowledged.get(kind)!
      this.#steady.push(this.#java.sendSteadily(options, (key, atMs) => acknowledged.add(key, atMs)))
    }
    this.#producer.start()
    this.#reader.start()
    for (let i = 0; i < SENDERS; i++) void this.#sendOurs(i)
  }

  async #sendOurs(sender: number): Promise<void> {
    const acknowledged = this.#acknowledged.get('ours')!
    for (let i = 0; !this.#isStopped; i++) {
      const key = `ours-${sender}-${i}`
      const message = { topic: TOPIC, properties: new Map([['KEYS', key]]), body: encodeUtf8(key) }
      const sent = await this.#producer.send(message).catch(() => undefined)
      if (sent?.status === 'SEND_OK') acknowledged.add(key, Date.now())
      await sleep(GAP_MS)
    }
  }

  /** From here on, times without an acknowledgement are measured. */
  measure(): void {
    for (const acknowledged of this.#acknowledged.values()) acknowledged.begin()
  }

  /** Resolves when every producer has an acknowledgement that is later than `atMs`: how long each of them had none, in ms. */
  async gapsMs(atMs: number): Promise<ReadonlyMap<ClientKind, number>> {
    const all = [...this.#acknowledged]
    const untilMs = Date.now() + BACK_WITHIN_MS
    while (!all.every(([, acknowledged]) => acknowledged.hasSince(atMs))) {
      if (Date.now() > untilMs) throw new Error(`not every producer sends again after ${BACK_WITHIN_MS} ms`)
      await sleep(50)
    }
    return new Map(all.map(([kind, acknowledged]) => [kind, acknowledged.gapMs()]))
  }

  get acknowledged(): number {
    return [...this.#acknowledged.values()].reduce((sum, { keys }) => sum + keys.length, 0)
  }

  /** Reads what is stored since the last call: the messages acknowledged since then that are not stored. */
  lostSinceLast(): Promise<readonly string[]> {
    const expected = [...this.#acknowledged].flatMap(([kind, { keys }]) => keys.slice(this.#checked.get(kind) ?? 0))
    for (const [kind, { keys }] of this.#acknowledged) this.#checked.set(kind, keys.length)
    return this.#missing(expected)
  }

  /** Stops the producers and reads everything again: the acknowledged messages that are not stored. */
  async end(): Promise<readonly string[]> {
    this.#isStopped = true
    for (const steady of this.#steady) await steady.stop()
    this.#positions = new Map()
    this.#stored = new Set()
    return this.#missing([...this.#acknowledged.values()].flatMap(({ keys }) => keys))
  }

  async #missing(expected: readonly string[]): Promise<readonly string[]> {
    for (const untilMs = Date.now() + VISIBLE_WITHIN_MS; ; await sleep(200)) {
      for (const queue of await this.#reader.fetchSubscribeMessageQueues(TOPIC)) {
        const name = queueKey(queue)
        for (let isFound = true; isFound; ) {
          const { status, messages, nextBeginOffset } = await this.#reader.pull(queue, this.#positions.get(name) ?? 0)
          for (const message of messages) this.#stored.add(keyOf(message.properties))
          isFound = status === 'FOUND'
          if (isFound) this.#positions.set(name, nextBeginOffset)
        }
      }
      const missing = expected.filter((key) => !this.#stored.has(key))
      if (missing.length === 0 || Date.now() > untilMs) return missing
    }
  }

  /** Ends the clients. */
  async kill(): Promise<void> {
    this.#isStopped = true
    this.#producer.shutdown()
    this.#reader.shutdown()
    this.#host.dispose()
    await this.#java.kill()
    this.#folder.remove()
  }
}
