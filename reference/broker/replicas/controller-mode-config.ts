/**
 * The settings of a broker whose master is elected by a controller.
 *
 * | option                          | default                | meaning                                                              |
 * | ------------------------------- | ---------------------- | -------------------------------------------------------------------- |
 * | enableControllerMode            | false                  | true: a controller elects the master; brokerRole and brokerId are ignored |
 * | controllerAddr                  | (none)                 | the controllers: `host:port;host:port`                               |
 * | allAckInSyncStateSet            | false                  | true: a message is acknowledged when every member of the in-sync set has it |
 * | minInSyncReplicas               | 1                      | sends are refused while the in-sync set has fewer members            |
 * | haMaxTimeSlaveNotCatchup        | 15000                  | ms after which a slave that lacks bytes leaves the in-sync set       |
 * | brokerElectionPriority          | 2147483647             | among equal candidates, the smallest number is elected                |
 * | brokerHeartbeatInterval         | 1000                   | ms between two heartbeats to every controller                        |
 * | controllerHeartBeatTimeoutMills | 10000                  | ms after which a silent broker no longer counts as alive             |
 * | syncBrokerMetadataPeriod        | 5000                   | ms between two requests for the present master                           |
 * | checkSyncStateSetPeriod         | 5000                   | ms between two checks of the in-sync set                             |
 * | syncControllerMetadataPeriod    | 10000                  | ms between two requests for the leader of the controllers            |
 * | syncFromLastFile                | false                  | true: an empty slave copies only the last file of the log            |
 * | asyncLearner                    | false                  | true: this broker never becomes a member of the in-sync set          |
 * | storePathEpochFile              | `epochFileCheckpoint` below storePathRootDir | the file with the epochs                      |
 * | storePathBrokerIdentity         | `brokerIdentity` below storePathRootDir | the file with the id of this broker                |
 *
 * With `allAckInSyncStateSet=true` and `minInSyncReplicas=2`, the death of one replica loses no acknowledged message.
 *
 * RocketMQ: `BrokerConfig`, `MessageStoreConfig`.
 */
import { ConfigError, type Settings } from '../../common/properties-file.ts'
import { HOUR_MS } from '../../common/units.ts'
import { splitAddress } from '../../host/paths.ts'
import { HA_MAX_TIME_SLAVE_NOT_CATCHUP_MS, HA_SLAVES_MAX } from '../../store/ha/limits.ts'

/** Max number of controllers in `controllerAddr`. */
const CONTROLLERS_MAX = 16
const PRIORITY_MAX = 2_147_483_647

/** The settings of the controller mode. The table at the start of this file explains each setting. */
export interface ControllerModeSettings {
  readonly enableControllerMode: boolean
  readonly controllerAddr: readonly string[]
  readonly allAckInSyncStateSet: boolean
  readonly minInSyncReplicas: number
  readonly haMaxTimeSlaveNotCatchup: number
  readonly brokerElectionPriority: number
  readonly brokerHeartbeatInterval: number
  readonly controllerHeartBeatTimeoutMills: number
  readonly syncBrokerMetadataPeriod: number
  readonly checkSyncStateSetPeriod: number
  readonly syncControllerMetadataPeriod: number
  readonly syncFromLastFile: boolean
  readonly asyncLearner: boolean
  readonly storePathEpochFile: string
  readonly storePathBrokerIdentity: string
}

/** Reads the settings of the controller mode. Throws `ConfigError` for a wrong value. */
export function controllerModeSettings(settings: Settings): ControllerModeSettings {
  const enableControllerMode = settings.flag('enableControllerMode', false)
  const controllerAddr = settings
    .text('controllerAddr', '')
    .split(';')
    .map((address) => address.trim())
    .filter((address) => address !== '')
  const wrong = controllerAddr.find((address) => splitAddress(address) === undefined)
  if (wrong !== undefined)
    throw new ConfigError(`controllerAddr has "${wrong}"; it must be addresses like 127.0.0.1:9878, separated by ";"`)
  if (controllerAddr.length > CONTROLLERS_MAX)
    throw new ConfigError(
      `controllerAddr has ${controllerAddr.length} addresses; at most ${CONTROLLERS_MAX} are allowed`,
    )
  if (enableControllerMode && controllerAddr.length === 0)
    throw new ConfigError('enableControllerMode is true, but controllerAddr is empty: name the controllers')
  const periodMs = (name: string, fallback: number) => settings.whole(name, fallback, 100, HOUR_MS)
  return {
    enableControllerMode,
    controllerAddr,
    allAckInSyncStateSet: settings.flag('allAckInSyncStateSet', false),
    minInSyncReplicas: settings.whole('minInSyncReplicas', 1, 1, HA_SLAVES_MAX + 1),
    haMaxTimeSlaveNotCatchup: periodMs('haMaxTimeSlaveNotCatchup', HA_MAX_TIME_SLAVE_NOT_CATCHUP_MS),
    brokerElectionPriority: settings.whole('brokerElectionPriority', PRIORITY_MAX, 0, PRIORITY_MAX),
    brokerHeartbeatInterval: periodMs('brokerHeartbeatInterval', 1_000),
    controllerHeartBeatTimeoutMills: periodMs('controllerHeartBeatTimeoutMills', 10_000),
    syncBrokerMetadataPeriod: periodMs('syncBrokerMetadataPeriod', 5_000),
    checkSyncStateSetPeriod: periodMs('checkSyncStateSetPeriod', 5_000),
    syncControllerMetadataPeriod: periodMs('syncControllerMetadataPeriod', 10_000),
    syncFromLastFile: settings.flag('syncFromLastFile', false),
    asyncLearner: settings.flag('asyncLearner', false),
    storePathEpochFile: pathOf(settings, 'storePathEpochFile'),
    storePathBrokerIdentity: pathOf(settings, 'storePathBrokerIdentity'),
  }
}

/** The path of the file with the epochs. `storePathRootDir` is '' or ends in `/`. */
export function epochFilePath(config: ControllerModeSettings & { readonly storePathRootDir: string }): string {
  return config.storePathEpochFile || `${config.storePathRootDir}epochFileCheckpoint`
}

/** The path of the file with the id of the broker. */
export function identityPath(config: ControllerModeSettings & { readonly storePathRootDir: string }): string {
  return config.storePathBrokerIdentity || `${config.storePathRootDir}brokerIdentity`
}

/** Returns a path inside the directory of the node, or ''. Throws `ConfigError` for a path with `..`. */
function pathOf(settings: Settings, name: string): string {
  const path = settings.text(name, '').replace(/^\/+/, '')
  if (path.split('/').includes('..'))
    throw new ConfigError(`${name} is "${path}"; it must lie inside the node's own directory, without ".."`)
  return path
}
