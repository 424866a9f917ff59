/**
 * What goes into a put and what comes out of it.
 *
 * RocketMQ: `MessageExtBrokerInner`, `PutMessageStatus`, `PutMessageResult`.
 */

/** How a put ended; the first two mean that the message is in the log. */
export const PutMessageStatus = {
  PUT_OK: 'PUT_OK',
  /** In the log, but the disk did not confirm in time: it may or may not survive a power cut. */
  FLUSH_DISK_TIMEOUT: 'FLUSH_DISK_TIMEOUT',
  SERVICE_NOT_AVAILABLE: 'SERVICE_NOT_AVAILABLE',
  MESSAGE_ILLEGAL: 'MESSAGE_ILLEGAL',
  PROPERTIES_SIZE_EXCEEDED: 'PROPERTIES_SIZE_EXCEEDED',
  OS_PAGE_CACHE_BUSY: 'OS_PAGE_CACHE_BUSY',
  /** The disk refused the write; whether some of it arrived is unknown. */
  UNKNOWN_ERROR: 'UNKNOWN_ERROR',
} as const
export type PutMessageStatus = (typeof PutMessageStatus)[keyof typeof PutMessageStatus]

/** A message for the log; place and store time are the store's to give. */
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
  /** As it came, maybe compressed. */
  readonly body: Uint8Array
  readonly propertiesText: string
  /** Java hash of the tag, 0 without one: goes into the queue's entry. */
  readonly tagsCode: number
  /** False (property `WAIT=false`): answered when the bytes are in the page cache, whatever the flush setting. */
  readonly waitStoreMsgOk: boolean
  /** What people call it; for the event log only. */
  readonly key: string
}

export interface PutMessageResult {
  readonly status: PutMessageStatus
  /** One sentence when the status is no success; '' otherwise. */
  readonly reason: string
  readonly queueOffset: number
  readonly physicalOffset: number
  readonly storeTimestamp: number
  /** Of the record; 0 when there is none. */
  readonly sizeBytes: number
}

/** A refusal: nothing was stored. */
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

/** In the log, or never to be: a message that the store will not have must not hold up the ones behind it. */
export function isTaken(result: PutMessageResult): boolean {
  const { MESSAGE_ILLEGAL, PROPERTIES_SIZE_EXCEEDED } = PutMessageStatus
  return isInLog(result) || result.status === MESSAGE_ILLEGAL || result.status === PROPERTIES_SIZE_EXCEEDED
}
