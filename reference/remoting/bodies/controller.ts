/**
 * The bodies of requests to a controller and of its answers.
 *
 * RocketMQ: `SyncStateSet`, `ElectMasterResponseBody`, `BrokerMemberGroup`, `BrokerReplicasInfo`.
 */
import { flag, list, optional, record, type Shape, table, text, whole } from '../../common/shape.ts'

/** The max number of ids in a set, and of names in a list. */
const IDS_MAX = 1_024
const NAMES_MAX = 10_000

/** The in-sync set of a broker name: the ids of the replicas that keep up with the master, and of the master. */
export interface SyncStateSet {
  readonly syncStateSet: readonly number[]
  readonly syncStateSetEpoch: number
}

/** The addresses of all replicas of a broker name, by id. */
export interface BrokerMemberGroup {
  readonly cluster: string
  readonly brokerName: string
  readonly brokerAddrs: Readonly<Record<string, string>>
}

/** The body of the answer to an election. The members are missing when the old master stays. */
export interface ElectMasterBody {
  readonly brokerMemberGroup?: BrokerMemberGroup | undefined
  readonly syncStateSet: readonly number[]
}

/** One replica in the answer to GET_SYNC_STATE_DATA. */
export interface ReplicaIdentity {
  readonly brokerName: string
  readonly brokerId: number
  readonly brokerAddress: string
  readonly alive: boolean
}

/** The replicas of one broker name. Without a master, `masterBrokerId` and `masterAddress` are missing. */
export interface ReplicasInfo {
  readonly masterBrokerId?: number | undefined
  readonly masterAddress?: string | undefined
  readonly masterEpoch: number
  readonly syncStateSetEpoch: number
  readonly inSyncReplicas: readonly ReplicaIdentity[]
  readonly notInSyncReplicas: readonly ReplicaIdentity[]
}

export const syncStateSetShape: Shape<SyncStateSet> = record<SyncStateSet>({
  syncStateSet: list(whole(), IDS_MAX),
  syncStateSetEpoch: whole(),
})

export const brokerNamesShape: Shape<readonly string[]> = list(text(), NAMES_MAX)

export const electMasterBodyShape: Shape<ElectMasterBody> = record<ElectMasterBody>({
  brokerMemberGroup: optional(
    (value, path) =>
      ({
        ...record<{ cluster: string; brokerName: string }>({ cluster: text(), brokerName: text() })(value, path),
        brokerAddrs: Object.fromEntries(
          record<{ brokerAddrs: Map<string, string> }>({ brokerAddrs: table(text()) })(value, path).brokerAddrs,
        ),
      }) satisfies BrokerMemberGroup,
  ),
  syncStateSet: list(whole(), IDS_MAX),
})

const replicaShape = record<ReplicaIdentity>({
  brokerName: text(),
  brokerId: whole(),
  brokerAddress: text(),
  alive: flag(),
})

export const brokerReplicasInfoShape: Shape<{ readonly replicasInfoTable: ReadonlyMap<string, ReplicasInfo> }> =
  record<{
    replicasInfoTable: Map<string, ReplicasInfo>
  }>({
    replicasInfoTable: table(
      record<ReplicasInfo>({
        masterBrokerId: optional(whole()),
        masterAddress: optional(text()),
        masterEpoch: whole(),
        syncStateSetEpoch: whole(),
        inSyncReplicas: list(replicaShape, IDS_MAX),
        notInSyncReplicas: list(replicaShape, IDS_MAX),
      }),
    ),
  })
