/**
 * Looks at one position of a commit log and says how a walk continues there. Recovery depends on this decision: the log is
 * cut at the first position where the walk ends.
 *
 * | what stands there                        | how the walk continues                              |
 * | ---------------------------------------- | --------------------------------------------------- |
 * | a good record                            | behind the record                                   |
 * | a blank (the rest of a file)             | at the start of the next file                       |
 * | zeros, a torn record, anything else      | the walk ends here                                  |
 *
 * A record that is not good is never passed over. Its bytes were not durable when the machine lost power, so whole records
 * behind it may be there by luck, with a hole before them.
 *
 * RocketMQ: `CommitLog.checkMessageAndReturnSize`. Not here: `DispatchRequest` (`dispatcher.ts` has its own form).
 */
import type { MessageExt } from '../common/message.ts'
import { BLANK_MAGIC, decodeRecord, RECORD_AT, V1_TOPIC_BYTES_MAX } from '../common/message-codec.ts'
import { storedTopicFault } from '../common/topic-validator.ts'

/** Bytes of a record without the IPs of the hosts, the body, the length of the topic, the topic and the properties. */
const FIXED_BYTES = 82

/** The bytes of the log, by position. */
export interface LogBytes {
  /** Returns the i32 at a position, or 0 when the file ends before its four bytes. */
  i32(at: number): number
  /** Returns at most `sizeBytes` bytes from `at` on: fewer when the file ends before. The bytes must not be changed. */
  slice(at: number, sizeBytes: number): Uint8Array
}

/** How a walk continues at a position. */
export type Step =
  /** A good record stands here. The walk continues behind it. */
  | { readonly record: MessageExt }
  /** Nothing of interest stands before `nextAt`. The walk continues there. */
  | { readonly nextAt: number }
  /** The walk ends here. The reason is a text for operators. */
  | { readonly endsBecause: string }

// #region step-at
/** Says how a walk continues at `at`, in files of `fileBytes`. */
export function stepAt(
  log: LogBytes, at: number, fileBytes: number, checkCrc: boolean,
): Step {
  const sizeBytes = log.i32(at)
  const magic = log.i32(at + RECORD_AT.magic)
  if (magic === BLANK_MAGIC) return { nextAt: endOfFile(at, fileBytes) }
  const isSize = sizeBytes > 0 && sizeBytes <= fileBytes
  if (!isSize) return { endsBecause: `no record at ${at}` }
  const bytes = log.slice(at, sizeBytes)
  const decoded = decodeRecord(bytes, 0, checkCrc)
  if ('fault' in decoded) return endsAt(at, decoded.fault)
  const fault = faultBeyondCrc(decoded.message, at, bytes)
  return fault === '' ? { record: decoded.message } : endsAt(at, fault)
} // biome-ignore format: a parameter list that fits on a page
// #endregion step-at

/** Position after the last byte of the file that holds `at`. */
function endOfFile(at: number, fileBytes: number): number {
  return at - (at % fileBytes) + fileBytes
}

function endsAt(at: number, fault: string): Step {
  return { endsBecause: `at ${at}: ${fault}` }
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
function faultBeyondCrc(message: MessageExt, at: number, record: Uint8Array): string {
  if (message.physicalOffset !== at) return `the record says it lies at ${message.physicalOffset}`
  const nameFault = storedTopicFault(message.topic)
  if (nameFault !== '') return nameFault
  return record.at(-1) === 0 && hasPropertyText(message) ? 'the properties end in zeros' : ''
}

function hasPropertyText({ storeSize, topic, body, bornIp, storeIp }: MessageExt): boolean {
  const topicLengthBytes = topic.length > V1_TOPIC_BYTES_MAX ? 2 : 1
  return storeSize > FIXED_BYTES + bornIp.length + storeIp.length + body.length + topicLengthBytes + topic.length
}
// #endregion beyond-crc
