/**
 * All routes of a NameServer: the topics of each broker, and the brokers that are registered now.
 *
 * | table          | key                | value                                                            |
 * | -------------- | ------------------ | ---------------------------------------------------------------- |
 * | topicQueues    | topic, broker name | numbers of queues, and permissions                               |
 * | brokerAddrs    | broker name        | the cluster, and an address for each broker id (0 is the master)  |
 * | live           | broker name, address | time, connection and version of the last registration          |
 *
 * The registrations of brokers fill the tables. Operators may also add topics. The tables are only in memory, and
 * NameServers do not exchange data. After a restart of the NameServer, the brokers fill the tables again within 30 s.
 *
 * Invariants: an address is in `brokerAddrs` if and only if it is in `live`. A broker name without addresses is in no table.
 *
 * RocketMQ: `RouteInfoManager`. Not in GlassMQ: acting masters, static topics, filter servers, zones.
 */

import { type DataVersion, sameVersion } from '../remoting/bodies/data-version.ts'
import type { BrokerData, ClusterInfo, QueueData, TopicRouteData } from '../remoting/bodies/route.ts'
import type { RegisterBrokerBody } from '../remoting/bodies/topic-config.ts'
import type { Channel } from '../remoting/channel.ts'
import { Refusal } from '../remoting/refusal.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { BROKER_EXPIRY_MS, BROKER_TOPICS_MAX, BROKERS_MAX, ROUTE_ENTRIES_MAX } from './limits.ts'
import { TopicQueues } from './topic-queues.ts'

/** Identifies one broker process: its cluster, its broker name, its id and its address. */
export interface BrokerIdentity {
  readonly clusterName: string
  readonly brokerName: string
  readonly brokerId: number
  readonly brokerAddr: string
}

interface LiveBroker extends BrokerIdentity {
  readonly channel: Channel
  readonly haServerAddr: string
  readonly heartbeatTimeoutMs: number
  lastUpdateMs: number
  dataVersion: DataVersion
}

/**
 * The answer to a registration. The answer to a slave contains two addresses of the master. Both addresses are '' in the
 * answer to a master, and when no master is registered.
 */
export interface RegisterResult {
  readonly masterAddr: string
  readonly haServerAddr: string
}

const MASTER_ID = 0

/** The tables of one NameServer. */
export class RouteInfoManager {
  readonly #topicQueues = new TopicQueues()
  readonly #brokers = new Map<string, { cluster: string; addrs: Map<number, string> }>()
  readonly #live = new Map<string, LiveBroker>()

  // #region register
  /**
   * Returns the refusal of a registration. Returns undefined when the registration may be accepted. A registration that
   * exceeds a limit is refused completely. Otherwise, clients would trust a table in which some topics are missing.
   */
  refusalOf(who: BrokerIdentity, { topicConfigTable }: RegisterBrokerBody): Refusal | undefined {
    const refusal = (sentence: string) => new Refusal(ResponseCode.SYSTEM_ERROR, sentence)
    if (!this.#live.has(liveKey(who.brokerName, who.brokerAddr)) && this.#live.size >= BROKERS_MAX)
      return refusal(`${BROKERS_MAX} brokers are registered already`)
    if (who.brokerId !== MASTER_ID) return undefined
    let entries = 0
    let nameChars = 0
    for (const topic of topicConfigTable.keys()) {
      if (this.#topicQueues.of(topic, who.brokerName) !== undefined) continue
      entries++
      nameChars += topic.length
    }
    const count = this.#topicQueues.countOf(who.brokerName) + entries
    if (count > BROKER_TOPICS_MAX)
      return refusal(`${who.brokerName} would have ${count} topics; a broker may have ${BROKER_TOPICS_MAX}`)
    if (this.#topicQueues.hasRoom(entries, nameChars)) return undefined
    return refusal(
      `no room for ${entries} more topics of ${who.brokerName}: all brokers together may have ${ROUTE_ENTRIES_MAX}, with names of limited length`,
    )
  }

  /**
   * Registers a broker process with all or some of its topics. `heartbeatTimeoutMs` is the max time in ms between two
   * registrations of this broker. With the value 0, the default is used. The caller must first check the registration with
   * `refusalOf`.
   */
  registerBroker(
    who: BrokerIdentity,
    from: { readonly channel: Channel; readonly haServerAddr: string; readonly heartbeatTimeoutMs: number },
    body: RegisterBrokerBody,
    nowMs: number,
  ): RegisterResult {
    // The broker name and its addresses. A slave that has become master registers the same address with another id.
    let broker = this.#brokers.get(who.brokerName)
    if (broker === undefined)
      this.#brokers.set(who.brokerName, (broker = { cluster: who.clusterName, addrs: new Map() }))
    broker.cluster = who.clusterName
    for (const [id, addr] of broker.addrs) if (addr === who.brokerAddr && id !== who.brokerId) broker.addrs.delete(id)
    const formerAddr = broker.addrs.get(who.brokerId)
    if (formerAddr !== undefined && formerAddr !== who.brokerAddr)
      this.#live.delete(liveKey(who.brokerName, formerAddr))
    broker.addrs.set(who.brokerId, who.brokerAddr)

    // Only a master registers topics. When the version of the broker's topics has not changed, only topics that are not in
    // the table are added.
    const key = liveKey(who.brokerName, who.brokerAddr)
    const known = this.#live.get(key)
    const changed = known === undefined || !sameVersion(known.dataVersion, body.dataVersion)
    if (who.brokerId === MASTER_ID) {
      for (const [topic, config] of body.topicConfigTable) {
        if (!changed && this.#topicQueues.of(topic, who.brokerName) !== undefined) continue
        this.#topicQueues.set(topic, {
          brokerName: who.brokerName,
          readQueueNums: config.readQueueNums,
          writeQueueNums: config.writeQueueNums,
          perm: config.perm,
          topicSysFlag: config.topicSysFlag,
        })
      }
    }
    // the entry in `live` is set last, because this entry contains the version of the new data
    const heartbeatTimeoutMs = from.heartbeatTimeoutMs > 0 ? from.heartbeatTimeoutMs : BROKER_EXPIRY_MS
    this.#live.set(key, { ...who, ...from, heartbeatTimeoutMs, lastUpdateMs: nowMs, dataVersion: body.dataVersion })
    return this.#masterOf(who)
  }
  // #endregion register

  #masterOf(who: BrokerIdentity): RegisterResult {
    const masterAddr = who.brokerId === MASTER_ID ? undefined : this.#brokers.get(who.brokerName)?.addrs.get(MASTER_ID)
    const master = masterAddr === undefined ? undefined : this.#live.get(liveKey(who.brokerName, masterAddr))
    return { masterAddr: master?.brokerAddr ?? '', haServerAddr: master?.haServerAddr ?? '' }
  }

  /**
   * Records that a broker is alive. Returns the version of the topics in the broker's last registration. Returns undefined
   * when the broker is not registered.
   */
  touch(who: BrokerIdentity, nowMs: number): DataVersion | undefined {
    const live = this.#live.get(liveKey(who.brokerName, who.brokerAddr))
    if (live === undefined) return undefined
    live.lastUpdateMs = nowMs
    return live.dataVersion
  }

  // #region unregister
  /**
   * Removes a broker process. When no other process has this broker name, the topics of this broker name are removed, too.
   * Returns false when the process was not registered.
   */
  unregisterBroker(who: BrokerIdentity): boolean {
    const wasLive = this.#live.delete(liveKey(who.brokerName, who.brokerAddr))
    const broker = this.#brokers.get(who.brokerName)
    if (broker === undefined || broker.addrs.get(who.brokerId) !== who.brokerAddr) return wasLive
    broker.addrs.delete(who.brokerId)
    if (broker.addrs.size > 0) return true
    this.#brokers.delete(who.brokerName)
    this.#topicQueues.deleteBroker(who.brokerName)
    return true
  }
  // #endregion unregister

  /** Returns the brokers that have registered over `channel`. */
  brokersOf(channel: Channel): readonly BrokerIdentity[] {
    return [...this.#live.values()].filter((live) => live.channel === channel)
  }

  /** Returns the brokers whose last registration is older than their time limit. */
  expiredBrokers(
    nowMs: number,
  ): readonly (BrokerIdentity & { readonly channel: Channel; readonly silentMs: number })[] {
    const expired: (BrokerIdentity & { channel: Channel; silentMs: number })[] = []
    for (const live of this.#live.values()) {
      const silentMs = nowMs - live.lastUpdateMs
      if (silentMs > live.heartbeatTimeoutMs) expired.push({ ...live, silentMs })
    }
    return expired
  }

  // #region route
  /**
   * Returns the route of a topic: its queues by broker, and the addresses of these brokers. Returns undefined when no
   * registered broker has the topic.
   */
  pickupTopicRouteData(topic: string): TopicRouteData | undefined {
    const queues = this.#topicQueues.get(topic)
    if (queues === undefined) return undefined
    const brokerDatas = queues.flatMap(({ brokerName }) => this.#brokerData(brokerName) ?? [])
    return brokerDatas.length === 0 ? undefined : { queueDatas: queues, brokerDatas }
  }
  // #endregion route

  clusterInfo(): ClusterInfo {
    const brokerAddrTable = new Map<string, BrokerData>()
    const clusterAddrTable = new Map<string, string[]>()
    for (const [name, { cluster }] of this.#brokers) {
      brokerAddrTable.set(name, this.#brokerData(name)!)
      clusterAddrTable.set(cluster, [...(clusterAddrTable.get(cluster) ?? []), name])
    }
    return { brokerAddrTable, clusterAddrTable }
  }

  #brokerData(brokerName: string): BrokerData | undefined {
    const broker = this.#brokers.get(brokerName)
    if (broker === undefined) return undefined
    const byId = [...broker.addrs].sort(([a], [b]) => a - b)
    return {
      cluster: broker.cluster,
      brokerName,
      brokerAddrs: new Map(byId.map(([id, addr]) => [String(id), addr])),
      enableActingMaster: false,
    }
  }

  allTopics(): readonly string[] {
    return this.#topicQueues.names()
  }

  /** Deletes a topic from all brokers. When `cluster` is not '', deletes the topic only from the brokers of this cluster. */
  deleteTopic(topic: string, cluster: string): void {
    for (const { brokerName } of this.#topicQueues.get(topic) ?? [])
      if (cluster === '' || this.#brokers.get(brokerName)?.cluster === cluster)
        this.#topicQueues.delete(topic, brokerName)
  }

  /** Returns the topics for which `isAsked` returns true. `isAsked` is called with the flags of a topic at one broker. */
  topicsByFlag(isAsked: (topicSysFlag: number) => boolean): readonly string[] {
    return this.#namesWhere((data) => isAsked(data.topicSysFlag))
  }

  /** Returns the topics that at least one broker of a cluster has. */
  topicsOfCluster(cluster: string): readonly string[] {
    return this.#namesWhere(({ brokerName }) => this.#brokers.get(brokerName)?.cluster === cluster)
  }

  #namesWhere(isWanted: (data: QueueData) => boolean): readonly string[] {
    const names: string[] = []
    for (const [topic, queues] of this.#topicQueues.entries()) if (queues.some(isWanted)) names.push(topic)
    return names
  }

  /**
   * Adds a topic because an operator requested it. Skips brokers that are not registered. Returns false when a limit is
   * reached. In this case, the topic has been added for the brokers that come earlier in `queueDatas`.
   */
  registerTopic(topic: string, queueDatas: readonly QueueData[]): boolean {
    for (const data of queueDatas) {
      if (!this.#brokers.has(data.brokerName)) continue
      const isNew = this.#topicQueues.of(topic, data.brokerName) === undefined
      if (isNew && this.#topicQueues.countOf(data.brokerName) >= BROKER_TOPICS_MAX) return false
      if (isNew && !this.#topicQueues.hasRoom(1, topic.length)) return false
      this.#topicQueues.set(topic, data)
    }
    return true
  }

  /**
   * Changes the permission of all topics of a broker. Returns the number of these topics. When the broker registers with a
   * new version of its topics, the change is lost.
   */
  changePerm(brokerName: string, change: (perm: number) => number): number {
    return this.#topicQueues.change(brokerName, (data) => ({ ...data, perm: change(data.perm) }))
  }
}

/**
 * Returns the key of a registered broker: its name and its address. The cluster is not part of the key, so a registration
 * with another cluster replaces the former entry. In RocketMQ, the key `BrokerAddrInfo` consists of the cluster and the
 * address.
 */
function liveKey(brokerName: string, brokerAddr: string): string {
  return `${brokerName}\n${brokerAddr}`
}
