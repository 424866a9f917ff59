/**
 * Commands that send messages.
 *
 * | command        | does                                          |
 * | -------------- | --------------------------------------------- |
 * | sendMessage    | sends one message                              |
 * | checkMsgSendRT | sends messages and shows how long each takes    |
 * | clusterRT | sends messages to every broker of every cluster, and shows how long a send takes on average |
 *
 * RocketMQ: `SendMessageCommand`, `CheckMsgSendRTCommand`, `CLusterSendMsgRTCommand`.
 */

import { Producer, type SendOptions } from '../../client/producer/producer.ts'
import { PROPERTY } from '../../common/message.ts'
import { encodeUtf8 } from '../../common/utf8.ts'
import type { AdminClient } from '../admin-client.ts'
import { type CommandArgs, CommandLineError, flag, requiredFlag } from '../command-line.ts'
import { textTable } from '../text-table.ts'
import { type AdminCommand, TOPIC } from './command.ts'

const TOOLS_PRODUCER = 'TOOLS_PRODUCER'

async function withProducer<T>(admin: AdminClient, use: (producer: Producer) => Promise<T>): Promise<T> {
  const producer = new Producer(admin.instance, TOOLS_PRODUCER)
  producer.start()
  try {
    return await use(producer)
  } finally {
    producer.shutdown()
  }
}

const BODY = requiredFlag('p', 'body', 'the message, as text')
const KEYS = flag('k', 'key', 'message keys')
const TAGS = flag('c', 'tags', 'message tag')
const TO_BROKER = flag('b', 'broker', 'send to this broker, by name')
const TO_QUEUE = flag('i', 'qid', 'with -b: send to this queue')

async function sendMessage(admin: AdminClient, args: CommandArgs): Promise<string> {
  const topic = args.text(TOPIC)
  const properties = new Map<string, string>()
  if (args.isSet(KEYS)) properties.set(PROPERTY.KEYS, args.text(KEYS))
  if (args.isSet(TAGS)) properties.set(PROPERTY.TAGS, args.text(TAGS))
  if (args.isSet(TO_QUEUE) && !args.isSet(TO_BROKER))
    throw new CommandLineError('sendMessage: -i needs -b: queues are numbered at each broker')
  const brokerName = args.text(TO_BROKER)
  const options: SendOptions = !args.isSet(TO_BROKER)
    ? {}
    : args.isSet(TO_QUEUE)
      ? { queue: { topic, brokerName, queueId: args.whole(TO_QUEUE, 0, 0, 65_535) } }
      : { select: (queues) => queues.find((queue) => queue.brokerName === brokerName) ?? queues[0]! }
  return withProducer(admin, async (producer) => {
    const { status, msgId, queue } = await producer.send(
      { topic, body: encodeUtf8(args.text(BODY)), properties },
      options,
    )
    return textTable(['Broker Name', 'QID', 'Send Result', 'MsgId'], [[queue.brokerName, queue.queueId, status, msgId]])
  })
}

const AMOUNT = flag('a', 'amount', 'how many messages, default 100')
const SIZE = flag('s', 'size', 'bytes of each, default 128')

/**
 * Sends messages one after the other. Resolves with four facts about each send: the broker, the queue, whether the send
 * succeeded, and the time in ms.
 */
async function timeSends(
  admin: AdminClient,
  producer: Producer,
  args: CommandArgs,
  topic: string,
  options: SendOptions,
): Promise<readonly (readonly [string, number, boolean, number])[]> {
  const body = new Uint8Array(args.whole(SIZE, 128, 1, 4_194_304)).fill(0x61)
  const times: (readonly [string, number, boolean, number])[] = []
  for (let i = 0; i < args.whole(AMOUNT, 100, 1, 100_000); i++) {
    const startMs = admin.host.clock.monotonicMs()
    const result = await producer.send({ topic, body }, options).catch(() => undefined)
    const tookMs = Math.round(admin.host.clock.monotonicMs() - startMs)
    times.push([result?.queue.brokerName ?? '', result?.queue.queueId ?? -1, result !== undefined, tookMs])
  }
  return times
}

async function checkMsgSendRT(admin: AdminClient, args: CommandArgs): Promise<string> {
  return withProducer(admin, async (producer) => {
    const times = await timeSends(admin, producer, args, args.text(TOPIC), {})
    const rows = times.map(([brokerName, queueId, isSent, tookMs]) => [brokerName, queueId, String(isSent), tookMs])
    const average = times.reduce((sum, [, , , tookMs]) => sum + tookMs, 0) / times.length
    return `${textTable(['Broker Name', 'QID', 'Send Result', 'RT'], rows)}\nAvg RT: ${average.toFixed(2)}\n`
  })
}

const ONE_CLUSTER = flag('c', 'cluster', 'only this cluster')

/** Measures the sends to each broker separately. The messages are sent to the topic with the name of the broker. */
async function clusterRT(admin: AdminClient, args: CommandArgs): Promise<string> {
  const info = await admin.clusterInfo()
  return withProducer(admin, async (producer) => {
    const rows: (string | number)[][] = []
    for (const [cluster, brokerNames] of info.clusterAddrTable) {
      if (args.isSet(ONE_CLUSTER) && args.text(ONE_CLUSTER) !== cluster) continue
      for (const brokerName of [...brokerNames].sort()) {
        const times = await timeSends(admin, producer, args, brokerName, {})
        const sent = times.filter(([, , isSent]) => isSent)
        const average = sent.reduce((sum, [, , , tookMs]) => sum + tookMs, 0) / Math.max(1, sent.length)
        rows.push([cluster, brokerName, average.toFixed(2), sent.length, times.length - sent.length])
      }
    }
    return textTable(['Cluster Name', 'Broker Name', 'RT', 'successCount', 'failCount'], rows)
  })
}

export const SEND_COMMANDS: readonly AdminCommand[] = [
  {
    name: 'sendMessage',
    help: 'Send one message',
    flags: [TOPIC, BODY, KEYS, TAGS, TO_BROKER, TO_QUEUE],
    run: sendMessage,
  },
  {
    name: 'checkMsgSendRT',
    help: 'Send some messages and show how long each takes',
    flags: [TOPIC, AMOUNT, SIZE],
    run: checkMsgSendRT,
  },
  { name: 'clusterRT', help: 'Time sends to every broker', flags: [AMOUNT, SIZE, ONE_CLUSTER], run: clusterRT },
]
