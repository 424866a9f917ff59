/**
 * The connections, routes and heartbeats that all producers and consumers of one process share.
 *
 * | every  | what the instance does                                                            |
 * | ------ | --------------------------------------------------------------------------------- |
 * | 30 s   | asks a NameServer for the route of each topic that the producers and consumers use |
 * | 30 s | sends a heartbeat with the groups and subscriptions to each master in the routes, and, for a consumer, to each slave |
 *
 * The instance also answers requests that brokers send to it (`client-requests.ts`).
 *
 * RocketMQ: `MQClientInstance`, `MQClientAPIImpl`, `MQAdminImpl`. Not in GlassMQ: several clusters, the address server.
 */

import type { MessageQueue } from '../common/message.ts'
import { PERM } from '../common/sys-flag.ts'
import type { Host, TimerId } from '../host/host.ts'
import type { SessionCredentials } from '../remoting/acl-signature.ts'
import type { ConsumerData, HeartbeatData } from '../remoting/bodies/heartbeat.ts'
import { BodyError, decodeJsonBody, encodeJsonBody } from '../remoting/bodies/json-body.ts'
import { type TopicRouteData, topicRouteDataShape } from '../remoting/bodies/route.ts'
import type { CallResult } from '../remoting/channel.ts'
import { RemotingClient } from '../remoting/remoting-client.ts'
import type { RequestParts } from '../remoting/remoting-command.ts'
import { heartBeat } from '../remoting/requests/client-manage.ts'
import { getRouteInfo } from '../remoting/requests/route.ts'
import { ResponseCode, responseName } from '../remoting/response-code.ts'
import { ClientError } from './client-error.ts'
import { clientRequestHandlers, type RequestTargets } from './client-requests.ts'
import {
  FIRST_HEARTBEAT_MS,
  HEARTBEAT_BROKER_INTERVAL_MS,
  MQ_CLIENT_API_TIMEOUT_MS,
  POLL_NAMESRV_INTERVAL_MS,
} from './limits.ts'

const MASTER_ID = '0'

/** A producer or a consumer of this instance. */
export interface ClientPart extends RequestTargets {
  /** Returns the topics whose routes this producer or consumer needs. */
  topics(): Iterable<string>
  /** Returns the group that the heartbeat reports for this producer. */
  producerGroup?(): string
  consumerData?(): ConsumerData
  /** Called when the route of any topic has changed, even when this producer or consumer does not use the topic. */
  routeChanged?(topic: string): void
}

/** The answer to a request for a route: the route, or the reason why no route is known. */
export type RouteAnswer =
  | { readonly route: TopicRouteData; readonly problem?: never }
  | { readonly problem: ClientError; readonly route?: never }

/** Holds the connections, routes and heartbeats of one process for its producers and consumers. */
export class ClientInstance {
  readonly host: Host
  readonly clientId: string
  readonly remoting: RemotingClient
  readonly namesrvAddr: readonly string[]
  #namesrvIndex: number
  readonly #parts = new Set<ClientPart>()
  /** For each broker name, the addresses in the newest route with this name. RocketMQ: `brokerAddrTable`. */
  readonly #brokerAddrs = new Map<string, ReadonlyMap<string, string>>()
  readonly #routes = new Map<string, TopicRouteData>()
  readonly #asking = new Map<string, ((answer: RouteAnswer) => void)[]>()
  #routeTimer: TimerId | undefined
  #heartbeatTimer: TimerId | undefined
  /**
   * The release number of each broker, by the broker's address. A broker reports its release number in the answer to a
   * heartbeat.
   */
  readonly #brokerVersions = new Map<string, number>()
  #closed = false

  /**
   * `namesrvAddr` is the list of NameServers as `host:port`, with at least one entry. `credentials` are needed for brokers
   * that accept only signed requests. Throws `ClientError` when `namesrvAddr` is empty.
   */
  constructor(host: Host, namesrvAddr: readonly string[], credentials?: SessionCredentials) {
    if (namesrvAddr.length === 0) throw new ClientError('no NameServer address is set: set namesrvAddr', 'definite')
    this.host = host
    this.namesrvAddr = namesrvAddr
    this.#namesrvIndex = host.random.int('namesrv', namesrvAddr.length)
    const ip = host.network.resolve(host.name) || '127.0.0.1'
    this.clientId = `${ip}@${host.name}#${host.random.int('client-id', 0x1_0000_0000)}`
    this.remoting = new RemotingClient(
      host,
      clientRequestHandlers(host, () => this.#parts),
      undefined,
      credentials,
    )
  }

  add(part: ClientPart): void {
    this.#parts.add(part)
    if (this.#routeTimer !== undefined) return
    this.#routeTimer = this.host.clock.after(POLL_NAMESRV_INTERVAL_MS, () => this.#refreshRoutes())
    this.#heartbeatTimer = this.host.clock.after(FIRST_HEARTBEAT_MS, () => this.#heartbeatAgain())
  }

  /** Removes a producer or consumer. When no producer or consumer is left, closes the connections and stops the timers. */
  remove(part: ClientPart): void {
    this.#parts.delete(part)
    if (this.#parts.size > 0 || this.#closed) return
    this.#closed = true
    if (this.#routeTimer !== undefined) this.host.clock.cancel(this.#routeTimer)
    if (this.#heartbeatTimer !== undefined) this.host.clock.cancel(this.#heartbeatTimer)
    this.remoting.close()
  }

  // #region routes
  /** Returns the known route of a topic. Returns undefined when no route is known. */
  route(topic: string): TopicRouteData | undefined {
    return this.#routes.get(topic)
  }

  /** Asks a NameServer for a route. Calls for a topic whose answer has not arrived yet share one request. */
  askRoute(topic: string, answered: (answer: RouteAnswer) => void): void {
    const asking = this.#asking.get(topic)
    if (asking !== undefined) {
      asking.push(answered)
      return
    }
    this.#asking.set(topic, [answered])
    const extFields = getRouteInfo.encode({ topic, acceptStandardJsonOnly: true })
    this.askNamesrv({ code: getRouteInfo.code, extFields }, (answer) => {
      const result = this.#routeAnswer(topic, answer)
      const waiting = this.#asking.get(topic) ?? []
      this.#asking.delete(topic)
      if (result.route !== undefined) this.#setRoute(topic, result.route)
      for (const tell of waiting) tell(result)
    })
  }
  // #endregion routes

  /**
   * Asks the NameServer that this client uses now. When this NameServer does not answer, asks the other NameServers one
   * after the other, each once, until one answers.
   */
  askNamesrv(parts: RequestParts, answered: (answer: CallResult) => void): void {
    let left = this.namesrvAddr.length
    const ask = () => {
      const address = this.namesrvAddr[this.#namesrvIndex]!
      this.remoting.invoke(address, parts, MQ_CLIENT_API_TIMEOUT_MS, (answer) => {
        if (answer.error === undefined || --left === 0 || this.#closed) return answered(answer)
        this.#namesrvIndex = (this.#namesrvIndex + 1) % this.namesrvAddr.length
        ask()
      })
    }
    ask()
  }

  #routeAnswer(topic: string, answer: CallResult): RouteAnswer {
    if (answer.error !== undefined) return { problem: new ClientError(answer.error.message, 'definite') }
    const { code, remark, body } = answer.response
    if (code !== ResponseCode.SUCCESS) {
      return { problem: new ClientError(remark ?? `the route of ${topic}: ${responseName(code)}`, 'definite', code) }
    }
    try {
      return { route: decodeJsonBody('GET_ROUTEINFO_BY_TOPIC', body, topicRouteDataShape) }
    } catch (error) {
      if (!(error instanceof BodyError)) throw error
      return { problem: new ClientError(error.message, 'definite') }
    }
  }

  #setRoute(topic: string, route: TopicRouteData): void {
    const changed = JSON.stringify(routeKey(route)) !== JSON.stringify(routeKey(this.#routes.get(topic)))
    this.#routes.set(topic, route)
    for (const data of route.brokerDatas) this.#brokerAddrs.set(data.brokerName, data.brokerAddrs)
    if (!changed) return
    this.host.trace.emit?.('route.updated', {
      topic,
      brokers: brokersText(route),
      queues: readQueues(topic, route).length,
    })
    for (const part of this.#parts) part.routeChanged?.(topic)
  }

  #refreshRoutes(): void {
    for (const topic of new Set([...this.#parts].flatMap((part) => [...part.topics()]))) this.askRoute(topic, () => {})
    this.#routeTimer = this.host.clock.after(POLL_NAMESRV_INTERVAL_MS, () => this.#refreshRoutes())
  }

  /**
   * Returns the address of a broker's master, as the newest route with this broker name says. When this route has no master,
   * searches all known routes. Returns '' when no route contains the address.
   */
  masterAddress(brokerName: string): string {
    const newest = this.#brokerAddrs.get(brokerName)?.get(MASTER_ID)
    if (newest !== undefined) return newest
    for (const route of this.#routes.values()) {
      const address = route.brokerDatas.find((data) => data.brokerName === brokerName)?.brokerAddrs.get(MASTER_ID)
      if (address !== undefined) return address
    }
    return ''
  }

  // #region subscribe-address
  /**
   * Returns the address to which a consumer sends its requests for a broker name. With `brokerId` 0, returns the address of
   * the master. With another `brokerId`, returns the address of the slave with this id, or of the slave whose id is higher
   * by one. When no route has this master or slave, returns the address of any other broker with this name. So a group can
   * consume while the master is down. The address is '' when no route has a broker with this name. RocketMQ:
   * `MQClientInstance.findBrokerAddressInSubscribe`.
   */
  subscribeAddress(brokerName: string, brokerId = 0): { readonly address: string; readonly isSlave: boolean } {
    const known = [...this.#routes.values()]
      .flatMap((route) => route.brokerDatas)
      .filter((data) => data.brokerName === brokerName)
      .flatMap((data) => [...data.brokerAddrs])
    const all = [...(this.#brokerAddrs.get(brokerName) ?? []), ...known]
    const wanted = brokerId === 0 ? [MASTER_ID] : [String(brokerId), String(brokerId + 1)]
    const found = wanted.map((id) => all.find(([one]) => one === id)).find((one) => one !== undefined) ?? all[0]
    return { address: found?.[1] ?? '', isSlave: found !== undefined && found[0] !== MASTER_ID }
  }
  // #endregion subscribe-address

  /** Returns a broker's release number (`MQVersion`), or 0 before the broker has answered a heartbeat. */
  brokerVersion(address: string): number {
    return this.#brokerVersions.get(address) ?? 0
  }

  // #region heartbeat
  /**
   * Sends a heartbeat to every master in the known routes. When there is a consumer, also sends a heartbeat to every slave,
   * because the consumer may read from slaves. Calls `done` when each heartbeat was answered or has failed, or at once when
   * no broker is known.
   */
  heartbeat(done: () => void = () => {}): void {
    const data = this.#heartbeatData()
    const body = encodeJsonBody(data)
    const isFor = ([id]: readonly [string, string]) => id === MASTER_ID || data.consumerDataSet.length > 0
    const brokers = [...this.#routes.values()].flatMap((route) => route.brokerDatas)
    const addresses = new Set(
      brokers.flatMap(({ brokerAddrs }) => [...brokerAddrs].filter(isFor).map(([, address]) => address)),
    )
    let left = addresses.size
    if (left === 0) return done()
    for (const address of addresses) {
      this.remoting.invoke(address, { code: heartBeat.code, body }, MQ_CLIENT_API_TIMEOUT_MS, ({ response }) => {
        if (response !== undefined) this.#brokerVersions.set(address, response.version)
        if (--left === 0) done()
      })
    }
  }
  // #endregion heartbeat

  #heartbeatAgain(): void {
    this.heartbeat()
    this.#heartbeatTimer = this.host.clock.after(HEARTBEAT_BROKER_INTERVAL_MS, () => this.#heartbeatAgain())
  }

  #heartbeatData(): HeartbeatData {
    const producers = [...this.#parts].flatMap((part) => part.producerGroup?.() ?? [])
    const consumers = [...this.#parts].flatMap((part) => part.consumerData?.() ?? [])
    return {
      clientID: this.clientId,
      producerDataSet: producers.map((groupName) => ({ groupName })),
      consumerDataSet: consumers,
    }
  }
}

/** Returns the brokers of a route as text: `broker-a=host:port,host:port broker-b=…`. */
function brokersText({ brokerDatas }: TopicRouteData): string {
  return brokerDatas.map((data) => `${data.brokerName}=${[...data.brokerAddrs.values()].join(',')}`).join(' ')
}

/**
 * Returns the parts of a route that a client uses. The result is sorted by broker, because NameServers list brokers in any
 * order.
 */
function routeKey(route: TopicRouteData | undefined): unknown {
  if (route === undefined) return undefined
  const byName = <T extends { readonly brokerName: string }>(items: readonly T[]) =>
    [...items].sort((a, b) => (a.brokerName < b.brokerName ? -1 : 1))
  return [byName(route.queueDatas), byName(route.brokerDatas).map((data) => [data.brokerName, [...data.brokerAddrs]])]
}

/** Returns the queues from which a consumer may read. */
export function readQueues(topic: string, route: TopicRouteData): MessageQueue[] {
  return route.queueDatas.flatMap((data) =>
    (data.perm & PERM.READ) === 0 ? [] : queuesOf(topic, data.brokerName, data.readQueueNums),
  )
}

/**
 * Resolves with the queues of a topic from which a consumer may read. Rejects with a `ClientError` when the client cannot
 * fetch the route.
 */
export function fetchReadQueues(instance: ClientInstance, topic: string): Promise<readonly MessageQueue[]> {
  return new Promise((resolve, reject) => {
    instance.askRoute(topic, ({ route, problem }) =>
      route === undefined ? reject(problem) : resolve(readQueues(topic, route)),
    )
  })
}

/** Returns the queues to which a producer may write. Leaves out the queues of a broker without a master. */
export function writeQueues(topic: string, route: TopicRouteData): MessageQueue[] {
  const withMaster = new Set(
    route.brokerDatas.filter((data) => data.brokerAddrs.has(MASTER_ID)).map((data) => data.brokerName),
  )
  return route.queueDatas.flatMap((data) =>
    (data.perm & PERM.WRITE) === 0 || !withMaster.has(data.brokerName)
      ? []
      : queuesOf(topic, data.brokerName, data.writeQueueNums),
  )
}

function queuesOf(topic: string, brokerName: string, count: number): MessageQueue[] {
  return Array.from({ length: count }, (_, queueId) => ({ topic, brokerName, queueId }))
}
