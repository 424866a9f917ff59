/**
 * One step of a walk over the commit log. A step reads the bytes at one position. The result of a step says what lies at
 * this position, and where the walk continues.
 *
 * | found  | how the step knows this                                                      | where the walk continues   |
 * | ------ | ---------------------------------------------------------------------------- | -------------------------- |
 * | record | its magic number, sizes, topic, properties and (when `checkCrc` is true) the CRC of its body pass the checks, and it names its own position | after the record |
 * | blank  | it has the magic number of a blank                                           | at the start of the next file |
 * | end    | it is not a record and not a blank                                           | nowhere: the walk ends here |
 *
 * A walk never searches for the next magic number, because the body of a message can contain the same bytes. Only the size
 * of a record says where the next record begins. The walk continues behind a record only when all checks of this record
 * succeed.
 *
 * RocketMQ: `CommitLog.checkMessageAndReturnSize`. Unlike RocketMQ, this code also checks that a record names its own
 * position.
 */
import { readI32 } from '../common/bytes.ts'
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT, V1_TOPIC_BYTES_MAX } from '../common/message-codec.ts'
import { storedTopicFault } from '../common/topic-validator.ts'

/**
 * The number of bytes of a record without the IP addresses, the body, the length of the topic, the topic and the properties.
 */
const FIXED_BYTES = 82
/** A step first reads this many bytes, which hold the size and the magic number of a record or blank. */
const HEAD_BYTES = 8

/** Returns `lengthBytes` bytes of the log, beginning at `position`. Returns fewer bytes when the file ends earlier. */
export type ReadLog = (position: number, lengthBytes: number) => Uint8Array

/**
 * The result of a step. `is` says what lies at the position of the step. The walk continues at `nextAt`. `reason` is a text
 * for operators.
 */
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

/**
 * Returns the size and the magic number in the first bytes of a record or blank. A field behind the end of the file is
 * returned as 0. No record and no blank has a size or a magic number of 0.
 */
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
 * Checks the fields outside the body, because the CRC covers only
 * the body. An incomplete write leaves zeros in these fields. But
 * a topic never contains a zero, and properties never end with a
 * zero. Other damage to topic and properties is not detected.
 * RocketMQ 5 can write a checksum over the whole record, but does
 * not by default (`enabledAppendPropCRC`).
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
