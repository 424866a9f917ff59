/**
 * What the store has to be told. RocketMQ: `MessageStoreConfig`, as far as it is served here; defaults are in `limits.ts`.
 */
import type { CleanConfig } from './clean-commit-log.ts'
import type { FlushDiskType } from './flush.ts'
import type { IndexSizes } from './index-file.ts'
import type { MessageSizes } from './message-sizes.ts'

export interface StoreConfig {
  /** Directory of the store on the node's disk, '' or ending in `/`. */
  readonly directory: string
  readonly flushDiskType: FlushDiskType
  readonly commitLogFileBytes: number
  readonly consumeQueueFileBytes: number
  /** How long a write to the page cache may take before puts are refused; RocketMQ's 1000 when missing. */
  readonly osPageCacheBusyTimeOutMs?: number
  /** On unless it says false. */
  readonly messageIndexEnable?: boolean
  /** RocketMQ's defaults when missing. */
  readonly index?: IndexSizes
  readonly clean?: CleanConfig
  /** Sizes of one message and of one answer; RocketMQ's defaults when missing. May change while the store is open. */
  readonly sizes?: MessageSizes
  /** `messageDelayLevel` in milliseconds, level 1 first: entries of delayed messages that are made again need it. */
  readonly delayLevelsMs?: readonly number[]
  /** IP and port that records carry as their store host: clients connect to it when they look a message up by its id. */
  readonly storeIp: Uint8Array
  readonly storePort: number
}
