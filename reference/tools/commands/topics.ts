/**
 * Commands about topics.
 *
 * | command          | does                                                            |
 * | ---------------- | --------------------------------------------------------------- |
 * | topicList        | shows every topic; with `-c`, also the cluster and the consumer groups of each topic |
 * | topicRoute       | shows which brokers have a topic, and their addresses             |
 * | topicStatus      | shows where each queue of a topic begins and ends                 |
 * | topicClusterList | shows the clusters that have a topic                              |
 * | updateTopic      | creates or changes a topic                                        |
 * | updateTopicPerm  | changes the permission of a topic                                 |
 * | updateOrderConf  | sets how many queues an ordered topic has on each broker          |
 * | deleteTopic      | deletes a topic at the brokers of a cluster and the NameServers    |
 * | allocateMQ       | shows how AVG would share a topic's queues between some clients    |
 *
 * RocketMQ: `tools/command/topic`.
 */

import { ClientError } from '../../client/client-error.ts'
import { readQueues } from '../../client/client-instance.ts'
import { allocateAveragely } from '../../common/allocate/allocate-averagely.ts'
import { compareQueues } from '../../common/message.ts'
import { topicRouteDataJson } from '../../remoting/bodies/route.ts'
import { deleteKvConfig, getKvConfig, getKvConfigAnswer, putKvConfig } from '../../remoting/requests/kv-config.ts'
import { deleteTopicInNamesrv } from '../../remoting/requests/namesrv-admin.ts'
import { deleteTopicInBroker, updateAndCreateTopic } from '../../remoting/requests/topic-config.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { type AdminClient, masters } from '../admin-client.ts'
import { type CommandArgs, CommandLineError, flag, requiredFlag, toggle } from '../command-line.ts'
import { momentText } from '../date-text.ts'
import { textTable } from '../text-table.ts'
import { type AdminCommand, atEach, BROKER, CLUSTER, groupsOf, TOPIC, targets } from './command.ts'

const ORDER_NAMESPACE = 'ORDER_TOPIC_CONFIG'
const NEEDED_CLUSTER = { ...CLUSTER, required: true }
const WITH_CLUSTERS = toggle('c', 'clusterModel', 'show clusters and consumer groups too')
const READ_QUEUES = flag('r', 'readQueueNums', 'number of read queues, default 8')
const WRITE_QUEUES = flag('w', 'writeQueueNums', 'number of write queues, default 8')
const PERM = flag('p', 'perm', '2 write, 4 read, 6 both; default 6')
const NEEDED_PERM = requiredFlag('p', 'perm', '2 write, 4 read, 6 both')
const ORDER = flag('o', 'order', 'true: an order topic')
const ATTRIBUTES = flag('a', 'attributes', 'such as +message.type=FIFO,-cleanup.policy')
const UNIT = flag('u', 'unit', 'true: a unit topic')
const HAS_UNIT_SUB = flag('s', 'hasUnitSub', 'true: with unit subscriptions')
const ORDER_CONF = flag('v', 'orderConf', 'such as broker-a:4;broker-b:4')
const METHOD = requiredFlag('m', 'method', 'put, get or delete')
const IP_LIST = requiredFlag('i', 'ipList', 'client ids, with commas between')
const QUEUES_MAX = 65_535

async function topicList(admin: AdminClient, args: CommandArgs): Promise<string> {
  const topics = [...(await admin.topicList())].sort()
  if (!args.isTrue(WITH_CLUSTERS)) return `${topics.join('\n')}\n`
  const rows: string[][] = []
  for (const topic of topics) {
    const route = await admin.topicRoute(topic).catch(notThere)
    if (route === undefined) continue
    const clusters = [...new Set(route.brokerDatas.map((data) => data.cluster))].join(',')
    const groups = await groupsOf(admin, masters(route.brokerDatas), topic)
    for (const group of groups.length === 0 ? [''] : groups) rows.push([clusters, topic, group])
  }
  return textTable(['Cluster Name', 'Topic', 'Consumer Group'], rows)
}

/**
 * Returns undefined when the error says that a topic does not exist. Such a topic may have been deleted after the list of
 * topics was read. Throws any other error.
 */
function notThere(error: unknown): undefined {
  if (error instanceof ClientError && error.code === ResponseCode.TOPIC_NOT_EXIST) return undefined
  throw error
}

async function topicRoute(admin: AdminClient, args: CommandArgs): Promise<string> {
  const route = await admin.topicRoute(args.text(TOPIC))
  return `${JSON.stringify(topicRouteDataJson(route), undefined, '\t')}\n`
}

// #region topic-status
async function topicStatus(admin: AdminClient, args: CommandArgs): Promise<string> {
  const topic = args.text(TOPIC)
  const stats = await Promise.all((await admin.mastersOf(topic)).map((address) => admin.topicStats(address, topic)))
  const rows = stats
    .flat()
    .sort(([a], [b]) => compareQueues(a, b))
    .map(([queue, { minOffset, maxOffset, lastUpdateTimestamp: last }]) => [
      queue.brokerName,
      queue.queueId,
      minOffset,
      maxOffset,
      last > 0 ? momentText(last) : '',
    ])
  return textTable(['Broker Name', 'QID', 'Min Offset', 'Max Offset', 'Last Updated'], rows)
}
// #endregion topic-status

async function topicClusterList(admin: AdminClient, args: CommandArgs): Promise<string> {
  const { brokerDatas } = await admin.topicRoute(args.text(TOPIC))
  return `${[...new Set(brokerDatas.map((data) => data.cluster))].sort().join('\n')}\n`
}

async function updateTopic(admin: AdminClient, args: CommandArgs): Promise<string> {
  const topic = args.text(TOPIC)
  const isOrder = args.isTrue(ORDER)
  const header = {
    topic,
    defaultTopic: 'TBW102',
    readQueueNums: args.whole(READ_QUEUES, 8, 0, QUEUES_MAX),
    writeQueueNums: args.whole(WRITE_QUEUES, 8, 0, QUEUES_MAX),
    perm: args.whole(PERM, 6, 0, 7),
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: (args.isTrue(UNIT) ? 1 : 0) | (args.isTrue(HAS_UNIT_SUB) ? 2 : 0),
    order: isOrder,
    attributes: args.find(ATTRIBUTES),
  }
  const addresses = await targets(admin, args)
  const printed = await atEach(addresses, async (address) => {
    await admin.ask(address, updateAndCreateTopic, header)
    return `create topic to ${address} success.`
  })
  if (!isOrder) return printed
  const value = await orderConf(admin, addresses, header.writeQueueNums)
  await admin.askEveryNamesrv(putKvConfig, { namespace: ORDER_NAMESPACE, key: topic, value })
  return `${printed}set ordered topic ${topic}: ${value}\n`
}

/** Resolves with the order of a topic as text, such as `broker-a:8;broker-b:8`, for the brokers at `addresses`. */
async function orderConf(admin: AdminClient, addresses: readonly string[], queueNums: number): Promise<string> {
  const { brokerAddrTable } = await admin.clusterInfo()
  return [...brokerAddrTable.values()]
    .filter((data) => masters([data]).some((address) => addresses.includes(address)))
    .map(({ brokerName }) => `${brokerName}:${queueNums}`)
    .sort()
    .join(';')
}

/**
 * Changes the permission of a topic at the brokers in `-b` or `-c`, or at all masters in the route of the topic. The other
 * settings are read from the route of the topic, because brokers of 4.9 have no request for these settings.
 */
async function updateTopicPerm(admin: AdminClient, args: CommandArgs): Promise<string> {
  const topic = args.text(TOPIC)
  const perm = args.whole(NEEDED_PERM, 6, 0, 7)
  const { queueDatas, brokerDatas } = await admin.topicRoute(topic)
  const addresses = args.isSet(BROKER) || args.isSet(CLUSTER) ? await targets(admin, args) : masters(brokerDatas)
  return atEach(addresses, async (address) => {
    const brokerName = brokerDatas.find((data) => masters([data]).includes(address))?.brokerName
    const known = queueDatas.find((data) => data.brokerName === brokerName)
    if (known === undefined) throw new CommandLineError(`updateTopicPerm: ${address} does not have the topic ${topic}`)
    const { readQueueNums, writeQueueNums, topicSysFlag } = known
    const header = { topic, defaultTopic: 'TBW102', readQueueNums, writeQueueNums, topicSysFlag, perm }
    await admin.ask(address, updateAndCreateTopic, { ...header, topicFilterType: 'SINGLE_TAG', order: false })
    return `update topic perm from ${known.perm} to ${perm} in ${address} success.`
  })
}

async function updateOrderConf(admin: AdminClient, args: CommandArgs): Promise<string> {
  const key = args.text(TOPIC)
  const method = args.oneOf(METHOD, ['put', 'get', 'delete'])
  if (method === 'get') {
    const { extFields } = await admin.askNamesrv(getKvConfig, { namespace: ORDER_NAMESPACE, key })
    return `get orderConf success. topic=[${key}], orderConf=[${getKvConfigAnswer.decode(extFields).value ?? ''}]\n`
  }
  if (method === 'delete') {
    await admin.askEveryNamesrv(deleteKvConfig, { namespace: ORDER_NAMESPACE, key })
    return `delete orderConf success. topic=[${key}]\n`
  }
  const value = args.find(ORDER_CONF)
  if (value === undefined || !/^[^:;]+:\d+(;[^:;]+:\d+)*$/.test(value))
    throw new CommandLineError('updateOrderConf: -v must look like broker-a:4;broker-b:4')
  await admin.askEveryNamesrv(putKvConfig, { namespace: ORDER_NAMESPACE, key, value })
  return `update orderConf success. topic=[${key}], orderConf=[${value}]\n`
}

/** Deletes a topic at the masters of a cluster, then at every NameServer. */
export async function deleteTopicOf(admin: AdminClient, topic: string, clusterName: string): Promise<void> {
  for (const address of masters(await admin.brokersOf(clusterName)))
    await admin.ask(address, deleteTopicInBroker, { topic })
  await admin.askEveryNamesrv(deleteTopicInNamesrv, { topic, clusterName })
}

async function deleteTopic(admin: AdminClient, args: CommandArgs): Promise<string> {
  const [topic, cluster] = [args.text(TOPIC), args.text(NEEDED_CLUSTER)]
  await deleteTopicOf(admin, topic, cluster)
  return `delete topic [${topic}] from cluster [${cluster}] success.\ndelete topic [${topic}] from NameServer success.\n`
}

async function allocateMQ(admin: AdminClient, args: CommandArgs): Promise<string> {
  const topic = args.text(TOPIC)
  const clientIds = args.text(IP_LIST).split(',').sort()
  const queues = readQueues(topic, await admin.topicRoute(topic)).sort(compareQueues)
  const result = Object.fromEntries(clientIds.map((id) => [id, allocateAveragely(id, queues, clientIds)]))
  return `${JSON.stringify({ result })}\n`
}

export const TOPIC_COMMANDS: readonly AdminCommand[] = [
  { name: 'topicList', help: 'List every topic', flags: [WITH_CLUSTERS], run: topicList },
  {
    name: 'topicRoute',
    help: 'Show which brokers have a topic and where they say they are',
    flags: [TOPIC],
    run: topicRoute,
  },
  { name: 'topicStatus', help: 'Show where each queue of a topic begins and ends', flags: [TOPIC], run: topicStatus },
  { name: 'topicClusterList', help: 'Show the clusters that have a topic', flags: [TOPIC], run: topicClusterList },
  {
    name: 'updateTopic',
    help: 'Make or change a topic',
    flags: [TOPIC, CLUSTER, BROKER, READ_QUEUES, WRITE_QUEUES, PERM, ORDER, ATTRIBUTES, UNIT, HAS_UNIT_SUB],
    run: updateTopic,
  },
  {
    name: 'updateTopicPerm',
    help: "Change a topic's permission",
    flags: [TOPIC, NEEDED_PERM, BROKER, CLUSTER],
    run: updateTopicPerm,
  },
  {
    name: 'updateOrderConf',
    help: 'Say on which brokers an ordered topic has how many queues',
    flags: [TOPIC, METHOD, ORDER_CONF],
    run: updateOrderConf,
  },
  {
    name: 'deleteTopic',
    help: 'Delete a topic at the brokers of a cluster and at the NameServers',
    flags: [TOPIC, NEEDED_CLUSTER],
    run: deleteTopic,
  },
  {
    name: 'allocateMQ',
    help: "Show how AVG would share a topic's queues between some clients",
    flags: [TOPIC, IP_LIST],
    run: allocateMQ,
  },
]
