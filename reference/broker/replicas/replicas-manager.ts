/**
 * The broker's side of the controller: receives an id, reports that the broker is alive, learns who is the master, and makes
 * this broker the master or a slave.
 *
 * | step            | request                                    | then                                              |
 * | --------------- | ------------------------------------------ | ------------------------------------------------- |
 * | leader          | 1005 to one controller after the other      | the other requests, except heartbeats, go to the leader             |
 * | id              | 1012, 1013; only when there is no file `brokerIdentity` | the id is written to the file        |
 * | register        | 1003 with the address                       | the answer names the master, when it is alive      |
 * | heartbeat       | 904 to every controller, every second       | the broker counts as alive                        |
 * | first role      | 1002 when there is no master                | this broker, or another one, is elected           |
 * | later           | 1004 every 5 s; 1008 from the controller    | a higher master epoch changes the role            |
 *
 * One step is taken at a time. A step that fails is taken again after a second. Before the first role, the broker is
 * *fenced*: it refuses sends and is not registered at a NameServer.
 *
 * The master also keeps the in-sync set: it proposes changes with 1001. While it is not known whether a proposal was
 * accepted, the master waits for the members of both sets (`../../store/ha/in-sync-set.ts`).
 *
 * RocketMQ: `ReplicasManager`.
 */
import type { Host, TimerId } from '../../host/host.ts'
import { electMasterBodyShape, type SyncStateSet, syncStateSetShape } from '../../remoting/bodies/controller.ts'
import { BodyError, decodeJsonBody, encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { RemotingClient } from '../../remoting/remoting-client.ts'
import type { RemotingCommand, RequestParts } from '../../remoting/remoting-command.ts'
import { HeaderError } from '../../remoting/request.ts'
import * as requests from '../../remoting/requests/controller.ts'
import { exchangeHaInfo, exchangeHaInfoAnswer } from '../../remoting/requests/replicas.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { AutoSwitchService } from '../../store/ha/auto-switch-service.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import { CONTROLLER_STEP_AGAIN_MS, CONTROLLER_TIMEOUT_MS } from '../limits.ts'
import { BrokerIdentity, loadIdentity } from './broker-identity.ts'
import { ControllerLink } from './controller-link.ts'
import { identityPath } from './controller-mode-config.ts'
import { receiveId } from './receive-id.ts'

/** The parts of the broker that the manager uses. */
export interface ReplicasParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly store: MessageStore
}

/** The role of a broker, as a controller has decided it. */
export interface Role {
  readonly masterBrokerId?: number | undefined
  readonly masterAddress?: string | undefined
  readonly masterEpoch?: number | undefined
  readonly syncStateSetEpoch?: number | undefined
  readonly syncStateSet: readonly number[]
}

/** The callbacks of the manager. */
export interface ReplicasEvents {
  /** Called when this broker is the master of `epoch` and its store accepts puts. */
  onMaster(epoch: number): void
  /** Called when this broker is a slave. `brokerId` is the id of this broker. */
  onSlave(epoch: number, brokerId: number, masterAddress: string): void
}

/** Follows the decisions of the controllers. */
export class ReplicasManager {
  readonly #parts: ReplicasParts
  readonly #events: ReplicasEvents
  readonly #replicas: AutoSwitchService
  readonly #client: RemotingClient
  readonly #link: ControllerLink
  readonly #identity: BrokerIdentity
  #address = ''
  #isRegistered = false
  #masterBrokerId = 0
  #masterAddress = ''
  #masterEpoch = 0
  #setEpoch = 0
  /**
   * True when the controller says that this broker is the master of an epoch that began before the start of this process. A
   * power cut may have removed acknowledged messages from this log, and a slave still has them. So this broker sends no
   * heartbeats until the controller has elected again.
   */
  #isOutdated = false
  /** True while a step has no answer. */
  #isBusy = false
  /** True when a proposal was sent and its outcome is not known. */
  #isProposalOpen = false
  #isProposalSent = false
  #isStopped = false
  readonly #timers = new Map<string, TimerId>()

  constructor(parts: ReplicasParts, replicas: AutoSwitchService, events: ReplicasEvents) {
    const { host, config } = parts
    this.#parts = parts
    this.#events = events
    this.#replicas = replicas
    this.#client = new RemotingClient(host, undefined, () => {}, config.innerClientAuthenticationCredentials)
    this.#link = new ControllerLink(host, this.#client, config.controllerAddr)
    const { brokerClusterName, brokerName } = config
    this.#identity = new BrokerIdentity(host.disk, identityPath(config), brokerClusterName, brokerName)
    replicas.listener = { proposed: (set) => this.#propose(set), truncated: () => {} }
  }

  /** The id of this broker, or 0 while it has no id. */
  get brokerId(): number {
    return this.#identity.brokerId
  }

  /** Reads the id of this broker. Throws `StoreError` when the file belongs to another broker. */
  load(): void {
    loadIdentity(this.#identity)
  }

  /** Begins to follow the controllers. `address` is the address to which clients and other brokers connect. */
  start(address: string): void {
    this.#address = address
    const { syncBrokerMetadataPeriod, syncControllerMetadataPeriod, brokerHeartbeatInterval } = this.#parts.config
    this.#every('step', CONTROLLER_STEP_AGAIN_MS, () => this.#step())
    this.#every('heartbeat', brokerHeartbeatInterval, () => this.#sendHeartbeat())
    this.#every('master', syncBrokerMetadataPeriod, () => this.#askMaster())
    this.#every('leader', syncControllerMetadataPeriod, () => this.#link.askLeader(() => {}))
    this.#every('set', this.#parts.config.checkSyncStateSetPeriod, () => this.#replicas.checkSet())
    this.#step()
  }

  #every(what: string, periodMs: number, act: () => void): void {
    const again = () => {
      this.#timers.set(
        what,
        this.#parts.host.clock.after(periodMs, () => {
          again()
          act()
        }),
      )
    }
    again()
  }

  // ---- the steps to the first role ---------------------------------------------------------------------------------

  // #region replica-steps
  /** Takes the first step that is missing. */
  #step(): void {
    if (this.#isBusy || this.#isStopped) return
    if (this.#link.leader === '') this.#link.askLeader(this.#begin())
    else if (this.#identity.brokerId === 0) this.#askId()
    else if (!this.#isRegistered) this.#register()
    else if (this.#masterEpoch === 0 && !this.#isOutdated) this.#elect()
    else if (this.#masterBrokerId !== this.#identity.brokerId && !this.#replicas.isCopying) this.#askHaAddress()
  }
  // #endregion replica-steps

  /** Begins the request for the leader. Returns a function that ends it and, after a success, takes the next step. */
  #begin(): () => void {
    this.#isBusy = true
    const leader = this.#link.leader
    return () => {
      this.#isBusy = false
      if (leader === '' && this.#link.leader !== '') this.#step()
    }
  }

  #invoke(
    code: number,
    extFields: Readonly<Record<string, string>>,
    answered: (response: RemotingCommand | undefined) => void,
  ): void {
    this.#isBusy = true
    this.#ask({ code, extFields }, (response) => {
      this.#isBusy = false
      answered(response)
    })
  }

  /** Sends a request to the leader. An answer that cannot be read is only logged. */
  #ask(request: RequestParts, answered: (response: RemotingCommand | undefined) => void): void {
    this.#link.invoke(request, (response) => {
      if (this.#isStopped) return
      try {
        answered(response)
      } catch (error) {
        if (!(error instanceof BodyError || error instanceof HeaderError)) throw error
        this.#say(error.message)
      }
    })
  }

  get #who() {
    const { brokerClusterName: clusterName, brokerName } = this.#parts.config
    return { clusterName, brokerName }
  }

  /** Asks for an id that no other broker has. */
  #askId(): void {
    this.#isBusy = true
    receiveId(this.#identity, this.#address, this.#parts, this.#link, (refusal) => {
      this.#isBusy = false
      if (this.#isStopped) return
      if (refusal === undefined) this.#step()
      else this.#say(refusal.message)
    })
  }

  // #region register-replica
  #register(): void {
    const { code, encode } = requests.registerBrokerToController
    const header = { ...this.#who, brokerId: this.#identity.brokerId, brokerAddress: this.#address }
    this.#invoke(code, encode(header), (response) => {
      if (response?.code !== ResponseCode.SUCCESS) return this.#refused(response)
      this.#isRegistered = true
      this.#takeRole({
        ...requests.registerBrokerToControllerAnswer.decode(response.extFields),
        syncStateSet: decodeJsonBody('answer', response.body, syncStateSetShape).syncStateSet,
      })
      this.#sendHeartbeat()
      this.#step()
    })
  }

  #electAgain(): void {
    if (this.#isBusy) return
    this.#isOutdated = false
    this.#sendHeartbeat()
    this.#elect()
  }

  /** Asks for an election, because there is no master. The controller elects this broker, another broker, or no broker. */
  #elect(): void {
    const { code, encode } = requests.electMaster
    const header = { ...this.#who, brokerId: this.#identity.brokerId, designateElect: false }
    this.#invoke(code, encode(header), (response) => {
      if (response?.code !== ResponseCode.SUCCESS && response?.code !== ResponseCode.CONTROLLER_MASTER_STILL_EXIST)
        return this.#refused(response)
      this.#takeRole({
        ...requests.electMasterAnswer.decode(response.extFields),
        syncStateSet: decodeJsonBody('answer', response.body, electMasterBodyShape).syncStateSet,
      })
    })
  }
  // #endregion register-replica

  #refused(response: RemotingCommand | undefined): void {
    if (response?.code === ResponseCode.CONTROLLER_BROKER_NEED_TO_BE_REGISTERED) this.#isRegistered = false
    if (response?.remark !== undefined) this.#say(`the controller refuses: ${response.remark}`)
  }

  #say(text: string): void {
    this.#parts.host.trace.log('warn', text)
  }

  // ---- while the broker runs ---------------------------------------------------------------------------------------

  #sendHeartbeat(): void {
    if (!this.#isRegistered || this.#isOutdated) return
    const { config, store } = this.#parts
    this.#link.sendHeartbeat({
      ...this.#who,
      brokerAddr: this.#address,
      brokerId: this.#identity.brokerId,
      epoch: this.#replicas.lastEpoch,
      maxOffset: store.commitLogMaxOffset,
      confirmOffset: this.#replicas.confirmOffset,
      heartbeatTimeoutMills: config.controllerHeartBeatTimeoutMills,
      electionPriority: config.brokerElectionPriority,
    })
  }

  // #region ask-master
  /** Asks for the present master, because a notice of the controller may be lost. */
  #askMaster(): void {
    if (!this.#isRegistered || this.#isStopped || this.#link.leader === '') return
    const { code, encode } = requests.getReplicaInfo
    const isProposalOver = this.#isProposalOpen && !this.#isProposalSent
    const request = { code, extFields: encode({ brokerName: this.#parts.config.brokerName }) }
    this.#ask(request, (response) => {
      if (response === undefined) return
      if (response.code === ResponseCode.CONTROLLER_BROKER_METADATA_NOT_EXIST) this.#isRegistered = false
      if (response.code !== ResponseCode.SUCCESS) return
      const role = requests.getReplicaInfoAnswer.decode(response.extFields)
      const set = decodeJsonBody('answer', response.body, syncStateSetShape)
      const hasNoMaster = role.masterBrokerId === undefined || (role.masterAddress ?? '') === ''
      if (hasNoMaster) return this.#electAgain()
      this.#takeRole({ ...role, ...set })
      if (role.masterEpoch === this.#masterEpoch && isProposalOver) this.#proposalIsOver(set)
    })
  }
  // #endregion ask-master

  // ---- roles -------------------------------------------------------------------------------------------------------

  // #region take-role
  /**
   * Takes the role that a controller has decided. Ignores a decision that is not newer than the present role. But a master
   * uses the in-sync set in a decision of its present epoch.
   */
  takeRole(role: Role): void {
    if (this.#identity.brokerId !== 0 && !this.#isStopped) this.#takeRole(role)
  }

  #takeRole({
    masterBrokerId = 0,
    masterAddress = '',
    masterEpoch = 0,
    syncStateSetEpoch = 0,
    syncStateSet,
  }: Role): void {
    const isOwn = masterBrokerId === this.#identity.brokerId
    if (masterEpoch === this.#masterEpoch && isOwn) this.#useSet({ syncStateSet, syncStateSetEpoch })
    if (masterEpoch <= this.#masterEpoch || masterBrokerId === 0) return
    this.#isOutdated = isOwn && masterEpoch <= this.#replicas.lastEpoch
    if (this.#isOutdated) return this.#say(`epoch ${masterEpoch} began before this start: waiting for another election`)
    this.#masterEpoch = masterEpoch
    this.#masterBrokerId = masterBrokerId
    this.#isProposalOpen = false
    const { host, config } = this.#parts
    const [role, master] = isOwn ? ['master', this.#address] : ['slave', masterAddress]
    host.trace.emit?.('role.taken', { brokerName: config.brokerName, role, masterEpoch, master })
    if (isOwn) this.#becomeMaster(masterEpoch, syncStateSetEpoch, syncStateSet)
    else this.#becomeSlave(masterEpoch, masterAddress)
  }

  #becomeMaster(epoch: number, setEpoch: number, set: readonly number[]): void {
    this.#setEpoch = setEpoch
    this.#masterAddress = this.#address
    this.#replicas.becomeMaster(this.#identity.brokerId, epoch, set, (fault) => {
      if (this.#isStopped || epoch !== this.#masterEpoch) return // a later role has followed
      if (fault === '') this.#events.onMaster(epoch)
      else this.#parts.host.trace.log('error', `this broker cannot become the master of epoch ${epoch}: ${fault}`)
    })
  }

  #becomeSlave(epoch: number, masterAddress: string): void {
    const isOtherMaster = masterAddress !== this.#masterAddress
    this.#masterAddress = masterAddress
    if (isOtherMaster) this.#replicas.becomeSlave(this.#identity.brokerId, '')
    this.#events.onSlave(epoch, this.#identity.brokerId, masterAddress)
    this.#askHaAddress()
  }
  // #endregion take-role

  // #region ask-ha-address
  /**
   * Asks the master for the address at which it listens for slaves. A broker that is not the master yet answers without an
   * address, so the request is sent again. In RocketMQ, a slave learns this address from a NameServer, which may still
   * name the old master.
   */
  #askHaAddress(): void {
    const { code, encode } = exchangeHaInfo
    const epoch = this.#masterEpoch
    this.#client.invoke(this.#masterAddress, { code, extFields: encode({}) }, CONTROLLER_TIMEOUT_MS, ({ response }) => {
      if (this.#isStopped || epoch !== this.#masterEpoch || response?.code !== ResponseCode.SUCCESS) return
      const { masterHaAddress = '' } = exchangeHaInfoAnswer.decode(response.extFields)
      if (masterHaAddress !== '') this.#replicas.becomeSlave(this.#identity.brokerId, masterHaAddress)
    })
  }
  // #endregion ask-ha-address

  // ---- the in-sync set of a master ---------------------------------------------------------------------------------

  // #region propose-set
  /** Asks the controller to accept another in-sync set. */
  #propose(syncStateSet: readonly number[]): void {
    const { code, encode } = requests.alterSyncStateSet
    const [masterBrokerId, masterEpoch] = [this.#identity.brokerId, this.#masterEpoch]
    const extFields = encode({ brokerName: this.#parts.config.brokerName, masterBrokerId, masterEpoch })
    const body = encodeJsonBody({ syncStateSet, syncStateSetEpoch: this.#setEpoch })
    this.#isProposalOpen = true
    this.#isProposalSent = true
    this.#ask({ code, extFields, body }, (response) => {
      this.#isProposalSent = false
      if (masterEpoch !== this.#masterEpoch) return
      if (response?.code === ResponseCode.SUCCESS)
        return this.#useSet(decodeJsonBody('answer', response.body, syncStateSetShape))
      this.#say(`the in-sync set ${syncStateSet} is not accepted: ${response?.remark ?? 'no answer'}`)
      this.#askMaster()
    })
  }
  // #endregion propose-set

  /** Uses an in-sync set of the controller. A set with an older epoch, or with the present epoch, changes nothing. */
  #useSet({ syncStateSet, syncStateSetEpoch }: SyncStateSet): void {
    if (syncStateSetEpoch <= this.#setEpoch) return
    this.#setEpoch = syncStateSetEpoch
    this.#isProposalOpen = false
    this.#replicas.acceptSet(syncStateSet)
  }

  /** Called with the controller's set after a proposal has ended. If it is the old set, the proposal was not accepted. */
  #proposalIsOver({ syncStateSetEpoch }: SyncStateSet): void {
    if (!this.#isProposalOpen || this.#isProposalSent || syncStateSetEpoch !== this.#setEpoch) return
    this.#isProposalOpen = false
    this.#replicas.proposalFailed()
  }

  stop(): void {
    this.#isStopped = true
    for (const timer of this.#timers.values()) this.#parts.host.clock.cancel(timer)
    this.#client.close()
  }
}
