/**
 * Asks NameServers and brokers the questions of an operator.
 *
 * Each method is one request (or one for each broker), each failure one sentence.
 * RocketMQ: `DefaultMQAdminExtImpl`, `MQClientAPIImpl`.
 */
import type { Host } from '../../host/host.ts'
import { type ConsumerConnection, consumerConnectionShape } from '../../remoting/bodies/connections.ts'
import { decodeJsonBody } from '../../remoting/bodies/json-body.ts'
import {
  type ClusterInfo,
  clusterInfoShape,
  kvTableShape,
  type TopicRouteData,
  topicListShape,
  topicRouteDataShape,
} from '../../remoting/bodies/route.ts'
import {
  consumeStatsShape,
  type OffsetWrapper,
  type QueueTable,
  type TopicOffset,
  topicStatsShape,
} from '../../remoting/bodies/stats.ts'
import type { Answer } from '../../remoting/channel.ts'
import type { RemotingCommand, RequestParts } from '../../remoting/remoting-command.ts'
import { requestName } from '../../remoting/request-code.ts'
import { getBrokerRuntimeInfo } from '../../remoting/requests/broker-stats.ts'
import { getConsumerConnectionList } from '../../remoting/requests/connections.ts'
import { getConsumeStats, getTopicStatsInfo } from '../../remoting/requests/consume-stats.ts'
import { getAllTopicList, getBrokerClusterInfo, getRouteInfo } from '../../remoting/requests/route.ts'
import { updateAndCreateTopic } from '../../remoting/requests/topic-config.ts'
import { ResponseCode, responseName } from '../../remoting/response-code.ts'
import { ClientError } from '../client-error.ts'
import { ClientInstance } from '../client-instance.ts'
import { MQ_CLIENT_API_TIMEOUT_MS } from '../limits.ts'

export interface TopicSettings {
  readonly topic: string
  readonly readQueueNums: number
  readonly writeQueueNums: number
  readonly perm: number
  readonly order: boolean
}

export class AdminClient {
  readonly #instance: ClientInstance

  constructor(host: Host, namesrvAddr: readonly string[]) {
    this.#instance = new ClientInstance(host, namesrvAddr)
  }

  close(): void {
    this.#instance.remoting.close()
  }

  async topicRoute(topic: string): Promise<TopicRouteData> {
    const answer = await this.#askNamesrv({
      code: getRouteInfo.code,
      extFields: getRouteInfo.encode({ topic, acceptStandardJsonOnly: true }),
    })
    return decodeJsonBody('GET_ROUTEINFO_BY_TOPIC', answer.body, topicRouteDataShape)
  }

  async topicList(): Promise<readonly string[]> {
    const answer = await this.#askNamesrv({ code: getAllTopicList.code })
    return decodeJsonBody('GET_ALL_TOPIC_LIST_FROM_NAMESERVER', answer.body, topicListShape).topicList
  }

  async clusterInfo(): Promise<ClusterInfo> {
    const answer = await this.#askNamesrv({ code: getBrokerClusterInfo.code })
    return decodeJsonBody('GET_BROKER_CLUSTER_INFO', answer.body, clusterInfoShape)
  }

  async runtimeInfo(address: string): Promise<ReadonlyMap<string, string>> {
    const answer = await this.#ask(address, { code: getBrokerRuntimeInfo.code })
    return decodeJsonBody('GET_BROKER_RUNTIME_INFO', answer.body, kvTableShape)
  }

  async topicStats(address: string, topic: string): Promise<QueueTable<TopicOffset>> {
    const answer = await this.#ask(address, {
      code: getTopicStatsInfo.code,
      extFields: getTopicStatsInfo.encode({ topic }),
    })
    return decodeJsonBody('GET_TOPIC_STATS_INFO', answer.body, topicStatsShape)
  }

  async consumeStats(address: string, consumerGroup: string): Promise<QueueTable<OffsetWrapper>> {
    const answer = await this.#ask(address, {
      code: getConsumeStats.code,
      extFields: getConsumeStats.encode({ consumerGroup }),
    })
    return decodeJsonBody('GET_CONSUME_STATS', answer.body, consumeStatsShape)
  }

  async consumerConnection(address: string, consumerGroup: string): Promise<ConsumerConnection> {
    const answer = await this.#ask(address, {
      code: getConsumerConnectionList.code,
      extFields: getConsumerConnectionList.encode({ consumerGroup }),
    })
    return decodeJsonBody('GET_CONSUMER_CONNECTION_LIST', answer.body, consumerConnectionShape)
  }

  async updateTopic(address: string, settings: TopicSettings): Promise<void> {
    const extFields = updateAndCreateTopic.encode({
      ...settings,
      defaultTopic: 'TBW102',
      topicFilterType: 'SINGLE_TAG',
      topicSysFlag: 0,
    })
    await this.#ask(address, { code: updateAndCreateTopic.code, extFields })
  }

  #ask(address: string, parts: RequestParts): Promise<RemotingCommand> {
    return new Promise((resolve, reject) => {
      this.#instance.remoting.invoke(address, parts, MQ_CLIENT_API_TIMEOUT_MS, (answer) =>
        settle(parts.code, answer, resolve, reject),
      )
    })
  }

  #askNamesrv(parts: RequestParts): Promise<RemotingCommand> {
    return new Promise((resolve, reject) => {
      this.#instance.askNamesrv(parts, (answer) => settle(parts.code, answer, resolve, reject))
    })
  }
}

function settle(
  code: number,
  answer: Answer,
  resolve: (command: RemotingCommand) => void,
  reject: (error: ClientError) => void,
): void {
  if (answer.error !== undefined) reject(new ClientError(answer.error.message, answer.error.outcome))
  else if (answer.response.code === ResponseCode.SUCCESS) resolve(answer.response)
  else
    reject(
      new ClientError(
        `${requestName(code)}: ${answer.response.remark ?? responseName(answer.response.code)}`,
        'definite',
        answer.response.code,
      ),
    )
}
