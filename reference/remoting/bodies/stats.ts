/**
 * Numbers operators ask for: where a topic's queues stand, and how far groups are behind, in messages and in time.
 *
 * RocketMQ: `TopicStatsTable`, `ConsumeStats`, `ConsumeStatsList`, `QueryConsumeTimeSpanBody`.
 */
import type { MessageQueue } from '../../common/message.ts'
import { record, type Shape, whole } from '../../common/shape.ts'
import { type QueueTable, queueTable, queueTableJson } from './queue-table.ts'

export type { QueueTable } from './queue-table.ts'

/** Where one queue stands. */
export interface TopicOffset {
  readonly minOffset: number
  readonly maxOffset: number
  readonly lastUpdateTimestamp: number
}

/** Where a group stands in one queue. `lastTimestamp`: store time of the last consumed message. */
export interface OffsetWrapper {
  readonly brokerOffset: number
  readonly consumerOffset: number
  readonly pullOffset: number
  readonly lastTimestamp: number
}

/** Where a group stands in its queues; `consumeTps`: messages it got in a second, lately. */
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

export function consumeStatsJson({ consumeTps, offsetTable }: ConsumeStats): object {
  return { consumeTps, offsetTable: queueTableJson(offsetTable) }
}

/** How all groups of one broker stand: one entry for each group, one `ConsumeStats` for each of its topics. */
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

/** Where a group stands in one queue, in time; -1 where there is no message. `delayTime`: how long its next one waits. */
export interface QueueTimeSpan {
  readonly messageQueue: MessageQueue
  readonly minTimeStamp: number
  readonly maxTimeStamp: number
  readonly consumeTimeStamp: number
  readonly delayTime: number
}

export function consumeTimeSpanJson(spans: readonly QueueTimeSpan[]): object {
  return { consumeTimeSpanSet: spans }
}
