/** The settings of a store. Default values are in `limits.ts`. RocketMQ: `MessageStoreConfig`, which has more settings. */
import type { CleanConfig } from './clean-commit-log.ts'
import type { FlushDiskType } from './flush.ts'
import type { HaConfig } from './ha/ha-config.ts'
import type { IndexSizes } from './index-file.ts'
import type { MessageSizes } from './message-sizes.ts'

/** The settings of one store. */
export interface StoreConfig {
  /** Directory of the store on the node's disk: '' or a path that ends in `/`. */
  readonly directory: string
  readonly flushDiskType: FlushDiskType
  readonly commitLogFileBytes: number
  readonly consumeQueueFileBytes: number
  /** If a write to the page cache takes longer, puts are refused for a second. Default: 1000, as in RocketMQ. */
  readonly osPageCacheBusyTimeOutMs?: number
  /** False switches the index off. Default: true. */
  readonly messageIndexEnable?: boolean
  /** Sizes of an index file. Default: RocketMQ's sizes. */
  readonly index?: IndexSizes
  /** Settings of deletion. Default: RocketMQ's settings. */
  readonly clean?: CleanConfig
  /** Max sizes of one message and of one answer. May change while the store is open. Default: RocketMQ's sizes. */
  readonly sizes?: MessageSizes
  /** `messageDelayLevel` in milliseconds, level 1 first. Recovery needs it to rebuild the entries of delayed messages. */
  readonly delayLevelsMs?: readonly number[]
  /**
   * IP and port of the broker. Each record contains them. A client that looks up a message by its id connects to this
   * address.
   */
  readonly storeIp: Uint8Array
  readonly storePort: number
  /** Settings of copying. Undefined: the store neither copies its log nor has it copied. */
  readonly ha?: HaConfig
}
