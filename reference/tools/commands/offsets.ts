/**
 * Commands that move the offsets of groups.
 *
 * | command                | does                                                               |
 * | ---------------------- | ------------------------------------------------------------------ |
 * | resetOffsetByTime      | lets a group consume a topic again from a time on, or skip messages up to a time |
 * | skipAccumulatedMessage | lets a group skip all waiting messages                             |
 * | cloneGroupOffset       | copies the offsets of one group to another                         |
 *
 * RocketMQ: `tools/command/offset`.
 */

import { ClientError } from '../../client/client-error.ts'
import { queueKey, RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import type { QueueTable } from '../../remoting/bodies/queue-table.ts'
import { resetOffsetShape } from '../../remoting/bodies/reset-offset.ts'
import { offsetAnswer, updateConsumerOffset } from '../../remoting/requests/consumer-offset.ts'
import { searchOffset } from '../../remoting/requests/queue-offset.ts'
import { invokeBrokerToResetOffset } from '../../remoting/requests/reset-offset.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { AdminClient } from '../admin-client.ts'
import { type CommandArgs, CommandLineError, flag, requiredFlag } from '../command-line.ts'
import { parseMoment } from '../date-text.ts'
import { textTable } from '../text-table.ts'
import { type AdminCommand, TOPIC } from './command.ts'

const GROUP = requiredFlag('g', 'group', 'consumer group')
const TIMESTAMP = requiredFlag('s', 'timestamp', 'now, ms since 1970, or yyyy-MM-dd#HH:mm:ss:SSS (UTC)')
const FORCE = flag('f', 'force', 'true or false; default true')
const BROKER = flag('b', 'broker', 'only this broker, host:port')
const QUEUE = flag('q', 'queue', 'with -b: only this queue')
const OFFSET = flag('o', 'offset', 'with -b and -q: this offset')
const SOURCE = requiredFlag('s', 'srcGroup', 'the group whose offsets are copied')
const TARGET = requiredFlag('d', 'destGroup', 'the group that gets them')
const OFFLINE = flag('o', 'offline', 'kept for the habit; the groups need not be offline')

/** The timestamp with which RocketMQ resets the offset to the end of each queue. */
const LATEST = -1

async function resetOffsetByTime(admin: AdminClient, args: CommandArgs): Promise<string> {
  const moment = args.text(TIMESTAMP)
  const timestamp = moment === 'now' ? LATEST : parseMoment(moment, admin.host.clock.nowMs())
  if (args.isSet(QUEUE) !== args.isSet(BROKER) && args.isSet(QUEUE))
    throw new CommandLineError('resetOffsetByTime: -q needs -b: queues are numbered at each broker')
  const queueId = args.whole(QUEUE, -1, 0, 65_535)
  const offset = args.isSet(OFFSET) ? args.whole(OFFSET, 0, 0, Number.MAX_SAFE_INTEGER) : undefined
  return reset(admin, args, { timestamp, queueId, offset })
}

async function reset(
  admin: AdminClient,
  args: CommandArgs,
  to: { timestamp: number; queueId: number; offset?: number | undefined },
): Promise<string> {
  const [topic, group] = [args.text(TOPIC), args.text(GROUP)]
  const header = { topic, group, isForce: args.isTrue(FORCE, true), ...to }
  const broker = args.find(BROKER)
  const rows: (string | number)[][] = []
  for (const address of broker === undefined ? await admin.mastersOf(topic) : [broker]) {
    for (const [queue, offset] of await resetAt(admin, address, header))
      rows.push([queue.brokerName, queue.queueId, offset])
  }
  rows.sort((a, b) => (a[0]! < b[0]! ? -1 : a[0]! > b[0]! ? 1 : Number(a[1]) - Number(b[1])))
  return textTable(['brokerName', 'queueId', 'offset'], rows)
}

/**
 * Resets the offsets at one broker and resolves with the new offsets. A broker of 4.9 refuses a reset when no consumer is
 * online. After this refusal, the command stores the offsets of the requested queues itself.
 */
async function resetAt(
  admin: AdminClient,
  address: string,
  header: Parameters<typeof invokeBrokerToResetOffset.encode>[0],
): Promise<QueueTable<number>> {
  try {
    return await admin.askFor(address, invokeBrokerToResetOffset, header, resetOffsetShape)
  } catch (error) {
    if (!(error instanceof ClientError && error.code === ResponseCode.CONSUMER_NOT_ONLINE)) throw error
    const { topic, group, timestamp, queueId: onlyQueueId = -1, offset: wantedOffset = -1 } = header
    const offsets: (readonly [QueueTable<number>[number][0], number])[] = []
    for (const [queue, { minOffset, maxOffset }] of await admin.topicStats(address, topic)) {
      if (onlyQueueId >= 0 && queue.queueId !== onlyQueueId) continue
      let offset = wantedOffset >= 0 ? wantedOffset : maxOffset
      if (wantedOffset < 0 && timestamp !== LATEST) {
        const { queueId } = queue
        const { extFields } = await admin.ask(address, searchOffset, { topic, queueId, timestamp })
        offset = Math.max(minOffset, offsetAnswer.decode(extFields).offset)
      }
      await store(admin, address, group, queue, offset)
      offsets.push([queue, offset])
    }
    return offsets
  }
}

async function store(
  admin: AdminClient,
  address: string,
  consumerGroup: string,
  queue: { topic: string; queueId: number },
  commitOffset: number,
): Promise<void> {
  const { topic, queueId } = queue
  await admin.ask(address, updateConsumerOffset, { consumerGroup, topic, queueId, commitOffset })
}

function skipAccumulatedMessage(admin: AdminClient, args: CommandArgs): Promise<string> {
  return reset(admin, args, { timestamp: LATEST, queueId: -1 })
}

async function cloneGroupOffset(admin: AdminClient, args: CommandArgs): Promise<string> {
  const [source, target, topic] = [args.text(SOURCE), args.text(TARGET), args.text(TOPIC)]
  const done: string[] = []
  for (const address of await admin.mastersOf(topic)) {
    for (const [queue, { consumerOffset }] of await admin.consumeStats(address, source, topic)) {
      if (queue.topic !== topic || queue.topic === RETRY_TOPIC_PREFIX + source) continue
      await store(admin, address, target, queue, consumerOffset)
      done.push(queueKey(queue))
    }
  }
  if (done.length === 0) throw new ClientError(`the group ${source} has no offsets for ${topic}`, 'definite')
  return `clone group offset success. srcGroup[${source}], destGroup=[${target}], topic[${topic}], ${done.length} queues\n`
}

export const OFFSET_COMMANDS: readonly AdminCommand[] = [
  {
    name: 'resetOffsetByTime',
    help: 'Let a group consume a topic again from a moment, or skip until then',
    flags: [GROUP, TOPIC, TIMESTAMP, FORCE, BROKER, QUEUE, OFFSET],
    run: resetOffsetByTime,
  },
  {
    name: 'skipAccumulatedMessage',
    help: 'Let a group skip all that waits',
    flags: [GROUP, TOPIC, FORCE, BROKER],
    run: skipAccumulatedMessage,
  },
  {
    name: 'cloneGroupOffset',
    help: 'Let one group stand where another does',
    flags: [SOURCE, TARGET, TOPIC, OFFLINE],
    run: cloneGroupOffset,
  },
]
