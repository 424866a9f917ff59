/**
 * The settings of a store. The default values are in `limits.ts`. RocketMQ: `MessageStoreConfig`, which has more settings.
 */
import type { CleanConfig } from './clean-commit-log.ts'
import type { FlushDiskType } from './flush.ts'
import type { ControllerModeConfig, HaConfig } from './ha/ha-config.ts'
import type { IndexSizes } from './index-file.ts'
import type { MessageSizes } from './message-sizes.ts'

/** The settings of one store. */
export interface StoreConfig {
  /** The directory of the store on the disk of the node: '' or a path that ends in `/`. */
  readonly directory: string
  readonly flushDiskType: FlushDiskType
  readonly commitLogFileBytes: number
  readonly consumeQueueFileBytes: number
  /**
   * When a write to the page cache takes longer than this, puts are refused for a second. As in RocketMQ, the default is
   * 1000.
   */
  readonly osPageCacheBusyTimeOutMs?: number
  /** False when the index is switched off. The default is true. */
  readonly messageIndexEnable?: boolean
  /** The sizes of an index file. By default, these sizes are those of RocketMQ. */
  readonly index?: IndexSizes
  /** The settings for the deletion of old files. By default, these settings are those of RocketMQ. */
  readonly clean?: CleanConfig
  /**
   * The max sizes of one message and of one answer. The values may change while the store is open. The default is RocketMQ's
   * sizes.
   */
  readonly sizes?: MessageSizes
  /**
   * `messageDelayLevel` in milliseconds, beginning with level 1. Recovery needs these delays to rebuild the entries of
   * delayed messages.
   */
  readonly delayLevelsMs?: readonly number[]
  /**
   * The IP address of the broker. Each record contains this address and `storePort`. A client that looks up a message by its
   * offset message id connects to this address.
   */
  readonly storeIp: Uint8Array
  readonly storePort: number
  /**
   * The settings for copying the log. When `ha` is undefined, the store neither sends its log to slaves nor copies
   * the log of a master.
   */
  readonly ha?: HaConfig
  /** The settings for copying when a controller elects the master. When they are set, `ha` is undefined. */
  readonly controllerMode?: ControllerModeConfig
}
