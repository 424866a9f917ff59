/**
 * The broker accepts messages, stores them, and hands them to consumers. The constructor creates all the parts, so the
 * constructor is the best place to begin reading.
 *
 * | part       | what it is or does                                         | file                         |
 * | ---------- | ---------------------------------------------------------- | ---------------------------- |
 * | store      | stores messages on the disk and finds them again            | `../store/message-store.ts`   |
 * | topics     | the topics and the number of their queues                   | `topic-config-manager.ts`     |
 * | groups     | the groups that may consume                                 | `subscription-groups.ts`      |
 * | offsets    | the next offset of each group in each queue                 | `consumer-offset-manager.ts`  |
 * | consumers  | the connected consumers and their subscriptions             | `consumer-manager.ts`         |
 * | producers  | the connected producers and their groups                    | `producer-manager.ts`         |
 * | locks      | the owner of each queue that is consumed in order            | `rebalance-lock-manager.ts`   |
 * | hold       | keeps pulls that wait for a message | `pull-request-hold.ts`        |
 * | schedule   | delivers delayed messages when they are due                 | `schedule/`                   |
 * | timers     | delivers messages with a delivery time                      | `timer/`                      |
 * | pop        | hands messages to any member of a group, and redelivers messages without an acknowledgement | `pop/` |
 * | transactions | keeps messages that consumers do not see until their producer commits | `transaction/`      |
 * | limiter    | refuses sends when too many sends arrive                    | `overload/`                  |
 * | roles      | master, slave, or a slave that acts as the master             | `broker-roles.ts`          |
 * | escape     | stores the due messages of an acting slave on another broker  | `slave/escape-bridge.ts`   |
 * | stats      | counts messages and bytes that arrive and leave             | `stats/`                      |
 * | processors | the functions that answer requests                          | `processors/`                 |
 * | namesrv    | registers this broker and its topics at NameServers         | `namesrv-registration.ts`     |
 *
 * When the broker starts, it opens the store, then reads the tables, and finally begins to listen. The broker is ready when
 * it listens and its first registration at every NameServer has ended. Under controllers, it is ready as soon as it listens.
 * When the broker stops, it first unregisters at the NameServers.
 *
 * RocketMQ: `BrokerController`, `BrokerStartup`.
 */
import { parseAddress, parseIp } from '../common/address.ts'
import { messageIdPrefix, UniqueIds } from '../common/message-id.ts'
import { ConfigError } from '../common/properties-file.ts'
import { guardedHost } from '../host/guard.ts'
import { DiskError, type Host, type TimerId } from '../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../host/program.ts'
import { readSettings } from '../host/program-args.ts'
import { guardAdminWrites } from '../remoting/admin-writes.ts'
import type { Channel } from '../remoting/channel.ts'
import { RemotingServer, serverShares } from '../remoting/remoting-server.ts'
import { createMessageStore, type MessageStore } from '../store/message-store.ts'
import { StoreError } from '../store/store-error.ts'
import { advertisedAddress } from './advertised-address.ts'
import { authenticator } from './authentication.ts'
import { type BrokerConfig, brokerConfig } from './broker-config.ts'
import { BrokerRoles } from './broker-roles.ts'
import { configEntries } from './config-update.ts'
import { ConsumerManager } from './consumer-manager.ts'
import { ConsumerOffsetManager } from './consumer-offset-manager.ts'
import { Deliveries } from './deliveries.ts'
import { FastServer } from './fast-server.ts'
import { ExpressionFilters } from './filter/expression-filters.ts'
import { SCAN_CLIENTS_INTERVAL_MS } from './limits.ts'
import { NamesrvRegistration } from './namesrv-registration.ts'
import { SendLimiter } from './overload/send-limiter.ts'
import { ConsumerOrderInfoManager } from './pop/consumer-order-info-manager.ts'
import { MessageRequestModeManager } from './pop/message-request-mode-manager.ts'
import type { PopParts } from './pop/pop-parts.ts'
import { TopicRoutes } from './pop/topic-routes.ts'
import { ackMessageHandlers } from './processors/ack-message.ts'
import { adminBrokerHandlers } from './processors/admin-broker.ts'
import { clientManageHandlers } from './processors/client-manage.ts'
import { consumerManageHandlers } from './processors/consumer-manage.ts'
import { endTransactionHandlers } from './processors/end-transaction.ts'
import { lockBatchHandlers } from './processors/lock-batch.ts'
import { popMessageHandlers } from './processors/pop-message.ts'
import { pullMessageHandlers } from './processors/pull-message.ts'
import { queryAssignmentHandlers } from './processors/query-assignment.ts'
import { queryMessageHandlers } from './processors/query-message.ts'
import { replyMessageHandlers } from './processors/reply-message.ts'
import { sendBackHandlers } from './processors/send-back.ts'
import { sendMessageHandlers } from './processors/send-message.ts'
import { timerHandlers } from './processors/timer.ts'
import { ProducerManager } from './producer-manager.ts'
import { PullRequestHold } from './pull-request-hold.ts'
import { RebalanceLockManager } from './rebalance-lock-manager.ts'
import { replicasHandlers } from './replicas/replicas-requests.ts'
import type { ScheduleMessageService } from './schedule/schedule-message-service.ts'
import { brokerNotFollowed } from './settings-not-followed.ts'
import { EscapeBridge } from './slave/escape-bridge.ts'
import { refusedOnSlave } from './slave/refused-on-slave.ts'
import { BrokerStats } from './stats/broker-stats.ts'
import { storeConfigOf } from './store-settings.ts'
import { SubscriptionGroups } from './subscription-groups.ts'
import type { TimerMessageStore } from './timer/timer-message-store.ts'
import { TopicConfigManager } from './topic-config-manager.ts'
import type { TransactionalMessageService } from './transaction/transactional-message-service.ts'

const LOOPBACK = Uint8Array.of(127, 0, 0, 1)

/** A running broker with all its parts and its two ports. */
export class Broker {
  readonly host: Host
  readonly config: BrokerConfig
  readonly bootMs: number
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly filters: ExpressionFilters
  readonly offsets: ConsumerOffsetManager
  readonly consumers: ConsumerManager
  readonly producers: ProducerManager
  readonly locks: RebalanceLockManager
  readonly hold: PullRequestHold
  readonly orders: ConsumerOrderInfoManager
  readonly requestModes: MessageRequestModeManager
  readonly routes: TopicRoutes
  readonly escape: EscapeBridge
  readonly limiter: SendLimiter
  readonly stats: BrokerStats
  readonly #deliveries: Deliveries
  readonly #namesrv: NamesrvRegistration
  readonly #roles: BrokerRoles
  readonly #server: RemotingServer
  readonly #fastServer: FastServer
  readonly #signals: ProgramSignals
  readonly #uniqueIds: UniqueIds
  readonly storeIp: Uint8Array
  readonly storePort: number
  readonly messageIdPrefix: string
  /** The address to which clients and other brokers connect. The value is '' until the broker listens. */
  address = ''
  #scanTimer: TimerId | undefined

  // #region broker-parts
  constructor(host: Host, config: BrokerConfig, signals: ProgramSignals) {
    this.host = host
    this.config = config
    this.bootMs = host.clock.nowMs()
    this.#signals = signals
    // The identity of the broker: the address that is stored in messages, and a source of unique ids.
    const stored = parseAddress(advertisedAddress(host, config, `${config.bindAddress}:${config.listenPort}`))
    this.storeIp = this.ipOf(stored?.host ?? '') ?? LOOPBACK
    this.storePort = stored?.port ?? config.listenPort
    this.messageIdPrefix = messageIdPrefix(this.storeIp, this.storePort)
    this.#uniqueIds = new UniqueIds(this.storeIp, this.storePort, host.random.int('uniq-key', 0x1_0000_0000))

    // The store. The store reports each dispatched message to the parts that wait for messages.
    this.hold = new PullRequestHold(host)
    this.store = createMessageStore(host, storeConfigOf(this), (topic, queueId, maxOffset, tagsCode) => {
      this.hold.messageArriving(topic, queueId, maxOffset, tagsCode)
      if (!this.#roles.delivers) return // a slave delivers no delayed, timed, popped and transactional messages
      this.#deliveries.messageArriving(topic, queueId, maxOffset, tagsCode)
    })
    // Tables of topics, groups, offsets and clients.
    this.topics = new TopicConfigManager(host, config, (topic) => this.#namesrv.topicChanged(topic))
    this.groups = new SubscriptionGroups(host, config)
    this.filters = new ExpressionFilters(config.enablePropertyFilter)
    this.offsets = new ConsumerOffsetManager(host, config.storePathRootDir)
    this.consumers = new ConsumerManager(
      host,
      (group) =>
        config.notifyConsumerIdsChangedEnable && (this.groups.get(group)?.notifyConsumerIdsChangedEnable ?? true),
    )
    this.producers = new ProducerManager(host)
    // The parts that do more than store and read messages.
    this.limiter = new SendLimiter(host, config, this.store)
    this.stats = new BrokerStats(host, config.brokerClusterName)
    this.locks = new RebalanceLockManager(host)
    this.routes = new TopicRoutes(host, config.namesrvAddr, config.innerClientAuthenticationCredentials)
    this.escape = new EscapeBridge(this)
    this.#deliveries = new Deliveries(this)
    this.orders = new ConsumerOrderInfoManager(host, config.storePathRootDir)
    this.requestModes = new MessageRequestModeManager(host, config.storePathRootDir)
    this.#namesrv = new NamesrvRegistration(host, config, this.topics, (...addrs) => this.#roles.masterKnown(...addrs))
    this.#roles = new BrokerRoles(this, this.#deliveries, this.#namesrv)
    // The processors, in one table by the code of the request.
    const sends = [...sendMessageHandlers(this), ...sendBackHandlers(this)]
    const pops = [...popMessageHandlers(this), ...ackMessageHandlers(this)]
    const handlers = [
      ...refusedOnSlave(sends, () => this.#roles.refusesBecause),
      ...refusedOnSlave(pops, () => this.#roles.refusesPopsBecause),
      ...replyMessageHandlers(this),
      ...pullMessageHandlers(this),
      ...queryAssignmentHandlers(this),
      ...clientManageHandlers(this),
      ...consumerManageHandlers(this),
      ...timerHandlers(this),
      ...endTransactionHandlers(this),
      ...lockBatchHandlers(this),
      ...queryMessageHandlers(this),
      ...adminBrokerHandlers(this),
      ...replicasHandlers(this),
    ]
    const table = new Map(guardAdminWrites(handlers, config.adminWriteEnable))
    const guard = authenticator(config)
    const onChannelClosed = (channel: Channel) => {
      this.hold.channelClosed(channel)
      this.pop.channelClosed(channel)
      this.consumers.channelClosed(channel)
      this.producers.channelClosed(channel)
    }
    // The two ports share the turns of requests, the memory for requests, and the places for connections.
    const shares = serverShares(host)
    this.#fastServer = new FastServer(host, table, { guard, onChannelClosed }, shares)
    const events = {
      onListening: (address: string) => {
        this.#fastServer.listen(address)
        this.address = advertisedAddress(host, config, address)
        this.#roles.start(this.address, () => signals.ready())
      },
      onFailed: (sentence: string) => signals.failed(sentence),
      onChannelClosed,
      guard,
    }
    this.#server = new RemotingServer(host, table, events, shares)
  }
  // #endregion broker-parts

  get schedule(): ScheduleMessageService {
    return this.#deliveries.schedule
  }
  get timers(): TimerMessageStore {
    return this.#deliveries.timers
  }
  get transactions(): TransactionalMessageService {
    return this.#deliveries.transactions
  }
  get pop(): PopParts {
    return this.#deliveries.pop
  }
  /** The address at which this broker listens for slaves. */
  get haServerAddr(): string {
    return this.#namesrv.haServerAddr
  }

  /** The role of this broker in its group: a master, a slave, or a slave that acts as the master. */
  get roles(): BrokerRoles {
    return this.#roles
  }

  /** Opens the store and begins to listen. When one of these fails, calls `signals.failed` with one sentence. */
  start(): void {
    let hasLivedBefore: boolean
    try {
      hasLivedBefore = this.host.disk.sizeBytes(`${this.config.storePathRootDir}checkpoint`) >= 0
      this.store.open()
      this.topics.load()
      this.groups.load()
      this.offsets.load()
      this.schedule.load()
      this.orders.load()
      this.requestModes.load()
      this.#roles.load()
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof DiskError)) throw error
      return this.#signals.failed(`broker ${this.config.brokerName} cannot open its store: ${error.message}`)
    }
    // At this point, the store is open and all tables were read. Now the parts start. When the parts have started, the
    // broker begins to listen.
    if (this.config.glassmqLockGrace && hasLivedBefore) this.locks.rest()
    this.#scanClients()
    this.#roles.startDeliveries()
    this.#server.listen(`${this.config.bindAddress}:${this.config.listenPort}`)
  }

  /**
   * Unregisters at the NameServers, answers held requests, writes everything to the disk and closes the store. Then calls
   * `done`.
   */
  stop(done: () => void): void {
    if (this.#scanTimer !== undefined) this.host.clock.cancel(this.#scanTimer)
    this.#roles.stop()
    this.#namesrv.stop(() => {
      this.#roles.stopSlave()
      this.escape.close()
      this.schedule.stop()
      this.timers.stop()
      this.hold.wakeAll('the broker is stopping')
      this.consumers.stop()
      this.pop.stop('the broker is stopping')
      this.limiter.stop()
      this.routes.close()
      this.#server.close()
      this.#fastServer.close()
      this.transactions.stop()
      this.offsets.close(() =>
        this.orders.close(() =>
          this.requestModes.close(() =>
            this.groups.close(() =>
              this.topics.close(() => this.store.close(() => this.schedule.close(() => this.timers.close(done)))),
            ),
          ),
        ),
      )
    })
  }

  #scanClients(): void {
    this.#scanTimer = this.host.clock.after(SCAN_CLIENTS_INTERVAL_MS, () => {
      this.#scanClients() // the next scan is set first: after an error in this scan, the next scan must still run
      this.consumers.expire()
      this.producers.expire()
    })
  }

  // #region when-known
  /**
   * Calls `done` when the newest change of a topic is on the disk and every NameServer has answered the registration of this
   * change. Then `done` sends the answer to a client, and this client can use the topic. For an unchanged topic, `done` is
   * called at once. `done` is also called when the disk refuses the change, or when a NameServer has not answered after two
   * seconds.
   */
  whenKnown(topic: string, done: () => void): void {
    this.topics.whenWritten(topic, () => this.#namesrv.whenRegistered(topic, done))
  }

  /**
   * Calls `done` after the deletion of a topic, when the deletion is on the disk and no request to a NameServer is open.
   * When the deletion is on the disk, this method waits for the NameServers for at most two seconds.
   */
  whenGone(topic: string, done: () => void): void {
    this.topics.whenWritten(topic, () => this.#namesrv.whenQuiet(done))
  }
  // #endregion when-known

  /** Returns a unique id for a message whose sender has not set an id. */
  newUniqKey(): string {
    return this.#uniqueIds.next(this.host.clock.nowMs())
  }

  /** Returns the bytes of the IP address of a host name or an IP literal. Returns undefined when the name is unknown. */
  ipOf(hostName: string): Uint8Array | undefined {
    return parseIp(hostName) ?? parseIp(this.host.network.resolve(hostName))
  }
}

/** Starts a broker as a program. The arguments are `-c broker.conf` and `name=value`; see `broker-config.ts`. */
export function main(given: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  const host = guardedHost(given)
  try {
    const settings = readSettings(host, args)
    const config = brokerConfig(host, settings)
    const followed = [...configEntries(config).keys()]
    brokerNotFollowed.report(settings, followed, (line) => host.trace.log('warn', line))
    const broker = new Broker(host, config, signals)
    broker.start()
    return broker
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    signals.failed(error.message)
    return { stop: (done) => done() }
  }
}
