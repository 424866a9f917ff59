/** Translates the settings of a broker into the settings of its store. */
import type { ControllerModeConfig, HaConfig } from '../store/ha/ha-config.ts'
import type { StoreConfig } from '../store/message-store.ts'
import type { BrokerConfig } from './broker-config.ts'
import { epochFilePath } from './replicas/controller-mode-config.ts'

/** The facts about a broker that its store needs. */
export interface StoreOwner {
  readonly config: BrokerConfig
  readonly storeIp: Uint8Array
  readonly storePort: number
}

/** Returns the settings of the store of a broker. */
export function storeConfigOf({ config, storeIp, storePort }: StoreOwner): StoreConfig {
  return {
    directory: config.storePathRootDir,
    flushDiskType: config.flushDiskType,
    commitLogFileBytes: config.mappedFileSizeCommitLog,
    consumeQueueFileBytes: config.mappedFileSizeConsumeQueue,
    messageIndexEnable: config.messageIndexEnable,
    delayLevelsMs: config.messageDelayLevelMs,
    osPageCacheBusyTimeOutMs: config.osPageCacheBusyTimeOutMills,
    index: config,
    clean: config,
    sizes: config,
    storeIp,
    storePort,
    ...(config.isReplicated ? { ha: haConfig(config) } : {}),
    ...(config.enableControllerMode ? { controllerMode: controllerModeConfig(config) } : {}),
  }
}

function haConfig(config: BrokerConfig): HaConfig {
  const { brokerRole, bindAddress, haListenPort, haMasterAddress, inSyncReplicas } = config
  const haListenAddress = `${bindAddress}:${haListenPort}`
  const { slaveTimeout: slaveTimeoutMs, glassmqHaStatuses: haStatuses } = config
  return { brokerRole, haListenAddress, haMasterAddress, inSyncReplicas, slaveTimeoutMs, haStatuses }
}

function controllerModeConfig(config: BrokerConfig): ControllerModeConfig {
  const { bindAddress, haListenPort, slaveTimeout: slaveTimeoutMs } = config
  const haListenAddress = `${bindAddress}:${haListenPort}`
  const haMaxTimeSlaveNotCatchupMs = config.haMaxTimeSlaveNotCatchup
  const storePathEpochFile = epochFilePath(config)
  return { ...config, haListenAddress, slaveTimeoutMs, haMaxTimeSlaveNotCatchupMs, storePathEpochFile }
}
