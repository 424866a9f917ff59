/**
 * Raw entries of a consume queue: the answer to QUERY_CONSUME_QUEUE.
 *
 * RocketMQ: `QueryConsumeQueueResponseBody`, `ConsumeQueueData`. Not here: bit maps of the extension file.
 */
import type { SubscriptionData } from './heartbeat.ts'

/** One entry of a consume queue. */
export interface ConsumeQueueData {
  readonly physicOffset: number
  readonly physicSize: number
  readonly tagsCode: number
}

/** The answer's body. */
export interface QueryConsumeQueueBody {
  readonly minQueueIndex: number
  readonly maxQueueIndex: number
  readonly queueData: readonly ConsumeQueueData[]
  /** The filter of the group in the request; undefined when it has none. */
  readonly subscriptionData?: SubscriptionData | undefined
  /** The same as a sentence, also when there is no filter. */
  readonly filterData?: string | undefined
}
