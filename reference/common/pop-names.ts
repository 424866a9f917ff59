/**
 * The names of the topics of POP consumption. The revive topic holds the check points, each of which lists the messages of
 * one pop from one queue. Retry topics hold popped messages that were not acknowledged in time.
 *
 * | name                          | what the topic holds                                                     |
 * | ----------------------------- | ------------------------------------------------------------------------ |
 * | rmq_sys_REVIVE_LOG_*cluster*  | check points and acknowledgements, in a few queues                         |
 * | %RETRY%*group*_*topic*        | the messages of one topic that are redelivered to one group (V1, the default) |
 * | %RETRY%*group*+*topic*        | the same messages (V2); unlike with V1, two different pairs of group and topic never have the same name |
 *
 * One answer can contain messages from the normal topic and from one of its retry topics. Therefore the answer contains a
 * mark with each offset: 0 for the normal topic, 1 for V1, 2 for V2.
 *
 * RocketMQ: `KeyBuilder`, `PopAckConstants`, `ExtraInfoUtil.getRetry`.
 */
import { RETRY_TOPIC_PREFIX } from './message.ts'

/** The consumer group with which the broker reads the revive topic. */
export const REVIVE_GROUP = 'CID_RMQ_SYS_REVIVE_GROUP'
/** Used instead of a revive queue id when messages are popped in order, because such messages have no check points. */
export const POP_ORDER_REVIVE_QUEUE = 999
/** The queue id that means "any queue of a broker". */
export const ANY_QUEUE = -1

const V2_SEPARATOR = '+'

/** The kind of a topic. '0' means a normal topic, '1' a retry topic of the form V1, and '2' a retry topic of the form V2. */
export type RetryMark = '0' | '1' | '2'

/** Returns the topic that holds the check points and acknowledgements of a cluster. */
export function reviveTopic(clusterName: string): string {
  return `rmq_sys_REVIVE_LOG_${clusterName}`
}

/** Returns the retry topic of popped messages, with the old form of its name (V1). */
export function popRetryTopicV1(topic: string, group: string): string {
  return `${RETRY_TOPIC_PREFIX}${group}_${topic}`
}

/** Returns the retry topic of popped messages, with the new form of its name (V2). */
export function popRetryTopicV2(topic: string, group: string): string {
  return `${RETRY_TOPIC_PREFIX}${group}${V2_SEPARATOR}${topic}`
}

/** Returns the mark of the kind of `topic`. A retry topic without `+`, also one of pulled messages, counts as V1. */
export function retryMarkOf(topic: string): RetryMark {
  if (!topic.startsWith(RETRY_TOPIC_PREFIX)) return '0'
  return topic.includes(V2_SEPARATOR) ? '2' : '1'
}

/**
 * Returns the topic in which a message with this mark is stored. `topic` is the topic from which a consumer has popped the
 * message.
 */
export function markedTopic(mark: RetryMark, topic: string, group: string): string {
  if (mark === '0') return topic
  return mark === '1' ? popRetryTopicV1(topic, group) : popRetryTopicV2(topic, group)
}

/** Returns the normal topic of a pop retry topic of the group. Returns any other topic unchanged. */
export function normalTopicOf(topic: string, group: string): string {
  for (const prefix of [popRetryTopicV2('', group), popRetryTopicV1('', group)])
    if (topic.startsWith(prefix)) return topic.slice(prefix.length)
  return topic
}
