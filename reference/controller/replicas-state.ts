/**
 * The state that all controllers of a group share: the broker names with their replicas. Raft applies the same events to
 * this state at each controller, in the same order.
 *
 * RocketMQ: `ReplicasInfoManager.applyEvent`, `serialize` and `deserializeFrom`; `DLedgerControllerStateMachine`.
 */
import { parseJson } from '../common/lax-json.ts'
import type { Trace } from '../host/trace.ts'
import { type BrokerSet, brokerSetJson, brokerSetsShape, newBrokerSet } from './broker-set.ts'
import {
  type AlterSyncStateSet,
  type ApplyBrokerId,
  type CleanBrokerData,
  type ElectMaster,
  parseEvent,
  type UpdateBrokerAddress,
} from './controller-event.ts'
import type { StateMachine } from './raft/committed.ts'

/** All broker names of a group of controllers. */
export class ReplicasState implements StateMachine {
  readonly #trace: Trace
  readonly #sets = new Map<string, BrokerSet>()

  constructor(trace: Trace) {
    this.#trace = trace
  }

  get(brokerName: string): BrokerSet | undefined {
    return this.#sets.get(brokerName)
  }

  all(): Iterable<BrokerSet> {
    return this.#sets.values()
  }

  /** The number of ids of all broker names. */
  get replicaCount(): number {
    let count = 0
    for (const { replicas } of this.#sets.values()) count += replicas.size
    return count
  }

  apply(command: string): void {
    const event = parseEvent(command)
    if (event.kind === 'applyBrokerId') return this.#applyBrokerId(event)
    const set = this.#sets.get(event.brokerName)
    if (set === undefined) return // removed by an event before this one
    if (event.kind === 'alterSyncStateSet') this.#alterSyncStateSet(set, event)
    else if (event.kind === 'electMaster') this.#electMaster(set, event)
    else if (event.kind === 'cleanBrokerData') this.#clean(set, event)
    else this.#updateAddress(set, event)
  }

  #applyBrokerId(event: ApplyBrokerId): void {
    const { clusterName, brokerName, brokerId, brokerAddress: address, registerCheckCode } = event
    let set = this.#sets.get(brokerName)
    if (set === undefined) this.#sets.set(brokerName, (set = newBrokerSet(clusterName, brokerName)))
    if (set.replicas.has(brokerId)) return // the replica has asked twice
    set.replicas.set(brokerId, { brokerId, address, registerCheckCode })
    set.nextBrokerId = Math.max(set.nextBrokerId, brokerId + 1)
  }

  #updateAddress(set: BrokerSet, { brokerId, brokerAddress: address }: UpdateBrokerAddress): void {
    const replica = set.replicas.get(brokerId)
    if (replica !== undefined) set.replicas.set(brokerId, { ...replica, address })
  }

  #alterSyncStateSet(set: BrokerSet, { syncStateSet }: AlterSyncStateSet): void {
    set.syncStateSet = syncStateSet
    set.syncStateSetEpoch++
    this.#trace.emit?.('syncset.changed', factsOf(set))
  }

  /**
   * Applies an election. The new master is alone in its set until it adds other replicas. Without a new master, the set
   * stays: only its members may be elected later.
   */
  #electMaster(set: BrokerSet, { masterBrokerId }: ElectMaster): void {
    set.masterBrokerId = masterBrokerId
    set.masterEpoch++
    if (masterBrokerId !== undefined) {
      set.syncStateSet = [masterBrokerId]
      set.syncStateSetEpoch++
    }
    this.#trace.emit?.('master.elected', { ...factsOf(set), brokerId: masterBrokerId ?? 0 })
  }

  /**
   * Removes replicas. When members of the in-sync set are removed, the set may become empty. With an empty set, no replica
   * can be elected unless unclean elections are allowed. In RocketMQ, no request finds the broker name in this case, and the
   * next replica that receives an id replaces the others.
   */
  #clean(set: BrokerSet, { brokerIds }: CleanBrokerData): void {
    for (const brokerId of brokerIds) set.replicas.delete(brokerId)
    if (brokerIds.length === 0 || set.replicas.size === 0) return void this.#sets.delete(set.brokerName)
    const left = set.syncStateSet.filter((id) => !brokerIds.includes(id))
    if (set.masterBrokerId !== undefined && brokerIds.includes(set.masterBrokerId)) set.masterBrokerId = undefined
    if (left.length === set.syncStateSet.length) return
    this.#alterSyncStateSet(set, { kind: 'alterSyncStateSet', brokerName: set.brokerName, syncStateSet: left })
  }

  snapshot(): string {
    return JSON.stringify([...this.#sets.values()].map(brokerSetJson))
  }

  restore(state: string): void {
    this.#sets.clear()
    for (const set of brokerSetsShape(parseJson(state), 'snapshot')) {
      this.#sets.set(set.brokerName, set)
      this.#trace.emit?.('syncset.changed', factsOf(set))
    }
  }
}

function factsOf({ brokerName, masterEpoch, syncStateSetEpoch, syncStateSet }: BrokerSet) {
  return { brokerName, masterEpoch, syncStateSetEpoch, syncStateSet: syncStateSet.join(',') }
}
