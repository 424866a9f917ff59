/**
 * The settings of a store. RocketMQ: `MessageStoreConfig`, as far as it is followed here; defaults are in `limits.ts`.
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
  /** Max time of a write to the page cache before puts are refused; RocketMQ's 1000 when missing. */
  readonly osPageCacheBusyTimeOutMs?: number
  /** True when missing. */
  readonly messageIndexEnable?: boolean
  /** RocketMQ's defaults when missing. */
  readonly index?: IndexSizes
  readonly clean?: CleanConfig
  /** Sizes of one message and of one answer; RocketMQ's defaults when missing. May change while the store is open. */
  readonly sizes?: MessageSizes
  /** `messageDelayLevel` in milliseconds, level 1 first: to build entries of delayed messages again. */
  readonly delayLevelsMs?: readonly number[]
  /** IP and port of the store host in records: clients connect to it when they look up a message by its id. */
  readonly storeIp: Uint8Array
  readonly storePort: number
}
