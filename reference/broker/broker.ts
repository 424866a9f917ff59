/**
 * The broker: takes messages, keeps them, gives them. Start reading here: the constructor is its table of contents.
 *
 * | part       | does                                                       | file                         |
 * | ---------- | ---------------------------------------------------------- | ---------------------------- |
 * | store      | puts messages on disk and finds them again                  | `../store/message-store.ts`   |
 * | topics     | which topics there are, with how many queues                | `topic-config-manager.ts`     |
 * | groups     | which groups may consume                                    | `subscription-groups.ts`      |
 * | offsets    | how far each group has come                                 | `consumer-offset-manager.ts`  |
 * | consumers  | who is connected, subscribed to what                        | `consumer-manager.ts`         |
 * | hold       | pulls that wait for a message                               | `pull-request-hold.ts`        |
 * | processors | one function for each request                               | `processors/`                 |
 * | namesrv    | tells NameServers what this broker has                      | `namesrv-registration.ts`     |
 *
 * Started in that order, stopped in the reverse. Ready means: it listens, and every NameServer has been told once.
 * RocketMQ: `BrokerController`, `BrokerStartup`.
 */
import { parseAddress, parseIp } from '../common/address.ts'
import { UniqueIds } from '../common/message-id.ts'
import { readSettings } from '../common/program-args.ts'
import { ConfigError } from '../common/properties-file.ts'
import { DiskError, type Host, type TimerId } from '../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../host/program.ts'
import { RemotingServer } from '../remoting/remoting-server.ts'
import { MessageStore } from '../store/message-store.ts'
import { StoreError } from '../store/store-error.ts'
import { advertisedAddress } from './advertised-address.ts'
import { type BrokerConfig, brokerConfig } from './broker-config.ts'
import { ConsumerManager } from './consumer-manager.ts'
import { ConsumerOffsetManager } from './consumer-offset-manager.ts'
import { SCAN_CLIENTS_INTERVAL_MS } from './limits.ts'
import { NamesrvRegistration } from './namesrv-registration.ts'
import { adminBrokerHandlers } from './processors/admin-broker.ts'
import { clientManageHandlers } from './processors/client-manage.ts'
import { consumerManageHandlers } from './processors/consumer-manage.ts'
import { pullMessageHandlers } from './processors/pull-message.ts'
import { sendMessageHandlers } from './processors/send-message.ts'
import { PullRequestHold } from './pull-request-hold.ts'
import { SubscriptionGroups } from './subscription-groups.ts'
import { TopicConfigManager } from './topic-config-manager.ts'

const LOOPBACK = Uint8Array.of(127, 0, 0, 1)

export class Broker {
  readonly host: Host
  readonly config: BrokerConfig
  readonly bootMs: number
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly offsets: ConsumerOffsetManager
  readonly consumers: ConsumerManager
  readonly hold: PullRequestHold
  readonly #namesrv: NamesrvRegistration
  readonly #server: RemotingServer
  readonly #signals: ProgramSignals
  readonly #uniqueIds: UniqueIds
  readonly storeIp: Uint8Array
  readonly storePort: number
  #scanTimer: TimerId | undefined

  // #region broker-parts
  constructor(host: Host, config: BrokerConfig, signals: ProgramSignals) {
    this.host = host
    this.config = config
    this.bootMs = host.clock.nowMs()
    this.#signals = signals
    const stored = parseAddress(advertisedAddress(host, config, `${config.bindAddress}:${config.listenPort}`))
    this.storeIp = this.ipOf(stored?.host ?? '') ?? LOOPBACK
    this.storePort = stored?.port ?? config.listenPort
    this.#uniqueIds = new UniqueIds(this.storeIp, this.storePort, host.random.int('uniq-key', 0x1_0000_0000))

    this.hold = new PullRequestHold(host)
    this.store = new MessageStore(host, this.#storeConfig(), (topic, queueId, maxOffset, tagsCode) =>
      this.hold.messageArriving(topic, queueId, maxOffset, tagsCode),
    )
    this.topics = new TopicConfigManager(host, config, () => this.#namesrv.topicsChanged())
    this.groups = new SubscriptionGroups(host, config)
    this.offsets = new ConsumerOffsetManager(host, config.storePathRootDir)
    this.consumers = new ConsumerManager(host)
    this.#namesrv = new NamesrvRegistration(host, config, this.topics)
    const handlers = new Map([
      ...sendMessageHandlers(this),
      ...pullMessageHandlers(this),
      ...clientManageHandlers(this),
      ...consumerManageHandlers(this),
      ...adminBrokerHandlers(this),
    ])
    this.#server = new RemotingServer(host, handlers, {
      onListening: (address) => this.#namesrv.start(advertisedAddress(host, config, address), () => signals.ready()),
      onFailed: (sentence) => signals.failed(sentence),
      onChannelClosed: (channel) => this.consumers.channelClosed(channel),
    })
  }
  // #endregion broker-parts

  #storeConfig() {
    const { storePathRootDir, flushDiskType, mappedFileSizeCommitLog, mappedFileSizeConsumeQueue } = this.config
    return {
      directory: storePathRootDir,
      flushDiskType,
      commitLogFileBytes: mappedFileSizeCommitLog,
      consumeQueueFileBytes: mappedFileSizeConsumeQueue,
      storeIp: this.storeIp,
      storePort: this.storePort,
    }
  }

  /** Opens the store and begins to listen. A store that cannot be opened is one sentence to `signals.failed`. */
  start(): void {
    try {
      this.store.open()
      this.topics.load()
      this.groups.load()
      this.offsets.load()
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof DiskError)) throw error
      return this.#signals.failed(`broker ${this.config.brokerName} cannot open its store: ${error.message}`)
    }
    this.#scanClients()
    this.#server.listen(`${this.config.bindAddress}:${this.config.listenPort}`)
  }

  /** Takes leave of NameServers and clients, writes everything down, closes the store. */
  stop(done: () => void): void {
    if (this.#scanTimer !== undefined) this.host.clock.cancel(this.#scanTimer)
    this.#namesrv.stop(() => {
      this.hold.wakeAll()
      this.#server.close()
      this.offsets.close(() => this.topics.close(() => this.store.close(() => done())))
    })
  }

  #scanClients(): void {
    this.#scanTimer = this.host.clock.after(SCAN_CLIENTS_INTERVAL_MS, () => {
      this.consumers.expire()
      this.#scanClients()
    })
  }

  /** A unique id for a message whose sender gave none. */
  newUniqKey(): string {
    return this.#uniqueIds.next(this.host.clock.nowMs())
  }

  /** The IP bytes of a host name or literal; undefined when nobody knows it. */
  ipOf(hostName: string): Uint8Array | undefined {
    return parseIp(hostName) ?? parseIp(this.host.network.resolve(hostName))
  }
}

/** Starts a broker as a node. Arguments: `-c broker.conf` and `name=value`; see `broker-config.ts`. */
export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  try {
    const broker = new Broker(host, brokerConfig(host, readSettings(host, args)), signals)
    broker.start()
    return broker
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    signals.failed(error.message)
    return { stop: (done) => done() }
  }
}
