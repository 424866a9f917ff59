/**
 * The body of a batch. A batch is one request with several messages of one topic.
 *
 * | field      | bytes | note                                              |
 * | ---------- | ----- | ------------------------------------------------- |
 * | totalSize  | 4     | length of this entry, including this field         |
 * | magic      | 4     | 0; not checked                                     |
 * | crc        | 4     | 0; the broker computes it                          |
 * | flag       | 4     |                                                    |
 * | bodyLength | 4     |                                                    |
 * | body       | n     |                                                    |
 * | propsLen   | 2     |                                                    |
 * | properties | n     | `message-properties.ts`                            |
 *
 * The body contains one entry for each message. The broker stores one record for each entry, and the records have
 * consecutive queue offsets.
 *
 * RocketMQ: `MessageDecoder.encodeMessages`, `MessageBatch`, `MessageExtEncoder.encode(MessageExtBatch)`.
 */
import { ByteReader, ByteWriter, OutOfBytesError } from './bytes.ts'
import { PROPERTIES_BYTES_MAX } from './limits.ts'
import { PROPERTY, RETRY_TOPIC_PREFIX } from './message.ts'
import { utf8Length } from './utf8.ts'

/** One message of a batch. */
export interface BatchEntry {
  readonly flag: number
  readonly body: Uint8Array
  readonly propertiesText: string
}

/** Returns the body of a batch. Throws a RangeError when the properties of an entry are too long. */
export function encodeBatch(entries: readonly BatchEntry[]): Uint8Array {
  const writer = new ByteWriter(1024)
  for (const { flag, body, propertiesText } of entries) {
    const propertiesBytes = utf8Length(propertiesText)
    if (propertiesBytes > PROPERTIES_BYTES_MAX)
      throw new RangeError(`properties of ${propertiesBytes} bytes in a batch entry`)
    writer
      .i32(22 + body.length + propertiesBytes)
      .i32(0)
      .i32(0)
      .i32(flag)
      .i32(body.length)
      .raw(body)
    writer.i16(propertiesBytes).utf8(propertiesText)
  }
  return writer.finish()
}

/** Properties that messages of a batch must not have, because the broker stores all messages of a batch together. */
const NOT_IN_A_BATCH: readonly (readonly [property: string, what: string])[] = [
  [PROPERTY.TIMER_DELAY_SEC, 'a time of its own'],
  [PROPERTY.TIMER_DELAY_MS, 'a time of its own'],
  [PROPERTY.TIMER_DELIVER_MS, 'a time of its own'],
  [PROPERTY.TIMER_DEL_UNIQKEY, 'a recall'],
]

// #region batch-fault
/**
 * Returns '' when these messages may be one batch to `topic`, and otherwise one sentence with the reason. Both the producer
 * and the broker call this function.
 *
 * RocketMQ: `MessageBatch.generateFromList`. In RocketMQ, only the producer checks the properties of the single messages.
 */
export function batchFault(topic: string, entries: readonly ReadonlyMap<string, string>[]): string {
  if (topic.startsWith(RETRY_TOPIC_PREFIX)) return 'a batch cannot go to a retry topic'
  const waits = (properties: ReadonlyMap<string, string>) => properties.get(PROPERTY.WAIT_STORE_MSG_OK) !== 'false'
  const [first] = entries
  const isWaiting = first !== undefined && waits(first)
  for (const [i, properties] of entries.entries()) {
    const what = NOT_IN_A_BATCH.find(([name]) => properties.has(name))?.[1]
    if (what !== undefined) return `message ${i} of the batch has ${what}: send it by itself`
    const delay = properties.get(PROPERTY.DELAY_TIME_LEVEL)
    if (delay !== undefined && delay !== '0') return `message ${i} of the batch has a delay level: send it by itself`
    if (properties.get(PROPERTY.TRANSACTION_PREPARED)?.toLowerCase() === 'true')
      return `message ${i} of the batch is part of a transaction: send it by itself`
    if (waits(properties) !== isWaiting)
      return `message ${i} of the batch has another WAIT than the first: they share one answer of the disk`
  }
  return ''
}
// #endregion batch-fault

/**
 * Returns the entries of a batch. As in RocketMQ's broker, the first three fields are skipped: the length of each entry
 * follows from the lengths of its body and its properties. Returns undefined when the entries do not fill the body exactly.
 * Reading stops after `entriesMax` + 1 entries. A result of this length tells the caller that the batch has too many
 * entries.
 */
export function decodeBatch(body: Uint8Array, entriesMax = Number.POSITIVE_INFINITY): BatchEntry[] | undefined {
  const entries: BatchEntry[] = []
  const reader = new ByteReader(body)
  try {
    while (reader.left > 0 && entries.length <= entriesMax) {
      reader.skip(12)
      const flag = reader.i32()
      const entryBody = reader.slice(reader.i32())
      entries.push({ flag, body: entryBody, propertiesText: reader.utf8(reader.i16()) })
    }
  } catch (error) {
    if (error instanceof OutOfBytesError) return undefined
    throw error
  }
  return entries
}
