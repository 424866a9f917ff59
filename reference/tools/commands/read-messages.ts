/**
 * Commands that read messages from queues.
 *
 * | command          | does                                                     |
 * | ---------------- | -------------------------------------------------------- |
 * | queryMsgByOffset | shows the message at an offset of a queue                  |
 * | printMsg         | shows all messages of a topic                             |
 * | printMsgByQueue  | shows all messages of one queue                            |
 * | consumeMessage   | shows a number of messages, from an offset or a time on     |
 * | queryCq          | shows raw entries of a consume queue                        |
 *
 * All commands except queryCq pull messages. They choose the queue and the offset of each pull, use a separate consumer
 * group for tools, and store no offsets. RocketMQ: `PrintMessageSubCommand`, `PrintMessageByQueueCommand`,
 * `ConsumeMessageCommand`, `QueryMsgByOffsetSubCommand`, `QueryConsumeQueueCommand`.
 */

import { ClientError } from '../../client/client-error.ts'
import { PullConsumer } from '../../client/consumer/pull-consumer.ts'
import { compareQueues, type MessageExt, type MessageQueue } from '../../common/message.ts'
import { list, record, whole } from '../../common/shape.ts'
import { queryConsumeQueue } from '../../remoting/requests/query-consume-queue.ts'
import type { AdminClient } from '../admin-client.ts'
import { type CommandArgs, flag, requiredFlag } from '../command-line.ts'
import { parseMoment } from '../date-text.ts'
import { textTable } from '../text-table.ts'
import { type AdminCommand, BROKER, TOPIC } from './command.ts'
import { lineOf, messageText } from './message-text.ts'

const TOOLS_CONSUMER = 'TOOLS_CONSUMER'
/** The max number of messages that one command prints. */
const PRINTED_MAX = 100_000

const BEGIN = flag('b', 'beginTimestamp', 'from this moment: ms since 1970 or yyyy-MM-dd#HH:mm:ss:SSS (UTC)')
const END = flag('e', 'endTimestamp', 'until this moment')
const BROKER_NAME = requiredFlag('b', 'brokerName', 'broker name')
const QUEUE_ID = requiredFlag('i', 'queueId', 'queue number')
const OFFSET = requiredFlag('o', 'offset', 'offset in the queue')
const EXPRESSION = flag('s', 'subExpression', 'only these tags, such as A || B')
const PRINT_BODY = flag('d', 'printBody', 'false: without bodies')

/** Calls `use` with a pull consumer. Shuts the consumer down when `use` has ended. */
async function withPuller<T>(admin: AdminClient, use: (consumer: PullConsumer) => Promise<T>): Promise<T> {
  const consumer = new PullConsumer(admin.instance, TOOLS_CONSUMER)
  consumer.start()
  try {
    return await use(consumer)
  } finally {
    consumer.shutdown()
  }
}

async function queryMsgByOffset(admin: AdminClient, args: CommandArgs): Promise<string> {
  const topic = args.text(TOPIC)
  const queueId = args.whole(QUEUE_ID, 0, 0, 65_535)
  const offset = args.whole(OFFSET, 0, 0, Number.MAX_SAFE_INTEGER)
  return withPuller(admin, async (consumer) => {
    const queue = await queueOf(consumer, topic, args.text(BROKER_NAME), queueId)
    const { status, messages } = await consumer.pull(queue, offset, { maxNums: 1 })
    const [message] = messages
    if (message?.queueOffset === offset) return messageText(message)
    throw new ClientError(`there is no message at offset ${offset} of ${topic} queue ${queueId}: ${status}`, 'definite')
  })
}

async function queueOf(consumer: PullConsumer, topic: string, brokerName: string, queueId: number) {
  const queues = await consumer.fetchSubscribeMessageQueues(topic)
  const found = queues.find((queue) => queue.brokerName === brokerName && queue.queueId === queueId)
  if (found !== undefined) return found
  throw new ClientError(`${topic} has no queue ${queueId} at ${brokerName}`, 'definite')
}

interface Range {
  readonly expression: string
  /**
   * The start: an offset, or the store time of the first message. When `from` is undefined, reading begins at the start of
   * the queue.
   */
  readonly from: number | { readonly timestampMs: number } | undefined
  readonly untilMs: number | undefined
  readonly max: number
}

/** Calls `take` with the messages of a queue, in their order. `range` limits the messages. */
async function readQueue(
  consumer: PullConsumer,
  queue: MessageQueue,
  range: Range,
  take: (message: MessageExt) => void,
): Promise<void> {
  const end = await consumer.offset(queue, 'max')
  let offset = typeof range.from === 'number' ? range.from : await consumer.offset(queue, range.from ?? 'min')
  for (let left = range.max; offset < end && left > 0; ) {
    const { nextBeginOffset, messages } = await consumer.pull(queue, offset, { expression: range.expression })
    for (const message of messages.slice(0, left)) {
      if (range.untilMs !== undefined && message.storeTimestamp > range.untilMs) return
      take(message)
      left--
    }
    if (nextBeginOffset <= offset) return
    offset = nextBeginOffset
  }
}

function momentOf(admin: AdminClient, args: CommandArgs, option: typeof BEGIN): number | undefined {
  return args.isSet(option) ? parseMoment(args.text(option), admin.host.clock.nowMs()) : undefined
}

async function printQueues(
  admin: AdminClient,
  args: CommandArgs,
  which: (consumer: PullConsumer) => Promise<readonly MessageQueue[]>,
  more: Partial<Range> = {},
): Promise<string> {
  const begin = momentOf(admin, args, BEGIN)
  const range: Range = {
    expression: args.find(EXPRESSION) ?? '*',
    from: begin === undefined ? undefined : { timestampMs: begin },
    untilMs: momentOf(admin, args, END),
    max: PRINTED_MAX,
    ...more,
  }
  return withPuller(admin, async (consumer) => {
    const lines: string[] = []
    for (const queue of [...(await which(consumer))].sort(compareQueues)) {
      const max = range.max - lines.length
      await readQueue(consumer, queue, { ...range, max }, (message) =>
        lines.push(lineOf(message, args.isTrue(PRINT_BODY, true))),
      )
    }
    return lines.map((line) => `${line}\n`).join('')
  })
}

const printMsg = (admin: AdminClient, args: CommandArgs): Promise<string> =>
  printQueues(admin, args, (consumer) => consumer.fetchSubscribeMessageQueues(args.text(TOPIC)))

const OF_BROKER = requiredFlag('a', 'brokerName', 'broker name')

const printMsgByQueue = (admin: AdminClient, args: CommandArgs): Promise<string> =>
  printQueues(admin, args, async (consumer) => [
    await queueOf(consumer, args.text(TOPIC), args.text(OF_BROKER), args.whole(QUEUE_ID, 0, 0, 65_535)),
  ])

const SOME_BROKER_NAME = flag('b', 'brokerName', 'only queues of this broker')
const SOME_QUEUE_ID = flag('i', 'queueId', 'with -b: only this queue')
const SOME_OFFSET = flag('o', 'offset', 'with -b and -i: from this offset on')
const COUNT = flag('c', 'MessageNumber', 'how many, default 128')
const FROM = flag('s', 'beginTimestamp', 'from this moment on')
const UNTIL = flag('e', 'endTimestamp', 'until this moment')

async function consumeMessage(admin: AdminClient, args: CommandArgs): Promise<string> {
  const begin = momentOf(admin, args, FROM)
  const from = args.isSet(SOME_OFFSET)
    ? args.whole(SOME_OFFSET, 0, 0, Number.MAX_SAFE_INTEGER)
    : begin === undefined
      ? undefined
      : { timestampMs: begin }
  const range = { from, untilMs: momentOf(admin, args, UNTIL), max: args.whole(COUNT, 128, 1, PRINTED_MAX) }
  return printQueues(
    admin,
    args,
    async (consumer) => {
      const queues = await consumer.fetchSubscribeMessageQueues(args.text(TOPIC))
      return queues.filter(
        ({ brokerName, queueId }) =>
          (!args.isSet(SOME_BROKER_NAME) || brokerName === args.text(SOME_BROKER_NAME)) &&
          (!args.isSet(SOME_QUEUE_ID) || queueId === args.whole(SOME_QUEUE_ID, 0, 0, 65_535)),
      )
    },
    range,
  )
}

const CQ_QUEUE = requiredFlag('q', 'queue', 'queue number')
const CQ_INDEX = requiredFlag('i', 'index', 'first entry')
const CQ_COUNT = flag('c', 'count', 'how many, default 10')
const CQ_GROUP = flag('g', 'consumer', "show this group's filter too")

const consumeQueueShape = record({
  minQueueIndex: whole(),
  maxQueueIndex: whole(),
  queueData: list(record({ physicOffset: whole(), physicSize: whole(), tagsCode: whole() })),
})

async function queryCq(admin: AdminClient, args: CommandArgs): Promise<string> {
  const topic = args.text(TOPIC)
  const index = args.whole(CQ_INDEX, 0, 0, Number.MAX_SAFE_INTEGER)
  const header = {
    topic,
    queueId: args.whole(CQ_QUEUE, 0, 0, 65_535),
    index,
    count: args.whole(CQ_COUNT, 10, 1, 10_000),
    consumerGroup: args.find(CQ_GROUP),
  }
  const address = args.find(BROKER) ?? (await admin.mastersOf(topic))[0] ?? ''
  const { minQueueIndex, maxQueueIndex, queueData } = await admin.askFor(
    address,
    queryConsumeQueue,
    header,
    consumeQueueShape,
  )
  const rows = queueData.map(({ physicOffset, physicSize, tagsCode }, i) => [
    index + i,
    physicOffset,
    physicSize,
    tagsCode,
  ])
  return `Index: min=${minQueueIndex}, max=${maxQueueIndex}\n${textTable(['Index', 'Offset', 'Size', 'Tags Code'], rows)}`
}

export const READ_COMMANDS: readonly AdminCommand[] = [
  {
    name: 'queryMsgByOffset',
    help: 'Show the message at an offset of a queue',
    flags: [TOPIC, BROKER_NAME, QUEUE_ID, OFFSET],
    run: queryMsgByOffset,
  },
  {
    name: 'printMsg',
    help: 'Show all messages of a topic',
    flags: [TOPIC, EXPRESSION, BEGIN, END, PRINT_BODY],
    run: printMsg,
  },
  {
    name: 'printMsgByQueue',
    help: 'Show all messages of one queue',
    flags: [TOPIC, OF_BROKER, QUEUE_ID, EXPRESSION, BEGIN, END, PRINT_BODY],
    run: printMsgByQueue,
  },
  {
    name: 'consumeMessage',
    help: 'Show some messages, from an offset or a moment on',
    flags: [TOPIC, SOME_BROKER_NAME, SOME_QUEUE_ID, SOME_OFFSET, COUNT, FROM, UNTIL],
    run: consumeMessage,
  },
  {
    name: 'queryCq',
    help: 'Show raw entries of a consume queue',
    flags: [TOPIC, CQ_QUEUE, CQ_INDEX, CQ_COUNT, BROKER, CQ_GROUP],
    run: queryCq,
  },
]
