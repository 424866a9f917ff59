/**
 * Raw entries of a consume queue: the answer of QUERY_CONSUME_QUEUE.
 *
 * RocketMQ: `QueryConsumeQueueResponseBody`, `ConsumeQueueData`. Not here: bit maps of the extension file.
 */
import type { SubscriptionData } from './heartbeat.ts'

export interface ConsumeQueueData {
  readonly physicOffset: number
  readonly physicSize: number
  readonly tagsCode: number
}

export interface QueryConsumeQueueBody {
  readonly minQueueIndex: number
  readonly maxQueueIndex: number
  readonly queueData: readonly ConsumeQueueData[]
  /** The filter of the group that was named, and in words why there is none. */
  readonly subscriptionData?: SubscriptionData | undefined
  readonly filterData?: string | undefined
}
