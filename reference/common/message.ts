/**
 * Defines the types of a message before its send (`Message`), of a stored message (`MessageExt`) and of a queue
 * (`MessageQueue`), and the names of properties.
 *
 * RocketMQ: `Message`, `MessageQueue`, `MessageExt`, `MessageConst`, `MixAll`.
 */

/** The names of the properties that RocketMQ reads and writes. GlassMQ does not use all these properties. */
export const PROPERTY = {
  KEYS: 'KEYS',
  TAGS: 'TAGS',
  WAIT_STORE_MSG_OK: 'WAIT',
  DELAY_TIME_LEVEL: 'DELAY',
  RETRY_TOPIC: 'RETRY_TOPIC',
  REAL_TOPIC: 'REAL_TOPIC',
  REAL_QUEUE_ID: 'REAL_QID',
  TIMER_DELAY_SEC: 'TIMER_DELAY_SEC',
  TIMER_DELAY_MS: 'TIMER_DELAY_MS',
  TIMER_DELIVER_MS: 'TIMER_DELIVER_MS',
  TIMER_OUT_MS: 'TIMER_OUT_MS',
  TIMER_ENQUEUE_MS: 'TIMER_ENQUEUE_MS',
  TIMER_DEQUEUE_MS: 'TIMER_DEQUEUE_MS',
  TIMER_ROLL_TIMES: 'TIMER_ROLL_TIMES',
  TIMER_DEL_UNIQKEY: 'TIMER_DEL_UNIQKEY',
  TRANSACTION_PREPARED: 'TRAN_MSG',
  PRODUCER_GROUP: 'PGROUP',
  TRANSACTION_ID: '__transactionId__',
  TRANSACTION_CHECK_TIMES: 'TRANSACTION_CHECK_TIMES',
  TRANSACTION_PREPARED_QUEUE_OFFSET: 'TRAN_PREPARED_QUEUE_OFFSET',
  CHECK_IMMUNITY_TIME_IN_SECONDS: 'CHECK_IMMUNITY_TIME_IN_SECONDS',
  MIN_OFFSET: 'MIN_OFFSET',
  MAX_OFFSET: 'MAX_OFFSET',
  ORIGIN_MESSAGE_ID: 'ORIGIN_MESSAGE_ID',
  RECONSUME_TIME: 'RECONSUME_TIME',
  MAX_RECONSUME_TIMES: 'MAX_RECONSUME_TIMES',
  UNIQ_KEY: 'UNIQ_KEY',
  CONSUME_START_TIME: 'CONSUME_START_TIME',
  MSG_REGION: 'MSG_REGION',
  TRACE_ON: 'TRACE_ON',
  CLUSTER: 'CLUSTER',
  CORRELATION_ID: 'CORRELATION_ID',
  REPLY_TO_CLIENT: 'REPLY_TO_CLIENT',
  TTL: 'TTL',
  MSG_TYPE: 'MSG_TYPE',
  ARRIVE_TIME: 'ARRIVE_TIME',
  PUSH_REPLY_TIME: 'PUSH_REPLY_TIME',
  POP_CK: 'POP_CK',
  FIRST_POP_TIME: '1ST_POP_TIME',
} as const

/** `%RETRY%group` is the topic through which a group receives messages again. */
export const RETRY_TOPIC_PREFIX = '%RETRY%'
/** `%DLQ%group` is the topic of a group's dead letters. A dead letter is a message that could not be consumed. */
export const DLQ_TOPIC_PREFIX = '%DLQ%'
/** The value of the property `MSG_TYPE` in a reply. */
export const REPLY_MESSAGE_TYPE = 'reply'
/** When a broker creates a topic on demand, the new topic inherits the settings of this topic. */
export const AUTO_CREATE_TOPIC_KEY_TOPIC = 'TBW102'

/** One queue of a topic, on one broker. */
export interface MessageQueue {
  readonly topic: string
  readonly brokerName: string
  readonly queueId: number
}

/** Returns `<cluster>_REPLY_TOPIC`. The replies to messages of this cluster are sent to this topic. */
export function replyTopic(clusterName: string): string {
  return `${clusterName}_REPLY_TOPIC`
}

/**
 * Returns a text that identifies a queue. Maps use this text as their key. Two queues never have the same text, because the
 * name of a topic cannot contain `@`, and the queue id is the last part.
 */
export function queueKey(queue: MessageQueue): string {
  return `${queue.topic}@${queue.brokerName}@${queue.queueId}`
}

/**
 * Compares two queues. As in Java, the order is by topic, then by broker name, then by queue id. Every member of a group
 * must use the same order.
 */
export function compareQueues(a: MessageQueue, b: MessageQueue): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  if (a.brokerName !== b.brokerName) return a.brokerName < b.brokerName ? -1 : 1
  return a.queueId - b.queueId
}

/**
 * Returns the property `KEYS`, with which people identify a message. Returns `UNIQ_KEY` when `KEYS` is missing, and '' when
 * both are missing.
 */
export function keyOf(properties: ReadonlyMap<string, string>): string {
  return properties.get(PROPERTY.KEYS) ?? properties.get(PROPERTY.UNIQ_KEY) ?? ''
}

/** A message as its sender creates it. */
export interface Message {
  readonly topic: string
  readonly body: Uint8Array
  /** A 32-bit number that the sender may set for its consumers. The broker does not use this number. */
  readonly flag?: number
  readonly properties?: ReadonlyMap<string, string>
  /**
   * The next three fields set the delay of the delivery, or the time of the delivery (ms since 1970), by the broker's clock.
   * When several of them are set, the broker uses the first of them in this list.
   */
  readonly delayTimeSec?: number
  readonly delayTimeMs?: number
  readonly deliverTimeMs?: number
}

/** A stored message, decoded from its record in the commit log. An IP address is an array of 4 or 16 bytes. */
export interface MessageExt {
  readonly topic: string
  readonly queueId: number
  /** The position of the message in its queue, counted in messages. */
  readonly queueOffset: number
  /** The position of the record, in bytes from the start of the whole commit log. */
  readonly physicalOffset: number
  /** The length of the record in bytes. */
  readonly storeSize: number
  readonly flag: number
  readonly sysFlag: number
  readonly bodyCrc: number
  readonly bornTimestamp: number
  readonly bornIp: Uint8Array
  readonly bornPort: number
  readonly storeTimestamp: number
  readonly storeIp: Uint8Array
  readonly storePort: number
  readonly reconsumeTimes: number
  readonly preparedTransactionOffset: number
  /** The body as it was stored. A bit of `sysFlag` says whether the body is compressed. */
  readonly body: Uint8Array
  readonly properties: ReadonlyMap<string, string>
}
