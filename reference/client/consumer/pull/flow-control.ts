/**
 * Flow control: a consumer with enough messages in memory stops pulling. Further messages wait on the broker's disk.
 *
 * | option                     | default | enough when                                                              |
 * | -------------------------- | ------- | ------------------------------------------------------------------------ |
 * | pullThresholdForQueue      | 1000    | this number of messages of the queue are not consumed yet                 |
 * | pullThresholdSizeForQueue  | 100     | this many MiB of the queue's messages are not consumed yet                |
 * | pullThresholdForTopic      | -1: none | this number, divided by the topic's queues; replaces the queue's threshold |
 * | pullThresholdSizeForTopic  | -1: none | the same in MiB                                                           |
 * | consumeConcurrentlyMaxSpan | 2000    | the distance from the oldest unfinished offset to the newest; not if orderly |
 * | pullBatchSize              | 32      | not a threshold: the max of messages in one pull                          |
 *
 * The thresholds are checked before each pull. Therefore a queue holds fewer messages than its threshold plus one batch.
 *
 * RocketMQ: `DefaultMQPushConsumerImpl.pullMessage`, `RebalancePushImpl.messageQueueChanged`. RocketMQ divides a topic's
 * threshold by the number of queues of all topics, retry topics included. Unlike RocketMQ, this code divides the threshold
 * by the number of the topic's own queues that this consumer pulls.
 */

import { MIB } from '../../../common/units.ts'
import {
  CONSUME_CONCURRENTLY_MAX_SPAN,
  PULL_BATCH_SIZE,
  PULL_THRESHOLD_FOR_QUEUE,
  PULL_THRESHOLD_MIB_FOR_QUEUE,
} from '../../limits.ts'
import type { ProcessQueue } from './process-queue.ts'

/** The value of a topic's threshold that means "no threshold". */
export const NO_THRESHOLD = -1

/** The thresholds of one consumer, under RocketMQ's names. */
export interface FlowControl {
  readonly pullThresholdForQueue: number
  /** In MiB. */
  readonly pullThresholdSizeForQueue: number
  readonly pullThresholdForTopic: number
  /** In MiB. */
  readonly pullThresholdSizeForTopic: number
  readonly consumeConcurrentlyMaxSpan: number
  readonly pullBatchSize: number
}

/** RocketMQ's defaults. */
export const FLOW_DEFAULTS: FlowControl = {
  pullThresholdForQueue: PULL_THRESHOLD_FOR_QUEUE,
  pullThresholdSizeForQueue: PULL_THRESHOLD_MIB_FOR_QUEUE,
  pullThresholdForTopic: NO_THRESHOLD,
  pullThresholdSizeForTopic: NO_THRESHOLD,
  consumeConcurrentlyMaxSpan: CONSUME_CONCURRENTLY_MAX_SPAN,
  pullBatchSize: PULL_BATCH_SIZE,
}

/** The threshold that a queue has reached; '' means that the queue has reached none. */
export type Enough = '' | 'count' | 'size' | 'span'

// #region enough-in-hand
/**
 * Returns the threshold that a queue has reached, or '' when the queue may pull. `queues` is the number of the topic's
 * queues that this consumer pulls.
 */
export function enoughInHand(
  flow: FlowControl,
  { count, sizeBytes, span }: Pick<ProcessQueue, 'count' | 'sizeBytes' | 'span'>,
  queues: number,
  isOrderly: boolean,
): Enough {
  if (count >= share(flow.pullThresholdForTopic, queues, flow.pullThresholdForQueue)) return 'count'
  if (sizeBytes >= share(flow.pullThresholdSizeForTopic, queues, flow.pullThresholdSizeForQueue) * MIB) return 'size'
  return !isOrderly && span > flow.consumeConcurrentlyMaxSpan ? 'span' : ''
}

/** Returns one queue's part of its topic's threshold, at least 1. Without a topic threshold it returns `forQueue`. */
function share(forTopic: number, queues: number, forQueue: number): number {
  return forTopic === NO_THRESHOLD ? forQueue : Math.max(1, Math.floor(forTopic / Math.max(1, queues)))
}
// #endregion enough-in-hand
