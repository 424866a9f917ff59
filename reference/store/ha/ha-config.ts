/** The settings of copying. RocketMQ: `MessageStoreConfig`, with the same names. */
import type { HaStatuses } from './group-transfer.ts'

/** The role of a broker among those with its name. */
export type BrokerRole = 'ASYNC_MASTER' | 'SYNC_MASTER' | 'SLAVE'

/** The settings of one store that copies its log, or has it copied. */
export interface HaConfig {
  readonly brokerRole: BrokerRole
  /** Where a master listens for slaves: `host:port`. */
  readonly haListenAddress: string
  /** Where a slave finds its master, or '' when a NameServer says it. */
  readonly haMasterAddress: string
  /** How many replicas must have a message before it is acknowledged, the master included (SYNC_MASTER). */
  readonly inSyncReplicas: number
  /** Max time that an answer waits for slaves. */
  readonly slaveTimeoutMs: number
  /** Which statuses a SYNC_MASTER answers: those of RocketMQ 4.9 or of 5.x. See `group-transfer.ts`. */
  readonly haStatuses: HaStatuses
}
