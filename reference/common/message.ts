/**
 * A message as its sender makes it, a queue, and a message as it is stored.
 *
 * RocketMQ: `Message`, `MessageQueue`, `MessageExt`, `MessageConst`, `MixAll`. Names are RocketMQ's.
 */

/** The names of the properties that RocketMQ itself reads and writes. Not all of them are used here. */
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

/** `%RETRY%group` is the topic in which messages of a group wait for their redelivery. */
export const RETRY_TOPIC_PREFIX = '%RETRY%'
/** `%DLQ%group` is the topic of a group's dead letters: messages that could not be consumed. */
export const DLQ_TOPIC_PREFIX = '%DLQ%'
/** The value of the property `MSG_TYPE` of a reply. */
export const REPLY_MESSAGE_TYPE = 'reply'
/** The topic whose settings a new topic inherits on auto-creation. */
export const AUTO_CREATE_TOPIC_KEY_TOPIC = 'TBW102'

/** One queue of a topic, on one broker. */
export interface MessageQueue {
  readonly topic: string
  readonly brokerName: string
  readonly queueId: number
}

/** Returns `<cluster>_REPLY_TOPIC`, to which the replies to messages of a cluster are sent. */
export function replyTopic(clusterName: string): string {
  return `${clusterName}_REPLY_TOPIC`
}

/** Returns a text that identifies a queue, as a key of maps. Names cannot hold the separator. */
export function queueKey(queue: MessageQueue): string {
  return `${queue.topic}@${queue.brokerName}@${queue.queueId}`
}

/** Compares queues as Java does: by topic, broker name, queue id. Every member of a group must sort alike. */
export function compareQueues(a: MessageQueue, b: MessageQueue): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  if (a.brokerName !== b.brokerName) return a.brokerName < b.brokerName ? -1 : 1
  return a.queueId - b.queueId
}

/** The key that people know a message by: `KEYS`, otherwise `UNIQ_KEY`, otherwise ''. */
export function keyOf(properties: ReadonlyMap<string, string>): string {
  return properties.get(PROPERTY.KEYS) ?? properties.get(PROPERTY.UNIQ_KEY) ?? ''
}

/** A message as its sender makes it. */
export interface Message {
  readonly topic: string
  readonly body: Uint8Array
  /** 32 bits of the sender; the broker does not read them. */
  readonly flag?: number
  readonly properties?: ReadonlyMap<string, string>
  /** Delivered so long after it was sent, or at that time (ms since 1970), by the broker's clock. The first field that is set counts. */
  readonly delayTimeSec?: number
  readonly delayTimeMs?: number
  readonly deliverTimeMs?: number
}

/** A stored message: a record of the commit log, decoded. Hosts are IP bytes (4 or 16). */
export interface MessageExt {
  readonly topic: string
  readonly queueId: number
  /** Position in its queue, counted in messages. */
  readonly queueOffset: number
  /** Position of the record, bytes from the start of the whole commit log. */
  readonly physicalOffset: number
  /** Length of the record in bytes. */
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
  /** As stored: compressed when `sysFlag` says so. */
  readonly body: Uint8Array
  readonly properties: ReadonlyMap<string, string>
}
