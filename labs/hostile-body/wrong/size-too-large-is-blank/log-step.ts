/**
 * One step of a walk over the commit log: what lies at a position, and where the walk goes on.
 *
 * | found  | how it is known                                                              | the walk goes on           |
 * | ------ | ---------------------------------------------------------------------------- | -------------------------- |
 * | record | its magic number, sizes that add up, its own position, the CRC of its body   | behind the record          |
 * | blank  | the blank's magic number                                                     | at the start of the next file |
 * | end    | everything else                                                              | not at all                 |
 *
 * The reader never searches for a magic number. The bytes of a body belong to the sender, and may hold any number. Only the
 * size of a record says where the next record begins, and a size counts only when all the rest of the record is right.
 *
 * RocketMQ: `CommitLog.checkMessageAndReturnSize`. Unlike RocketMQ, a record must also say its own position.
 */
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT, V1_TOPIC_BYTES_MAX } from '../common/message-codec.ts'
import { storedTopicFault } from '../common/topic-validator.ts'

/** Bytes of a record without these fields: IPs of the hosts, body, length of the topic, topic, properties. */
const FIXED_BYTES = 82
/** Bytes that a step reads before it knows the size: the size and the magic number. */
const HEAD_BYTES = 8

/** Returns the bytes from a position of the log on. Returns fewer than `lengthBytes` when the file ends before. */
export type ReadLog = (position: number, lengthBytes: number) => Uint8Array

/** What lies at a position of the log. `nextAt` is the position at which the walk goes on. `reason` is a text for operators. */
export type Step =
  | { readonly is: 'record'; readonly message: MessageExt; readonly nextAt: number }
  | { readonly is: 'blank'; readonly nextAt: number }
  | { readonly is: 'end'; readonly reason: string }

// #region log-step
/** Returns what lies at `at`. */
export function stepAt(
  read: ReadLog,
  at: number,
  fileSizeBytes: number,
  checkCrc: boolean, // compares a body with its CRC
): Step {
  const { sizeBytes, magic } = headOf(read(at, HEAD_BYTES))
  if (magic === BLANK_MAGIC) return blankAt(at, fileSizeBytes)
  const isSize = sizeBytes > 0 && sizeBytes <= fileSizeBytes
  if (sizeBytes > fileSizeBytes) return blankAt(at, fileSizeBytes)
  if (!isSize) return end(`no record at ${at}`)
  const record = read(at, sizeBytes)
  const decoded = decodeRecord(record, 0, checkCrc)
  if ('fault' in decoded) return end(`at ${at}: ${decoded.fault}`)
  const { message } = decoded
  const fault = faultBeyondCrc(message, at, record.at(-1)!)
  if (fault !== '') return end(`at ${at}: ${fault}`)
  return { is: 'record', message, nextAt: at + sizeBytes }
}
// #endregion log-step

/** Returns the first two fields. A field that the file cuts off is 0, which is neither a size nor a magic number. */
function headOf(head: Uint8Array): { readonly sizeBytes: number; readonly magic: number } {
  return {
    sizeBytes: head.length < 4 ? 0 : readI32(head, RECORD_AT.totalSize),
    magic: head.length < HEAD_BYTES ? 0 : readI32(head, RECORD_AT.magic),
  }
}

function blankAt(at: number, fileSizeBytes: number): Step {
  return { is: 'blank', nextAt: at + fileSizeBytes - (at % fileSizeBytes) }
}

function end(reason: string): Step {
  return { is: 'end', reason }
}

// #region beyond-crc
/**
 * Checks the fields that the CRC does not cover: the CRC covers
 * only the body. A write that was cut short leaves zeros in the
 * other fields, but no topic contains a zero, and no properties
 * end with a zero. Other damage to topic and properties cannot be
 * noticed. RocketMQ 5 has a checksum over the whole record, but
 * it is off by default (`enabledAppendPropCRC`).
 */
function faultBeyondCrc(message: MessageExt, at: number, lastByte: number): string {
  if (message.physicalOffset !== at) return `the record says it lies at ${message.physicalOffset}`
  const nameFault = storedTopicFault(message.topic)
  if (nameFault !== '') return nameFault
  return lastByte === 0 && hasPropertyText(message) ? 'the properties end in zeros' : ''
}

function hasPropertyText({ storeSize, topic, body, bornIp, storeIp }: MessageExt): boolean {
  const topicLengthBytes = topic.length > V1_TOPIC_BYTES_MAX ? 2 : 1
  return storeSize > FIXED_BYTES + bornIp.length + storeIp.length + body.length + topicLengthBytes + topic.length
}
// #endregion beyond-crc
