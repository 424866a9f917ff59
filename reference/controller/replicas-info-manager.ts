/**
 * Decides about the requests of brokers and operators, at the leader. A decision is an answer, and often an event. The
 * answer is sent when a majority has the event (`event-scheduler.ts`).
 *
 * One request is decided after the other. Each decision sees the result of the one before, because the event before has
 * already been applied.
 *
 * RocketMQ: `ReplicasInfoManager`.
 */
import { utf8Length } from '../common/utf8.ts'
import type { BrokerMemberGroup, ReplicasInfo, SyncStateSet } from '../remoting/bodies/controller.ts'
import { encodeJsonBody } from '../remoting/bodies/json-body.ts'
import { Refusal } from '../remoting/refusal.ts'
import { type Answer, SUCCESS } from '../remoting/remoting-command.ts'
import * as requests from '../remoting/requests/controller.ts'
import { ResponseCode } from '../remoting/response-code.ts'
import { addressOf, type BrokerSet } from './broker-set.ts'
import type { ControllerEvent } from './controller-event.ts'
import { elect, type LiveReplica } from './elect-policy.ts'
import { BROKER_ID_MAX, CHECK_CODE_BYTES_MAX, NAME_BYTES_MAX, REPLICAS_MAX, REPLICAS_PER_NAME_MAX } from './limits.ts'
import type { ReplicasState } from './replicas-state.ts'

/** A decision. Without an event, nothing changes. */
export interface Decision {
  readonly answer: Answer
  readonly event?: ControllerEvent
}

/** The data that decisions depend on in addition to the state. */
export interface DecisionParts {
  readonly state: ReplicasState
  /** Returns the heartbeats of a replica, or undefined when the replica is not alive. */
  alive(brokerName: string, brokerId: number): LiveReplica | undefined
  isUncleanAllowed(): boolean
}

/** The header of a request in `remoting/requests/controller.ts`. */
type Header<K extends keyof typeof requests> = ReturnType<(typeof requests)[K]['decode']>

/** The decisions of a leader. */
export class ReplicasInfoManager {
  readonly #parts: DecisionParts

  constructor(parts: DecisionParts) {
    this.#parts = parts
  }

  #isAlive(set: BrokerSet, brokerId: number): boolean {
    return this.#parts.alive(set.brokerName, brokerId) !== undefined
  }

  #registered(brokerName: string): BrokerSet {
    const set = this.#parts.state.get(brokerName)
    if (set !== undefined) return set
    throw new Refusal(
      ResponseCode.CONTROLLER_BROKER_NEED_TO_BE_REGISTERED,
      `Broker ${brokerName} hasn't been registered`,
    )
  }

  // ---- ids and addresses -------------------------------------------------------------------------------------------

  getNextBrokerId({ clusterName, brokerName }: Header<'getNextBrokerId'>): Decision {
    const nextBrokerId = this.#parts.state.get(brokerName)?.nextBrokerId ?? 1
    const extFields = requests.getNextBrokerIdAnswer.encode({ clusterName, brokerName, nextBrokerId })
    return { answer: { ...SUCCESS, extFields } }
  }

  /**
   * Assigns an id. Two replicas may apply for the same next id. The first of these replicas receives the id. The check code
   * distinguishes a replica that asks a second time, because the first answer was lost, from another replica.
   */
  applyBrokerId(header: Header<'applyBrokerId'>): Decision {
    const { clusterName, brokerName, appliedBrokerId: brokerId, registerCheckCode } = header
    const brokerAddress = registerCheckCode.split(';')[0]!
    const set = this.#parts.state.get(brokerName)
    const owner = set?.replicas.get(brokerId)
    const isId = brokerId > 0 && brokerId <= BROKER_ID_MAX
    const isFree = set === undefined ? brokerId === 1 : isId && owner === undefined
    if (!isFree && owner?.registerCheckCode !== registerCheckCode)
      throw new Refusal(
        ResponseCode.CONTROLLER_BROKER_ID_INVALID,
        `Fail to apply brokerId: ${brokerId} in broker-set: ${brokerName}: ask for the next id`,
      )
    const answer = { ...SUCCESS, extFields: requests.applyBrokerIdAnswer.encode({ clusterName, brokerName }) }
    if (!isFree) return { answer }
    this.#checkRoom(set, header)
    const event = {
      kind: 'applyBrokerId',
      clusterName,
      brokerName,
      brokerId,
      brokerAddress,
      registerCheckCode,
    } as const
    return { answer, event }
  }

  #checkRoom(set: BrokerSet | undefined, header: Header<'applyBrokerId'>): void {
    checkText('clusterName', header.clusterName, NAME_BYTES_MAX)
    checkText('brokerName', header.brokerName, NAME_BYTES_MAX)
    checkText('registerCheckCode', header.registerCheckCode, CHECK_CODE_BYTES_MAX)
    if (this.#parts.state.replicaCount >= REPLICAS_MAX || (set?.replicas.size ?? 0) >= REPLICAS_PER_NAME_MAX)
      throw new Refusal(
        ResponseCode.CONTROLLER_INVALID_REQUEST,
        `no room for a replica of ${header.brokerName}: at most ${REPLICAS_PER_NAME_MAX} of one name and ${REPLICAS_MAX} of all are kept; remove dead ones with cleanBrokerMetadata`,
      )
    const fits = set === undefined || set.clusterName === header.clusterName
    if (fits) return
    throw new Refusal(
      ResponseCode.CONTROLLER_INVALID_REQUEST,
      `${header.brokerName} belongs to the cluster ${set.clusterName}, not to ${header.clusterName}`,
    )
  }

  /** Answers with the master while the master is alive, and with the in-sync set. Notes a new address of the replica. */
  registerBroker({ clusterName, brokerName, brokerId, brokerAddress }: Header<'registerBrokerToController'>): Decision {
    const set = this.#registered(brokerName)
    const replica = set.replicas.get(brokerId)
    if (replica === undefined)
      throw new Refusal(
        ResponseCode.CONTROLLER_BROKER_NEED_TO_BE_REGISTERED,
        `BrokerId: ${brokerId} hasn't been registered in broker-set: ${brokerName}`,
      )
    checkText('brokerAddress', brokerAddress, NAME_BYTES_MAX)
    const master = set.masterBrokerId
    const hasMaster = master !== undefined && this.#isAlive(set, master)
    const fields = hasMaster ? masterFields(set, master === brokerId ? brokerAddress : undefined) : {}
    const extFields = requests.registerBrokerToControllerAnswer.encode({ clusterName, brokerName, ...fields })
    const answer = { ...SUCCESS, extFields, body: encodeJsonBody(setOf(set)) }
    if (replica.address === brokerAddress) return { answer }
    return { answer, event: { kind: 'updateBrokerAddress', brokerName, brokerId, brokerAddress } }
  }

  // ---- masters -----------------------------------------------------------------------------------------------------

  /**
   * Elects a master. The replica that asks first of all becomes the first master. Later, `elect-policy.ts` chooses. When no
   * replica can be elected and a controller or an operator asks, the old master is removed.
   */
  electMaster({ brokerName, brokerId, designateElect }: Header<'electMaster'>): Decision {
    const set = this.#registered(brokerName)
    const isOfBroker = brokerId !== -1
    if (designateElect && !isOfBroker)
      throw new Refusal(ResponseCode.CONTROLLER_INVALID_REQUEST, 'a designated election needs the id of a replica')
    const isFirst = set.masterEpoch === 0 && set.replicas.has(brokerId)
    const master = isFirst ? brokerId : this.#elected(set, designateElect ? brokerId : undefined)
    if (master !== undefined && master === set.masterBrokerId) return stillExists(set, master)
    if (master !== undefined) return elected(set, master)
    if (isOfBroker) throw new Refusal(ResponseCode.CONTROLLER_ELECT_MASTER_FAILED, 'Failed to elect a new master')
    const remark = 'Old master has down and failed to elect a new broker master'
    const answer = { code: ResponseCode.CONTROLLER_MASTER_NOT_AVAILABLE, remark }
    return set.masterBrokerId === undefined ? { answer } : { answer, event: { kind: 'electMaster', brokerName } }
  }

  #elected(set: BrokerSet, designated: number | undefined): number | undefined {
    return elect({
      syncStateSet: set.syncStateSet,
      others: this.#parts.isUncleanAllowed() ? [...set.replicas.keys()] : [],
      oldMaster: set.masterBrokerId,
      designated,
      alive: (brokerId) => this.#parts.alive(set.brokerName, brokerId),
    })
  }

  /** Returns the broker names whose master is not alive while another replica is. */
  needElection(): readonly string[] {
    return [...this.#parts.state.all()]
      .filter((set) => set.masterBrokerId !== undefined && !this.#isAlive(set, set.masterBrokerId))
      .filter((set) => [...set.replicas.keys()].some((brokerId) => this.#isAlive(set, brokerId)))
      .map(({ brokerName }) => brokerName)
  }

  // ---- in-sync sets ------------------------------------------------------------------------------------------------

  /**
   * Changes an in-sync set as its master asks. A request that is based on an old master epoch or an old set is refused,
   * because its sender has seen an old state. All members must be alive, and the master must stay in the set.
   */
  alterSyncStateSet(header: Header<'alterSyncStateSet'>, asked: SyncStateSet): Decision {
    const { brokerName } = header
    const set = this.#parts.state.get(brokerName)
    if (set === undefined) throw notAltered('Broker metadata is not existed')
    const members = [...new Set(asked.syncStateSet)].sort((a, b) => a - b)
    if (isEqual(members, set.syncStateSet))
      throw notAltered('The newSyncStateSet is equal with oldSyncStateSet, no needed to update syncStateSet')
    if (set.masterBrokerId !== header.masterBrokerId)
      throw new Refusal(
        ResponseCode.CONTROLLER_INVALID_MASTER,
        rejecting(`the current leader is:{${set.masterBrokerId}}, not {${header.masterBrokerId}}`),
      )
    if (set.masterEpoch !== header.masterEpoch)
      throw new Refusal(
        ResponseCode.CONTROLLER_FENCED_MASTER_EPOCH,
        rejecting(`the current master epoch is:{${set.masterEpoch}}, not {${header.masterEpoch}}`),
      )
    if (set.syncStateSetEpoch !== asked.syncStateSetEpoch)
      throw new Refusal(
        ResponseCode.CONTROLLER_FENCED_SYNC_STATE_SET_EPOCH,
        rejecting(`the current syncStateSet epoch is:{${set.syncStateSetEpoch}}, not {${asked.syncStateSetEpoch}}`),
      )
    for (const member of members) this.#checkMember(set, member)
    if (!members.includes(header.masterBrokerId))
      throw notAltered(rejecting(`the newSyncStateSet don't contains origin leader {${header.masterBrokerId}}`))

    const newSyncStateSetEpoch = set.syncStateSetEpoch + 1
    const extFields = requests.alterSyncStateSetAnswer.encode({ newSyncStateSetEpoch })
    const body = encodeJsonBody({ syncStateSet: members, syncStateSetEpoch: newSyncStateSetEpoch })
    const event = { kind: 'alterSyncStateSet', brokerName, syncStateSet: members } as const
    return { answer: { ...SUCCESS, extFields, body }, event }
  }

  #checkMember(set: BrokerSet, member: number): void {
    if (!set.replicas.has(member))
      throw new Refusal(ResponseCode.CONTROLLER_INVALID_REPLICAS, rejecting(`the replicas {${member}} don't exist`))
    if (!this.#isAlive(set, member))
      throw new Refusal(ResponseCode.CONTROLLER_BROKER_NOT_ALIVE, rejecting(`the replicas {${member}} don't alive`))
  }

  // ---- reading -----------------------------------------------------------------------------------------------------

  getReplicaInfo({ brokerName }: Header<'getReplicaInfo'>): Decision {
    const set = this.#parts.state.get(brokerName)
    if (set === undefined)
      throw new Refusal(ResponseCode.CONTROLLER_BROKER_METADATA_NOT_EXIST, 'Broker metadata is not existed')
    const { masterBrokerId, masterEpoch } = set
    const masterAddress = addressOf(set, masterBrokerId)
    const extFields = requests.getReplicaInfoAnswer.encode({ masterBrokerId, masterAddress, masterEpoch })
    return { answer: { ...SUCCESS, extFields, body: encodeJsonBody(setOf(set)) } }
  }

  getSyncStateData(brokerNames: readonly string[]): Decision {
    const sets = brokerNames.flatMap((brokerName) => this.#parts.state.get(brokerName) ?? [])
    const replicasInfoTable = Object.fromEntries(sets.map((set) => [set.brokerName, this.#replicasInfo(set)]))
    return { answer: { ...SUCCESS, body: encodeJsonBody({ replicasInfoTable }) } }
  }

  #replicasInfo(set: BrokerSet): ReplicasInfo {
    const { brokerName, masterBrokerId, masterEpoch, syncStateSetEpoch } = set
    const replicas = [...set.replicas.values()].map(({ brokerId, address: brokerAddress }) => {
      return { brokerName, brokerId, brokerAddress, alive: this.#isAlive(set, brokerId) }
    })
    const isInSync = (brokerId: number) => set.syncStateSet.includes(brokerId)
    return {
      masterBrokerId,
      masterAddress: addressOf(set, masterBrokerId),
      masterEpoch,
      syncStateSetEpoch,
      inSyncReplicas: replicas.filter(({ brokerId }) => isInSync(brokerId)),
      notInSyncReplicas: replicas.filter(({ brokerId }) => !isInSync(brokerId)),
    }
  }

  // ---- removing ----------------------------------------------------------------------------------------------------

  /**
   * Removes the replicas with the given ids, or all replicas of a broker name when the request has no ids. Without
   * `isCleanLivingBroker`, the ids of living replicas are refused, and without ids a broker name with a master is refused. As
   * in RocketMQ, a broker name without a master then loses its living replicas, too. In RocketMQ, the flag removes all
   * replicas of the name, whatever ids the request has.
   */
  cleanBrokerData(header: Header<'cleanBrokerData'>): Decision {
    const { brokerName } = header
    const brokerIds = idsOf(header.brokerControllerIdsToClean ?? '')
    const set = this.#parts.state.get(brokerName)
    if (set === undefined) throw notCleaned(`Broker ${brokerName} is not existed,clean broker data failure.`)
    if (header.isCleanLivingBroker !== true) {
      if (brokerIds.length === 0 && set.masterBrokerId !== undefined)
        throw notCleaned(`Broker ${brokerName} is still alive, clean up failure`)
      const living = brokerIds.find((brokerId) => this.#isAlive(set, brokerId))
      if (living !== undefined) throw notCleaned(`Broker [${brokerName},  ${living}] is still alive, clean up failure`)
    }
    return { answer: SUCCESS, event: { kind: 'cleanBrokerData', brokerName, brokerIds } }
  }
}

function idsOf(text: string): readonly number[] {
  const parts = text.split(';').filter((part) => part.trim() !== '')
  const wrong = parts.find((part) => !/^\s*\d{1,15}\s*$/.test(part))
  if (wrong !== undefined || parts.length > REPLICAS_PER_NAME_MAX)
    throw notCleaned('Please set the option <brokerControllerIdsToClean> according to the format, such as 1;2')
  return parts.map(Number)
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each))
}

const rejecting = (reason: string) => `Rejecting alter syncStateSet request because ${reason}`
const notAltered = (sentence: string) => new Refusal(ResponseCode.CONTROLLER_ALTER_SYNC_STATE_SET_FAILED, sentence)
const notCleaned = (sentence: string) => new Refusal(ResponseCode.CONTROLLER_INVALID_CLEAN_BROKER_METADATA, sentence)

function checkText(what: string, text: string, bytesMax: number): void {
  if (text !== '' && utf8Length(JSON.stringify(text)) <= bytesMax) return
  throw new Refusal(
    ResponseCode.CONTROLLER_INVALID_REQUEST,
    `${what} is empty or longer than ${bytesMax} bytes: ${JSON.stringify(text.slice(0, 40))}`,
  )
}

function setOf({ syncStateSet, syncStateSetEpoch }: BrokerSet): SyncStateSet {
  return { syncStateSet, syncStateSetEpoch }
}

/** Returns the fields about the present master. `newAddress` replaces the address that is stored for the master. */
function masterFields(set: BrokerSet, newAddress?: string) {
  const { masterBrokerId, masterEpoch, syncStateSetEpoch } = set
  return { masterBrokerId, masterAddress: newAddress ?? addressOf(set, masterBrokerId), masterEpoch, syncStateSetEpoch }
}

function stillExists(set: BrokerSet, master: number): Decision {
  const remark = `The old master ${master} is still alive, not need to elect new master for broker ${set.brokerName}`
  const extFields = requests.electMasterAnswer.encode(masterFields(set))
  const body = encodeJsonBody({ syncStateSet: set.syncStateSet })
  return { answer: { code: ResponseCode.CONTROLLER_MASTER_STILL_EXIST, remark, extFields, body } }
}

function elected(set: BrokerSet, masterBrokerId: number): Decision {
  const extFields = requests.electMasterAnswer.encode({
    masterBrokerId,
    masterAddress: addressOf(set, masterBrokerId),
    masterEpoch: set.masterEpoch + 1,
    syncStateSetEpoch: set.syncStateSetEpoch + 1,
  })
  const body = encodeJsonBody({ brokerMemberGroup: memberGroup(set), syncStateSet: [masterBrokerId] })
  return {
    answer: { ...SUCCESS, extFields, body },
    event: { kind: 'electMaster', brokerName: set.brokerName, masterBrokerId },
  }
}

/** Returns the addresses of all replicas of a broker name. */
export function memberGroup({ clusterName: cluster, brokerName, replicas }: BrokerSet): BrokerMemberGroup {
  const brokerAddrs = [...replicas.values()].map(({ brokerId, address }) => [String(brokerId), address] as const)
  return { cluster, brokerName, brokerAddrs: Object.fromEntries(brokerAddrs) }
}
