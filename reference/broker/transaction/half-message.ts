/**
 * The four forms of a transactional message.
 *
 * | form      | topic, queue                     | sysFlag bits | preparedTransactionOffset | added properties                             |
 * | --------- | -------------------------------- | ------------ | ------------------------- | -------------------------------------------- |
 * | half      | RMQ_SYS_TRANS_HALF_TOPIC, 0      | none         | 0                         | `REAL_TOPIC` `REAL_QID` `__transactionId__`  |
 * | its copy  | the same                         | none         | 0                         | `TRANSACTION_CHECK_TIMES`, see below         |
 * | committed | `REAL_TOPIC`, `REAL_QID`         | commit       | the half's position       | the half's                                   |
 * | given up  | TRANS_CHECK_MAX_TIME_TOPIC, 0    | none         | the half's position       | the half's                                   |
 *
 * A half is stored without transaction bits, because records marked as prepared do not get a place in a queue. Each check puts
 * a copy of the half behind the other messages, with a higher counter. The copy's `TRAN_PREPARED_QUEUE_OFFSET` names the first
 * half: all copies of one half are one transaction. RocketMQ writes that property only into copies of a message that sets its
 * check immunity; it reads the copies of this broker like those.
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

/** Half messages wait in this topic. */
export const HALF_TOPIC = 'RMQ_SYS_TRANS_HALF_TOPIC'
/** Op messages are in this topic. Each one says: these half messages are done. */
export const OP_TOPIC = 'RMQ_SYS_TRANS_OP_HALF_TOPIC'
/** Half messages whose producers could not say how their transactions ended are moved to this topic. */
export const GIVEN_UP_TOPIC = 'TRANS_CHECK_MAX_TIME_TOPIC'
/** The group in whose name the progress of the two queues is stored. */
export const TRANSACTION_GROUP = 'CID_RMQ_SYS_TRANS'

/**
 * True for a message that a producer sends in a transaction. A client before 4.6.1 leaves the mark on messages that it sends
 * back.
 */
export function isTransactional(properties: ReadonlyMap<string, string>, reconsumeTimes: number): boolean {
  const isGivenBack = reconsumeTimes > 0 && properties.has(PROPERTY.DELAY_TIME_LEVEL)
  return properties.get(PROPERTY.TRANSACTION_PREPARED)?.toLowerCase() === 'true' && !isGivenBack
}

// #region half-message
/**
 * The message as it waits for its transaction. It has no delay, whatever it asks for, because the half would come due. And it
 * waits for the disk, whatever `WAIT` says: a transaction may only begin on a message that a power cut does not take back.
 */
export function halfMessage(message: NewMessage, properties: ReadonlyMap<string, string>): NewMessage {
  const waiting = new Map(properties)
  const uniqKey = properties.get(PROPERTY.UNIQ_KEY)
  if (uniqKey !== undefined) waiting.set(PROPERTY.TRANSACTION_ID, uniqKey)
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

/** Queue offset of the first of all copies of a half message, which names the transaction. */
export function firstOffsetOf({ properties, queueOffset }: MessageExt): number {
  return wholeNumber(properties.get(PROPERTY.TRANSACTION_PREPARED_QUEUE_OFFSET)) ?? queueOffset
}

/** How often producers were asked about the message. */
export function checkTimesOf({ properties }: MessageExt): number {
  return wholeNumber(properties.get(PROPERTY.TRANSACTION_CHECK_TIMES)) ?? 0
}

/** The time within which no producer is asked, when the message names one; not shorter than `minMs`. */
export function ownImmunityMs({ properties }: MessageExt, minMs: number): number | undefined {
  const text = properties.get(PROPERTY.CHECK_IMMUNITY_TIME_IN_SECONDS)
  if (text === undefined) return undefined
  return Math.max((wholeNumber(text) ?? 0) * 1_000, minMs)
}

/** The copy of a half message that a check puts back. */
export function checkCopy(half: MessageExt, checkTimes: number): NewMessage {
  const properties = new Map(half.properties)
  properties.set(PROPERTY.TRANSACTION_CHECK_TIMES, String(checkTimes))
  properties.set(PROPERTY.TRANSACTION_PREPARED_QUEUE_OFFSET, String(firstOffsetOf(half)))
  return { ...copyOf(half, properties), topic: HALF_TOPIC, queueId: 0 }
}

/** A given-up message as a half message again: a new transaction, about which no producer has been asked yet. */
export function resumedHalf(givenUp: MessageExt): NewMessage {
  const properties = new Map(givenUp.properties)
  properties.set(PROPERTY.TRANSACTION_CHECK_TIMES, '0')
  properties.delete(PROPERTY.TRANSACTION_PREPARED_QUEUE_OFFSET)
  return { ...copyOf(givenUp, properties), topic: HALF_TOPIC, queueId: 0 }
}

// #region committed-message
/** The message that consumers get; undefined when the half does not name its real topic and queue. */
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

/** The message as it is put aside. RocketMQ leaves out the half's position, from which a restart sees that it was moved. */
export function givenUpMessage(half: MessageExt): NewMessage {
  const aside = copyOf(half, half.properties)
  return { ...aside, topic: GIVEN_UP_TOPIC, queueId: 0, preparedTransactionOffset: half.physicalOffset }
}

/** The body of CHECK_TRANSACTION_STATE: the half message as its producer knows it. */
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
