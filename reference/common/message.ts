/**
 * A message, a queue, and what is known of a message once it is stored.
 *
 * RocketMQ: `Message`, `MessageQueue`, `MessageExt`, `MessageConst`, `MixAll`. Names are RocketMQ's.
 */

/** Names of the properties that RocketMQ itself reads and writes. Not all are used yet. */
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

/** `%RETRY%group`: where messages of a group wait for another try. */
export const RETRY_TOPIC_PREFIX = '%RETRY%'
/** `%DLQ%group`: where a group's undeliverable messages end. */
export const DLQ_TOPIC_PREFIX = '%DLQ%'
/** What a message of type reply has as `MSG_TYPE`. */
export const REPLY_MESSAGE_TYPE = 'reply'
/** The topic whose settings a new topic inherits on auto-creation. */
export const AUTO_CREATE_TOPIC_KEY_TOPIC = 'TBW102'

/** The queue of one topic on one broker. */
export interface MessageQueue {
  readonly topic: string
  readonly brokerName: string
  readonly queueId: number
}

/** `<cluster>_REPLY_TOPIC`: where the replies to messages of a cluster are sent. */
export function replyTopic(clusterName: string): string {
  return `${clusterName}_REPLY_TOPIC`
}

/** One text for a queue, for maps. Names cannot hold the separator. */
export function queueKey(queue: MessageQueue): string {
  return `${queue.topic}@${queue.brokerName}@${queue.queueId}`
}

/** Java's order of queues: topic, broker name, queue id; every member of a group must sort alike. */
export function compareQueues(a: MessageQueue, b: MessageQueue): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1
  if (a.brokerName !== b.brokerName) return a.brokerName < b.brokerName ? -1 : 1
  return a.queueId - b.queueId
}

/** The key that people know a message by: `KEYS`, otherwise `UNIQ_KEY`, otherwise ''. */
export function keyOf(properties: ReadonlyMap<string, string>): string {
  return properties.get(PROPERTY.KEYS) ?? properties.get(PROPERTY.UNIQ_KEY) ?? ''
}

/** A message as its sender passes it to `send`. */
export interface Message {
  readonly topic: string
  readonly body: Uint8Array
  /** The sender's own 32 bits; the broker only carries them. */
  readonly flag?: number
  readonly properties?: ReadonlyMap<string, string>
  /** Delivered so long after it was sent, or at that time (ms since 1970), by the broker's clock; the first that is there counts. */
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
