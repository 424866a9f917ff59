/**
 * The four forms of a transactional message.
 *
 * | form      | topic, queue                     | sysFlag bits | preparedTransactionOffset | added properties                             |
 * | --------- | -------------------------------- | ------------ | ------------------------- | -------------------------------------------- |
 * | half      | RMQ_SYS_TRANS_HALF_TOPIC, 0      | none         | 0                         | `REAL_TOPIC` `REAL_QID` `__transactionId__`  |
 * | copy of a half message | RMQ_SYS_TRANS_HALF_TOPIC, 0 | none       | 0                         | `TRANSACTION_CHECK_TIMES`, see the text after this table         |
 * | committed | `REAL_TOPIC`, `REAL_QID`         | commit       | position of the half message | those of the half message                 |
 * | given up  | TRANS_CHECK_MAX_TIME_TOPIC, 0    | none         | position of the half message | those of the half message                 |
 *
 * A half message is stored without transaction bits, because a record with the bits for "prepared" gets no entry in a queue.
 * In a check, the broker asks a producer how the transaction has ended. Each check appends a copy of the half message to the
 * half queue, unless the counter of checks has no room in the properties. The copy contains how many checks have been made.
 * The property `TRAN_PREPARED_QUEUE_OFFSET` of each copy contains the queue offset of the first half message, so all copies
 * belong to one transaction. In RocketMQ, a copy has this property only when the message sets its own check immunity.
 * RocketMQ can also read the copies of this broker.
 *
 * RocketMQ: `TransactionalMessageBridge.parseHalfMessageInner`, `renewHalfMessageInner`;
 * `EndTransactionProcessor.endMessageTransaction`; `DefaultTransactionalMessageCheckListener.toMessageExtBrokerInner`.
 */
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { encodeRecord } from '../../common/message-codec.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { SYS_FLAG } from '../../common/sys-flag.ts'
import { copyOfStored, type NewMessage } from '../../store/put-message.ts'
import { TIMER_PROPERTIES } from '../schedule/delay-message.ts'

/** The topic in which half messages wait. */
export const HALF_TOPIC = 'RMQ_SYS_TRANS_HALF_TOPIC'
/** The topic of op messages. An op message contains the queue offsets of half messages whose transactions have ended. */
export const OP_TOPIC = 'RMQ_SYS_TRANS_OP_HALF_TOPIC'
/** The topic for half messages that were given up, because no producer has reported how their transactions ended. */
export const GIVEN_UP_TOPIC = 'TRANS_CHECK_MAX_TIME_TOPIC'
/** The consumer group under which the offsets of the half queue and the op queue are stored. */
export const TRANSACTION_GROUP = 'CID_RMQ_SYS_TRANS'

/**
 * Returns true for a message that a producer sends in a transaction. Returns false for a message that a consumer sends back,
 * even when it has the property `TRAN_MSG`: clients before 4.6.1 do not remove this property.
 */
export function isTransactional(properties: ReadonlyMap<string, string>, reconsumeTimes: number): boolean {
  const isGivenBack = reconsumeTimes > 0 && properties.has(PROPERTY.DELAY_TIME_LEVEL)
  return properties.get(PROPERTY.TRANSACTION_PREPARED)?.toLowerCase() === 'true' && !isGivenBack
}

// #region half-message
/**
 * Returns the half message of a transactional message. A half message has no delay, even when the message requests a delay,
 * because the delay queues of the broker would deliver the half message. `waitStoreMsgOk` is always true, because a
 * transaction may begin only when its half message is as safe as the settings require.
 */
export function halfMessage(message: NewMessage, properties: ReadonlyMap<string, string>): NewMessage {
  const waiting = new Map(properties)
  // #fold the id of the transaction
  const uniqKey = properties.get(PROPERTY.UNIQ_KEY)
  if (uniqKey !== undefined) waiting.set(PROPERTY.TRANSACTION_ID, uniqKey)
  // #endfold
  waiting.set(PROPERTY.REAL_TOPIC, message.topic)
  waiting.set(PROPERTY.REAL_QUEUE_ID, String(message.queueId))
  for (const name of [PROPERTY.DELAY_TIME_LEVEL, ...TIMER_PROPERTIES]) waiting.delete(name)
  return {
    ...message,
    topic: HALF_TOPIC,
    queueId: 0,
    sysFlag: message.sysFlag & ~SYS_FLAG.TRANSACTION_ROLLBACK,
    propertiesText: encodeProperties(waiting),
    waitStoreMsgOk: true,
  }
}
// #endregion half-message

/** Returns the queue offset of the first copy of a half message. This offset identifies the transaction. */
export function firstOffsetOf({ properties, queueOffset }: MessageExt): number {
  return wholeNumber(properties.get(PROPERTY.TRANSACTION_PREPARED_QUEUE_OFFSET)) ?? queueOffset
}

/** Returns how many times producers were asked about the message. */
export function checkTimesOf({ properties }: MessageExt): number {
  return wholeNumber(properties.get(PROPERTY.TRANSACTION_CHECK_TIMES)) ?? 0
}

/**
 * Returns the check immunity in ms that the message sets. Returns `minMs` when this immunity is shorter than `minMs`. During
 * the immunity, no producer is asked about the message. Returns undefined when the message does not set an immunity.
 */
export function ownImmunityMs({ properties }: MessageExt, minMs: number): number | undefined {
  const text = properties.get(PROPERTY.CHECK_IMMUNITY_TIME_IN_SECONDS)
  if (text === undefined) return undefined
  return Math.max((wholeNumber(text) ?? 0) * 1_000, minMs)
}

/** Returns the copy of a half message. A check stores this copy. */
export function checkCopy(half: MessageExt, checkTimes: number): NewMessage {
  const properties = new Map(half.properties)
  properties.set(PROPERTY.TRANSACTION_CHECK_TIMES, String(checkTimes))
  properties.set(PROPERTY.TRANSACTION_PREPARED_QUEUE_OFFSET, String(firstOffsetOf(half)))
  return { ...copyOf(half, properties), topic: HALF_TOPIC, queueId: 0 }
}

/**
 * Returns a new half message for a message that was given up. The new half message begins a new transaction, and its check
 * counter is 0.
 */
export function resumedHalf(givenUp: MessageExt): NewMessage {
  const properties = new Map(givenUp.properties)
  properties.set(PROPERTY.TRANSACTION_CHECK_TIMES, '0')
  properties.delete(PROPERTY.TRANSACTION_PREPARED_QUEUE_OFFSET)
  return { ...copyOf(givenUp, properties), topic: HALF_TOPIC, queueId: 0 }
}

// #region committed-message
/**
 * Returns the message that consumers receive. Returns undefined when the half message has no valid real topic or queue.
 */
export function committedMessage(half: MessageExt): NewMessage | undefined {
  const topic = half.properties.get(PROPERTY.REAL_TOPIC)
  const queueId = wholeNumber(half.properties.get(PROPERTY.REAL_QUEUE_ID))
  if (topic === undefined || topic === HALF_TOPIC || queueId === undefined || queueId > 65_535) return undefined
  return {
    ...copyOf(half, half.properties),
    topic,
    queueId,
    sysFlag: half.sysFlag | SYS_FLAG.TRANSACTION_COMMIT,
    preparedTransactionOffset: half.physicalOffset,
  }
}
// #endregion committed-message

/**
 * Returns the message that is stored in `GIVEN_UP_TOPIC`. This message contains the position of the half message. After a
 * restart, this position shows that the half message was moved. Unlike GlassMQ, RocketMQ does not store this position.
 */
export function givenUpMessage(half: MessageExt): NewMessage {
  const aside = copyOf(half, half.properties)
  return { ...aside, topic: GIVEN_UP_TOPIC, queueId: 0, preparedTransactionOffset: half.physicalOffset }
}

// #region escaped-half
/**
 * Returns the half message as its producer has sent it, so that another broker can begin the transaction again. Returns
 * undefined when the half message has no valid real topic or queue.
 */
export function escapedHalf(half: MessageExt): NewMessage | undefined {
  const { topic, queueId } = committedMessage(half) ?? {}
  if (topic === undefined || queueId === undefined) return undefined
  const properties = new Map(half.properties)
  const ofHalf = [PROPERTY.TRANSACTION_PREPARED_QUEUE_OFFSET, PROPERTY.TRANSACTION_CHECK_TIMES]
  for (const name of [...ofHalf, PROPERTY.REAL_TOPIC, PROPERTY.REAL_QUEUE_ID]) properties.delete(name)
  return { ...copyOf(half, properties), topic, queueId, sysFlag: half.sysFlag | SYS_FLAG.TRANSACTION_PREPARED }
}
// #endregion escaped-half

/** Returns the body of CHECK_TRANSACTION_STATE: the record of the half message with its real topic and queue. */
export function checkBody(half: MessageExt): Uint8Array {
  const { properties } = half
  return encodeRecord({
    ...half,
    topic: properties.get(PROPERTY.REAL_TOPIC) ?? '',
    queueId: wholeNumber(properties.get(PROPERTY.REAL_QUEUE_ID)) ?? 0,
    propertiesText: encodeProperties(properties),
  })
}

function copyOf(half: MessageExt, properties: ReadonlyMap<string, string>): NewMessage {
  const sysFlag = half.sysFlag & ~SYS_FLAG.TRANSACTION_ROLLBACK
  return { ...copyOfStored(half, properties), sysFlag, preparedTransactionOffset: 0 }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
