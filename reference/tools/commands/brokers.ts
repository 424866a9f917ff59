/**
 * Commands about brokers.
 *
 * | command                | does                                                             |
 * | ---------------------- | ---------------------------------------------------------------- |
 * | clusterList            | shows every broker, its address and its state                     |
 * | brokerStatus           | shows a broker's state and counters                               |
 * | getBrokerConfig        | shows a broker's settings                                         |
 * | updateBrokerConfig     | changes one setting, if the broker allows it                       |
 * | brokerConsumeStats     | shows how far behind each group of a broker is                     |
 * | statsAll               | shows how many messages enter and leave each topic                 |
 * | cleanExpiredCQ         | deletes queue files whose messages are deleted                     |
 * | cleanUnusedTopic       | deletes queues of topics that are deleted                          |
 * | deleteExpiredCommitLog | deletes expired log files now                                      |
 *
 * RocketMQ: `tools/command/broker`, `cluster`, `stats`.
 */

import { ClientError } from '../../client/client-error.ts'
import { RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import { list, record, type Shape, table } from '../../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'
import { brokerStatsDataShape } from '../../remoting/bodies/broker-stats.ts'
import { consumeStatsShape, type OffsetWrapper, type QueueTable } from '../../remoting/bodies/stats.ts'
import { getBrokerConfig, updateBrokerConfig } from '../../remoting/requests/broker-config.ts'
import { viewBrokerStatsData } from '../../remoting/requests/broker-stats.ts'
import { cleanExpiredConsumeQueue, cleanUnusedTopic, deleteExpiredCommitLog } from '../../remoting/requests/clean-up.ts'
import { getBrokerConsumeStats } from '../../remoting/requests/consume-stats.ts'
import type { AdminClient } from '../admin-client.ts'
import { type CommandArgs, flag, requiredFlag, toggle } from '../command-line.ts'
import { momentText } from '../date-text.ts'
import { textTable } from '../text-table.ts'
import { type AdminCommand, atEach, BROKER, CLUSTER, groupsOf, targets, targetsOrAll } from './command.ts'

const MORE = toggle('m', 'moreStats', 'show what went in and out since yesterday')
const KEY = requiredFlag('k', 'key', 'name of the setting')
const VALUE = requiredFlag('v', 'value', 'its new value')
const NEEDED_BROKER = { ...BROKER, required: true }
const LEVEL = flag('l', 'level', 'show only queues that are at least this far behind')
const IS_ORDER = flag('o', 'order', 'true: ordered groups only')
const ACTIVE = toggle('a', 'activeTopic', 'only topics with traffic')
const ONE_TOPIC = flag('t', 'topic', 'only this topic')

async function clusterList(admin: AdminClient, args: CommandArgs): Promise<string> {
  const info = await admin.clusterInfo()
  const only = args.find(CLUSTER)
  const rows: (string | number)[][] = []
  for (const [cluster, brokerNames] of info.clusterAddrTable) {
    if (only !== undefined && only !== cluster) continue
    for (const brokerName of [...brokerNames].sort()) {
      for (const [brokerId, address] of info.brokerAddrTable.get(brokerName)?.brokerAddrs ?? []) {
        const runtime = await admin.runtimeInfo(address).catch((error: Error) => error)
        const place = [cluster, brokerName, Number(brokerId), address]
        if (runtime instanceof Error) rows.push([...place, '', '', '', runtime.message])
        else rows.push([...place, ...(args.isTrue(MORE) ? totals(runtime) : rates(runtime))])
      }
    }
  }
  const place = ['Cluster Name', 'Broker Name', 'BID', 'Addr']
  return args.isTrue(MORE)
    ? textTable([...place, 'InTotalYest', 'OutTotalYest', 'InTotalToday', 'OutTotalToday'], rows)
    : textTable([...place, 'Version', 'InTPS', 'OutTPS', 'ACTIVATED'], rows)
}

function rates(runtime: ReadonlyMap<string, string>): string[] {
  const lately = (name: string) => runtime.get(name)?.split(' ')[0] ?? ''
  return [
    runtime.get('brokerVersionDesc') ?? '',
    lately('putTps'),
    lately('getTransferredTps'),
    runtime.get('brokerActive') ?? 'true',
  ]
}

function totals(runtime: ReadonlyMap<string, string>): number[] {
  const count = (name: string) => Number(runtime.get(name) ?? 0)
  const [putYesterday, putToday] = [count('msgPutTotalYesterdayMorning'), count('msgPutTotalTodayMorning')]
  const [getYesterday, getToday] = [count('msgGetTotalYesterdayMorning'), count('msgGetTotalTodayMorning')]
  return [
    putToday - putYesterday,
    getToday - getYesterday,
    count('msgPutTotalTodayNow') - putToday,
    count('msgGetTotalTodayNow') - getToday,
  ]
}

async function brokerStatus(admin: AdminClient, args: CommandArgs): Promise<string> {
  return atEach(await targets(admin, args), async (address) => {
    const runtime = [...(await admin.runtimeInfo(address))].sort(([a], [b]) => (a < b ? -1 : 1))
    return runtime.map(([name, value]) => `${address}  ${name.padEnd(32)}: ${value}`).join('\n')
  })
}

async function showBrokerConfig(admin: AdminClient, args: CommandArgs): Promise<string> {
  return atEach(await targets(admin, args), async (address) => {
    const { body } = await admin.ask(address, getBrokerConfig, {})
    return `============${address}============\n${settingsText(body)}`
  })
}

/** Returns lines of the form `name=value` as a sorted list with columns. */
export function settingsText(body: Uint8Array | undefined): string {
  return decodeUtf8(body ?? new Uint8Array())
    .split('\n')
    .filter((line) => line.includes('='))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name.padEnd(48)}=  ${value}`)
    .join('\n')
}

async function changeBrokerConfig(admin: AdminClient, args: CommandArgs): Promise<string> {
  const body = encodeUtf8(`${args.text(KEY)}=${args.text(VALUE)}\n`)
  return atEach(await targets(admin, args), async (address) => {
    await admin.ask(address, updateBrokerConfig, {}, body)
    return `update broker config success, ${address}`
  })
}

const consumeStatsListShape: Shape<readonly ReadonlyMap<string, readonly QueueTable<OffsetWrapper>[]>[]> = (
  value,
  path,
) =>
  record<{ consumeStatsList: Map<string, QueueTable<OffsetWrapper>[]>[] }>({
    consumeStatsList: list(table(list(consumeStatsShape))),
  })(value, path).consumeStatsList

async function brokerConsumeStats(admin: AdminClient, args: CommandArgs): Promise<string> {
  const address = args.text(NEEDED_BROKER)
  const isOrder = args.isTrue(IS_ORDER)
  const min = args.whole(LEVEL, 0, 0, Number.MAX_SAFE_INTEGER)
  const groups = await admin.askFor(address, getBrokerConsumeStats, { isOrder }, consumeStatsListShape)
  const entries = groups.flatMap((each) =>
    [...each].flatMap(([group, topics]) => topics.flat().map((entry) => [group, entry] as const)),
  )
  let total = 0
  const rows = entries.flatMap(([group, [queue, { brokerOffset, consumerOffset, lastTimestamp }]]) => {
    const diff = brokerOffset - consumerOffset
    total += diff
    if (diff < min) return []
    const last = lastTimestamp > 0 ? momentText(lastTimestamp) : ''
    return [[queue.topic, group, queue.brokerName, queue.queueId, brokerOffset, consumerOffset, diff, last]]
  })
  const head = ['Topic', 'Group', 'Broker Name', 'QID', 'Broker Offset', 'Consumer Offset', 'Diff', 'LastTime']
  return `${textTable(head, rows)}\nDiff Total: ${total}\n`
}

/**
 * Returns the sums of the brokers' counters: the rate of the last minute as `tps`, and the count of the last hour as
 * `lastHour`. For a broker without this counter, 0 is added.
 */
async function counted(admin: AdminClient, addresses: readonly string[], statsName: string, statsKey: string) {
  let [tps, lastHour] = [0, 0]
  for (const address of addresses) {
    try {
      const stats = await admin.askFor(address, viewBrokerStatsData, { statsName, statsKey }, brokerStatsDataShape)
      tps += stats.statsMinute.tps
      lastHour += stats.statsHour.sum
    } catch (error) {
      if (!(error instanceof ClientError && error.code !== 0)) throw error // the broker does not have this counter
    }
  }
  return { tps, lastHour }
}

async function statsAll(admin: AdminClient, args: CommandArgs): Promise<string> {
  const only = args.find(ONE_TOPIC)
  const isShown = (topic: string) =>
    only === undefined ? !topic.startsWith(RETRY_TOPIC_PREFIX) && !topic.startsWith('%DLQ%') : topic === only
  const rows: (string | number)[][] = []
  for (const topic of [...(await admin.topicList())].filter(isShown).sort()) {
    const addresses = await admin.mastersOf(topic).catch(() => [])
    const put = await counted(admin, addresses, 'TOPIC_PUT_NUMS', topic)
    const groups = await groupsOf(admin, addresses, topic)
    for (const group of groups.length === 0 ? [''] : groups) {
      const got =
        group === '' ? { tps: 0, lastHour: 0 } : await counted(admin, addresses, 'GROUP_GET_NUMS', `${topic}@${group}`)
      const behind = group === '' ? 0 : await accumulation(admin, addresses, group, topic)
      if (args.isTrue(ACTIVE) && put.lastHour === 0 && got.lastHour === 0) continue
      rows.push([topic, group, behind, put.tps.toFixed(2), got.tps.toFixed(2), put.lastHour, got.lastHour])
    }
  }
  const head = ['Topic', 'Consumer Group', 'Accumulation', 'InTPS', 'OutTPS', 'InMsg1Hour', 'OutMsg1Hour']
  return textTable(head, rows)
}

async function accumulation(admin: AdminClient, addresses: readonly string[], group: string, topic: string) {
  const tables = await Promise.all(addresses.map((address) => admin.consumeStats(address, group, topic)))
  return tables.flat().reduce((sum, [, { brokerOffset, consumerOffset }]) => sum + brokerOffset - consumerOffset, 0)
}

/** Returns a command that sends one request without fields to one or several brokers. */
function order(name: string, help: string, request: typeof cleanUnusedTopic, done: string): AdminCommand {
  return {
    name,
    help,
    flags: [BROKER, CLUSTER],
    run: async (admin, args) =>
      atEach(await targetsOrAll(admin, args), async (address) => {
        await admin.ask(address, request, {})
        return `${address}: ${done}`
      }),
  }
}

export const BROKER_COMMANDS: readonly AdminCommand[] = [
  { name: 'clusterList', help: 'List every broker of every cluster', flags: [CLUSTER, MORE], run: clusterList },
  {
    name: 'brokerStatus',
    help: 'Show everything a broker says of itself',
    flags: [BROKER, CLUSTER],
    run: brokerStatus,
  },
  { name: 'getBrokerConfig', help: "Show a broker's settings", flags: [BROKER, CLUSTER], run: showBrokerConfig },
  {
    name: 'updateBrokerConfig',
    help: "Change one of a broker's settings",
    flags: [KEY, VALUE, BROKER, CLUSTER],
    run: changeBrokerConfig,
  },
  {
    name: 'brokerConsumeStats',
    help: 'Show how far behind all groups of a broker are',
    flags: [NEEDED_BROKER, LEVEL, IS_ORDER],
    run: brokerConsumeStats,
  },
  { name: 'statsAll', help: 'Show how much goes in and out of each topic', flags: [ACTIVE, ONE_TOPIC], run: statsAll },
  order('cleanExpiredCQ', 'Delete queue files whose messages are gone', cleanExpiredConsumeQueue, 'success'),
  order('cleanUnusedTopic', 'Delete queues of topics that are gone', cleanUnusedTopic, 'success'),
  order('deleteExpiredCommitLog', 'Delete expired log files now', deleteExpiredCommitLog, 'success'),
]
