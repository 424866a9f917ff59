/**
 * Reads and writes a queue as JSON, and maps whose keys are queues.
 *
 * Java writes such a map with the queue *object* as key, `{{"queueId":3,…}:42}`. This text is not JSON. GlassMQ writes the
 * JSON text of the object as key, a form that fastjson can read, too. GlassMQ reads both forms.
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

/**
 * Returns the shape of a map with queues as keys. The shape reads Java's form and GlassMQ's form. The shape throws
 * `JsonSyntaxError` for a key that is not JSON.
 */
export function queueTable<T>(item: Shape<T>): Shape<QueueTable<T>> {
  const asTable = table(item)
  return (value, path) =>
    [...asTable(value, path)].map(([key, entry]) => [messageQueueShape(parseJson(key), `${path} key`), entry] as const)
}

/** Returns a map with queues as keys as the object for JSON. */
export function queueTableJson<T>(entries: QueueTable<T>): object {
  return Object.fromEntries(
    entries.map(([{ brokerName, queueId, topic }, entry]) => [JSON.stringify({ brokerName, queueId, topic }), entry]),
  )
}
