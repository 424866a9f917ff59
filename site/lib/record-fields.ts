/**
 * One message's record, cut into its fields, for the picture on the landing page.
 *
 * The bytes come from the reference encoder, and the reference decoder must read the same message back, or the build stops:
 * the picture cannot drift from the code. RocketMQ: `MessageExtEncoder`.
 */
import { formatHost } from '../../reference/common/address.ts'
import { readI32, readI64 } from '../../reference/common/bytes.ts'
import { decodeRecord, encodeRecord } from '../../reference/common/message-codec.ts'
import { encodeProperties } from '../../reference/common/message-properties.ts'

/** Who decides a field's value. */
export type FieldSource = 'producer' | 'broker'

/** One field, as drawn. */
export interface RecordField {
  readonly name: string
  readonly source: FieldSource
  /** Where it begins in the record. */
  readonly at: number
  readonly bytes: readonly number[]
  /** The value in words. */
  readonly value: string
}

const TOPIC = 'orders'
const BODY = 'one espresso, please'
const PROPERTIES = encodeProperties(
  new Map([
    ['KEYS', 'order-7'],
    ['TAGS', 'coffee'],
  ]),
)

/** The record of one message to the topic `orders`, field by field in the order of the disk. */
export function exampleRecord(): readonly RecordField[] {
  const record = encodeRecord({
    topic: TOPIC,
    queueId: 2,
    queueOffset: 41,
    physicalOffset: 7_340,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_767_225_600_250,
    bornIp: Uint8Array.of(10, 0, 0, 7),
    bornPort: 53_118,
    storeTimestamp: 1_767_225_600_252,
    storeIp: Uint8Array.of(10, 0, 0, 2),
    storePort: 10_911,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: new TextEncoder().encode(BODY),
    propertiesText: PROPERTIES,
  })
  const decoded = decodeRecord(record, 0, true)
  if ('fault' in decoded) throw new Error(`The landing page's record cannot be read back: ${decoded.fault}.`)
  if (decoded.message.topic !== TOPIC || decoded.message.queueOffset !== 41)
    throw new Error('The landing page’s record reads back as another message; compare encodeRecord and decodeRecord.')

  const i32 = (at: number) => String(readI32(record, at))
  const i64 = (at: number) => String(readI64(record, at))
  const hex = (at: number) => `0x${(readI32(record, at) >>> 0).toString(16)}`
  const host = (at: number) => formatHost(record.subarray(at, at + 4), readI32(record, at + 4))
  const text = (at: number, size: number) => new TextDecoder().decode(record.subarray(at, at + size))
  const layout: readonly [string, number, FieldSource, (at: number, size: number) => string][] = [
    ['totalSize', 4, 'broker', (at) => `${i32(at)} bytes`],
    ['magicCode', 4, 'broker', hex],
    ['bodyCRC', 4, 'broker', hex],
    ['queueId', 4, 'producer', i32],
    ['flag', 4, 'producer', i32],
    ['queueOffset', 8, 'broker', i64],
    ['physicalOffset', 8, 'broker', i64],
    ['sysFlag', 4, 'producer', i32],
    ['bornTimestamp', 8, 'producer', (at) => clockTime(readI64(record, at))],
    ['bornHost', 8, 'broker', host],
    ['storeTimestamp', 8, 'broker', (at) => clockTime(readI64(record, at))],
    ['storeHost', 8, 'broker', host],
    ['reconsumeTimes', 4, 'producer', i32],
    ['preparedTransactionOffset', 8, 'broker', i64],
    ['bodyLength', 4, 'broker', i32],
    ['body', BODY.length, 'producer', (at, size) => `“${text(at, size)}”`],
    ['topicLength', 1, 'broker', (at) => String(record[at])],
    ['topic', TOPIC.length, 'producer', text],
    ['propertiesLength', 2, 'broker', (at) => String((record[at]! << 8) | record[at + 1]!)],
    [
      'properties',
      PROPERTIES.length,
      'producer',
      (at, size) =>
        text(at, size)
          .replace(/[\u0001\u0002]/g, ' ')
          .trim(),
    ],
  ]
  let at = 0
  const fields = layout.map(([name, size, source, show]) => {
    const field = { name, source, at, bytes: [...record.subarray(at, at + size)], value: show(at, size) }
    at += size
    return field
  })
  if (at !== record.length) throw new Error(`The landing page’s fields end at ${at}, the record at ${record.length}.`)
  return fields
}

function clockTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 23)} UTC`
}
