/**
 * A node that is to a controller what a broker is, and nothing else: it asks for the leader, receives an id, registers, sends
 * heartbeats, asks for elections, and keeps an in-sync set while it is the master. It stores no messages.
 *
 * It hands what it learns to the application, as events that the host observes:
 *
 * | handed     | with                                                                                          |
 * | ---------- | --------------------------------------------------------------------------------------------- |
 * | identity   | {brokerName, brokerId}: the id it received                                                     |
 * | role       | {brokerName, brokerId, masterBrokerId, masterEpoch}: the master it follows, or is               |
 * | altered    | {brokerName, masterEpoch, basedOn, newEpoch}: a change of the in-sync set that was accepted      |
 */
import { decodeUtf8, encodeUtf8 } from '../../reference/common/utf8.ts'
import type { Host } from '../../reference/host/host.ts'
import type { Program } from '../../reference/host/program.ts'
import { replaceFile } from '../../reference/host/replace-file.ts'
import { brokerReplicasInfoShape, syncStateSetShape } from '../../reference/remoting/bodies/controller.ts'
import { decodeJsonBody, encodeJsonBody } from '../../reference/remoting/bodies/json-body.ts'
import { NO_ANSWER, type RequestHandler } from '../../reference/remoting/dispatch.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import type { RemotingCommand, RequestParts } from '../../reference/remoting/remoting-command.ts'
import { RemotingServer } from '../../reference/remoting/remoting-server.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import * as requests from '../../reference/remoting/requests/controller.ts'
import { brokerHeartbeat } from '../../reference/remoting/requests/namesrv-admin.ts'
import { ResponseCode } from '../../reference/remoting/response-code.ts'

const CLUSTER = 'DefaultCluster'
const HEARTBEAT_MS = 1_000
const TIMEOUT_MS = 3_000
const IDENTITY = 'brokerIdentity'

type Answered = (response: RemotingCommand | undefined) => void

class ControlledBroker {
  readonly #host: Host
  readonly #brokerName: string
  readonly #controllers: readonly string[]
  readonly #client: RemotingClient
  #leader = ''
  #asked = 0
  #brokerId = 0
  #checkCode = ''
  #isRegistered = false
  #isBusy = false
  #masterBrokerId = 0
  #masterEpoch = 0
  #setEpoch = 0
  #maxOffset = 0

  constructor(host: Host, brokerName: string, controllers: readonly string[]) {
    this.#host = host
    this.#brokerName = brokerName
    this.#controllers = controllers
    this.#client = new RemotingClient(host)
  }

  get #address(): string {
    return `${this.#host.name}:10911`
  }

  start(ready: () => void): void {
    this.#readIdentity()
    const role: RequestHandler = (request) => {
      const { masterBrokerId = 0, masterEpoch = 0 } = requests.notifyBrokerRoleChanged.decode(request.extFields)
      const { syncStateSetEpoch } = decodeJsonBody('notice', request.body, syncStateSetShape)
      this.#takeRole(masterBrokerId, masterEpoch, syncStateSetEpoch)
      return NO_ANSWER
    }
    const server = new RemotingServer(this.#host, new Map([[requests.notifyBrokerRoleChanged.code, role]]), {
      onListening: ready,
      onFailed: () => {},
    })
    server.listen(this.#address)
    this.#beat()
  }

  stop(): void {
    this.#client.close()
  }

  #beat(): void {
    this.#host.clock.after(HEARTBEAT_MS, () => this.#beat())
    if (this.#isRegistered) for (const address of this.#controllers) this.#sendHeartbeat(address)
    if (!this.#isBusy) this.#step()
  }

  /** One thing at a time, the first that is missing. */
  #step(): void {
    if (this.#leader === '') this.#askLeader()
    else if (this.#brokerId === 0) this.#askId()
    else if (!this.#isRegistered) this.#register()
    else this.#askReplicas()
  }

  #invoke(parts: RequestParts, answered: Answered): void {
    this.#isBusy = true
    this.#client.invoke(this.#leader, parts, TIMEOUT_MS, ({ response }) => {
      this.#isBusy = false
      if (response === undefined || response.code === ResponseCode.CONTROLLER_NOT_LEADER) this.#leader = ''
      answered(response?.code === ResponseCode.CONTROLLER_NOT_LEADER ? undefined : response)
    })
  }

  #askLeader(): void {
    const address = this.#controllers[this.#asked++ % this.#controllers.length]!
    this.#isBusy = true
    this.#client.invoke(address, { code: RequestCode.CONTROLLER_GET_METADATA_INFO }, TIMEOUT_MS, ({ response }) => {
      this.#isBusy = false
      if (response === undefined) return
      this.#leader = requests.getMetadataAnswer.decode(response.extFields).controllerLeaderAddress
    })
  }

  // ---- the id ------------------------------------------------------------------------------------------------------

  #askId(): void {
    const extFields = requests.getNextBrokerId.encode({ clusterName: CLUSTER, brokerName: this.#brokerName })
    this.#invoke({ code: requests.getNextBrokerId.code, extFields }, (response) => {
      if (response?.code !== ResponseCode.SUCCESS) return
      const { nextBrokerId } = requests.getNextBrokerIdAnswer.decode(response.extFields)
      this.#checkCode ||= `${this.#address};${this.#host.clock.nowMs()}`
      this.#applyId(nextBrokerId)
    })
  }

  #applyId(appliedBrokerId: number): void {
    const [brokerName, registerCheckCode] = [this.#brokerName, this.#checkCode]
    const header = { clusterName: CLUSTER, brokerName, appliedBrokerId, registerCheckCode }
    const extFields = requests.applyBrokerId.encode(header)
    this.#invoke({ code: requests.applyBrokerId.code, extFields }, (response) => {
      if (response?.code !== ResponseCode.SUCCESS) return
      this.#hand('identity', { brokerName, brokerId: appliedBrokerId })
      const bytes = encodeUtf8(`${CLUSTER}#${brokerName}#${appliedBrokerId}`)
      this.#isBusy = true
      replaceFile(this.#host.disk, IDENTITY, bytes, false, () => {
        this.#isBusy = false
        this.#brokerId = appliedBrokerId
      })
    })
  }

  #readIdentity(): void {
    const { disk } = this.#host
    const sizeBytes = disk.sizeBytes(IDENTITY)
    if (sizeBytes <= 0) return
    const file = disk.open(IDENTITY)
    this.#brokerId = Number(decodeUtf8(disk.read(file, 0, sizeBytes)).split('#')[2])
    disk.close(file)
  }

  // ---- the role ----------------------------------------------------------------------------------------------------

  #register(): void {
    const { code } = requests.registerBrokerToController
    const extFields = requests.registerBrokerToController.encode({
      clusterName: CLUSTER,
      brokerName: this.#brokerName,
      brokerId: this.#brokerId,
      brokerAddress: this.#address,
    })
    this.#invoke({ code, extFields }, (response) => {
      if (response?.code === ResponseCode.SUCCESS) this.#isRegistered = true
    })
  }

  /** Asks for the replicas, takes the role that the answer says, elects when there is no master, and keeps the set. */
  #askReplicas(): void {
    const body = encodeJsonBody([this.#brokerName])
    this.#invoke({ code: RequestCode.CONTROLLER_GET_SYNC_STATE_DATA, body }, (response) => {
      if (response?.code !== ResponseCode.SUCCESS) return
      const { replicasInfoTable } = decodeJsonBody('replicas', response.body, brokerReplicasInfoShape)
      const info = replicasInfoTable.get(this.#brokerName)
      if (info === undefined) return
      this.#takeRole(info.masterBrokerId ?? 0, info.masterEpoch, info.syncStateSetEpoch)
      if (info.masterBrokerId === undefined) return this.#elect()
      if (info.masterBrokerId !== this.#brokerId) return
      this.#maxOffset++
      const all = [...info.inSyncReplicas, ...info.notInSyncReplicas]
      const wanted = all.filter(({ alive }) => alive).map(({ brokerId }) => brokerId)
      const isSame = wanted.length === info.inSyncReplicas.length && info.inSyncReplicas.every(({ alive }) => alive)
      if (!isSame) this.#alter([...new Set([this.#brokerId, ...wanted])], info.syncStateSetEpoch)
    })
  }

  #elect(): void {
    const [brokerName, brokerId] = [this.#brokerName, this.#brokerId]
    const extFields = requests.electMaster.encode({ clusterName: CLUSTER, brokerName, brokerId, designateElect: false })
    this.#invoke({ code: requests.electMaster.code, extFields }, (response) => {
      if (response === undefined) return
      const { masterBrokerId, masterEpoch, syncStateSetEpoch } = requests.electMasterAnswer.decode(response.extFields)
      if (masterBrokerId !== undefined) this.#takeRole(masterBrokerId, masterEpoch ?? 0, syncStateSetEpoch ?? 0)
    })
  }

  #alter(syncStateSet: readonly number[], syncStateSetEpoch: number): void {
    const [brokerName, masterEpoch] = [this.#brokerName, this.#masterEpoch]
    const extFields = requests.alterSyncStateSet.encode({ brokerName, masterBrokerId: this.#brokerId, masterEpoch })
    const body = encodeJsonBody({ syncStateSet, syncStateSetEpoch })
    this.#invoke({ code: requests.alterSyncStateSet.code, extFields, body }, (response) => {
      if (response?.code !== ResponseCode.SUCCESS) return
      const newEpoch = requests.alterSyncStateSetAnswer.decode(response.extFields).newSyncStateSetEpoch
      this.#hand('altered', { brokerName, masterEpoch, basedOn: syncStateSetEpoch, newEpoch })
    })
  }

  #takeRole(masterBrokerId: number, masterEpoch: number, setEpoch: number): void {
    if (masterEpoch < this.#masterEpoch) return
    this.#setEpoch = Math.max(this.#setEpoch, setEpoch)
    if (masterEpoch === this.#masterEpoch && masterBrokerId === this.#masterBrokerId) return
    this.#masterEpoch = masterEpoch
    this.#masterBrokerId = masterBrokerId
    const [brokerName, brokerId] = [this.#brokerName, this.#brokerId]
    this.#hand('role', { brokerName, brokerId, masterBrokerId, masterEpoch })
  }

  #sendHeartbeat(address: string): void {
    const extFields = brokerHeartbeat.encode({
      clusterName: CLUSTER,
      brokerAddr: this.#address,
      brokerName: this.#brokerName,
      brokerId: this.#brokerId,
      epoch: this.#masterEpoch,
      maxOffset: this.#maxOffset,
      confirmOffset: this.#maxOffset,
      heartbeatTimeoutMills: 10_000,
      electionPriority: this.#brokerId,
    })
    this.#client.invokeOneway(address, { code: brokerHeartbeat.code, extFields })
  }

  #hand(name: string, facts: object): void {
    this.#host.application.hand(name, JSON.stringify(facts), () => {})
  }
}

/** The arguments are the broker name and the addresses of the controllers. */
export const controlledBroker: Program = (host, [brokerName = '', ...controllers], signals) => {
  const broker = new ControlledBroker(host, brokerName, controllers)
  broker.start(() => signals.ready())
  return {
    stop(done) {
      broker.stop()
      host.clock.after(0, done)
    },
  }
}
