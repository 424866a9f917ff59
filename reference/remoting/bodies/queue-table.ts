/**
 * Maps with queues as keys, and a queue as JSON.
 *
 * Java writes such a map with the queue *object* as key, `{{"queueId":3,…}:42}`. This text is not JSON. GlassMQ writes the
 * JSON text of the object as key. Java's fastjson can read this form, too. GlassMQ reads both forms.
 *
 * RocketMQ: `MessageQueue`, and every `Map<MessageQueue, …>` in a body.
 */
import { parseJson } from '../../common/lax-json.ts'
import type { MessageQueue } from '../../common/message.ts'
import { record, type Shape, table, text, whole } from '../../common/shape.ts'

/** A map with queues as keys, stored as a list of pairs. */
export type QueueTable<T> = readonly (readonly [MessageQueue, T])[]

export const messageQueueShape: Shape<MessageQueue> = record<MessageQueue>({
  topic: text(),
  brokerName: text(),
  queueId: whole(),
})

/** Returns the shape of a map with queues as keys. The shape reads both forms. */
export function queueTable<T>(item: Shape<T>): Shape<QueueTable<T>> {
  const asTable = table(item)
  return (value, path) =>
    [...asTable(value, path)].map(([key, entry]) => [messageQueueShape(parseJson(key), `${path} key`), entry] as const)
}

/** Returns the object for JSON of a map with queues as keys. */
export function queueTableJson<T>(entries: QueueTable<T>): object {
  return Object.fromEntries(
    entries.map(([{ brokerName, queueId, topic }, entry]) => [JSON.stringify({ brokerName, queueId, topic }), entry]),
  )
}
