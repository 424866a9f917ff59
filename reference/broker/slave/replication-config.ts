/**
 * The settings for copying between a master and its slaves. A master and its slaves have the same broker name.
 *
 * | option             | default                | meaning                                                                        |
 * | ------------------ | ---------------------- | ------------------------------------------------------------------------------ |
 * | brokerRole         | ASYNC_MASTER           | ASYNC_MASTER, SYNC_MASTER or SLAVE. The brokerId of a slave is above 0         |
 * | haListenPort       | listenPort + 1         | the port on which a master listens for slaves                                  |
 * | brokerIP2          | brokerIP1              | the host name or IP address to which slaves connect                            |
 * | haMasterAddress    | (from the NameServers) | the address to which a slave connects: the host of the master and the master's haListenPort |
 * | inSyncReplicas     | 1                      | a SYNC_MASTER waits until this many replicas have a message. The master counts as one of these replicas |
 * | slaveTimeout       | 3000                   | ms that a SYNC_MASTER waits for slaves. After this time, the SYNC_MASTER answers FLUSH_SLAVE_TIMEOUT    |
 * | slaveReadEnable    | false                  | true: a slave answers pulls, and a master suggests a slave to a group that is far behind. See `slave-reads.ts` |
 * | glassmqHaStatuses  | 5.x                    | 5.x or 4.9. With 4.9, a SYNC_MASTER ignores inSyncReplicas and waits for one slave, or answers SLAVE_NOT_AVAILABLE |
 *
 * When a controller elects the master (`../replicas/controller-mode-config.ts`), brokerRole and brokerId are ignored.
 *
 * When the file `broker.conf` does not contain brokerRole, the broker does not listen for slaves. In RocketMQ, every master
 * listens.
 *
 * RocketMQ: `MessageStoreConfig`, `BrokerConfig`, `BrokerStartup.createBrokerController`.
 */
import { ConfigError, type Settings } from '../../common/properties-file.ts'
import type { BrokerRole } from '../../store/ha/ha-config.ts'
import { HA_SLAVES_MAX, SLAVE_TIMEOUT_MS } from '../../store/ha/limits.ts'
import type { HaStatuses } from '../../store/ha/slave-policy.ts'

/** The settings for copying. The table at the start of this file explains each setting. */
export interface ReplicationConfig {
  /** Under a controller, the role changes while the broker runs. The broker begins as a slave. */
  brokerRole: BrokerRole
  /** True when the file `broker.conf` contains brokerRole. In this case, a master listens for slaves. */
  readonly isReplicated: boolean
  readonly haListenPort: number
  readonly brokerIP2: string
  readonly haMasterAddress: string
  readonly inSyncReplicas: number
  readonly slaveTimeout: number
  readonly slaveReadEnable: boolean
  readonly glassmqHaStatuses: HaStatuses
}

/**
 * Reads the settings for copying. Throws `ConfigError` when a value is not allowed, or when brokerRole and brokerId
 * contradict each other.
 */
export function replicationSettings(
  settings: Settings,
  listenPort: number,
  brokerId: number,
  isUnderController: boolean,
): ReplicationConfig {
  const roleText = isUnderController ? '' : settings.text('brokerRole', '')
  const configured = settings.oneOf('brokerRole', 'ASYNC_MASTER', ['ASYNC_MASTER', 'SYNC_MASTER', 'SLAVE'])
  const brokerRole = isUnderController ? 'SLAVE' : configured
  if (!isUnderController && brokerRole === 'SLAVE' && brokerId === 0)
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
    slaveReadEnable: settings.flag('slaveReadEnable', false),
    glassmqHaStatuses: settings.oneOf('glassmqHaStatuses', '5.x', ['4.9', '5.x']),
  }
}
