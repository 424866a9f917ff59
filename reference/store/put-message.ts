/**
 * The message that a put stores, and the result that a put returns.
 *
 * RocketMQ: `MessageExtBrokerInner`, `PutMessageStatus`, `PutMessageResult`.
 */
import { javaHashCode } from '../common/hash.ts'
import { keyOf, type MessageExt, PROPERTY } from '../common/message.ts'
import { encodeProperties } from '../common/message-properties.ts'
import { SYS_FLAG, transactionValue } from '../common/sys-flag.ts'

/**
 * The status of a put. With each of the first four statuses, the message is in the log of this broker. A slave that acts as
 * master may give a message to another broker (`broker/slave/escape-bridge.ts`): then the message is in the log of that one.
 */
export const PutMessageStatus = {
  PUT_OK: 'PUT_OK',
  /**
   * The message has its place in the log, but the sync failed or was too slow. A power cut may remove the message. During the
   * start of the store, a crash of the process may remove it, too.
   */
  FLUSH_DISK_TIMEOUT: 'FLUSH_DISK_TIMEOUT',
  /**
   * The message is in the log of this broker. But the slaves have not confirmed it in time, or this broker stops, or it is no
   * longer the master. In the last case, it is not known whether the message stays in the log.
   */
  FLUSH_SLAVE_TIMEOUT: 'FLUSH_SLAVE_TIMEOUT',
  /** The message is in the log of the master, but no slave is connected, or each one is too far behind. */
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
  /** The body as it is stored. The body may be compressed. */
  readonly body: Uint8Array
  readonly propertiesText: string
  /**
   * The value for the consume queue entry: the Java hash of the tag, or 0 without a tag. While a delayed message waits, this
   * value is its delivery time.
   */
  readonly tagsCode: number
  /**
   * False for an ordinary send with the property `WAIT=false`. Copies and half messages always wait. The store answers the put of such a message before the bytes are
   * durable, even under SYNC_FLUSH.
   */
  readonly waitStoreMsgOk: boolean
  /** The key that identifies the message in trace events. This field has no other use. */
  readonly key: string
}

/** The result of the put of one message. */
export interface PutMessageResult {
  readonly status: PutMessageStatus
  /** A sentence that explains the failure. The value is '' for PUT_OK, and for some timeouts. */
  readonly reason: string
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly storeTimestamp: number
  /** The number of bytes of the record, or 0 when nothing was stored. For a message on another broker, those of its body. */
  readonly sizeBytes: number
}

/** Returns the tags code of a message with these properties. */
export function tagsCodeOf(properties: ReadonlyMap<string, string>): number {
  return tagsCodeOfTag(properties.get(PROPERTY.TAGS))
}

/** Returns the tags code of a message: the Java hash of its tag, or 0 without a tag. RocketMQ: `tagsString2tagsCode`. */
export function tagsCodeOfTag(tag: string | undefined): number {
  return tag === undefined ? 0 : javaHashCode(tag)
}

/**
 * Returns false when `sysFlag` has the bits of a prepared or a rolled-back message: such a message is in the log but not in a
 * consume queue. The broker stores half messages without these bits, in a topic of their own.
 */
export function hasQueueEntry(sysFlag: number): boolean {
  const type = transactionValue(sysFlag)
  return type === 0 || type === SYS_FLAG.TRANSACTION_COMMIT
}

/**
 * Returns a new message with the fields of a stored message and with the given `properties`. A put of the copy waits for disk
 * and slaves as the settings require (`waitStoreMsgOk`), because a caller may mark the original as done only after the copy is durable. Services such as
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

/** Returns a result without a place in the log of this broker. */
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

/** Returns true when the message is in the log of this broker, or of the broker that has taken it. See also `hasPlace`. */
export function isInLog({ status }: PutMessageResult): boolean {
  return IN_LOG.has(status)
}

/**
 * Returns true when the message has received a place in the log of this broker, even if the disk failed later
 * (UNKNOWN_ERROR). After such a failure, it is not known whether the message is in the log. A caller that must not store a
 * message twice checks this. The services that deliver delayed messages store again.
 */
export function hasPlace({ queueOffset }: Pick<PutMessageResult, 'queueOffset'>): boolean {
  return queueOffset >= 0
}

/**
 * Returns true when the put need not be repeated: the message is in the log, is illegal, or has too long properties. An
 * illegal message, or one with too long properties, would be refused again, unless the settings change.
 */
export function isTaken(result: PutMessageResult): boolean {
  const { MESSAGE_ILLEGAL, PROPERTIES_SIZE_EXCEEDED } = PutMessageStatus
  return isInLog(result) || result.status === MESSAGE_ILLEGAL || result.status === PROPERTIES_SIZE_EXCEEDED
}
