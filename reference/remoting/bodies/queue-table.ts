/**
 * Maps whose keys are queues, and the queue itself as JSON.
 *
 * Java writes such a map with the queue *object* as key, `{{"queueId":3,…}:42}`, which is not JSON. Here the key is written as
 * the text of that object, which fastjson reads as well; both forms are read.
 *
 * RocketMQ: `MessageQueue`, and every `Map<MessageQueue, …>` in a body.
 */
import { parseJson } from '../../common/lax-json.ts'
import type { MessageQueue } from '../../common/message.ts'
import { record, type Shape, table, text, whole } from '../../common/shape.ts'

/** A map with queues as keys, as a list of pairs. */
export type QueueTable<T> = readonly (readonly [MessageQueue, T])[]

export const messageQueueShape: Shape<MessageQueue> = record<MessageQueue>({
  topic: text(),
  brokerName: text(),
  queueId: whole(),
})

/** Reads a map with queues as keys, in either form. */
export function queueTable<T>(item: Shape<T>): Shape<QueueTable<T>> {
  const asTable = table(item)
  return (value, path) =>
    [...asTable(value, path)].map(([key, entry]) => [messageQueueShape(parseJson(key), `${path} key`), entry] as const)
}

/** Writes a map with queues as keys. */
export function queueTableJson<T>(entries: QueueTable<T>): object {
  return Object.fromEntries(
    entries.map(([{ brokerName, queueId, topic }, entry]) => [JSON.stringify({ brokerName, queueId, topic }), entry]),
  )
}
