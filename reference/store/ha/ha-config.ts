/** The settings for copying the log. The settings have the names of RocketMQ's `MessageStoreConfig`. */
import type { HaStatuses } from './slave-policy.ts'

/** The role of a broker. A master and its slaves have the same broker name. */
export type BrokerRole = 'ASYNC_MASTER' | 'SYNC_MASTER' | 'SLAVE'

/** The settings of a store that sends its log to slaves, or copies the log of a master. */
export interface HaConfig {
  readonly brokerRole: BrokerRole
  /** The address (`host:port`) at which a master listens for slaves. */
  readonly haListenAddress: string
  /**
   * On a slave, the address at which the master listens for slaves, or '' when the slave receives this address from a
   * NameServer.
   */
  readonly haMasterAddress: string
  /**
   * On a SYNC_MASTER with the statuses of 5.x, this many replicas must have a message before its producer receives the
   * answer. The master counts as one replica.
   */
  readonly inSyncReplicas: number
  /** Max time in ms for which the answer to a put waits for slaves. */
  readonly slaveTimeoutMs: number
  /** The version of RocketMQ (4.9 or 5.x) whose answers a SYNC_MASTER copies. See `slave-policy.ts`. */
  readonly haStatuses: HaStatuses
}

/** The settings of a store whose master is elected by a controller. */
export interface ControllerModeConfig {
  /** The address (`host:port`) at which the store listens for slaves while it is the master. */
  readonly haListenAddress: string
  readonly storePathEpochFile: string
  /** True when a put waits for every member of the in-sync set. */
  readonly allAckInSyncStateSet: boolean
  /** A put is refused while the in-sync set has fewer members than this. */
  readonly minInSyncReplicas: number
  /** Without `allAckInSyncStateSet`, this many replicas must have a message. The master counts as one replica. */
  readonly inSyncReplicas: number
  readonly slaveTimeoutMs: number
  readonly haMaxTimeSlaveNotCatchupMs: number
  /** True when an empty slave copies only the last file of the log. */
  readonly syncFromLastFile: boolean
  /** True when this broker never becomes a member of the in-sync set. */
  readonly asyncLearner: boolean
}
