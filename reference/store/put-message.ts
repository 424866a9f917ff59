/**
 * The message that a put stores, and the result that a put returns.
 *
 * RocketMQ: `MessageExtBrokerInner`, `PutMessageStatus`, `PutMessageResult`.
 */
import { javaHashCode } from '../common/hash.ts'
import { keyOf, type MessageExt, PROPERTY } from '../common/message.ts'
import { encodeProperties } from '../common/message-properties.ts'
import { SYS_FLAG, transactionValue } from '../common/sys-flag.ts'

/** The status of a put. With each of the first four statuses, the message is in the log. */
export const PutMessageStatus = {
  PUT_OK: 'PUT_OK',
  /** The message has its place in the log, but the sync failed or was too slow. A power cut may remove the message. */
  FLUSH_DISK_TIMEOUT: 'FLUSH_DISK_TIMEOUT',
  /**
   * The message is in the log of this broker. But the slaves have not confirmed it in time, or this broker is no longer the
   * master.
   */
  FLUSH_SLAVE_TIMEOUT: 'FLUSH_SLAVE_TIMEOUT',
  /** The message is in the log of the master, but no connected slave can copy the message. */
  SLAVE_NOT_AVAILABLE: 'SLAVE_NOT_AVAILABLE',
  SERVICE_NOT_AVAILABLE: 'SERVICE_NOT_AVAILABLE',
  /** The in-sync set has too few members, so the message was not stored. */
  IN_SYNC_REPLICAS_NOT_ENOUGH: 'IN_SYNC_REPLICAS_NOT_ENOUGH',
  MESSAGE_ILLEGAL: 'MESSAGE_ILLEGAL',
  PROPERTIES_SIZE_EXCEEDED: 'PROPERTIES_SIZE_EXCEEDED',
  OS_PAGE_CACHE_BUSY: 'OS_PAGE_CACHE_BUSY',
  /** The disk failed before the message was in the page cache, so it is not known whether the message is in the log. */
  UNKNOWN_ERROR: 'UNKNOWN_ERROR',
} as const
/** One of the values of `PutMessageStatus`. */
export type PutMessageStatus = (typeof PutMessageStatus)[keyof typeof PutMessageStatus]

/** A message that the store will store. The store assigns the position and the store time of the message. */
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
  /** The body as the broker received it. The body may be compressed. */
  readonly body: Uint8Array
  readonly propertiesText: string
  /**
   * The value for the consume queue entry: the Java hash of the tag, or 0 without a tag. For a waiting delayed message, the
   * time of delivery.
   */
  readonly tagsCode: number
  /**
   * False for a message with the property `WAIT=false`. The store answers the put of such a message before the bytes are
   * durable, even under SYNC_FLUSH.
   */
  readonly waitStoreMsgOk: boolean
  /** The key that identifies the message in trace events. This field has no other use. */
  readonly key: string
}

/** The result of the put of one message. */
export interface PutMessageResult {
  readonly status: PutMessageStatus
  /** A sentence that explains the failure, or '' for PUT_OK. */
  readonly reason: string
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly storeTimestamp: number
  /** The number of bytes of the record, or 0 when nothing was stored. */
  readonly sizeBytes: number
}

/** Returns the tags code of a message: the Java hash of its tag, or 0 without a tag. RocketMQ: `tagsString2tagsCode`. */
export function tagsCodeOf(properties: ReadonlyMap<string, string>): number {
  const tag = properties.get(PROPERTY.TAGS)
  return tag === undefined ? 0 : javaHashCode(tag)
}

/** Returns false for prepared and rolled-back messages, which are in the log but not in a consume queue. */
export function hasQueueEntry(sysFlag: number): boolean {
  const type = transactionValue(sysFlag)
  return type === 0 || type === SYS_FLAG.TRANSACTION_COMMIT
}

/**
 * Returns a new message with the fields of a stored message and with the given `properties`. A put of the copy waits for the
 * disk (`waitStoreMsgOk`), because a caller may mark the original as done only after the copy is durable. Services such as
 * the delivery of delayed messages use such copies. In RocketMQ, each service has its own code for this.
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

/** Returns the result of a put that has stored nothing. */
export function refusal(status: PutMessageStatus, reason: string): PutMessageResult {
  return { status, reason, queueOffset: -1, physicalOffset: -1, storeTimestamp: 0, sizeBytes: 0 }
}

/**
 * The statuses of a message that is in the log. All of these statuses except PUT_OK mean that the message is less safe than
 * the settings require.
 */
const IN_LOG: ReadonlySet<PutMessageStatus> = new Set([
  PutMessageStatus.PUT_OK,
  PutMessageStatus.FLUSH_DISK_TIMEOUT,
  PutMessageStatus.FLUSH_SLAVE_TIMEOUT,
  PutMessageStatus.SLAVE_NOT_AVAILABLE,
])

/** Returns true when the message is in the log of this broker. See also `hasPlace`. */
export function isInLog({ status }: PutMessageResult): boolean {
  return IN_LOG.has(status)
}

/**
 * Returns true when the message has received a queue offset, even if the disk failed later (UNKNOWN_ERROR). After such a
 * failure, it is not known whether the message is in the log. So the message must not be stored a second time.
 */
export function hasPlace({ queueOffset }: Pick<PutMessageResult, 'queueOffset'>): boolean {
  return queueOffset >= 0
}

/**
 * Returns true when the caller may continue with its next message: when the message of `result` is in the log, is illegal,
 * or has too long properties. An illegal message or too long properties would make every new attempt fail.
 */
export function isTaken(result: PutMessageResult): boolean {
  const { MESSAGE_ILLEGAL, PROPERTIES_SIZE_EXCEEDED } = PutMessageStatus
  return isInLog(result) || result.status === MESSAGE_ILLEGAL || result.status === PROPERTIES_SIZE_EXCEEDED
}
