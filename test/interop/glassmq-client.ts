/**
 * GlassMQ's own client as a `TestClient`, in this very process.
 *
 * Message number i has the key `<keyPrefix><i>`, the user property `index` = i, and the body of `messageBody()` below, which
 * is what the Java driver sends too. Not here: transactions, lite pull, SQL92; cells that need them are named as skipped.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { ClientInstance } from '../../reference/client/client-instance.ts'
import { PushConsumer, type PushConsumerOptions } from '../../reference/client/consumer/push-consumer.ts'
import { Producer, type SendResult } from '../../reference/client/producer/producer.ts'
import { type Message, type MessageExt, type MessageQueue, PROPERTY, queueKey } from '../../reference/common/message.ts'
import { offsetMessageId } from '../../reference/common/message-id.ts'
import { createNodeHost, type NodeHost } from '../../reference/host/node/node-host.ts'
import { CONSUME_FROM, MESSAGE_MODEL } from '../../reference/remoting/bodies/heartbeat.ts'
import type {
  ClientFeature,
  ConsumeOptions,
  ConsumeResult,
  ProduceOptions,
  ProduceResult,
  ReceivedMessage,
  RunningConsumer,
  SentMessage,
  TestClient,
} from './messages.ts'

/** How many one-at-a-time sends of `async` mode are under way together. */
const ASYNC_WINDOW = 200
const DEFAULT_WAIT_MS = 60_000

/** Connects GlassMQ's client to `namesrv`. */
export const glassmqClient = async ({ namesrv }: { namesrv: string }): Promise<TestClient> =>
  new GlassmqTestClient(namesrv)

/** Why GlassMQ's client cannot be tested, or undefined when it can. */
export function glassmqClientMissing(): string | undefined {
  return undefined
}

/** The body of message `index`: its key, a bar, and a pattern up to `bodyBytes`; as java/driver's Messages.body. */
export function messageBody(key: string, index: number, bodyBytes = 128): Uint8Array {
  const head = Buffer.from(`${key}|`)
  const body = new Uint8Array(Math.max(head.length, bodyBytes))
  body.set(head)
  for (let i = head.length; i < body.length; i++) body[i] = 97 + ((i + index) % 26)
  return body
}

/** The CRC-32 of a body as the results name it: eight hex digits. */
export function bodyCrc32(body: Uint8Array): string {
  return crc32(body).toString(16).padStart(8, '0')
}

class GlassmqTestClient implements TestClient {
  readonly name = 'GlassMQ client'
  readonly features = new Set<ClientFeature>(['selector', 'orderly', 'broadcast'])
  readonly #namesrv: readonly string[]
  readonly #directory = mkdtempSync(join(tmpdir(), 'glassmq-client-'))
  readonly #hosts: NodeHost[] = []
  readonly #closers: (() => void)[] = []

  constructor(namesrv: string) {
    this.#namesrv = namesrv.split(';')
  }

  #host(name: string): NodeHost {
    const host = createNodeHost({ name, directory: this.#directory })
    this.#hosts.push(host)
    return host
  }

  async produce(options: ProduceOptions): Promise<ProduceResult> {
    const startedAt = performance.now()
    const producer = new Producer(
      new ClientInstance(this.#host(`producer-${this.#hosts.length}`), this.#namesrv),
      options.group,
    )
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

  produceTransaction(): Promise<never> {
    return Promise.reject(new Error('the GlassMQ client does not send transactions yet'))
  }

  litePull(): never {
    throw new Error('the GlassMQ client has no lite pull consumer yet')
  }

  consume(options: ConsumeOptions): RunningConsumer {
    const instance = new ClientInstance(this.#host(`consumer-${this.#hosts.length}`), this.#namesrv)
    return new RunningPushConsumer(instance, options, (close) => this.#closers.push(close))
  }

  async stop(): Promise<void> {
    for (const close of this.#closers) close()
    for (const host of this.#hosts) host.dispose()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

interface Prepared {
  readonly message: Message
  readonly key: string
  readonly tags: string | undefined
  readonly index: number
}

function prepare(options: ProduceOptions, index: number): Prepared {
  const key = `${options.keyPrefix ?? 'key-'}${index}`
  const tags =
    options.tags === undefined || options.tags.length === 0 ? undefined : options.tags[index % options.tags.length]
  const properties = new Map<string, string>([
    ...Object.entries(options.properties ?? {}),
    [PROPERTY.KEYS, key],
    ['index', String(index)],
  ])
  if (tags !== undefined) properties.set(PROPERTY.TAGS, tags)
  if (options.delayLevel !== undefined) properties.set(PROPERTY.DELAY_TIME_LEVEL, String(options.delayLevel))
  return {
    message: { topic: options.topic, body: messageBody(key, index, options.bodyBytes), properties },
    key,
    tags,
    index,
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
        list: prepared.map((one) => single(one, () => producer.send(one.message, timeout))),
      }
  }
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
  readonly #seen = new Set<string>()
  readonly #ids = new Set<string>()
  readonly #startedAt = performance.now()
  #duplicates = 0
  #outOfOrder = 0
  /** The last offset handed over, by queue. */
  readonly #lastOffset = new Map<string, number>()
  #finish!: (result: ConsumeResult) => void
  #ended = false
  readonly #limit: NodeJS.Timeout
  readonly #watch: NodeJS.Timeout

  constructor(instance: ClientInstance, options: ConsumeOptions, onClose: (close: () => void) => void) {
    if (options.expressionType === 'SQL92') throw new Error('the GlassMQ client filters by tags only')
    this.#options = options
    const from = options.from === 'last' ? CONSUME_FROM.LAST_OFFSET : CONSUME_FROM.FIRST_OFFSET
    const consumerOptions: PushConsumerOptions = {
      group: options.group,
      consumeFromWhere: from,
      messageModel: options.broadcast === true ? MESSAGE_MODEL.BROADCASTING : MESSAGE_MODEL.CLUSTERING,
      orderly: options.orderly === true,
      ...(options.maxReconsumeTimes === undefined ? {} : { maxReconsumeTimes: options.maxReconsumeTimes }),
    }
    this.#consumer = new PushConsumer(instance, consumerOptions, (message, queue, context) => {
      context.delayLevelWhenNextConsume = options.failDelayLevel ?? 0
      return this.#take(message, queue)
    })
    this.#consumer.subscribe(options.topic, options.expression ?? '*')
    this.finished = new Promise((resolve) => {
      this.#finish = resolve
    })
    this.#limit = setTimeout(() => this.#end(true), options.maxWaitMs ?? DEFAULT_WAIT_MS)
    let tellReady = () => {}
    this.ready = new Promise((resolve) => {
      tellReady = resolve
    })
    this.#watch = setInterval(() => {
      if (this.queues > 0) tellReady()
    }, 20)
    this.#consumer.start()
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
    const offsetMsgId = offsetMessageId(message.storeIp, message.storePort, message.physicalOffset)
    const msgId = message.properties.get(PROPERTY.UNIQ_KEY) ?? offsetMsgId
    const identity = `${msgId} ${message.reconsumeTimes}`
    if (this.#seen.has(identity)) this.#duplicates++
    this.#seen.add(identity)
    const place = queueKey({ ...queue, topic: message.topic })
    if (message.queueOffset < (this.#lastOffset.get(place) ?? -1)) this.#outOfOrder++
    this.#lastOffset.set(place, message.queueOffset)
    this.#ids.add(msgId)
    const tags = message.properties.get(PROPERTY.TAGS)
    this.messages.push({
      msgId,
      key: message.properties.get(PROPERTY.KEYS) ?? '',
      topic: message.topic,
      ...(tags === undefined ? {} : { tags }),
      brokerName: queue.brokerName,
      queueId: message.queueId,
      queueOffset: message.queueOffset,
      reconsumeTimes: message.reconsumeTimes,
      bornTimestampMs: message.bornTimestamp,
      storeTimestampMs: message.storeTimestamp,
      receivedAtMs: Date.now(),
      bodyBytes: message.body.length,
      bodyCrc32: bodyCrc32(message.body),
      ...(this.#options.withProperties === true ? { properties: Object.fromEntries(message.properties) } : {}),
    })
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
