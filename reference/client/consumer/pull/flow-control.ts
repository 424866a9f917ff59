/**
 * Flow control: a consumer stops pulling when it has enough messages in memory. Further messages stay on the disk of the
 * broker.
 *
 * | option | default | a queue has enough messages when |
 * | -------------------------- | ------- | ------------------------------------------------------------------------ |
 * | pullThresholdForQueue      | 1000    | this many of its messages in memory are not consumed                      |
 * | pullThresholdSizeForQueue  | 100     | messages of this many MiB in memory are not consumed                      |
 * | pullThresholdForTopic      | -1: none | as `pullThresholdForQueue`, which is replaced by this number divided by the number of the topic's queues |
 * | pullThresholdSizeForTopic  | -1: none | as `pullThresholdSizeForQueue`, which is replaced by this number divided by the number of the topic's queues |
 * | consumeConcurrentlyMaxSpan | 2000    | the distance between its oldest unfinished offset and its newest offset in memory is larger than this. Not used by orderly consumers |
 * | pullBatchSize              | 32      | (not a threshold: the max number of messages in one pull)                |
 *
 * The thresholds are checked only before each pull. Therefore, after a pull, a queue may have more messages than a threshold
 * allows.
 *
 * RocketMQ: `DefaultMQPushConsumerImpl.pullMessage`, `RebalancePushImpl.messageQueueChanged`. In RocketMQ, the threshold of
 * a topic is divided by the number of queues of all topics, including retry topics. In GlassMQ, the threshold is divided by
 * the number of the topic's queues that the consumer pulls.
 */

import { MIB } from '../../../common/units.ts'
import {
  CONSUME_CONCURRENTLY_MAX_SPAN,
  PULL_BATCH_SIZE,
  PULL_THRESHOLD_FOR_QUEUE,
  PULL_THRESHOLD_MIB_FOR_QUEUE,
} from '../../limits.ts'
import type { ProcessQueue } from './process-queue.ts'

/** With this value as its threshold, a topic has no threshold. */
export const NO_THRESHOLD = -1

/** The thresholds of one consumer, under RocketMQ's names. */
export interface FlowControl {
  readonly pullThresholdForQueue: number
  /** The threshold in MiB. */
  readonly pullThresholdSizeForQueue: number
  readonly pullThresholdForTopic: number
  /** The threshold in MiB. */
  readonly pullThresholdSizeForTopic: number
  readonly consumeConcurrentlyMaxSpan: number
  readonly pullBatchSize: number
}

/** The defaults of RocketMQ. */
export const FLOW_DEFAULTS: FlowControl = {
  pullThresholdForQueue: PULL_THRESHOLD_FOR_QUEUE,
  pullThresholdSizeForQueue: PULL_THRESHOLD_MIB_FOR_QUEUE,
  pullThresholdForTopic: NO_THRESHOLD,
  pullThresholdSizeForTopic: NO_THRESHOLD,
  consumeConcurrentlyMaxSpan: CONSUME_CONCURRENTLY_MAX_SPAN,
  pullBatchSize: PULL_BATCH_SIZE,
}

/** The name of the threshold that a queue has reached. The value is '' when the queue has reached no threshold. */
export type Enough = '' | 'count' | 'size' | 'span'

// #region enough-in-hand
/**
 * Returns the name of the threshold that a queue has reached. Returns '' when the queue may be pulled. `queues` is the
 * number of the topic's queues that this consumer pulls.
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

/**
 * Returns one queue's part of the threshold of its topic, at least 1. Returns `forQueue` when the topic has no threshold.
 */
function share(forTopic: number, queues: number, forQueue: number): number {
  return forTopic === NO_THRESHOLD ? forQueue : Math.max(1, Math.floor(forTopic / Math.max(1, queues)))
}
// #endregion enough-in-hand
