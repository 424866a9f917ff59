/**
 * The settings of copying between brokers of one name.
 *
 * | option             | default                | meaning                                                                        |
 * | ------------------ | ---------------------- | ------------------------------------------------------------------------------ |
 * | brokerRole         | ASYNC_MASTER           | ASYNC_MASTER, SYNC_MASTER or SLAVE. A slave has a brokerId above 0             |
 * | haListenPort       | listenPort + 1         | where a master listens for slaves                                              |
 * | brokerIP2          | brokerIP1              | the host name or IP that slaves are told                                       |
 * | haMasterAddress    | (from the NameServers) | where a slave finds its master's haListenPort                                  |
 * | inSyncReplicas     | 1                      | a SYNC_MASTER waits until so many replicas have a message, itself included     |
 * | slaveTimeout       | 3000                   | ms that a SYNC_MASTER waits for slaves; then FLUSH_SLAVE_TIMEOUT               |
 * | glassmqHaStatuses  | 5.x                    | 5.x, or 4.9: waits for one slave whatever inSyncReplicas says, and answers SLAVE_NOT_AVAILABLE |
 *
 * A broker whose file does not name its brokerRole listens for no slaves. RocketMQ always listens.
 *
 * RocketMQ: `MessageStoreConfig`, `BrokerConfig`, `BrokerStartup.createBrokerController`.
 */
import { ConfigError, type Settings } from '../../common/properties-file.ts'
import type { HaStatuses } from '../../store/ha/group-transfer.ts'
import type { BrokerRole } from '../../store/ha/ha-config.ts'
import { HA_SLAVES_MAX, SLAVE_TIMEOUT_MS } from '../../store/ha/limits.ts'

/** The settings of copying. The table above explains each of them. */
export interface ReplicationConfig {
  readonly brokerRole: BrokerRole
  /** True when the file names the role: then a master listens for slaves. */
  readonly isReplicated: boolean
  readonly haListenPort: number
  readonly brokerIP2: string
  readonly haMasterAddress: string
  readonly inSyncReplicas: number
  readonly slaveTimeout: number
  readonly glassmqHaStatuses: HaStatuses
}

/** Reads the settings of copying. Throws `ConfigError` when a value is not allowed, or role and id do not agree. */
export function replicationSettings(settings: Settings, listenPort: number, brokerId: number): ReplicationConfig {
  const roleText = settings.text('brokerRole', '')
  const brokerRole = settings.oneOf('brokerRole', 'ASYNC_MASTER', ['ASYNC_MASTER', 'SYNC_MASTER', 'SLAVE'])
  if (brokerRole === 'SLAVE' && brokerId === 0)
    throw new ConfigError('brokerRole is SLAVE and brokerId is 0: give a slave a brokerId of 1 or more')
  if (roleText !== '' && brokerRole !== 'SLAVE' && brokerId !== 0)
    throw new ConfigError(`brokerRole is ${brokerRole} and brokerId is ${brokerId}: a master has the brokerId 0`)
  return {
    brokerRole,
    isReplicated: roleText !== '',
    haListenPort: settings.whole('haListenPort', Math.min(listenPort + 1, 65_535), 0, 65_535),
    brokerIP2: settings.text('brokerIP2', settings.text('brokerIP1', '')),
    haMasterAddress: settings.text('haMasterAddress', ''),
    inSyncReplicas: settings.whole('inSyncReplicas', 1, 1, HA_SLAVES_MAX + 1),
    slaveTimeout: settings.whole('slaveTimeout', SLAVE_TIMEOUT_MS, 1, 10 * SLAVE_TIMEOUT_MS),
    glassmqHaStatuses: settings.oneOf('glassmqHaStatuses', '5.x', ['4.9', '5.x']),
  }
}
