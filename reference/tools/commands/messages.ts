/**
 * Commands that find messages.
 *
 * | command             | does                                                                  |
 * | ------------------- | --------------------------------------------------------------------- |
 * | queryMsgById        | shows the message with an offset message id, or a unique id              |
 * | queryMsgByKey       | lists the messages with a key                                          |
 * | queryMsgByUniqueKey | shows the message with a unique id; with `-g` and `-d`, hands the message to the consumer with this group and client id |
 *
 * RocketMQ: `QueryMsgByIdSubCommand`, `QueryMsgByKeySubCommand`, `QueryMsgByUniqueKeySubCommand`. RocketMQ writes bodies
 * to files. Here, queryMsgById and queryMsgByUniqueKey print them.
 */

import { ClientError } from '../../client/client-error.ts'
import { withKey } from '../../client/query-message.ts'
import { formatHost } from '../../common/address.ts'
import type { MessageExt } from '../../common/message.ts'
import { parseOffsetMessageId } from '../../common/message-id.ts'
import { consumeDirectlyShape } from '../../remoting/bodies/consumer-info.ts'
import { consumeMessageDirectly } from '../../remoting/requests/call-consumer.ts'
import { queryMessage } from '../../remoting/requests/query-message.ts'
import { viewMessage } from '../../remoting/requests/view-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { AdminClient } from '../admin-client.ts'
import { type CommandArgs, CommandLineError, flag, requiredFlag, toggle } from '../command-line.ts'
import { parseMoment } from '../date-text.ts'
import { textTable } from '../text-table.ts'
import { type AdminCommand, TOPIC } from './command.ts'
import { idsOf, messagesOf, messageText } from './message-text.ts'

const SOME_TOPIC = flag('t', 'topic', 'topic name; needed for a unique id')
const ID = requiredFlag('i', 'msgId', 'message id')
const GROUP = flag('g', 'consumerGroup', 'hand the message to a member of this group')
const CLIENT_ID = flag('d', 'clientId', 'the member')
const SHOW_ALL = toggle('a', 'showAll', 'all copies, not the first alone')
const KEY = requiredFlag('k', 'msgKey', 'message key')
const BEGIN = flag('b', 'beginTimestamp', 'from this moment: ms since 1970 or yyyy-MM-dd#HH:mm:ss:SSS (UTC)')
const END = flag('e', 'endTimestamp', 'until this moment')
const MAX_NUM = flag('m', 'maxNum', 'how many at most, default 64')

async function queryMsgById(admin: AdminClient, args: CommandArgs): Promise<string> {
  const id = args.text(ID)
  const place = parseOffsetMessageId(id)
  let unanswered = ''
  if (place !== undefined) {
    const address = formatHost(place.ip, place.port)
    const topic = args.find(SOME_TOPIC)
    try {
      const { body } = await admin.ask(address, viewMessage, { offset: place.physicalOffset, topic })
      const [message] = messagesOf(body)
      if (message !== undefined) return messageText(message)
    } catch (error) {
      // The id may also be a unique id. Then it is not an offset message id of a broker that answers.
      if (!(error instanceof ClientError) || topic === undefined) throw error
      if (error.code === 0)
        unanswered = `; as an offset message id, it names a broker that did not answer: ${error.message}`
    }
  }
  try {
    return await uniqueKeyText(admin, topicFor(args), id, false)
  } catch (error) {
    // When the id is an offset message id of a dead broker, the reason is not that the message does not exist.
    if (unanswered === '' || !(error instanceof ClientError)) throw error
    throw new ClientError(`${error.message}${unanswered}`, error.outcome, error.code)
  }
}

function topicFor(args: CommandArgs): string {
  const topic = args.find(SOME_TOPIC)
  if (topic === undefined)
    throw new CommandLineError(`${args.command}: -t is missing: a unique id is looked up in its topic`)
  return topic
}

/** Resolves with the messages of `topic` that have `key`, from the indexes of all masters. The earliest message comes first. */
async function query(
  admin: AdminClient,
  topic: string,
  key: string,
  how: { isUniqueKey: boolean; maxNum: number; beginTimestamp: number; endTimestamp: number },
): Promise<readonly MessageExt[]> {
  const found: MessageExt[] = []
  for (const address of await admin.mastersOf(topic)) {
    try {
      found.push(...messagesOf((await admin.ask(address, queryMessage, { topic, key, ...how })).body))
    } catch (error) {
      if (!(error instanceof ClientError && error.code === ResponseCode.QUERY_NOT_FOUND)) throw error
    }
  }
  // RocketMQ's index compares only hashes. And a query for a unique id also finds messages that have this text as a key.
  return withKey(found, key, how.isUniqueKey)
}

const EVER = { beginTimestamp: 0, endTimestamp: Number.MAX_SAFE_INTEGER }

async function uniqueKeyText(admin: AdminClient, topic: string, key: string, all: boolean): Promise<string> {
  const found = await query(admin, topic, key, { isUniqueKey: true, maxNum: 32, ...EVER })
  if (found.length === 0) throw new ClientError(`no message of ${topic} has the unique id ${key}`, 'definite')
  return (all ? found : found.slice(0, 1)).map(messageText).join('\n')
}

async function queryMsgByUniqueKey(admin: AdminClient, args: CommandArgs): Promise<string> {
  const [topic, key] = [args.text(TOPIC), args.text(ID)]
  const [consumerGroup, clientId] = [args.find(GROUP), args.find(CLIENT_ID)]
  if (consumerGroup === undefined || clientId === undefined)
    return uniqueKeyText(admin, topic, key, args.isTrue(SHOW_ALL))
  const [message] = await query(admin, topic, key, { isUniqueKey: true, maxNum: 32, ...EVER })
  if (message === undefined) throw new ClientError(`no message of ${topic} has the unique id ${key}`, 'definite')
  const header = { consumerGroup, clientId, msgId: idsOf(message).offsetId, topic }
  const address = formatHost(message.storeIp, message.storePort)
  const result = await admin.askFor(address, consumeMessageDirectly, header, consumeDirectlyShape)
  return `${JSON.stringify(result)}\n`
}

async function queryMsgByKey(admin: AdminClient, args: CommandArgs): Promise<string> {
  const [topic, key] = [args.text(TOPIC), args.text(KEY)]
  const nowMs = admin.host.clock.nowMs()
  const moment = (option: typeof BEGIN, missing: number) =>
    args.isSet(option) ? parseMoment(args.text(option), nowMs) : missing
  const found = await query(admin, topic, key, {
    isUniqueKey: false,
    maxNum: args.whole(MAX_NUM, 64, 1, 65_535),
    beginTimestamp: moment(BEGIN, EVER.beginTimestamp),
    endTimestamp: moment(END, EVER.endTimestamp),
  })
  const rows = found.map((message) => [idsOf(message).msgId, message.queueId, message.queueOffset])
  return textTable(['Message ID', 'QID', 'Offset'], rows)
}

export const MESSAGE_COMMANDS: readonly AdminCommand[] = [
  { name: 'queryMsgById', help: 'Show the message with an id', flags: [ID, SOME_TOPIC], run: queryMsgById },
  {
    name: 'queryMsgByKey',
    help: 'Show the messages with a key',
    flags: [TOPIC, KEY, BEGIN, END, MAX_NUM],
    run: queryMsgByKey,
  },
  {
    name: 'queryMsgByUniqueKey',
    help: 'Show the message that a client gave this id; with -g and -d hand it to that consumer',
    flags: [TOPIC, ID, GROUP, CLIENT_ID, SHOW_ALL],
    run: queryMsgByUniqueKey,
  },
]
