/**
 * GlassMQ's own client as a `TestClient`, in this very process.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClientInstance } from '../../reference/client/client-instance.ts'
import { PushConsumer, type PushConsumerOptions } from '../../reference/client/consumer/push-consumer.ts'
import { Producer, type SendResult } from '../../reference/client/producer/producer.ts'
import { createReply } from '../../reference/client/producer/request-reply.ts'
import { type Message, type MessageExt, type MessageQueue, PROPERTY, queueKey } from '../../reference/common/message.ts'
import type { NetworkTls } from '../../reference/host/node/network.ts'
import { createNodeHost, type NodeHost } from '../../reference/host/node/node-host.ts'
import type { SessionCredentials } from '../../reference/remoting/acl-signature.ts'
import { CONSUME_FROM, MESSAGE_MODEL } from '../../reference/remoting/bodies/heartbeat.ts'
import { bodyCrc32, idOf, type Prepared, prepare, receivedMessage } from './glassmq-messages.ts'
import { litePull, pullAll, request } from './glassmq-pullers.ts'
import { transact } from './glassmq-transactions.ts'
import type {
  ClientFeature,
  ConsumeOptions,
  ConsumeResult,
  ProduceOptions,
  ProduceResult,
  ReceivedMessage,
  RequestResult,
  RunningConsumer,
  SentMessage,
  TestClient,
  TransactionOptions,
  TransactionResult,
} from './messages.ts'

/** How many one-at-a-time sends of `async` mode are under way together. */
const ASYNC_WINDOW = 200
const DEFAULT_WAIT_MS = 60_000

/** Where to connect, and how. */
export interface GlassmqClientOptions {
  readonly namesrv: string
  readonly credentials?: SessionCredentials
  readonly tls?: NetworkTls
}

/** Connects GlassMQ's client to `namesrv`. */
export const glassmqClient = async (options: GlassmqClientOptions): Promise<TestClient> =>
  new GlassmqTestClient(options)

/** Why GlassMQ's client cannot be tested, or undefined when it can. */
export function glassmqClientMissing(): string | undefined {
  return undefined
}

class GlassmqTestClient implements TestClient {
  readonly name = 'GlassMQ client'
  readonly features = new Set<ClientFeature>([
    'selector',
    'orderly',
    'broadcast',
    'sql92',
    'litePull',
    'pull',
    'request',
    'transaction',
    'timer',
    'brokerRebalance',
  ])
  readonly #options: GlassmqClientOptions
  readonly #namesrv: readonly string[]
  readonly #directory = mkdtempSync(join(tmpdir(), 'glassmq-client-'))
  readonly #hosts: NodeHost[] = []
  readonly #closers: (() => void)[] = []

  constructor(options: GlassmqClientOptions) {
    this.#options = options
    this.#namesrv = options.namesrv.split(';')
  }

  #host(name: string): NodeHost {
    const host = createNodeHost({ name, directory: this.#directory, tls: this.#options.tls ?? {} })
    this.#hosts.push(host)
    return host
  }

  async produce(options: ProduceOptions): Promise<ProduceResult> {
    const startedAt = performance.now()
    const producer = new Producer(this.#instance('producer'), options.group)
    producer.start()
    const prepared = Array.from({ length: options.count }, (_, i) => prepare(options, i))
    const messages: SentMessage[] = []
    let firstFailure = ''
    const note = async (group: readonly Prepared[], send: () => Promise<SendResult | undefined>) => {
      try {
        const result = await send()
        for (const [i, one] of group.entries()) messages.push(sentMessage(one, result, i))
      } catch (error) {
        firstFailure ||= error instanceof Error ? error.message : String(error)
      }
    }
    const timeout = options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }
    const jobs = jobsOf(options, prepared, producer, timeout, note)
    await inParallel(jobs.parallel, jobs.list)
    producer.shutdown()
    const sent = messages.length
    return {
      messages,
      sent,
      failed: options.count - sent,
      ...(firstFailure === '' ? {} : { firstFailure }),
      tookMs: performance.now() - startedAt,
    }
  }

  produceTransaction(options: TransactionOptions): Promise<TransactionResult> {
    return transact(this.#instance('transactions'), options)
  }

  #instance(name: string): ClientInstance {
    const host = this.#host(`${name}-${this.#hosts.length}`)
    return new ClientInstance(host, this.#namesrv, this.#options.credentials)
  }

  litePull(options: ConsumeOptions): RunningConsumer {
    return litePull(this.#instance('lite'), options)
  }

  pull(options: ConsumeOptions): RunningConsumer {
    return pullAll(this.#instance('pull'), options)
  }

  request(options: ProduceOptions): Promise<RequestResult> {
    return request(this.#instance('asker'), options)
  }

  consume(options: ConsumeOptions): RunningConsumer {
    return new RunningPushConsumer(this.#instance('consumer'), options, (close) => this.#closers.push(close))
  }

  async stop(): Promise<void> {
    for (const close of this.#closers) close()
    for (const host of this.#hosts) host.dispose()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

type Note = (group: readonly Prepared[], send: () => Promise<SendResult | undefined>) => Promise<void>

function jobsOf(
  options: ProduceOptions,
  prepared: readonly Prepared[],
  producer: Producer,
  timeout: { timeoutMs?: number },
  note: Note,
): { parallel: number; list: (() => Promise<void>)[] } {
  const single = (one: Prepared, send: () => Promise<SendResult | undefined>) => () => note([one], send)
  switch (options.mode ?? 'sync') {
    case 'oneway':
      return {
        parallel: 1,
        list: prepared.map((one) => single(one, async () => void (await producer.sendOneway(one.message)))),
      }
    case 'async':
      return {
        parallel: ASYNC_WINDOW,
        list: prepared.map((one) => single(one, () => sendAsync(producer, one.message))),
      }
    case 'batch': {
      const size = options.batchSize ?? 32
      const groups = Array.from({ length: Math.ceil(prepared.length / size) }, (_, i) =>
        prepared.slice(i * size, (i + 1) * size),
      )
      return {
        parallel: 1,
        list: groups.map(
          (group) => () =>
            note(group, () =>
              producer.send(
                group.map((one) => one.message),
                timeout,
              ),
            ),
        ),
      }
    }
    case 'selector': {
      const shards = options.shards ?? 4
      const select = (one: Prepared) => (queues: readonly MessageQueue[]) =>
        queues[(one.index % shards) % queues.length]!
      return {
        parallel: 1,
        list: prepared.map((one) => single(one, () => producer.send(one.message, { ...timeout, select: select(one) }))),
      }
    }
    default:
      return {
        parallel: options.threads ?? 1,
        list: prepared.map((one) => single(one, () => sendAndRecall(producer, one, options, timeout))),
      }
  }
}

async function sendAndRecall(
  producer: Producer,
  { message, index }: Prepared,
  { recallEvery = 0 }: ProduceOptions,
  timeout: { timeoutMs?: number },
): Promise<SendResult> {
  const result = await producer.send(message, timeout)
  if (recallEvery > 0 && index % recallEvery === 0)
    await producer.recallMessage(message.topic, result.recallHandle ?? '')
  return result
}

function sendAsync(producer: Producer, message: Message): Promise<SendResult | undefined> {
  return new Promise((resolve, reject) => {
    producer.sendAsync(message, (error, result) => (error === undefined ? resolve(result) : reject(error)))
  })
}

async function inParallel(parallel: number, jobs: readonly (() => Promise<void>)[]): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < jobs.length) await jobs[next++]!()
  }
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, worker))
}

function sentMessage(one: Prepared, result: SendResult | undefined, i: number): SentMessage {
  const base = {
    key: one.key,
    bodyBytes: one.message.body.length,
    bodyCrc32: bodyCrc32(one.message.body),
    ...(one.tags === undefined ? {} : { tags: one.tags }),
  }
  if (result === undefined) return { ...base, msgId: '' }
  const { queue } = result
  return {
    ...base,
    msgId: result.msgId.split(',')[i] ?? '',
    status: result.status,
    offsetMsgId: result.offsetMsgId.split(',')[i] ?? '',
    brokerName: queue.brokerName,
    queueId: queue.queueId,
    queueOffset: result.queueOffset + i,
  }
}

class RunningPushConsumer implements RunningConsumer {
  readonly messages: ReceivedMessage[] = []
  readonly ready: Promise<void>
  readonly finished: Promise<ConsumeResult>
  readonly #options: ConsumeOptions
  readonly #consumer: PushConsumer
  readonly #replier: Producer | undefined
  readonly #seen = new Set<string>()
  readonly #ids = new Set<string>()
  readonly #startedAt = performance.now()
  #duplicates = 0
  #outOfOrder = 0
  /** The last offset handed over, by queue. */
  readonly #lastOffset = new Map<string, number>()
  #finish!: (result: ConsumeResult) => void
  #failed!: (error: Error) => void
  #ended = false
  readonly #limit: NodeJS.Timeout
  readonly #watch: NodeJS.Timeout

  constructor(instance: ClientInstance, options: ConsumeOptions, onClose: (close: () => void) => void) {
    this.#options = options
    const from = options.from === 'last' ? CONSUME_FROM.LAST_OFFSET : CONSUME_FROM.FIRST_OFFSET
    const consumerOptions: PushConsumerOptions = {
      group: options.group,
      consumeFromWhere: from,
      messageModel: options.broadcast === true ? MESSAGE_MODEL.BROADCASTING : MESSAGE_MODEL.CLUSTERING,
      orderly: options.orderly === true,
      clientRebalance: options.clientRebalance !== false,
      ...(options.maxReconsumeTimes === undefined ? {} : { maxReconsumeTimes: options.maxReconsumeTimes }),
    }
    const replier = options.reply === true ? new Producer(instance, `${options.group}-replier`) : undefined
    replier?.start()
    this.#consumer = new PushConsumer(instance, consumerOptions, async (message, queue, context) => {
      await replier?.send(createReply(message, Buffer.from(`re:${message.properties.get(PROPERTY.KEYS)}`)))
      context.delayLevelWhenNextConsume = options.failDelayLevel ?? 0
      return this.#take(message, queue)
    })
    this.#consumer.subscribe(options.topic, options.expression ?? '*', options.expressionType)
    this.finished = new Promise((resolve, reject) => {
      this.#finish = resolve
      this.#failed = reject
    })
    this.#limit = setTimeout(() => this.#end(true), options.maxWaitMs ?? DEFAULT_WAIT_MS)
    let tellReady = () => {}
    this.ready = new Promise((resolve) => {
      tellReady = resolve
    })
    this.#watch = setInterval(() => {
      if (this.queues > 0) tellReady()
    }, 20)
    this.#replier = replier
    this.#consumer.start().catch((error: Error) => this.#failed(error))
    onClose(() => this.#end(false))
  }

  get queues(): number {
    return this.#consumer.ownedQueues.filter((queue) => queue.topic === this.#options.topic).length
  }

  async stop(): Promise<ConsumeResult> {
    this.#end(false)
    return this.finished
  }

  #take(message: MessageExt, queue: MessageQueue): 'CONSUME_SUCCESS' | 'RECONSUME_LATER' {
    const msgId = idOf(message)
    const identity = `${msgId} ${message.reconsumeTimes}`
    if (this.#seen.has(identity)) this.#duplicates++
    this.#seen.add(identity)
    const place = queueKey({ ...queue, topic: message.topic })
    if (message.queueOffset < (this.#lastOffset.get(place) ?? -1)) this.#outOfOrder++
    this.#lastOffset.set(place, message.queueOffset)
    this.#ids.add(msgId)
    this.messages.push(receivedMessage(message, queue.brokerName, this.#options.withProperties))
    if (this.#distinct() === this.#options.expected) setTimeout(() => this.#end(false), this.#options.settleMs ?? 500)
    return message.reconsumeTimes < (this.#options.failTimes ?? 0) ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'
  }

  #distinct(): number {
    return this.#ids.size
  }

  #end(timedOut: boolean): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#limit)
    clearInterval(this.#watch)
    this.#consumer.shutdown()
    this.#replier?.shutdown()
    const retried = this.messages.filter((message) => message.reconsumeTimes > 0).length
    this.#finish({
      messages: this.messages,
      received: this.messages.length,
      distinct: this.#distinct(),
      duplicates: this.#duplicates,
      retried,
      outOfOrder: this.#options.orderly === true ? this.#outOfOrder : 0,
      timedOut,
      tookMs: performance.now() - this.#startedAt,
    })
  }
}
