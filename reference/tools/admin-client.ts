/**
 * Sends an operator's requests to NameServers and brokers.
 *
 * `ask` and the methods with similar names send any request of `remoting/requests/`. When such a method fails, it rejects
 * with one sentence. The other methods send requests that several commands need, and return the decoded answers.
 *
 * RocketMQ: `DefaultMQAdminExtImpl`, `MQClientAPIImpl`.
 */

import { ClientError } from '../client/client-error.ts'
import { ClientInstance } from '../client/client-instance.ts'
import { ADMIN_TIMEOUT_MS } from '../client/limits.ts'
import type { Shape } from '../common/shape.ts'
import type { Host } from '../host/host.ts'
import type { SessionCredentials } from '../remoting/acl-signature.ts'
import { decodeJsonBody } from '../remoting/bodies/json-body.ts'
import {
  type BrokerData,
  type ClusterInfo,
  clusterInfoShape,
  kvTableShape,
  type TopicRouteData,
  topicListShape,
  topicRouteDataShape,
} from '../remoting/bodies/route.ts'
import {
  consumeStatsShape,
  type OffsetWrapper,
  type QueueTable,
  type TopicOffset,
  topicStatsShape,
} from '../remoting/bodies/stats.ts'
import type { CallResult } from '../remoting/channel.ts'
import type { RemotingCommand, RequestParts } from '../remoting/remoting-command.ts'
import type { HeaderFields, HeaderOf, RequestDefinition } from '../remoting/request.ts'
import { requestName } from '../remoting/request-code.ts'
import { getBrokerRuntimeInfo } from '../remoting/requests/broker-stats.ts'
import { getConsumeStats, getTopicStatsInfo } from '../remoting/requests/consume-stats.ts'
import { getAllTopicList, getBrokerClusterInfo, getRouteInfo } from '../remoting/requests/route.ts'
import { ResponseCode, responseName } from '../remoting/response-code.ts'

/** An operator's connections to NameServers and brokers. */
export class AdminClient {
  /** The client instance that commands use when they produce or consume messages. */
  readonly instance: ClientInstance

  constructor(host: Host, namesrvAddr: readonly string[], credentials?: SessionCredentials) {
    this.instance = new ClientInstance(host, namesrvAddr, credentials)
  }

  get host(): Host {
    return this.instance.host
  }

  close(): void {
    this.instance.remoting.close()
  }

  // #region ask
  /**
   * Sends one request to `address` and resolves with the answer. Rejects with a `ClientError`. When the NameServer or broker
   * at `address` has answered, the error contains the response code.
   */
  ask<F extends HeaderFields>(
    address: string,
    request: RequestDefinition<F>,
    header: HeaderOf<F>,
    body?: Uint8Array,
  ): Promise<RemotingCommand> {
    const parts: RequestParts = { code: request.code, extFields: request.encode(header), body }
    return new Promise((resolve, reject) => {
      this.instance.remoting.invoke(address, parts, ADMIN_TIMEOUT_MS, (answer) =>
        settle(parts.code, answer, resolve, reject),
      )
    })
  }

  /**
   * Sends one request to `address` and resolves with the decoded body of the answer. Rejects with a `ClientError` or a
   * `BodyError`.
   */
  async askFor<F extends HeaderFields, T>(
    address: string,
    request: RequestDefinition<F>,
    header: HeaderOf<F>,
    shape: Shape<T>,
  ): Promise<T> {
    const answer = await this.ask(address, request, header)
    return decodeJsonBody(requestName(request.code), answer.body, shape)
  }

  /** Sends one request to the NameServers, one after the other, until one answers. Rejects with a `ClientError`. */
  askNamesrv<F extends HeaderFields>(request: RequestDefinition<F>, header: HeaderOf<F>): Promise<RemotingCommand> {
    const parts: RequestParts = { code: request.code, extFields: request.encode(header) }
    return new Promise((resolve, reject) => {
      this.instance.askNamesrv(parts, (answer) => settle(parts.code, answer, resolve, reject))
    })
  }

  /**
   * Sends the same request to every NameServer, because NameServers do not exchange data. Resolves with the answers by
   * address. Rejects with a `ClientError` at the first failure, and asks no further NameServer.
   */
  async askEveryNamesrv<F extends HeaderFields>(
    request: RequestDefinition<F>,
    header: HeaderOf<F>,
    body?: Uint8Array,
  ): Promise<ReadonlyMap<string, RemotingCommand>> {
    const answers = new Map<string, RemotingCommand>()
    for (const address of this.instance.namesrvAddr)
      answers.set(address, await this.ask(address, request, header, body))
    return answers
  }
  // #endregion ask

  async topicRoute(topic: string): Promise<TopicRouteData> {
    const answer = await this.askNamesrv(getRouteInfo, { topic, acceptStandardJsonOnly: true })
    return decodeJsonBody('GET_ROUTEINFO_BY_TOPIC', answer.body, topicRouteDataShape)
  }

  /** Resolves with the addresses of the masters of a topic's brokers. */
  async mastersOf(topic: string): Promise<readonly string[]> {
    return masters((await this.topicRoute(topic)).brokerDatas)
  }

  async topicList(): Promise<readonly string[]> {
    const answer = await this.askNamesrv(getAllTopicList, {})
    return decodeJsonBody('GET_ALL_TOPIC_LIST_FROM_NAMESERVER', answer.body, topicListShape).topicList
  }

  async clusterInfo(): Promise<ClusterInfo> {
    const answer = await this.askNamesrv(getBrokerClusterInfo, {})
    return decodeJsonBody('GET_BROKER_CLUSTER_INFO', answer.body, clusterInfoShape)
  }

  /**
   * Resolves with the brokers of a cluster. When the cluster is unknown, rejects with a `ClientError` that lists the known
   * clusters.
   */
  async brokersOf(clusterName: string): Promise<readonly BrokerData[]> {
    const info = await this.clusterInfo()
    const brokerNames = info.clusterAddrTable.get(clusterName)
    if (brokerNames !== undefined) return brokerNames.flatMap((name) => info.brokerAddrTable.get(name) ?? [])
    const known = [...info.clusterAddrTable.keys()].join(', ')
    throw new ClientError(`there is no cluster "${clusterName}"; known are ${known}`, 'definite')
  }

  runtimeInfo(address: string): Promise<ReadonlyMap<string, string>> {
    return this.askFor(address, getBrokerRuntimeInfo, {}, kvTableShape)
  }

  topicStats(address: string, topic: string): Promise<QueueTable<TopicOffset>> {
    return this.askFor(address, getTopicStatsInfo, { topic }, topicStatsShape)
  }

  consumeStats(address: string, consumerGroup: string, topic?: string): Promise<QueueTable<OffsetWrapper>> {
    return this.askFor(address, getConsumeStats, { consumerGroup, topic }, consumeStatsShape)
  }
}

/** Returns the addresses of the masters among `brokers`. */
export function masters(brokers: readonly BrokerData[]): readonly string[] {
  return brokers.flatMap((data) => data.brokerAddrs.get('0') ?? [])
}

function settle(
  code: number,
  answer: CallResult,
  resolve: (command: RemotingCommand) => void,
  reject: (error: ClientError) => void,
): void {
  if (answer.error !== undefined) return reject(new ClientError(answer.error.message, answer.error.outcome))
  const { response } = answer
  if (response.code === ResponseCode.SUCCESS) return resolve(response)
  const sentence = `${requestName(code)}: ${response.remark ?? responseName(response.code)}`
  reject(new ClientError(sentence, 'definite', response.code))
}
