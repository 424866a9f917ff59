/**
 * What a put takes and returns.
 *
 * RocketMQ: `MessageExtBrokerInner`, `PutMessageStatus`, `PutMessageResult`.
 */
import { javaHashCode } from '../common/hash.ts'
import { keyOf, type MessageExt, PROPERTY } from '../common/message.ts'
import { encodeProperties } from '../common/message-properties.ts'
import { SYS_FLAG, transactionValue } from '../common/sys-flag.ts'

/** How a put ended; the first two mean that the message is in the log. */
export const PutMessageStatus = {
  PUT_OK: 'PUT_OK',
  /** The message is in the log, but the disk did not confirm in time: it may or may not survive a power cut. */
  FLUSH_DISK_TIMEOUT: 'FLUSH_DISK_TIMEOUT',
  SERVICE_NOT_AVAILABLE: 'SERVICE_NOT_AVAILABLE',
  MESSAGE_ILLEGAL: 'MESSAGE_ILLEGAL',
  PROPERTIES_SIZE_EXCEEDED: 'PROPERTIES_SIZE_EXCEEDED',
  OS_PAGE_CACHE_BUSY: 'OS_PAGE_CACHE_BUSY',
  /** The disk refused the write; whether some of it arrived is unknown. */
  UNKNOWN_ERROR: 'UNKNOWN_ERROR',
} as const
export type PutMessageStatus = (typeof PutMessageStatus)[keyof typeof PutMessageStatus]

/** A message for the log; the store assigns its place and its store time. */
export interface NewMessage {
  readonly topic: string
  readonly queueId: number
  readonly flag: number
  readonly sysFlag: number
  readonly bornTimestamp: number
  readonly bornIp: Uint8Array
  readonly bornPort: number
  readonly reconsumeTimes: number
  readonly preparedTransactionOffset: number
  /** As the broker received it, maybe compressed. */
  readonly body: Uint8Array
  readonly propertiesText: string
  /** Java hash of the tag, 0 without one: part of the queue's entry. */
  readonly tagsCode: number
  /** False (property `WAIT=false`): answered when the bytes are in the page cache, whatever the flush setting. */
  readonly waitStoreMsgOk: boolean
  /** The key that people know it by; for the event log only. */
  readonly key: string
}

export interface PutMessageResult {
  readonly status: PutMessageStatus
  /** One sentence when the status is not a success; '' otherwise. */
  readonly reason: string
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly storeTimestamp: number
  /** Bytes of the record; 0 when there is none. */
  readonly sizeBytes: number
}

/** The tags code of a message: the Java hash of its tag, 0 without one. RocketMQ: `tagsString2tagsCode`. */
export function tagsCodeOf(properties: ReadonlyMap<string, string>): number {
  const tag = properties.get(PROPERTY.TAGS)
  return tag === undefined ? 0 : javaHashCode(tag)
}

/** False for prepared and rolled-back messages: they are in the log but in no queue. */
export function hasQueueEntry(sysFlag: number): boolean {
  const type = transactionValue(sysFlag)
  return type === 0 || type === SYS_FLAG.TRANSACTION_COMMIT
}

/**
 * A stored message as it is put once more, with other properties if they differ. It waits for the disk, because what is
 * noted about the original may only follow when the copy is as safe. RocketMQ builds such copies in each of its services.
 */
export function copyOfStored(stored: MessageExt, properties: ReadonlyMap<string, string>): NewMessage {
  const { topic, queueId, flag, sysFlag, bornTimestamp, bornIp, bornPort, body } = stored
  const { reconsumeTimes, preparedTransactionOffset } = stored
  return {
    topic,
    queueId,
    flag,
    sysFlag,
    bornTimestamp,
    bornIp,
    bornPort,
    reconsumeTimes,
    preparedTransactionOffset,
    body,
    propertiesText: encodeProperties(properties),
    tagsCode: tagsCodeOf(properties),
    waitStoreMsgOk: true,
    key: keyOf(properties),
  }
}

/** The result of a put of which nothing was stored. */
export function refusal(status: PutMessageStatus, reason: string): PutMessageResult {
  return { status, reason, queueOffset: -1, physicalOffset: -1, storeTimestamp: 0, sizeBytes: 0 }
}

/**
 * True when the message is in the log as the caller wanted it: written, and either durable or not confirmed in time. Compare
 * `hasPlace`.
 */
export function isInLog({ status }: PutMessageResult): boolean {
  return status === PutMessageStatus.PUT_OK || status === PutMessageStatus.FLUSH_DISK_TIMEOUT
}

/**
 * True when the message has a position in its queue, whatever the disk has said since: after UNKNOWN_ERROR it may be in the log
 * or not, and must not be stored a second time.
 */
export function hasPlace({ queueOffset }: Pick<PutMessageResult, 'queueOffset'>): boolean {
  return queueOffset >= 0
}

/** True when the message is in the log, or will never be: an illegal message must not hold up the ones behind it. */
export function isTaken(result: PutMessageResult): boolean {
  const { MESSAGE_ILLEGAL, PROPERTIES_SIZE_EXCEEDED } = PutMessageStatus
  return isInLog(result) || result.status === MESSAGE_ILLEGAL || result.status === PROPERTIES_SIZE_EXCEEDED
}
