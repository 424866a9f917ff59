/**
 * All routes of a NameServer: the topics of each broker, and the brokers that are registered now.
 *
 * | table          | key                | value                                                            |
 * | -------------- | ------------------ | ---------------------------------------------------------------- |
 * | topicQueues    | topic, broker name | numbers of queues, and permissions                               |
 * | brokerAddrs    | broker name        | the cluster, an address for each broker id (0 is the master), and whether an acting master is allowed |
 * | live           | broker name, address | connection and version of the last registration, and when the broker was last heard |
 *
 * The registrations of brokers fill the tables. Operators may also add topics. The tables are only in memory, and
 * NameServers do not exchange data. After a restart of the NameServer, the brokers fill the tables again with their next
 * registrations, by default within 30 s.
 *
 * Invariants: an address is in `brokerAddrs` if and only if it is in `live`. A broker name without addresses is in no table.
 *
 * A registration is ignored when another address has the same id and a later `stateVersion`. In controller mode, this number
 * is the epoch of the master. So the route stays with the newest master, also when an older master comes back and still
 * registers as a master. Brokers without a controller have the number 0, and the last registration counts.
 *
 * RocketMQ: `RouteInfoManager` of 5.x. Not in GlassMQ: static topics, filter servers, zones,
 * `deleteTopicWithBrokerRegistration`. A NameServer of 4.9 never ignores a registration, and takes topics only from masters.
 * A NameServer of 5.x refuses a first registration of a single topic from brokers of 4.9, too.
 */
import { PERM } from '../common/sys-flag.ts'
import { type DataVersion, sameVersion } from '../remoting/bodies/data-version.ts'
import type { BrokerData, ClusterInfo, QueueData, TopicRouteData } from '../remoting/bodies/route.ts'
import type { RegisterBrokerBody } from '../remoting/bodies/topic-config.ts'
import type { Channel } from '../remoting/channel.ts'
import { Refusal } from '../remoting/refusal.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { MASTER_ID, type MinBrokerIdChange, minBrokerIdChange, minIdOf } from './acting-master.ts'
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

/** The data in a registration, without the broker's identity and its topics. */
export interface RegistrationSource {
  /** The connection of the broker. */
  readonly channel: Channel
  readonly haServerAddr: string
  /** The max time in ms between two registrations of this broker. With the value 0, the default is used. */
  readonly heartbeatTimeoutMs: number
  /**
   * True when the broker name may have an acting master. Undefined when the broker did not send this field, as a broker of
   * 4.9 does not.
   */
  readonly enableActingMaster?: boolean | undefined
}

/**
 * The result of a registration. For a slave, the result contains two addresses of the master. Both addresses are '' for a
 * master, when no master is registered, and when the registration was ignored.
 */
export interface RegisterResult {
  readonly masterAddr: string
  readonly haServerAddr: string
  /** The address that keeps the id. Undefined when the registration was not ignored. */
  readonly fencedBy?: string | undefined
  /** Set when the broker name has a smaller id than before. */
  readonly minIdChange?: MinBrokerIdChange | undefined
}

/** All processes with one broker name. */
interface BrokerGroup {
  cluster: string
  readonly addrs: Map<number, string>
  enableActingMaster: boolean
}

/** The tables of one NameServer. */
export class RouteInfoManager {
  readonly #topicQueues = new TopicQueues()
  readonly #brokers = new Map<string, BrokerGroup>()
  readonly #live = new Map<string, LiveBroker>()

  // #region register
  /**
   * Returns the refusal of a registration. Returns undefined when the registration may be accepted. A registration that
   * exceeds a limit is refused completely, because clients would trust a table in which some topics are missing. For the
   * same reason, a broker of 5.x that is not registered with its id cannot begin with a single topic. A broker of 4.9 may
   * begin with a single topic.
   */
  refusalOf(
    who: BrokerIdentity,
    { topicConfigTable }: RegisterBrokerBody,
    enableActingMaster?: boolean,
  ): Refusal | undefined {
    const refusal = (sentence: string) => new Refusal(ResponseCode.SYSTEM_ERROR, sentence)
    const isOfFive = enableActingMaster !== undefined
    if (isOfFive && topicConfigTable.size === 1 && !this.#hasId(who))
      return refusal('register broker failed: a broker registers all of its topics first')
    if (!this.#live.has(liveKey(who.brokerName, who.brokerAddr)) && this.#live.size >= BROKERS_MAX)
      return refusal(`${BROKERS_MAX} brokers are registered already`)
    if (!this.#isTopicSource(who, enableActingMaster)) return undefined
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
   * Registers a broker process with all or some of its topics. The caller must first check the registration with
   * `refusalOf`. Ignores the registration when another address has the id with a later `stateVersion`. Here and below,
   * `nowMs` is a time of the monotonic clock.
   */
  registerBroker(
    who: BrokerIdentity,
    from: RegistrationSource,
    body: RegisterBrokerBody,
    nowMs: number,
  ): RegisterResult {
    // The broker name and its addresses. A slave that has become master registers the same address with another id.
    const broker = this.#groupOf(who)
    const formerMinId = minIdOf(broker.addrs)
    for (const [id, addr] of broker.addrs) if (addr === who.brokerAddr && id !== who.brokerId) broker.addrs.delete(id)
    const formerAddr = broker.addrs.get(who.brokerId)
    if (formerAddr !== undefined && formerAddr !== who.brokerAddr) {
      if (this.#isFenced(who, formerAddr, body.dataVersion)) {
        // rare: an old master registers
        this.#live.delete(liveKey(who.brokerName, who.brokerAddr))
        return { masterAddr: '', haServerAddr: '', fencedBy: formerAddr }
      }
      this.#live.delete(liveKey(who.brokerName, formerAddr))
    }
    broker.addrs.set(who.brokerId, who.brokerAddr)
    broker.cluster = who.clusterName
    broker.enableActingMaster = from.enableActingMaster === true

    this.#registerTopics(who, from.enableActingMaster, body, formerAddr === undefined)
    // the entry in `live` is set last, because this entry contains the version of the new data
    const { channel, haServerAddr } = from
    const heartbeatTimeoutMs = from.heartbeatTimeoutMs > 0 ? from.heartbeatTimeoutMs : BROKER_EXPIRY_MS
    const live = { channel, haServerAddr, heartbeatTimeoutMs, lastUpdateMs: nowMs, dataVersion: body.dataVersion }
    this.#live.set(liveKey(who.brokerName, who.brokerAddr), { ...who, ...live })
    const isMinChanged = formerMinId !== undefined && who.brokerId < formerMinId
    const minIdChange = isMinChanged ? minBrokerIdChange(broker.addrs, { haBrokerAddr: haServerAddr }) : undefined
    return { ...this.#masterOf(who), minIdChange }
  }

  #groupOf({ brokerName, clusterName }: BrokerIdentity): BrokerGroup {
    let broker = this.#brokers.get(brokerName)
    if (broker === undefined)
      this.#brokers.set(brokerName, (broker = { cluster: clusterName, addrs: new Map(), enableActingMaster: false }))
    return broker
  }

  // #region fence
  /** Returns true when `formerAddr` has registered with a later `stateVersion` than `version`. */
  #isFenced({ brokerName }: BrokerIdentity, formerAddr: string, version: DataVersion): boolean {
    const former = this.#live.get(liveKey(brokerName, formerAddr))
    return former !== undefined && former.dataVersion.stateVersion > version.stateVersion
  }
  // #endregion fence

  /**
   * Returns true when the topics of this broker are entered in the table: for a master, and for a slave of 5.x with the
   * smallest id of its broker name.
   */
  #isTopicSource({ brokerName, brokerId, brokerAddr }: BrokerIdentity, enableActingMaster?: boolean): boolean {
    if (brokerId === MASTER_ID) return true
    if (enableActingMaster === undefined) return false
    for (const [id, addr] of this.#brokers.get(brokerName)?.addrs ?? [])
      if (id < brokerId && addr !== brokerAddr) return false
    return true
  }

  /**
   * Stores the topics of a registration. When neither the id of the broker nor the version of its topics is new, only topics
   * that are not in the table are added. The topics of an acting master cannot be written.
   */
  #registerTopics(
    who: BrokerIdentity,
    enableActingMaster: boolean | undefined,
    body: RegisterBrokerBody,
    isIdNew: boolean,
  ): void {
    if (!this.#isTopicSource(who, enableActingMaster)) return
    const { brokerName, brokerAddr, brokerId } = who
    const known = this.#live.get(liveKey(brokerName, brokerAddr))
    const isChanged = isIdNew || known === undefined || !sameVersion(known.dataVersion, body.dataVersion)
    const permMask = brokerId !== MASTER_ID && enableActingMaster === true ? ~PERM.WRITE : ~0
    for (const [topic, { readQueueNums, writeQueueNums, perm, topicSysFlag }] of body.topicConfigTable) {
      if (!isChanged && this.#topicQueues.of(topic, brokerName) !== undefined) continue
      const data = { brokerName, readQueueNums, writeQueueNums, perm: perm & permMask, topicSysFlag }
      this.#topicQueues.set(topic, data)
    }
  }
  #hasId({ brokerName, brokerId }: BrokerIdentity): boolean {
    return this.#brokers.get(brokerName)?.addrs.has(brokerId) === true
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
   * When only slaves remain and an acting master is allowed, these topics cannot be written. Returns undefined when the
   * process was not registered.
   */
  unregisterBroker(who: BrokerIdentity): { readonly minIdChange: MinBrokerIdChange | undefined } | undefined {
    const wasLive = this.#live.delete(liveKey(who.brokerName, who.brokerAddr))
    const broker = this.#brokers.get(who.brokerName)
    if (!wasLive || broker === undefined) return undefined
    const formerMinId = minIdOf(broker.addrs)
    for (const [id, addr] of broker.addrs) if (addr === who.brokerAddr) broker.addrs.delete(id)
    const minId = minIdOf(broker.addrs)
    if (minId === undefined) {
      this.#brokers.delete(who.brokerName)
      this.#topicQueues.deleteBroker(who.brokerName)
      return { minIdChange: undefined }
    }
    if (!broker.enableActingMaster) return { minIdChange: undefined }
    if (minId > MASTER_ID) this.changePerm(who.brokerName, (perm) => perm & ~PERM.WRITE)
    const lost = { offlineBrokerAddr: who.brokerAddr }
    return { minIdChange: minId === formerMinId ? undefined : minBrokerIdChange(broker.addrs, lost) }
  }
  // #endregion unregister

  /** Returns the brokers that have registered over `channel`. */
  brokersOf(channel: Channel): readonly BrokerIdentity[] {
    return [...this.#live.values()].filter((live) => live.channel === channel)
  }

  /** Returns the brokers whose last registration or heartbeat is older than their time limit. */
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
      enableActingMaster: broker.enableActingMaster,
    }
  }

  /** Returns the addresses of all processes with a broker name, by id. Returns an empty table for an unknown name. */
  memberGroup(brokerName: string): ReadonlyMap<string, string> {
    return this.#brokerData(brokerName)?.brokerAddrs ?? new Map()
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
