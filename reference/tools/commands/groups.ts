/**
 * Commands about consumer and producer groups.
 *
 * | command            | does                                                          |
 * | ------------------ | ------------------------------------------------------------- |
 * | consumerProgress   | shows how far a group is behind in each queue; without `-g`, shows all groups |
 * | consumerConnection | shows the members of a group, and their subscriptions           |
 * | producerConnection | shows the producers of a group                                  |
 * | producer           | shows all producers of a broker                                 |
 * | consumerStatus     | shows the state of each member of a group                       |
 * | getConsumerConfig  | shows a group's settings at each broker                         |
 * | updateSubGroup     | creates or changes a group                                      |
 * | deleteSubGroup     | deletes a group; with `-c`, also its retry and dead letter topics |
 * | setConsumeMode     | sets whether a group pulls or pops a topic |
 *
 * RocketMQ: `tools/command/consumer`, `connection`, `producer`.
 */

import { ClientError } from '../../client/client-error.ts'
import { compareQueues, DLQ_TOPIC_PREFIX, RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import { list, record, table, text, whole } from '../../common/shape.ts'
import {
  type ConsumerConnection,
  consumerConnectionShape,
  producerConnectionShape,
} from '../../remoting/bodies/connections.ts'
import { type ConsumerRunningInfo, consumerRunningInfoShape } from '../../remoting/bodies/consumer-info.ts'
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { subscriptionGroupConfigShape } from '../../remoting/bodies/subscription-group.ts'
import { getConsumerRunningInfo } from '../../remoting/requests/call-consumer.ts'
import {
  getAllProducerInfo,
  getConsumerConnectionList,
  getProducerConnectionList,
} from '../../remoting/requests/connections.ts'
import { setMessageRequestMode } from '../../remoting/requests/query-assignment.ts'
import {
  deleteSubscriptionGroup,
  getSubscriptionGroupConfig,
  updateAndCreateSubscriptionGroup,
} from '../../remoting/requests/subscription-group.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { type AdminClient, masters } from '../admin-client.ts'
import { type CommandArgs, CommandLineError, flag, requiredFlag } from '../command-line.ts'
import { momentText } from '../date-text.ts'
import { textTable } from '../text-table.ts'
import { type AdminCommand, atEach, BROKER, CLUSTER, TOPIC, targets } from './command.ts'
import { deleteTopicOf } from './topics.ts'

const GROUP = requiredFlag('g', 'groupName', 'consumer group')
const SOME_GROUP = flag('g', 'groupName', 'consumer group; without it, all of them')
const POP_TOPIC = requiredFlag('t', 'topicName', 'topic name')
const TOPIC_NAME = flag('t', 'topicName', 'only this topic')
const SHOW_CLIENT_IP = flag('s', 'showClientIP', 'true: show which member has each queue')
const CONSUMER_GROUP = requiredFlag('g', 'consumerGroup', 'consumer group')
const PRODUCER_GROUP = requiredFlag('g', 'producerGroup', 'producer group')
const NEEDED_BROKER = requiredFlag('b', 'broker', 'broker address, host:port')
const CLIENT_ID = flag('i', 'clientId', 'only this member')

/**
 * Resolves with the address in `-b`. Without `-b`, resolves with a master that has the retry topic of the group. Rejects
 * with `ClientError` when no master has this topic.
 */
async function brokerOfGroup(admin: AdminClient, args: CommandArgs, group: string): Promise<string> {
  const given = args.find(BROKER)
  if (given !== undefined) return given
  const [address] = await admin.mastersOf(RETRY_TOPIC_PREFIX + group)
  if (address === undefined) throw new ClientError(`no broker knows the group ${group}`, 'definite')
  return address
}

const connectionOf = (admin: AdminClient, address: string, consumerGroup: string): Promise<ConsumerConnection> =>
  admin.askFor(address, getConsumerConnectionList, { consumerGroup }, consumerConnectionShape)

// #region consumer-progress
async function consumerProgress(admin: AdminClient, args: CommandArgs): Promise<string> {
  const group = args.find(SOME_GROUP)
  if (group === undefined) return allProgress(admin)
  const addresses = await admin.mastersOf(RETRY_TOPIC_PREFIX + group)
  const only = args.find(TOPIC_NAME)
  const stats = (await Promise.all(addresses.map((address) => admin.consumeStats(address, group, only)))).flat()
  const owners = args.isTrue(SHOW_CLIENT_IP) ? await queueOwners(admin, addresses, group) : undefined
  const rows = stats
    .sort(([a], [b]) => compareQueues(a, b))
    .map(([queue, { brokerOffset, consumerOffset, lastTimestamp }]) => [
      queue.topic,
      queue.brokerName,
      queue.queueId,
      brokerOffset,
      consumerOffset,
      ...(owners === undefined ? [] : [owners.get(JSON.stringify(queue)) ?? '']),
      brokerOffset - consumerOffset,
      lastTimestamp > 0 ? momentText(lastTimestamp) : '',
    ])
  const total = stats.reduce((sum, [, at]) => sum + at.brokerOffset - at.consumerOffset, 0)
  const client = owners === undefined ? [] : ['Client IP']
  const head = ['Topic', 'Broker Name', 'QID', 'Broker Offset', 'Consumer Offset', ...client, 'Diff', 'LastTime']
  return `${textTable(head, rows)}\nDiff Total: ${total}\n`
}
// #endregion consumer-progress

/**
 * Resolves with the member that consumes each queue, as the members report it. A member is shown by the address in its
 * client id.
 */
async function queueOwners(admin: AdminClient, addresses: readonly string[], group: string) {
  const owners = new Map<string, string>()
  for (const [clientId, info] of await membersInfo(admin, addresses[0] ?? '', group))
    for (const [queue] of info.mqTable) owners.set(JSON.stringify(queue), clientId.split('@')[0] ?? clientId)
  return owners
}

async function membersInfo(
  admin: AdminClient,
  address: string,
  consumerGroup: string,
): Promise<ReadonlyMap<string, ConsumerRunningInfo>> {
  const infos = new Map<string, ConsumerRunningInfo>()
  const { connectionSet } = await connectionOf(admin, address, consumerGroup).catch(offline)
  for (const { clientId } of connectionSet) {
    const header = { consumerGroup, clientId, jstackEnable: false }
    infos.set(clientId, await admin.askFor(address, getConsumerRunningInfo, header, consumerRunningInfoShape))
  }
  return infos
}

function offline(error: unknown): ConsumerConnection {
  if (error instanceof ClientError && error.code === ResponseCode.CONSUMER_NOT_ONLINE)
    return { connectionSet: [], subscriptionTable: new Map() }
  throw error
}

async function allProgress(admin: AdminClient): Promise<string> {
  const groups = [...(await admin.topicList())]
    .filter((topic) => topic.startsWith(RETRY_TOPIC_PREFIX))
    .map((topic) => topic.slice(RETRY_TOPIC_PREFIX.length))
  const rows: (string | number)[][] = []
  for (const group of groups.sort()) {
    const addresses = await admin.mastersOf(RETRY_TOPIC_PREFIX + group)
    const stats = (await Promise.all(addresses.map((address) => admin.consumeStats(address, group)))).flat()
    const connection = await connectionOf(admin, addresses[0] ?? '', group).catch(offline)
    const diff = stats.reduce((sum, [, at]) => sum + at.brokerOffset - at.consumerOffset, 0)
    const { connectionSet, consumeType = '', messageModel = '' } = connection
    const type = { CONSUME_ACTIVELY: 'PULL', CONSUME_PASSIVELY: 'PUSH', CONSUME_POP: 'POP' }[consumeType] ?? ''
    rows.push([group, connectionSet.length, type, messageModel, diff])
  }
  return textTable(['Group', 'Count', 'Type', 'Model', 'Diff Total'], rows)
}

async function consumerConnection(admin: AdminClient, args: CommandArgs): Promise<string> {
  const group = args.text(CONSUMER_GROUP)
  const connection = await connectionOf(admin, await brokerOfGroup(admin, args, group), group)
  const { connectionSet, subscriptionTable, consumeType, messageModel, consumeFromWhere } = connection
  const members = connectionSet.map((each) => [each.clientId, each.clientAddr, each.language, each.version])
  const subscriptions = [...subscriptionTable.values()].map((each) => [each.topic, each.expressionType, each.subString])
  return [
    textTable(['ClientId', 'ClientAddr', 'Language', 'Version'], members),
    'Below is subscription:',
    textTable(['Topic', 'Type', 'SubExpression'], subscriptions),
    `ConsumeType: ${consumeType}\nMessageModel: ${messageModel}\nConsumeFromWhere: ${consumeFromWhere}\n`,
  ].join('\n')
}

async function producerConnection(admin: AdminClient, args: CommandArgs): Promise<string> {
  const producerGroup = args.text(PRODUCER_GROUP)
  const found = new Map<string, (string | number)[]>()
  for (const address of await admin.mastersOf(args.text(TOPIC))) {
    const { connectionSet } = await admin.askFor(
      address,
      getProducerConnectionList,
      { producerGroup },
      producerConnectionShape,
    )
    for (const each of connectionSet)
      found.set(each.clientAddr, [each.clientId, each.clientAddr, each.language, each.version])
  }
  return textTable(['ClientId', 'ClientAddr', 'Language', 'Version'], [...found.values()])
}

const producerTableShape = record({
  data: table(
    list(
      record({
        clientId: text(),
        remoteIP: text(),
        language: text(),
        version: whole(),
        lastUpdateTimestamp: whole(),
      }),
    ),
  ),
})

async function producer(admin: AdminClient, args: CommandArgs): Promise<string> {
  const { data } = await admin.askFor(args.text(NEEDED_BROKER), getAllProducerInfo, {}, producerTableShape)
  const rows = [...data].flatMap(([group, members]) =>
    members.map((each) => [
      group,
      each.clientId,
      each.remoteIP,
      each.language,
      each.version,
      momentText(each.lastUpdateTimestamp),
    ]),
  )
  return textTable(['Group', 'ClientId', 'Address', 'Language', 'Version', 'Last Heartbeat'], rows)
}

async function consumerStatus(admin: AdminClient, args: CommandArgs): Promise<string> {
  const group = args.text(CONSUMER_GROUP)
  const infos = await membersInfo(admin, await brokerOfGroup(admin, args, group), group)
  const only = args.find(CLIENT_ID)
  const texts = [...infos]
    .filter(([clientId]) => only === undefined || clientId === only)
    .map(([clientId, info]) => `# ${clientId}\n\n${runningInfoText(info)}`)
  if (texts.length > 0) return texts.join('\n')
  throw new ClientError(`no member of ${group}${only === undefined ? '' : ` called ${only}`} is connected`, 'definite')
}

function runningInfoText({ properties, subscriptionSet, mqTable, statusTable }: ConsumerRunningInfo): string {
  const queues = mqTable.map(([queue, at]) => [
    queue.topic,
    queue.brokerName,
    queue.queueId,
    at.commitOffset,
    at.cachedMsgCount,
    at.lastPullTimestamp > 0 ? momentText(at.lastPullTimestamp) : '',
  ])
  const rates = [...statusTable].map(([topic, at]) => [
    topic,
    at.pullRT.toFixed(2),
    at.pullTPS.toFixed(2),
    at.consumeRT.toFixed(2),
    at.consumeOKTPS.toFixed(2),
    at.consumeFailedTPS.toFixed(2),
    at.consumeFailedMsgs,
  ])
  return [
    [...properties].map(([name, value]) => `${name.padEnd(40)}: ${value}`).join('\n'),
    textTable(
      ['Topic', 'SubExpression'],
      subscriptionSet.map((each) => [each.topic, each.subString]),
    ),
    textTable(['Topic', 'Broker Name', 'QID', 'Consumer Offset', 'Cached', 'Last Pull'], queues),
    textTable(['Topic', 'Pull RT', 'Pull TPS', 'Consume RT', 'OK TPS', 'Failed TPS', 'Failed in an hour'], rates),
  ].join('\n')
}

async function getConsumerConfig(admin: AdminClient, args: CommandArgs): Promise<string> {
  const group = args.text(GROUP)
  const { brokerAddrTable } = await admin.clusterInfo()
  return atEach(masters([...brokerAddrTable.values()]), async (address) => {
    const found = await admin
      .askFor(address, getSubscriptionGroupConfig, { group }, subscriptionGroupConfigShape)
      .catch((error: unknown) => {
        if (error instanceof ClientError && error.code === ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST) return undefined
        throw error
      })
    return `============${address}============\n${found === undefined ? 'not there' : JSON.stringify(found, undefined, 2)}`
  })
}

const SWITCHES = [
  [flag('s', 'consumeEnable', 'true or false'), 'consumeEnable', true],
  [flag('m', 'consumeFromMinEnable', 'true or false'), 'consumeFromMinEnable', true],
  [flag('d', 'consumeBroadcastEnable', 'true or false'), 'consumeBroadcastEnable', true],
  [flag('o', 'consumeMessageOrderly', 'true or false'), 'consumeMessageOrderly', false],
  [flag('a', 'notifyConsumerIdsChanged', 'true or false'), 'notifyConsumerIdsChangedEnable', true],
] as const
const NUMBERS = [
  [flag('q', 'retryQueueNums', 'queues of the retry topic, default 1'), 'retryQueueNums', 1],
  [flag('r', 'retryMaxTimes', 'redeliveries before a dead letter, default 16'), 'retryMaxTimes', 16],
  [flag('i', 'brokerId', 'the broker id to read from, default 0'), 'brokerId', 0],
  [
    flag('w', 'whichBrokerWhenConsumeSlowly', 'the same when it is far behind, default 1'),
    'whichBrokerWhenConsumeSlowly',
    1,
  ],
] as const

async function updateSubGroup(admin: AdminClient, args: CommandArgs): Promise<string> {
  const groupName = args.text(GROUP)
  const config = {
    groupName,
    ...Object.fromEntries(SWITCHES.map(([option, name, missing]) => [name, args.isTrue(option, missing)])),
    ...Object.fromEntries(NUMBERS.map(([option, name, missing]) => [name, args.whole(option, missing, 0, 65_535)])),
  }
  return atEach(await targets(admin, args), async (address) => {
    await admin.ask(address, updateAndCreateSubscriptionGroup, {}, encodeJsonBody(config))
    return `create subscription group to ${address} success.`
  })
}

const REMOVE_OFFSET = flag('r', 'removeOffset', 'true: its offsets too')

async function deleteSubGroup(admin: AdminClient, args: CommandArgs): Promise<string> {
  const groupName = args.text(GROUP)
  const cleanOffset = args.isTrue(REMOVE_OFFSET)
  const printed = await atEach(await targets(admin, args), async (address) => {
    await admin.ask(address, deleteSubscriptionGroup, { groupName, cleanOffset, removeOffset: cleanOffset })
    return `delete subscription group [${groupName}] from broker [${address}] success.`
  })
  const cluster = args.find(CLUSTER)
  if (cluster !== undefined)
    for (const prefix of [RETRY_TOPIC_PREFIX, DLQ_TOPIC_PREFIX]) await deleteTopicOf(admin, prefix + groupName, cluster)
  return printed
}

const MODE = requiredFlag('m', 'mode', 'PULL or POP')
const POP_SHARE = flag('q', 'popShareQueueNum', 'POP: so many members share their queues; 0, the default: all of them')

// #region set-consume-mode
async function setConsumeMode(admin: AdminClient, args: CommandArgs): Promise<string> {
  const topic = args.text(POP_TOPIC)
  const consumerGroup = args.text(GROUP)
  const mode = args.text(MODE)
  if (mode !== 'PULL' && mode !== 'POP')
    throw new CommandLineError(`setConsumeMode: -m is "${mode}"; it must be PULL or POP`)
  const popShareQueueNum = args.whole(POP_SHARE, 0, -1, 100_000)
  const printed = await atEach(await targets(admin, args), async (address) => {
    const body = encodeJsonBody({ topic, consumerGroup, mode, popShareQueueNum })
    await admin.ask(address, setMessageRequestMode, {}, body)
    return `set consume mode to ${address} success.`
  })
  return `${printed}topic[${topic}] group[${consumerGroup}] consume mode[${mode}] popShareQueueNum[${popShareQueueNum}]\n`
}
// #endregion set-consume-mode

export const GROUP_COMMANDS: readonly AdminCommand[] = [
  {
    name: 'setConsumeMode',
    help: 'Let a group pull or pop a topic; for members that leave sharing to the broker',
    flags: [BROKER, CLUSTER, POP_TOPIC, GROUP, MODE, POP_SHARE],
    run: setConsumeMode,
  },
  {
    name: 'consumerProgress',
    help: 'Show how far a group is behind in each queue, or all groups',
    flags: [SOME_GROUP, TOPIC_NAME, SHOW_CLIENT_IP],
    run: consumerProgress,
  },
  {
    name: 'consumerConnection',
    help: 'Show who consumes in a group, and what it subscribes to',
    flags: [CONSUMER_GROUP, BROKER],
    run: consumerConnection,
  },
  {
    name: 'producerConnection',
    help: 'Show who produces in a group',
    flags: [PRODUCER_GROUP, TOPIC],
    run: producerConnection,
  },
  { name: 'producer', help: 'Show all producers of a broker', flags: [NEEDED_BROKER], run: producer },
  {
    name: 'consumerStatus',
    help: 'Show how each member of a group is',
    flags: [CONSUMER_GROUP, CLIENT_ID, BROKER],
    run: consumerStatus,
  },
  { name: 'getConsumerConfig', help: "Show a group's settings at each broker", flags: [GROUP], run: getConsumerConfig },
  {
    name: 'updateSubGroup',
    help: 'Make or change a group',
    flags: [GROUP, BROKER, CLUSTER, ...SWITCHES.map(([option]) => option), ...NUMBERS.map(([option]) => option)],
    run: updateSubGroup,
  },
  {
    name: 'deleteSubGroup',
    help: 'Delete a group; with -c also its retry and dead letter topics',
    flags: [GROUP, BROKER, CLUSTER, REMOVE_OFFSET],
    run: deleteSubGroup,
  },
]
