/**
 * mqadmin's commands, by its names and flags: what an operator types to see what a cluster looks like from outside.
 *
 * | command          | shows                                                             |
 * | ---------------- | ----------------------------------------------------------------- |
 * | clusterList      | every broker, its address, how it is                              |
 * | topicList        | every topic                                                       |
 * | topicRoute       | which brokers have a topic, and where they say they are           |
 * | topicStatus      | where each queue of a topic begins and ends                       |
 * | consumerProgress | how far a group is behind in each queue                           |
 * | updateTopic      | makes or changes a topic                                          |
 *
 * RocketMQ: `MQAdminStartup`, `tools/command/**`. Not here: the other ninety commands.
 */
import { RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import type { BrokerData } from '../../remoting/bodies/route.ts'
import { topicRouteDataJson } from '../../remoting/bodies/route.ts'
import type { AdminClient } from './admin-client.ts'
import { CommandLineError, type Flag, parseFlags, required, wholeFlag } from './command-line.ts'
import { textTable } from './text-table.ts'

const NAMESRV: Flag = { short: 'n', long: 'namesrvAddr', value: true, help: 'NameServers, such as 127.0.0.1:9876' }
const TOPIC: Flag = { short: 't', long: 'topic', value: true, help: 'topic name' }
const GROUP: Flag = { short: 'g', long: 'groupName', value: true, help: 'consumer group' }
const CLUSTER: Flag = {
  short: 'c',
  long: 'clusterName',
  value: true,
  help: 'create the topic on every master of this cluster',
}
const BROKER: Flag = { short: 'b', long: 'brokerAddr', value: true, help: 'create the topic on this broker, host:port' }
const READ_QUEUES: Flag = { short: 'r', long: 'readQueueNums', value: true, help: 'number of read queues, default 8' }
const WRITE_QUEUES: Flag = {
  short: 'w',
  long: 'writeQueueNums',
  value: true,
  help: 'number of write queues, default 8',
}
const PERM: Flag = { short: 'p', long: 'perm', value: true, help: '2 write, 4 read, 6 both; default 6' }
const ORDER: Flag = { short: 'o', long: 'order', value: true, help: 'true: an order topic' }

type Values = ReadonlyMap<string, string>

export interface AdminCommand {
  readonly name: string
  readonly help: string
  readonly flags: readonly Flag[]
  run(admin: AdminClient, values: Values): Promise<string>
}

export const ADMIN_COMMANDS: readonly AdminCommand[] = [
  { name: 'clusterList', help: 'List every broker of every cluster', flags: [], run: clusterList },
  { name: 'topicList', help: 'List every topic', flags: [], run: topicList },
  {
    name: 'topicRoute',
    help: 'Show which brokers have a topic and where they say they are',
    flags: [TOPIC],
    run: topicRoute,
  },
  { name: 'topicStatus', help: 'Show where each queue of a topic begins and ends', flags: [TOPIC], run: topicStatus },
  {
    name: 'consumerProgress',
    help: 'Show how far a group is behind in each queue',
    flags: [GROUP],
    run: consumerProgress,
  },
  {
    name: 'updateTopic',
    help: 'Make or change a topic',
    flags: [TOPIC, CLUSTER, BROKER, READ_QUEUES, WRITE_QUEUES, PERM, ORDER],
    run: updateTopic,
  },
]

/** The overview of `mqadmin help`. */
export function adminHelp(): string {
  const lines = ADMIN_COMMANDS.map(
    ({ name, help, flags }) =>
      `  ${name.padEnd(18)}${help}${flags.map(({ short, long }) => `\n${''.padEnd(20)}-${short}, --${long}`).join('')}`,
  )
  return `The commands are, with -n, --namesrvAddr before or after:\n${lines.join('\n')}\n`
}

/**
 * Runs one command line, such as `['topicRoute', '-t', 'T']`, and returns what it prints.
 * @param connect makes the client for the NameServers in `-n`, or the ones it knows already when that is ''
 */
export async function runAdminCommand(
  words: readonly string[],
  connect: (namesrvAddr: string) => AdminClient,
): Promise<string> {
  const [name = 'help', ...rest] = words
  if (name === 'help' || name === '--help' || name === '-h') return adminHelp()
  const command = ADMIN_COMMANDS.find((each) => each.name === name)
  if (command === undefined)
    throw new CommandLineError(
      `unknown command "${name}"; the commands are ${ADMIN_COMMANDS.map((each) => each.name).join(', ')}`,
    )
  const values = parseFlags(name, rest, [NAMESRV, ...command.flags])
  const admin = connect(values.get(NAMESRV.long) ?? '')
  try {
    return await command.run(admin, values)
  } finally {
    admin.close()
  }
}

async function clusterList(admin: AdminClient): Promise<string> {
  const info = await admin.clusterInfo()
  const rows: (string | number)[][] = []
  for (const [cluster, brokerNames] of info.clusterAddrTable) {
    for (const brokerName of [...brokerNames].sort()) {
      for (const [brokerId, address] of info.brokerAddrTable.get(brokerName)?.brokerAddrs ?? []) {
        const runtime = await admin.runtimeInfo(address).catch((error: Error) => error)
        const isUp = !(runtime instanceof Error)
        rows.push([
          cluster,
          brokerName,
          Number(brokerId),
          address,
          isUp ? (runtime.get('brokerVersionDesc') ?? '') : '',
          isUp ? 'true' : runtime.message,
        ])
      }
    }
  }
  return textTable(['Cluster Name', 'Broker Name', 'BID', 'Addr', 'Version', 'ACTIVATED'], rows)
}

async function topicList(admin: AdminClient): Promise<string> {
  return `${[...(await admin.topicList())].sort().join('\n')}\n`
}

async function topicRoute(admin: AdminClient, values: Values): Promise<string> {
  const route = await admin.topicRoute(required('topicRoute', values, TOPIC))
  return `${JSON.stringify(topicRouteDataJson(route), undefined, '\t')}\n`
}

// #region topic-status
async function topicStatus(admin: AdminClient, values: Values): Promise<string> {
  const topic = required('topicStatus', values, TOPIC)
  const { brokerDatas } = await admin.topicRoute(topic)
  const stats = await Promise.all(masters(brokerDatas).map((address) => admin.topicStats(address, topic)))
  const rows = stats
    .flat()
    .sort(([a], [b]) => (a.brokerName === b.brokerName ? a.queueId - b.queueId : a.brokerName < b.brokerName ? -1 : 1))
    .map(([queue, offset]) => [
      queue.brokerName,
      queue.queueId,
      offset.minOffset,
      offset.maxOffset,
      offset.lastUpdateTimestamp,
    ])
  return textTable(['Broker Name', 'QID', 'Min Offset', 'Max Offset', 'Last Updated'], rows)
}
// #endregion topic-status

async function consumerProgress(admin: AdminClient, values: Values): Promise<string> {
  const group = required('consumerProgress', values, GROUP)
  const { brokerDatas } = await admin.topicRoute(RETRY_TOPIC_PREFIX + group)
  const stats = (await Promise.all(masters(brokerDatas).map((address) => admin.consumeStats(address, group)))).flat()
  const rows = stats
    .sort(([a], [b]) =>
      a.topic + a.brokerName === b.topic + b.brokerName
        ? a.queueId - b.queueId
        : a.topic + a.brokerName < b.topic + b.brokerName
          ? -1
          : 1,
    )
    .map(([queue, at]) => [
      queue.topic,
      queue.brokerName,
      queue.queueId,
      at.brokerOffset,
      at.consumerOffset,
      at.brokerOffset - at.consumerOffset,
    ])
  const total = stats.reduce((sum, [, at]) => sum + at.brokerOffset - at.consumerOffset, 0)
  return `${textTable(['Topic', 'Broker Name', 'QID', 'Broker Offset', 'Consumer Offset', 'Diff'], rows)}\nDiff Total: ${total}\n`
}

async function updateTopic(admin: AdminClient, values: Values): Promise<string> {
  const topic = required('updateTopic', values, TOPIC)
  const settings = {
    topic,
    readQueueNums: wholeFlag('updateTopic', values, READ_QUEUES, 8, 0, 16_384),
    writeQueueNums: wholeFlag('updateTopic', values, WRITE_QUEUES, 8, 0, 16_384),
    perm: wholeFlag('updateTopic', values, PERM, 6, 0, 7),
    order: values.get(ORDER.long) === 'true',
  }
  const addresses = await updateTopicTargets(admin, values)
  for (const address of addresses) await admin.updateTopic(address, settings)
  return `${addresses.map((address) => `create topic to ${address} success.`).join('\n')}\n`
}

async function updateTopicTargets(admin: AdminClient, values: Values): Promise<readonly string[]> {
  const broker = values.get(BROKER.long)
  if (broker !== undefined) return [broker]
  const cluster = values.get(CLUSTER.long)
  if (cluster === undefined) throw new CommandLineError('updateTopic: say where, with -b (a broker) or -c (a cluster)')
  const info = await admin.clusterInfo()
  const brokerNames = info.clusterAddrTable.get(cluster)
  if (brokerNames === undefined)
    throw new CommandLineError(
      `updateTopic: there is no cluster "${cluster}"; known are ${[...info.clusterAddrTable.keys()].join(', ')}`,
    )
  return masters(brokerNames.flatMap((name) => info.brokerAddrTable.get(name) ?? []))
}

function masters(brokers: readonly BrokerData[]): readonly string[] {
  return brokers.flatMap((data) => data.brokerAddrs.get('0') ?? [])
}
