/**
 * The replicas of one broker name: their ids and addresses, the master, and the in-sync set.
 *
 * | field             | meaning                                                                                      |
 * | ----------------- | -------------------------------------------------------------------------------------------- |
 * | replicas          | by id, the address, and the check code with which the replica received its id                 |
 * | nextBrokerId      | the next id; an id that was removed is not proposed again while the broker name exists                                    |
 * | masterBrokerId    | the master, or undefined when there is none                                                   |
 * | masterEpoch       | 0 before the first master; grows by 1 with each new master, and when an election of the       |
 * |                   | controller finds none. At most one master has an epoch                                        |
 * | syncStateSet      | the replicas that keep up; with `allAckInSyncStateSet`, each has every acknowledged message    |
 * | syncStateSetEpoch | grows by 1 with each change of the set. A change names the epoch on which it is based         |
 *
 * RocketMQ: `BrokerReplicaInfo`, `SyncStateInfo`.
 */
import { list, optional, record, type Shape, text, whole } from '../common/shape.ts'

/** One replica. */
export interface Replica {
  readonly brokerId: number
  readonly address: string
  readonly registerCheckCode: string
}

/** The state of one broker name. Only `replicas-state.ts` changes this state. */
export interface BrokerSet {
  readonly clusterName: string
  readonly brokerName: string
  readonly replicas: Map<number, Replica>
  nextBrokerId: number
  masterBrokerId: number | undefined
  masterEpoch: number
  syncStateSet: readonly number[]
  syncStateSetEpoch: number
}

/** Returns a broker name without replicas, whose first id is 1. */
export function newBrokerSet(clusterName: string, brokerName: string): BrokerSet {
  return {
    clusterName,
    brokerName,
    replicas: new Map(),
    nextBrokerId: 1,
    masterBrokerId: undefined,
    masterEpoch: 0,
    syncStateSet: [],
    syncStateSetEpoch: 0,
  }
}

/** Returns the address of a replica, or undefined when the id is missing or unknown. */
export function addressOf(set: BrokerSet, brokerId: number | undefined): string | undefined {
  return brokerId === undefined ? undefined : set.replicas.get(brokerId)?.address
}

interface Stored extends Omit<BrokerSet, 'replicas'> {
  readonly replicas: readonly Replica[]
}

const storedShape: Shape<Stored> = record<Stored>({
  clusterName: text(),
  brokerName: text(),
  replicas: list(record<Replica>({ brokerId: whole(), address: text(), registerCheckCode: text() })),
  nextBrokerId: whole(1),
  masterBrokerId: optional(whole()),
  masterEpoch: whole(),
  syncStateSet: list(whole()),
  syncStateSetEpoch: whole(),
})

/** Reads the broker names of a snapshot. */
export const brokerSetsShape: Shape<readonly BrokerSet[]> = (value, path) =>
  list(storedShape)(value, path).map((stored) => ({
    ...stored,
    replicas: new Map(stored.replicas.map((replica) => [replica.brokerId, replica])),
  }))

/** Returns a broker name in the form of a snapshot. */
export function brokerSetJson(set: BrokerSet): object {
  return { ...set, replicas: [...set.replicas.values()] }
}
