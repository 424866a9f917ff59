/**
 * The bodies of a NameServer's answers, with the brokers of one topic or with all brokers.
 *
 * RocketMQ: `TopicRouteData`, `BrokerData`, `QueueData`, `ClusterInfo`, `TopicList`. Not in GlassMQ: static topics, zones.
 */
import { flag, list, optional, record, type Shape, table, text, toObject, whole } from '../../common/shape.ts'

/**
 * The processes with one broker name. `brokerAddrs` holds the address of each process by its broker id. In this map, the id
 * is a text. The id '0' is that of the master.
 */
export interface BrokerData {
  readonly cluster: string
  readonly brokerName: string
  readonly brokerAddrs: ReadonlyMap<string, string>
  readonly enableActingMaster: boolean
}

/** The settings of a topic on the processes with one broker name. */
export interface QueueData {
  readonly brokerName: string
  readonly readQueueNums: number
  readonly writeQueueNums: number
  readonly perm: number
  readonly topicSysFlag: number
}

/** The route of one topic. */
export interface TopicRouteData {
  readonly orderTopicConf?: string | undefined
  readonly queueDatas: readonly QueueData[]
  readonly brokerDatas: readonly BrokerData[]
}

/** All brokers and their clusters. */
export interface ClusterInfo {
  readonly brokerAddrTable: ReadonlyMap<string, BrokerData>
  /** Broker names by cluster. */
  readonly clusterAddrTable: ReadonlyMap<string, readonly string[]>
}

const brokerDataShape: Shape<BrokerData> = record<BrokerData>({
  cluster: text(),
  brokerName: text(),
  brokerAddrs: table(text()),
  enableActingMaster: flag(),
})

const queueDataShape: Shape<QueueData> = record<QueueData>({
  brokerName: text(),
  readQueueNums: whole(),
  writeQueueNums: whole(),
  perm: whole(),
  topicSysFlag: whole(),
})

export const topicRouteDataShape: Shape<TopicRouteData> = record<TopicRouteData>({
  orderTopicConf: optional(text()),
  queueDatas: list(queueDataShape),
  brokerDatas: list(brokerDataShape),
})

export const clusterInfoShape: Shape<ClusterInfo> = record<ClusterInfo>({
  brokerAddrTable: table(brokerDataShape),
  clusterAddrTable: table(list(text())),
})

export const topicListShape: Shape<{ topicList: readonly string[] }> = record<{ topicList: readonly string[] }>({
  topicList: list(text()),
})

export const kvTableShape: Shape<ReadonlyMap<string, string>> = (value, path) =>
  record<{ table: Map<string, string> }>({ table: table(text()) })(value, path).table

/**
 * Returns a route as the object for JSON. `filterServerTable` is always empty, because RocketMQ has removed class filters.
 * Old clients still expect this field.
 */
export function topicRouteDataJson(route: TopicRouteData): object {
  return {
    brokerDatas: route.brokerDatas.map(brokerDataJson),
    filterServerTable: {},
    orderTopicConf: route.orderTopicConf,
    queueDatas: route.queueDatas,
  }
}

/** Returns the clusters and their brokers as the object for JSON. */
export function clusterInfoJson(info: ClusterInfo): object {
  const brokerAddrTable = [...info.brokerAddrTable].map(([name, data]) => [name, brokerDataJson(data)] as const)
  return { brokerAddrTable: Object.fromEntries(brokerAddrTable), clusterAddrTable: toObject(info.clusterAddrTable) }
}

function brokerDataJson(data: BrokerData): object {
  return { ...data, brokerAddrs: toObject(data.brokerAddrs) }
}
