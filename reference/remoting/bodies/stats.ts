/**
 * Statistics for operators: the offsets of a topic's queues, and how far groups are behind, in messages and in time.
 *
 * RocketMQ: `TopicStatsTable`, `ConsumeStats`, `ConsumeStatsList`, `QueryConsumeTimeSpanBody`.
 */
import type { MessageQueue } from '../../common/message.ts'
import { record, type Shape, whole } from '../../common/shape.ts'
import { type QueueTable, queueTable, queueTableJson } from './queue-table.ts'

export type { QueueTable } from './queue-table.ts'

/** The min and max offset of one queue, and the time at which its last message was stored. */
export interface TopicOffset {
  readonly minOffset: number
  readonly maxOffset: number
  readonly lastUpdateTimestamp: number
}

/** The offsets of a group in one queue. `lastTimestamp` is the store time of the last consumed message. */
export interface OffsetWrapper {
  readonly brokerOffset: number
  readonly consumerOffset: number
  readonly pullOffset: number
  readonly lastTimestamp: number
}

/**
 * The offsets of a group in its queues. `consumeTps` is the number of messages per second that the group has recently
 * received.
 */
export interface ConsumeStats {
  readonly consumeTps: number
  readonly offsetTable: QueueTable<OffsetWrapper>
}

export const topicStatsShape: Shape<QueueTable<TopicOffset>> = (value, path) =>
  record<{ offsetTable: QueueTable<TopicOffset> }>({
    offsetTable: queueTable(
      record<TopicOffset>({ minOffset: whole(), maxOffset: whole(), lastUpdateTimestamp: whole() }),
    ),
  })(value, path).offsetTable

/** Returns the offsets of a topic's queues as the object for JSON. */
export function topicStatsJson(entries: QueueTable<TopicOffset>, topicPutTps: number): object {
  return { offsetTable: queueTableJson(entries), topicPutTps }
}

export const consumeStatsShape: Shape<QueueTable<OffsetWrapper>> = (value, path) =>
  record<{ offsetTable: QueueTable<OffsetWrapper> }>({
    offsetTable: queueTable(
      record<OffsetWrapper>({
        brokerOffset: whole(),
        consumerOffset: whole(),
        pullOffset: whole(),
        lastTimestamp: whole(),
      }),
    ),
  })(value, path).offsetTable

/** Returns the offsets of a group in its queues as the object for JSON. */
export function consumeStatsJson({ consumeTps, offsetTable }: ConsumeStats): object {
  return { consumeTps, offsetTable: queueTableJson(offsetTable) }
}

/**
 * Returns the offsets of all groups of one broker. The list has one entry for each group, with one `ConsumeStats` for each
 * topic of the group.
 */
export function consumeStatsListJson(
  brokerAddr: string,
  groups: readonly (readonly [group: string, topics: readonly ConsumeStats[]])[],
): object {
  const all = groups.flatMap(([, topics]) => topics.flatMap(({ offsetTable }) => offsetTable.map(([, entry]) => entry)))
  const sum = (lag: (entry: OffsetWrapper) => number) =>
    all.reduce((total, entry) => total + Math.max(0, lag(entry)), 0)
  return {
    brokerAddr,
    consumeStatsList: groups.map(([group, topics]) => ({ [group]: topics.map(consumeStatsJson) })),
    totalDiff: sum((entry) => entry.brokerOffset - entry.consumerOffset),
    totalInflightDiff: sum((entry) => entry.pullOffset - entry.consumerOffset),
  }
}

/**
 * The times of a group in one queue. A time of -1 means that the queue has no such message. `delayTime` is the time for
 * which the next message of the group has waited.
 */
export interface QueueTimeSpan {
  readonly messageQueue: MessageQueue
  readonly minTimeStamp: number
  readonly maxTimeStamp: number
  readonly consumeTimeStamp: number
  readonly delayTime: number
}

/** Returns the times of a group in its queues as the object for JSON. */
export function consumeTimeSpanJson(spans: readonly QueueTimeSpan[]): object {
  return { consumeTimeSpanSet: spans }
}
