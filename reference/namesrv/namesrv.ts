/**
 * The NameServer. By default, every broker registers at the NameServer every 30 s. Clients ask the NameServer which brokers
 * have a topic.
 *
 * A NameServer is simple on purpose: it has no consensus, keeps its routes only in memory, and does not contact other
 * NameServers. The NameServer removes a broker when this broker unregisters, when its connection closes, or when it has
 * neither registered nor sent a heartbeat for two minutes. A broker may set another time limit than two minutes in its
 * registration. The NameServer elects no master. The NameServer only ignores an old master that still registers
 * (`route-info-manager.ts`), and can show a slave in the place of a master that is gone (`acting-master.ts`).
 *
 * To read this file, begin with `handlers`: this list has one line for each request.
 *
 * RocketMQ: `NamesrvController`, `DefaultRequestProcessor`, `ClientRequestProcessor`, `BrokerHousekeepingService`.
 */
import { crc32 } from '../common/crc32.ts'
import { ConfigError } from '../common/properties-file.ts'
import { toObject } from '../common/shape.ts'
import { guardedHost } from '../host/guard.ts'
import type { Host, TimerId } from '../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../host/program.ts'
import { readSettings } from '../host/program-args.ts'
import { guardAdminWrites } from '../remoting/admin-writes.ts'
import { decodeCompressedRegistration } from '../remoting/bodies/compressed-registration.ts'
import { dataVersionShape, sameVersion } from '../remoting/bodies/data-version.ts'
import { decodeJsonBody, decodeRequestBody, encodeJsonBody } from '../remoting/bodies/json-body.ts'
import { clusterInfoJson, topicRouteDataJson } from '../remoting/bodies/route.ts'
import { registerBrokerBodyShape } from '../remoting/bodies/topic-config.ts'
import type { Channel } from '../remoting/channel.ts'
import type { RequestHandler, RequestHandlers } from '../remoting/dispatch.ts'
import { Refusal } from '../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../remoting/remoting-command.ts'
import { RemotingServer } from '../remoting/remoting-server.ts'
import {
  deleteKvConfig,
  getKvConfig,
  getKvConfigAnswer,
  getKvListByNamespace,
  putKvConfig,
} from '../remoting/requests/kv-config.ts'
import {
  queryDataVersion,
  queryDataVersionAnswer,
  registerBroker,
  registerBrokerAnswer,
  unregisterBroker,
} from '../remoting/requests/register-broker.ts'
import { getAllTopicList, getBrokerClusterInfo, getRouteInfo } from '../remoting/requests/route.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { type MinBrokerIdChange, withActingMasters } from './acting-master.ts'
import { adminHandlers } from './admin-requests.ts'
import { KVConfigManager } from './kv-config-manager.ts'
import { SCAN_NOT_ACTIVE_BROKER_INTERVAL_MS } from './limits.ts'
import { MinBrokerIdNotices } from './min-broker-id-notices.ts'
import { type NamesrvConfig, namesrvConfig } from './namesrv-config.ts'
import { type BrokerIdentity, type RegisterResult, RouteInfoManager } from './route-info-manager.ts'
import { namesrvNotFollowed } from './settings-not-followed.ts'

/**
 * The namespace of the texts about ordered topics: how many queues such a topic has on each broker. The answer to a
 * registration contains these texts.
 */
const ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG'

/** A NameServer that listens on one address. */
export class NameServer {
  readonly #host: Host
  readonly #config: NamesrvConfig
  readonly #routes = new RouteInfoManager()
  readonly #kv: KVConfigManager
  readonly #notices: MinBrokerIdNotices
  readonly #server: RemotingServer
  #scan: TimerId | undefined

  constructor(
    host: Host,
    config: NamesrvConfig,
    events: { onListening(address: string): void; onFailed(sentence: string): void },
  ) {
    this.#host = host
    this.#config = config
    this.#kv = new KVConfigManager(host)
    this.#notices = new MinBrokerIdNotices(host)
    this.#server = new RemotingServer(host, this.#handlers(), {
      ...events,
      onChannelClosed: (channel) => this.#channelClosed(channel),
    })
  }

  start(): void {
    this.#kv.load()
    this.#server.listen(`${this.#config.bindAddress}:${this.#config.listenPort}`)
    this.#scanLater()
  }

  stop(): void {
    if (this.#scan !== undefined) this.#host.clock.cancel(this.#scan)
    this.#server.close()
    this.#notices.close()
  }

  // #region handlers
  #handlers(): ReadonlyMap<number, RequestHandler> {
    const handlers = [
      [registerBroker.code, (request, channel) => this.#registerBroker(request, channel)],
      [unregisterBroker.code, (request) => this.#unregisterBroker(request)],
      [queryDataVersion.code, (request) => this.#queryDataVersion(request)],
      [getRouteInfo.code, (request) => this.#getRouteInfo(request)],
      [
        getBrokerClusterInfo.code,
        () => ({ ...SUCCESS, body: encodeJsonBody(clusterInfoJson(this.#routes.clusterInfo())) }),
      ],
      [getAllTopicList.code, () => ({ ...SUCCESS, body: encodeJsonBody({ topicList: this.#routes.allTopics() }) })],
      [putKvConfig.code, (request) => this.#putKv(request)],
      [getKvConfig.code, (request) => this.#getKv(request)],
      [deleteKvConfig.code, (request) => this.#deleteKv(request)],
      [getKvListByNamespace.code, (request) => this.#listKv(request)],
      ...adminHandlers(this.#host, this.#routes, this.#config),
    ] satisfies RequestHandlers
    return new Map(guardAdminWrites(handlers, this.#config.adminWriteEnable))
  }
  // #endregion handlers

  // #region register-broker
  #registerBroker(request: RemotingCommand, channel: Channel): Answer {
    // when a registration has a damaged body, or too many topics for the table, the whole registration is refused
    const header = registerBroker.decode(request.extFields)
    const wantedCrc = header.bodyCrc32 ?? 0
    const foundCrc = crc32(request.body ?? new Uint8Array()) & 0x7fffffff
    if (wantedCrc !== 0 && wantedCrc !== foundCrc)
      throw new Refusal(
        ResponseCode.SYSTEM_ERROR,
        `crc32 not match: the header says ${wantedCrc}, the body has ${foundCrc}`,
      )
    const body =
      header.compressed === true
        ? decodeCompressedRegistration(request.body)
        : decodeJsonBody('REGISTER_BROKER', request.body, registerBrokerBodyShape)

    const refusal = this.#routes.refusalOf(header, body, header.enableActingMaster)
    if (refusal !== undefined) {
      this.#host.trace.log('warn', `the registration of ${header.brokerAddr} is refused: ${refusal.message}`)
      throw refusal
    }

    // the channel is stored with the broker, because the broker is removed when this channel closes
    const from = {
      channel,
      haServerAddr: header.haServerAddr ?? '',
      heartbeatTimeoutMs: header.heartbeatTimeoutMillis ?? 0,
      enableActingMaster: header.enableActingMaster,
    }
    const result = this.#routes.registerBroker(header, from, body, this.#host.clock.monotonicMs())
    this.#tellRegistered(header, body.topicConfigTable.size, result)
    // the answer contains the address of the master and the texts about ordered topics
    const orderTopics = this.#config.returnOrderTopicConfigToBroker ? this.#kv.list(ORDER_TOPIC_CONFIG) : undefined
    return {
      ...SUCCESS,
      extFields: registerBrokerAnswer.encode({
        haServerAddr: result.haServerAddr || undefined,
        masterAddr: result.masterAddr || undefined,
      }),
      body: orderTopics === undefined ? undefined : encodeJsonBody({ table: toObject(orderTopics) }),
    }
  }
  // #endregion register-broker

  /** Reports a registration, or that it was ignored. Notifies the other brokers of the name when the smallest id is new. */
  #tellRegistered(who: BrokerIdentity, topics: number, { fencedBy, minIdChange }: RegisterResult): void {
    const { brokerName, brokerId, brokerAddr: address } = who
    if (fencedBy === undefined) this.#host.trace.emit?.('route.registered', { brokerName, brokerId, address, topics })
    else {
      this.#host.trace.emit?.('route.fenced', { brokerName, brokerId, address, fencedBy })
      const what = `the registration of ${address} as ${brokerName} ${brokerId} is ignored`
      this.#host.trace.log('warn', `${what}: ${fencedBy} has this id with a later state version`)
    }
    this.#notify(minIdChange)
  }

  #notify(change: MinBrokerIdChange | undefined): void {
    if (change !== undefined && this.#config.notifyMinBrokerIdChanged) this.#notices.send(change)
  }

  #unregisterBroker(request: RemotingCommand): Answer {
    this.#remove(unregisterBroker.decode(request.extFields), 'unregistered')
    return SUCCESS
  }

  #queryDataVersion(request: RemotingCommand): Answer {
    const header = queryDataVersion.decode(request.extFields)
    const asked = decodeRequestBody('QUERY_DATA_VERSION', request.body, dataVersionShape)
    const known = this.#routes.touch(header, this.#host.clock.monotonicMs())
    const changed = known === undefined || !sameVersion(known, asked)
    return {
      ...SUCCESS,
      extFields: queryDataVersionAnswer.encode({ changed }),
      body: known === undefined ? undefined : encodeJsonBody(known),
    }
  }

  // #region get-route-info
  #getRouteInfo(request: RemotingCommand): Answer {
    const { topic = '' } = getRouteInfo.decode(request.extFields)
    const route = this.#routes.pickupTopicRouteData(topic)
    if (route === undefined) {
      throw new Refusal(ResponseCode.TOPIC_NOT_EXIST, `No topic route info in name server for the topic: ${topic}`)
    }
    const shown = this.#config.supportActingMaster ? withActingMasters(topic, route) : route
    const orderTopicConf = this.#config.orderMessageEnable ? this.#kv.get(ORDER_TOPIC_CONFIG, topic) : undefined
    return { ...SUCCESS, body: encodeJsonBody(topicRouteDataJson({ ...shown, orderTopicConf })) }
  }
  // #endregion get-route-info

  #putKv(request: RemotingCommand): Answer {
    const { namespace, key, value } = putKvConfig.decode(request.extFields)
    if (!this.#kv.put(namespace, key, value))
      throw new Refusal(ResponseCode.SYSTEM_ERROR, 'too many KV entries, or too long ones: delete some first')
    return SUCCESS
  }

  #getKv(request: RemotingCommand): Answer {
    const { namespace, key } = getKvConfig.decode(request.extFields)
    const value = this.#kv.get(namespace, key)
    if (value === undefined)
      throw new Refusal(ResponseCode.QUERY_NOT_FOUND, `No config item, Namespace: ${namespace} Key: ${key}`)
    return { ...SUCCESS, extFields: getKvConfigAnswer.encode({ value }) }
  }

  #deleteKv(request: RemotingCommand): Answer {
    const { namespace, key } = deleteKvConfig.decode(request.extFields)
    this.#kv.delete(namespace, key)
    return SUCCESS
  }

  #listKv(request: RemotingCommand): Answer {
    const { namespace } = getKvListByNamespace.decode(request.extFields)
    const entries = this.#kv.list(namespace)
    if (entries === undefined)
      throw new Refusal(ResponseCode.QUERY_NOT_FOUND, `No config item, Namespace: ${namespace}`)
    return { ...SUCCESS, body: encodeJsonBody({ table: toObject(entries) }) }
  }

  // #region evict
  /**
   * Every five seconds, removes the brokers that were silent for too long, and closes their connections. The time is measured
   * by the monotonic clock, so a correction of the wall clock removes no broker and keeps none. RocketMQ's NameServer uses
   * the wall clock.
   */
  #scanLater(): void {
    this.#scan = this.#host.clock.after(SCAN_NOT_ACTIVE_BROKER_INTERVAL_MS, () => {
      this.#scanLater() // the next scan is set first: after an error in this scan, the next scan must still run
      for (const broker of this.#routes.expiredBrokers(this.#host.clock.monotonicMs())) {
        this.#remove(broker, `silent for ${broker.silentMs} ms`) // rare: a broker has not registered for long
        broker.channel.close()
      }
    })
  }

  /** Removes the brokers of a closed connection at once, without waiting for their time limit. */
  #channelClosed(channel: Channel): void {
    for (const broker of this.#routes.brokersOf(channel)) this.#remove(broker, 'its connection closed')
  }
  // #endregion evict

  #remove(who: BrokerIdentity, reason: string): void {
    const removed = this.#routes.unregisterBroker(who)
    if (removed === undefined) return
    const { brokerName, brokerId, brokerAddr: address } = who
    this.#host.trace.emit?.('route.removed', { brokerName, brokerId, address, reason })
    this.#notify(removed.minIdChange)
  }
}

/** Starts a NameServer as a node. The arguments are `-c namesrv.conf` and `name=value`; see `namesrv-config.ts`. */
export function main(given: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  const host = guardedHost(given)
  try {
    const settings = readSettings(host, args)
    const config = namesrvConfig(host, settings)
    // the log lists the settings that have no effect
    namesrvNotFollowed.report(settings, Object.keys(config), (line) => host.trace.log('warn', line))
    const server = new NameServer(host, config, {
      onListening: () => signals.ready(),
      onFailed: (sentence) => signals.failed(sentence),
    })
    server.start()
    return {
      stop(done) {
        server.stop()
        host.clock.after(0, done)
      },
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    signals.failed(error.message)
    return { stop: (done) => done() }
  }
}
