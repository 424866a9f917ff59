/**
 * The body of the answer to QUERY_CONSUME_QUEUE. The body contains entries of a consume queue.
 *
 * RocketMQ: `QueryConsumeQueueResponseBody`, `ConsumeQueueData`. Not in GlassMQ: bit maps of the extension file.
 */
import type { SubscriptionData } from './heartbeat.ts'

/** One entry of a consume queue. */
export interface ConsumeQueueData {
  readonly physicOffset: number
  readonly physicSize: number
  readonly tagsCode: number
}

/** The body of the answer. */
export interface QueryConsumeQueueBody {
  readonly minQueueIndex: number
  readonly maxQueueIndex: number
  readonly queueData: readonly ConsumeQueueData[]
  /** The filter of the consumer group that the request names. Undefined when this group has no filter. */
  readonly subscriptionData?: SubscriptionData | undefined
  /** A sentence about the filter, which is present even when the group has no filter. */
  readonly filterData?: string | undefined
}
