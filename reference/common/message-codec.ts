/**
 * Encodes and decodes records. A record is one message in the form in which the commit log stores it. An answer to a pull
 * also carries messages as records.
 *
 * All integers are big-endian. A number in brackets is the position of a field in a record whose two hosts have IPv4
 * addresses.
 *
 * |  # | field                     | bytes   | meaning                                                          |
 * | -- | ------------------------- | ------- | ---------------------------------------------------------------- |
 * |  1 | totalSize           [0]   | 4       | bytes of the whole record, including this field                   |
 * |  2 | magicCode           [4]   | 4       | V1 or V2 (see below), or the blank at the end of a file           |
 * |  3 | bodyCRC             [8]   | 4       | 31-bit CRC of the stored body                                     |
 * |  4 | queueId            [12]   | 4       |                                                                   |
 * |  5 | flag               [16]   | 4       | set by the sender; the broker does not use it                     |
 * |  6 | queueOffset        [20]   | 8       | position of the message in its queue, counted in messages         |
 * |  7 | physicalOffset     [28]   | 8       | position of this record in the whole log, in bytes                |
 * |  8 | sysFlag            [36]   | 4       | `sys-flag.ts`                                                     |
 * |  9 | bornTimestamp      [40]   | 8       | time of the send by the sender's clock, in ms                     |
 * | 10 | bornHost           [48]   | 8 or 20 | IP address (4 bytes, or 16 when sysFlag says V6), then the port in 4 bytes |
 * | 11 | storeTimestamp     [56]   | 8       | time of the append by the broker's clock, in ms                   |
 * | 12 | storeHost          [64]   | 8 or 20 |                                                                   |
 * | 13 | reconsumeTimes     [72]   | 4       |                                                                   |
 * | 14 | preparedTransactionOffset | 8       | in a committed message: the position of its half message          |
 * | 15 | bodyLength         [84]   | 4       |                                                                   |
 * | 16 | body               [88]   | n       | as it was sent, possibly compressed                               |
 * | 17 | topicLength               | 1 or 2  | one byte in V1; two bytes in V2, for topics over 127 bytes        |
 * | 18 | topic                     | n       | UTF-8                                                             |
 * | 19 | propertiesLength          | 2       | signed                                                            |
 * | 20 | properties                | n       | `message-properties.ts`                                           |
 *
 * Invariant: `totalSize` equals the sum of the lengths of all fields. A recovery after a crash checks the CRC of each body.
 *
 * RocketMQ: `MessageExtEncoder`, `MessageDecoder.decode`, `MessageVersion`. Not in GlassMQ: the CRC of the properties, which
 * RocketMQ 5 can write.
 */
import { ByteReader, OutOfBytesError, readI32, writeI32, writeI64 } from './bytes.ts'
import { bodyCrc } from './crc32.ts'
import { PROPERTIES_BYTES_MAX } from './limits.ts'
import type { MessageExt } from './message.ts'
import { decodeProperties } from './message-properties.ts'
import { SYS_FLAG } from './sys-flag.ts'
import { utf8ForCopy, utf8Length, writeUtf8 } from './utf8.ts'

// #region record-constants
/** The magic code of a record with a topic length of one byte. */
export const MESSAGE_MAGIC_V1 = 0xdaa320a7 | 0
/** The magic code of a record with a topic length of two bytes. */
export const MESSAGE_MAGIC_V2 = 0xdaa320ab | 0
/**
 * The magic code of a blank, which fills the unused end of a commit-log file. A blank has only the first two fields of a
 * record.
 */
export const BLANK_MAGIC = 0xcbd43194 | 0
/** The number of bytes that are written at the start of a blank: four bytes for its size, and four for its magic code. */
export const BLANK_BYTES = 8
/** The max length of a topic in a V1 record. */
export const V1_TOPIC_BYTES_MAX = 127
// #endregion record-constants

/**
 * The positions of those fields that are read or changed without decoding the record. No position depends on the kind of the
 * IP addresses.
 */
export const RECORD_AT = {
  totalSize: 0,
  magic: 4,
  bodyCrc: 8,
  queueId: 12,
  queueOffset: 20,
  physicalOffset: 28,
  sysFlag: 36,
  bornTimestamp: 40,
  bornHost: 48,
} as const

/** The length of a V1 record with two IPv4 hosts, without its body, topic and properties. */
const FIXED_BYTES = 91

/** A message that is ready to be written. The store sets the offsets and the store time when it appends the record. */
export interface RecordFields extends Omit<MessageExt, 'storeSize' | 'bodyCrc' | 'properties'> {
  /** The properties in the text form in which they are stored. */
  readonly propertiesText: string
}

// #region encode-record
/**
 * Returns the bytes of one record. In `sysFlag`, the bit of each of the two hosts is set when the IP address of this host
 * has 16 bytes. `room` returns the memory for the record. Throws a RangeError when the topic or the properties have more
 * than 32,767 bytes.
 */
export function encodeRecord(
  fields: RecordFields,
  room = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes),
): Uint8Array {
  // compute the size of the record before memory is allocated
  const topicBytes = utf8Length(fields.topic)
  const properties = utf8ForCopy(fields.propertiesText)
  const propertiesBytes = properties.length
  if (topicBytes > 32_767) throw new RangeError(`topic of ${topicBytes} bytes in a record`)
  if (propertiesBytes > PROPERTIES_BYTES_MAX) throw new RangeError(`properties of ${propertiesBytes} bytes in a record`)
  const isV2 = topicBytes > V1_TOPIC_BYTES_MAX
  const hostBytes = fields.bornIp.length + fields.storeIp.length - 8
  const totalSize = FIXED_BYTES + hostBytes + (isV2 ? 1 : 0) + fields.body.length + topicBytes + propertiesBytes
  const record = room(totalSize)

  // fields at fixed positions
  writeI32(record, RECORD_AT.totalSize, totalSize)
  writeI32(record, RECORD_AT.magic, isV2 ? MESSAGE_MAGIC_V2 : MESSAGE_MAGIC_V1)
  writeI32(record, RECORD_AT.bodyCrc, bodyCrc(fields.body))
  writeI32(record, RECORD_AT.queueId, fields.queueId)
  writeI32(record, 16, fields.flag)
  writeI64(record, RECORD_AT.queueOffset, fields.queueOffset)
  writeI64(record, RECORD_AT.physicalOffset, fields.physicalOffset)
  writeI32(record, RECORD_AT.sysFlag, hostFlags(fields))
  writeI64(record, RECORD_AT.bornTimestamp, fields.bornTimestamp)
  // from here on, a position depends on the lengths of earlier fields
  let at = writeHost(record, RECORD_AT.bornHost, fields.bornIp, fields.bornPort)
  writeI64(record, at, fields.storeTimestamp)
  at = writeHost(record, at + 8, fields.storeIp, fields.storePort)
  writeI32(record, at, fields.reconsumeTimes)
  writeI64(record, at + 4, fields.preparedTransactionOffset)
  writeI32(record, at + 12, fields.body.length)
  record.set(fields.body, at + 16)
  at += 16 + fields.body.length
  if (isV2) record[at++] = topicBytes >> 8
  record[at++] = topicBytes
  at = writeUtf8(fields.topic, record, at)
  record[at++] = propertiesBytes >> 8
  record[at++] = propertiesBytes
  record.set(properties, at)
  return record
}
// #endregion encode-record

function hostFlags(fields: RecordFields): number {
  let flags = fields.sysFlag & ~(SYS_FLAG.BORN_HOST_V6 | SYS_FLAG.STORE_HOST_V6)
  if (fields.bornIp.length === 16) flags |= SYS_FLAG.BORN_HOST_V6
  if (fields.storeIp.length === 16) flags |= SYS_FLAG.STORE_HOST_V6
  return flags
}

function writeHost(record: Uint8Array, at: number, ip: Uint8Array, port: number): number {
  record.set(ip, at)
  writeI32(record, at + ip.length, port)
  return at + ip.length + 4
}

/**
 * Returns the position of the field `storeTimestamp`. This position depends on the length of `bornHost`. The store sets
 * `storeTimestamp` when it appends the record.
 */
export function storeTimestampAt(record: Uint8Array): number {
  const isV6 = (readI32(record, RECORD_AT.sysFlag) & SYS_FLAG.BORN_HOST_V6) !== 0
  return RECORD_AT.bornHost + (isV6 ? 20 : 8)
}

/**
 * Sets the two offsets and the store time of a record. This function changes the array `record`, so the array must not be in
 * use elsewhere, for example in a write.
 */
export function stampRecord(
  record: Uint8Array,
  stamp: { readonly queueOffset: number; readonly physicalOffset: number; readonly storeTimestamp: number },
): void {
  writeI64(record, RECORD_AT.queueOffset, stamp.queueOffset)
  writeI64(record, RECORD_AT.physicalOffset, stamp.physicalOffset)
  writeI64(record, storeTimestampAt(record), stamp.storeTimestamp)
}

/** A decoded record, or a phrase (`fault`) that says why the bytes could not be decoded. */
export type DecodedRecord = { readonly message: MessageExt } | { readonly fault: string }

// #region decode-record
/**
 * Decodes the record at `at`. The function never throws, because the bytes may come from a damaged disk or from any peer.
 * When `checkCrc` is true, the function also compares the body with its CRC, as recovery requires.
 */
export function decodeRecord(bytes: Uint8Array, at: number, checkCrc: boolean): DecodedRecord {
  if (bytes.length - at < 8) return { fault: `${bytes.length - at} bytes are no record` }
  const totalSize = readI32(bytes, at)
  const magic = readI32(bytes, at + RECORD_AT.magic)
  if (magic !== MESSAGE_MAGIC_V1 && magic !== MESSAGE_MAGIC_V2) return { fault: `magic code ${magic} is no record's` }
  if (totalSize < FIXED_BYTES || totalSize > bytes.length - at) {
    return { fault: `record claims ${totalSize} bytes, ${bytes.length - at} are there` }
  }
  try {
    const message = readFields(new ByteReader(bytes, at, at + totalSize), magic === MESSAGE_MAGIC_V2)
    if (message === undefined) return { fault: 'the lengths inside the record do not add up to its size' }
    if (checkCrc && bodyCrc(message.body) !== message.bodyCrc) return { fault: 'the body does not match its CRC' }
    return { message }
  } catch (error) {
    if (error instanceof OutOfBytesError || error instanceof RangeError) return { fault: error.message }
    throw error
  }
}

/** Reads the fields in the order of the table above. Returns undefined when the fields do not end where `totalSize` says. */
function readFields(reader: ByteReader, isV2: boolean): MessageExt | undefined {
  const storeSize = reader.i32()
  reader.skip(4)
  const crc = reader.i32()
  const queueId = reader.i32()
  const flag = reader.i32()
  const queueOffset = reader.i64()
  const physicalOffset = reader.i64()
  const sysFlag = reader.i32()
  const bornTimestamp = reader.i64()
  const bornIp = reader.slice(sysFlag & SYS_FLAG.BORN_HOST_V6 ? 16 : 4)
  const bornPort = reader.i32()
  const storeTimestamp = reader.i64()
  const storeIp = reader.slice(sysFlag & SYS_FLAG.STORE_HOST_V6 ? 16 : 4)
  const storePort = reader.i32()
  const reconsumeTimes = reader.i32()
  const preparedTransactionOffset = reader.i64()
  const body = reader.slice(reader.i32())
  const topic = reader.utf8(isV2 ? reader.u16() : reader.u8())
  const properties = decodeProperties(reader.utf8(reader.i16()))
  if (reader.left !== 0) return undefined
  return {
    topic, queueId, queueOffset, physicalOffset, storeSize, flag, sysFlag, bodyCrc: crc, bornTimestamp, bornIp, bornPort,
    storeTimestamp, storeIp, storePort, reconsumeTimes, preparedTransactionOffset, body, properties,
  } // biome-ignore format: the fields in the order of the record
}
// #endregion decode-record

/**
 * Returns the position of the properties in the record at `bytes[start, end)`, without reading its other fields. The two
 * bytes before this position hold the length of the properties. Returns -1 when the lengths inside the record do not fit its
 * bytes.
 */
export function propertiesAt(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < FIXED_BYTES) return -1
  const sysFlag = readI32(bytes, start + RECORD_AT.sysFlag)
  const bornBytes = sysFlag & SYS_FLAG.BORN_HOST_V6 ? 20 : 8
  const storeBytes = sysFlag & SYS_FLAG.STORE_HOST_V6 ? 20 : 8
  let at = start + RECORD_AT.bornHost + bornBytes + 8 + storeBytes + 12 // the length of the body
  if (at + 4 > end) return -1
  const bodyBytes = readI32(bytes, at)
  at += 4 + bodyBytes
  const isV2 = readI32(bytes, start + RECORD_AT.magic) === MESSAGE_MAGIC_V2
  if (bodyBytes < 0 || at + (isV2 ? 2 : 1) > end) return -1
  at += isV2 ? 2 + readU16(bytes, at) : 1 + bytes[at]! // the topic
  if (at + 2 > end) return -1
  const propertiesBytes = (readU16(bytes, at) << 16) >> 16
  return propertiesBytes < 0 || at + 2 + propertiesBytes > end ? -1 : at + 2
}

function readU16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

/**
 * Returns the messages in the body of an answer, for example to a pull. `bytes` is this body, which contains records one
 * after the other. As in RocketMQ's Java client, reading stops at the first record that cannot be decoded, and `fault` says
 * what is wrong with this record. When all records can be decoded, `fault` is ''.
 */
export function decodeRecords(bytes: Uint8Array): { readonly messages: readonly MessageExt[]; readonly fault: string } {
  const messages: MessageExt[] = []
  for (let at = 0; at < bytes.length; ) {
    const decoded = decodeRecord(bytes, at, false)
    if ('fault' in decoded) return { messages, fault: decoded.fault }
    messages.push(decoded.message)
    at += decoded.message.storeSize
  }
  return { messages, fault: '' }
}
