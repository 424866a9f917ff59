/**
 * Numbers operators ask for: where a topic's queues stand, and how far a group is behind.
 *
 * Java writes these maps with a queue *object* as key; we write the key as the text of that object, which fastjson reads
 * just as well, and read both.
 *
 * RocketMQ: `TopicStatsTable`, `ConsumeStats`.
 */
import { parseJson } from '../../common/lax-json.ts'
import type { MessageQueue } from '../../common/message.ts'
import { record, type Shape, table, text, whole } from '../../common/shape.ts'

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

export type QueueTable<T> = readonly (readonly [MessageQueue, T])[]

const messageQueueShape: Shape<MessageQueue> = record<MessageQueue>({
  topic: text(),
  brokerName: text(),
  queueId: whole(),
})

function queueTable<T>(item: Shape<T>): Shape<QueueTable<T>> {
  const asTable = table(item)
  return (value, path) =>
    [...asTable(value, path)].map(([key, entry]) => [messageQueueShape(parseJson(key), `${path} key`), entry] as const)
}

function queueTableJson<T>(entries: QueueTable<T>): object {
  return Object.fromEntries(
    entries.map(([{ brokerName, queueId, topic }, entry]) => [JSON.stringify({ brokerName, queueId, topic }), entry]),
  )
}

export const topicStatsShape: Shape<QueueTable<TopicOffset>> = (value, path) =>
  record<{ offsetTable: QueueTable<TopicOffset> }>({
    offsetTable: queueTable(
      record<TopicOffset>({ minOffset: whole(), maxOffset: whole(), lastUpdateTimestamp: whole() }),
    ),
  })(value, path).offsetTable

export function topicStatsJson(entries: QueueTable<TopicOffset>): object {
  return { offsetTable: queueTableJson(entries), topicPutTps: 0 }
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

export function consumeStatsJson(entries: QueueTable<OffsetWrapper>): object {
  return { consumeTps: 0, offsetTable: queueTableJson(entries) }
}
