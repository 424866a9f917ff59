/**
 * GlassMQ's consumers that fetch for themselves, and its questions, as interoperability tests use them.
 */
import type { ClientInstance } from '../../reference/client/client-instance.ts'
import { LitePullConsumer } from '../../reference/client/consumer/lite-pull-consumer.ts'
import { PullConsumer } from '../../reference/client/consumer/pull-consumer.ts'
import { Producer } from '../../reference/client/producer/producer.ts'
import type { MessageExt, MessageQueue } from '../../reference/common/message.ts'
import { CONSUME_FROM } from '../../reference/remoting/bodies/heartbeat.ts'
import { prepare, receivedMessage } from './glassmq-messages.ts'
import type {
  ConsumeOptions,
  ConsumeResult,
  ProduceOptions,
  ReceivedMessage,
  RequestResult,
  RunningConsumer,
} from './messages.ts'

const DEFAULT_WAIT_MS = 60_000
const POLL_MS = 200

/** A consumer that runs `fetchAll` until that ends; the polling ones own their queues at once. */
function fetching(fetchAll: (take: Take, isStopped: () => boolean) => Promise<boolean>): RunningConsumer {
  const messages: ReceivedMessage[] = []
  const startedAt = performance.now()
  let stopped = false
  const take: Take = (message, brokerName) => void messages.push(receivedMessage(message, brokerName))
  const finished = fetchAll(take, () => stopped).then((timedOut): ConsumeResult => {
    const distinct = new Set(messages.map((message) => message.key)).size
    return {
      messages,
      received: messages.length,
      distinct,
      duplicates: messages.length - distinct,
      retried: 0,
      outOfOrder: 0,
      timedOut,
      tookMs: performance.now() - startedAt,
    }
  })
  return {
    messages,
    queues: 0,
    ready: Promise.resolve(),
    finished,
    stop() {
      stopped = true
      return finished
    },
  }
}

type Take = (message: MessageExt, brokerName: string) => void

/** A lite pull consumer that polls until `expected` different messages came. */
export function litePull(instance: ClientInstance, options: ConsumeOptions): RunningConsumer {
  return fetching(async (take, isStopped) => {
    const consumer = new LitePullConsumer(instance, {
      group: options.group,
      consumeFromWhere: CONSUME_FROM.FIRST_OFFSET,
    })
    consumer.subscribe(options.topic, options.expression ?? '*', options.expressionType)
    await consumer.start()
    const until = Date.now() + (options.maxWaitMs ?? DEFAULT_WAIT_MS)
    const keys = new Set<string>()
    // a polled message does not say which broker it is of; with one broker there is no doubt
    const [queue] = await consumer.fetchMessageQueues(options.topic)
    while (keys.size < (options.expected ?? Number.MAX_SAFE_INTEGER) && Date.now() < until && !isStopped()) {
      for (const message of await consumer.poll(POLL_MS)) {
        take(message, queue?.brokerName ?? '')
        keys.add(message.properties.get('KEYS') ?? '')
      }
    }
    consumer.shutdown()
    return keys.size < (options.expected ?? 0)
  })
}

/** Pulls every queue from its first offset to its last, stores how far it came and reads that back. */
export function pullAll(instance: ClientInstance, options: ConsumeOptions): RunningConsumer {
  return fetching(async (take) => {
    const consumer = new PullConsumer(instance, options.group)
    consumer.start()
    for (const queue of await consumer.fetchSubscribeMessageQueues(options.topic)) {
      const end = await consumer.offset(queue, 'max')
      let offset = await consumer.offset(queue, 'min')
      if ((await consumer.offset(queue, { timestampMs: 0 })) !== offset)
        throw new Error(`the offset of time 0 is not the first one of queue ${queue.queueId}`)
      while (offset < end) {
        const result = await consumer.pull(queue, offset, { expression: options.expression ?? '*' })
        for (const message of result.messages) take(message, queue.brokerName)
        if (result.nextBeginOffset <= offset) throw new Error(`no way on from ${offset}: ${result.status}`)
        offset = result.nextBeginOffset
      }
      await waitUntilStored(consumer, queue, offset)
    }
    consumer.shutdown()
    return false
  })
}

/** The offset travels one-way, so it may arrive a moment later. */
async function waitUntilStored(consumer: PullConsumer, queue: MessageQueue, offset: number): Promise<void> {
  consumer.updateConsumeOffset(queue, offset)
  let stored = -1
  for (let tries = 0; tries < 100; tries++) {
    stored = await consumer.fetchConsumeOffset(queue)
    if (stored === offset) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`the offset of queue ${queue.queueId} is ${stored}, stored was ${offset}`)
}

/** Asks `count` questions one after the other. */
export async function request(instance: ClientInstance, options: ProduceOptions): Promise<RequestResult> {
  const producer = new Producer(instance, options.group)
  producer.start()
  let replied = 0
  let wrong = 0
  let firstFailure = ''
  for (let i = 0; i < options.count; i++) {
    const { message, key } = prepare(options, i)
    try {
      const reply = await producer.request(message, options.timeoutMs ?? 10_000)
      replied++
      if (Buffer.from(reply.body).toString() !== `re:${key}`) wrong++
    } catch (error) {
      firstFailure ||= (error as Error).message
    }
  }
  producer.shutdown()
  return { replied, wrong, ...(firstFailure === '' ? {} : { firstFailure }) }
}
