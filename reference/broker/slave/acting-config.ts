/**
 * The settings for a slave that acts as the master while the master is gone.
 *
 * | option                      | default | meaning                                                                        |
 * | --------------------------- | ------- | ------------------------------------------------------------------------------ |
 * | enableSlaveActingMaster     | false   | true: the live broker with the smallest id of its broker name does the work of a missing master |
 * | enableRemoteEscape          | false   | true: an acting slave stores due messages on another broker. false: due messages wait |
 * | totalReplicas               | 1       | the number of brokers with this brokerName. With more than one, a master that starts first asks the other brokers for the offsets that it has missed |
 * | skipPreOnline               | false   | true: a master that starts does not ask                                        |
 * | brokerNotActiveTimeoutMillis | 10000  | ms after which NameServers remove this broker when it is silent                |
 * | syncBrokerMemberGroupPeriod | 1000    | ms between two requests to a NameServer for the brokers with this brokerName   |
 *
 * `brokerHeartbeatInterval` (`../replicas/controller-mode-config.ts`) is the time between two heartbeats to the NameServers.
 * Under a controller, a slave acts until a master is elected. A broker that has just started and is elected also first asks
 * the other brokers for the offsets that it has missed.
 *
 * Clients find an acting slave only when the NameServers have supportActingMaster=true. A slave answers pulls only with
 * slaveReadEnable=true.
 *
 * RocketMQ: `BrokerConfig`, `MessageStoreConfig`. These requests and the heartbeats have the form for NameServers of any
 * version (`compatibleWithOldNameSrv=true`).
 */
import type { Settings } from '../../common/properties-file.ts'
import { HOUR_MS } from '../../common/units.ts'
import { HA_SLAVES_MAX } from '../../store/ha/limits.ts'

/** The settings of an acting slave. The table at the start of this file explains each setting. */
export interface ActingConfig {
  readonly enableSlaveActingMaster: boolean
  readonly enableRemoteEscape: boolean
  readonly totalReplicas: number
  readonly skipPreOnline: boolean
  readonly brokerNotActiveTimeoutMillis: number
  readonly syncBrokerMemberGroupPeriod: number
}

/** Reads the settings of an acting slave. Throws `ConfigError` for a wrong value. */
export function actingSettings(settings: Settings): ActingConfig {
  return {
    enableSlaveActingMaster: settings.flag('enableSlaveActingMaster', false),
    enableRemoteEscape: settings.flag('enableRemoteEscape', false),
    totalReplicas: settings.whole('totalReplicas', 1, 1, HA_SLAVES_MAX + 1),
    skipPreOnline: settings.flag('skipPreOnline', false),
    brokerNotActiveTimeoutMillis: settings.whole('brokerNotActiveTimeoutMillis', 10_000, 1_000, HOUR_MS),
    syncBrokerMemberGroupPeriod: settings.whole('syncBrokerMemberGroupPeriod', 1_000, 100, HOUR_MS),
  }
}
