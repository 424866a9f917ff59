/**
 * The roles of a broker, and what begins and ends with them.
 *
 * | role                    | how it begins                                     | what runs                                                |
 * | ----------------------- | ------------------------------------------------- | -------------------------------------------------------- |
 * | master                  | the settings, or a controller                     | all deliveries (`deliveries.ts`)                          |
 * | slave                   | the settings, or a controller                     | the tables of the master are copied (`slave/slave-synchronize.ts`) |
 * | slave, acting as master | all brokers with a smaller id are gone            | all deliveries, into another broker (`slave/acting-master.ts`) |
 *
 * A broker whose slaves may act for the master does not serve at once, unless it is the only replica or `skipPreOnline` is
 * true. A master first fetches the offsets that it has missed, and a slave first connects to its master
 * (`slave/pre-online.ts`).
 *
 * RocketMQ: `BrokerController.start`, `startService`, `changeSpecialServiceStatus`, `ReplicasManager.changeToMaster`,
 * `changeToSlave`.
 */
import type { MessageStore } from '../store/message-store.ts'
import type { Deliveries } from './deliveries.ts'
import type { NamesrvRegistration } from './namesrv-registration.ts'
import type { PullRequestHold } from './pull-request-hold.ts'
import { ReplicasManager, type ReplicasParts } from './replicas/replicas-manager.ts'
import { ActingMaster } from './slave/acting-master.ts'
import { CopiedTimerProgress } from './slave/copied-timer-progress.ts'
import { MemberGroup } from './slave/member-group.ts'
import { PreOnline, type PreOnlineParts } from './slave/pre-online.ts'
import { SlaveSynchronize } from './slave/slave-synchronize.ts'

/** The parts of the broker that a role begins or ends. */
export interface RoleParts extends PreOnlineParts, ReplicasParts {
  readonly store: MessageStore
  readonly hold: PullRequestHold
}

/** The roles of one broker. */
export class BrokerRoles {
  readonly #broker: RoleParts
  readonly #deliveries: Deliveries
  readonly #namesrv: NamesrvRegistration
  /** Follows the controllers. The value is undefined when no controller elects the master. */
  readonly replicas: ReplicasManager | undefined
  /** Copies tables from the master. The value is undefined on a master and on an acting slave. */
  #slave: SlaveSynchronize | undefined
  #masterAddr = ''
  /** Undefined when no slave of this broker name may act as the master. */
  readonly #group: MemberGroup | undefined
  readonly #acting: ActingMaster | undefined
  #preOnline: PreOnline | undefined
  /** True from the first registration of a broker under a controller. */
  #isListed = false
  /** True while a broker prepares itself before it serves. */
  #isPreparing: boolean

  constructor(broker: RoleParts, deliveries: Deliveries, namesrv: NamesrvRegistration) {
    this.#broker = broker
    this.#deliveries = deliveries
    this.#namesrv = namesrv
    const { store, config, host } = broker
    const roles = {
      onMaster: (epoch: number) => this.#becomeMaster(epoch),
      onSlave: (epoch: number, brokerId: number, master: string) => this.#becomeSlave(epoch, brokerId, master),
    }
    if (store.replicas !== undefined) this.replicas = new ReplicasManager(broker, store.replicas, roles)
    if (config.enableSlaveActingMaster) this.#group = new MemberGroup(broker)
    if (this.#group !== undefined && (this.isSlave || this.replicas !== undefined))
      this.#acting = new ActingMaster(host, config, {
        onBegin: () => this.#beginActing(),
        onEnd: () => this.#copyAgain(),
        onMaster: (masterAddr) => this.#masterIsBack(masterAddr),
      })
    const mayPrepare = this.#group !== undefined && this.replicas === undefined
    this.#isPreparing = mayPrepare && config.totalReplicas > 1 && !config.skipPreOnline
  }

  get isSlave(): boolean {
    return this.#broker.config.brokerRole === 'SLAVE'
  }

  /** True while this broker delivers messages that have waited (`deliveries.ts`). */
  get delivers(): boolean {
    return this.isSlave ? this.#acting?.isActing === true : !this.#isPreparing
  }

  /**
   * True while a master fetches the offsets that it has missed. During this time, the master does not serve, and its
   * progress is not the newest.
   */
  get isPreparing(): boolean {
    return this.#isPreparing && !this.isSlave
  }

  /** The reason why this broker accepts no messages, or '' when this broker accepts messages. */
  get refusesBecause(): string {
    if (this.isSlave) return 'this broker is a slave'
    return this.#isPreparing ? 'this master still fetches what it has missed' : ''
  }

  /** The reason why this broker serves no pops and acknowledgements, or '' when this broker serves them. */
  get refusesPopsBecause(): string {
    const mayPop = this.#acting?.isActing === true && this.#broker.config.enableRemoteEscape
    return mayPop ? '' : this.refusesBecause
  }

  /** Reads the data that the first role needs. Called when the store is open and the tables were read. */
  load(): void {
    if (this.replicas !== undefined) return this.replicas.load()
    if (!this.isSlave && !this.#isPreparing) this.#deliveries.load()
    if (this.#broker.store.ha?.isSlave === true) this.#copy()
  }

  /** Starts the deliveries of a master that serves at once. Called before the broker listens. */
  startDeliveries(): void {
    if (!this.isSlave && this.delivers) this.#deliveries.start()
  }

  /** Begins the first role. The broker listens at `address`. Calls `ready` when it serves; under a controller, at once. */
  start(address: string, ready: () => void): void {
    if (this.replicas !== undefined) {
      this.replicas.start(address)
      return ready()
    }
    const serve = () => {
      this.#namesrv.start(address, ready)
      this.#joinGroup(address)
    }
    if (!this.#isPreparing) return serve()
    this.#preOnline = new PreOnline(this.#broker, this.#group!, {
      onMaster: (masterAddr, haServerAddr) => this.masterKnown(masterAddr, haServerAddr),
      onOnline: () => {
        this.#isPreparing = false
        if (!this.isSlave) this.#beginDeliveries()
        serve()
      },
    })
    this.#preOnline.start()
  }

  /** Begins to send heartbeats to the NameServers. A slave also begins to ask which brokers have its broker name. */
  #joinGroup(address: string): void {
    const acting = this.#acting
    this.#group?.start(address, acting && ((addrs) => this.isSlave && acting.groupKnown(addrs)))
  }

  #beginDeliveries(): void {
    this.#deliveries.load()
    this.#deliveries.start()
  }

  /** Called when a master that starts has reported its addresses. Does nothing unless this slave may act as the master. */
  masterTold(masterAddr: string, haServerAddr: string): void {
    if (this.#acting !== undefined) this.masterKnown(masterAddr, haServerAddr)
  }

  /** Called when a NameServer or the master itself has reported the addresses of the master. */
  masterKnown(masterAddr: string, haServerAddr: string): void {
    this.#masterAddr = masterAddr
    this.#broker.store.ha?.follow(haServerAddr)
    this.#slave?.follow(masterAddr)
  }

  /** Called when a NameServer has reported the smallest live id of this broker name. */
  minIdKnown(minId: number, minAddr: string): void {
    if (this.isSlave) this.#acting?.minIdKnown(minId, minAddr)
  }

  // #region acting
  #beginActing(): void {
    this.#slave?.stop()
    this.#slave = undefined
    this.#deliveries.startActing()
  }

  /**
   * Ends the deliveries of this broker. When the files of the deliveries are closed, copies the tables of the master again.
   */
  #copyAgain(): void {
    this.#deliveries.renew(() => {
      if (this.isSlave && !this.delivers) this.#copy()
    })
  }

  #masterIsBack(masterAddr: string): void {
    this.#masterAddr = masterAddr
    this.#slave?.follow(masterAddr)
    this.#namesrv.registerNow() // the answer contains the address at which the master listens for slaves
    this.#broker.hold.wakeAll('a master is alive')
  }
  // #endregion acting

  /**
   * Begins to copy the tables of the master. Copies the progress of the timer only when this slave may deliver messages
   * later.
   */
  #copy(): void {
    const { host, config } = this.#broker
    const mayDeliver = this.replicas !== undefined || this.#acting !== undefined
    const timerProgress = mayDeliver ? new CopiedTimerProgress(host, config.storePathRootDir) : undefined
    timerProgress?.begin()
    this.#slave = new SlaveSynchronize(this.#broker, timerProgress)
    this.#slave.follow(this.#masterAddr)
  }

  // #region role-change
  /** Called when a controller has elected this broker and its store accepts messages. */
  #becomeMaster(epoch: number): void {
    const isNew = this.isSlave
    const hasActed = this.#acting?.forget() === true
    this.#setRole('SYNC_MASTER', 0)
    if (isNew) {
      this.#slave?.stop()
      this.#slave = undefined
      const begin = () => this.isSlave || this.#beginDeliveries()
      if (hasActed) this.#deliveries.renew(begin)
      else if (this.#mustPrepare) return this.#prepareMaster(epoch)
      else begin()
    }
    this.#registerRole(epoch)
  }

  /** True for a broker that has just started and is elected, because a slave may have acted as the master until now. */
  get #mustPrepare(): boolean {
    const { totalReplicas, skipPreOnline } = this.#broker.config
    return this.#group !== undefined && totalReplicas > 1 && !skipPreOnline && !this.#isListed
  }

  /** Fetches the offsets that this broker has missed, and then registers as the master. */
  #prepareMaster(epoch: number): void {
    this.#isPreparing = true
    this.#preOnline?.stop()
    this.#preOnline = new PreOnline(this.#broker, this.#group!, {
      onMaster: () => {},
      onOnline: () => {
        this.#isPreparing = false
        this.#beginDeliveries()
        this.#registerRole(epoch)
      },
    })
    this.#preOnline.start()
  }

  /** Called when a controller has elected another broker, or when this broker has learned which broker is the master. */
  #becomeSlave(epoch: number, brokerId: number, masterAddress: string): void {
    const hasDelivered = !this.isSlave || this.#acting?.isActing === true
    this.#acting?.forget()
    this.#preOnline?.stop()
    this.#isPreparing = false
    this.#setRole('SLAVE', brokerId)
    this.#slave?.stop()
    this.#masterAddr = masterAddress
    if (hasDelivered) this.#copyAgain()
    else this.#copy()
    this.#broker.hold.wakeAll('the master has changed')
    this.#registerRole(epoch)
  }

  #setRole(brokerRole: 'SYNC_MASTER' | 'SLAVE', brokerId: number): void {
    this.#broker.config.brokerRole = brokerRole
    this.#broker.config.brokerId = brokerId
  }

  /** Registers the new role at every NameServer at once. */
  #registerRole(epoch: number): void {
    this.#broker.topics.beginEpoch(epoch)
    if (this.#isListed) return this.#namesrv.registerNow()
    this.#isListed = true
    this.#namesrv.start(this.#broker.address, () => {})
    this.#joinGroup(this.#broker.address)
  }
  // #endregion role-change

  /** Ends everything that asks controllers, NameServers and other brokers about roles. */
  stop(): void {
    this.replicas?.stop()
    this.#preOnline?.stop()
    this.#group?.stop()
  }

  /** Ends the copying of tables, and the escape of open transactions. Called after the broker has unregistered. */
  stopSlave(): void {
    this.#slave?.stop()
    this.#deliveries.stopEscape()
  }
}
