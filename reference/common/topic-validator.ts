/**
 * Checks the names of topics and groups, and lists the topics to which clients may not send.
 *
 * The name of a topic becomes a directory of the store. In 2019 a topic named `../../../../x` created directories outside
 * the store (CVE-2019-17572). Therefore every name is checked before its first use.
 *
 * RocketMQ: `TopicValidator`, `Validators`.
 */
import { GROUP_BYTES_MAX, LONG_TOPIC_BYTES_MAX, TOPIC_BYTES_MAX } from './limits.ts'
import { DLQ_TOPIC_PREFIX, RETRY_TOPIC_PREFIX } from './message.ts'

/** The topic for the traces of clients. The setting `msgTraceTopicName` can select another topic. */
export const TRACE_TOPIC = 'RMQ_SYS_TRACE_TOPIC'

const NAME = /^[%|a-zA-Z0-9_-]+$/

/** The topics to which only the broker writes. */
export const NOT_ALLOWED_SEND_TOPICS: ReadonlySet<string> = new Set([
  'SCHEDULE_TOPIC_XXXX',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  'rmq_sys_wheel_timer',
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
])

/** Returns '' when `topic` may be the name of a topic, and otherwise one sentence with the reason. */
export function topicNameFault(topic: string): string {
  if (topic === '') return 'The specified topic is blank'
  const limit =
    topic.startsWith(RETRY_TOPIC_PREFIX) || topic.startsWith(DLQ_TOPIC_PREFIX) ? LONG_TOPIC_BYTES_MAX : TOPIC_BYTES_MAX
  if (topic.length > limit) return `The specified topic is longer than topic max length ${limit}.`
  if (!NAME.test(topic)) return `The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$`
  return ''
}

/**
 * Returns '' when `topic` may be the topic of a stored record, and otherwise one sentence with the reason. A record may have
 * every topic that clients may use, and also a retry topic of popped messages, `%RETRY%group+topic` (RocketMQ:
 * `KeyBuilder.buildPopRetryTopicV2`).
 */
export function storedTopicFault(topic: string): string {
  return topicNameFault(topic.startsWith(RETRY_TOPIC_PREFIX) ? topic.replace('+', '_') : topic)
}

/** Returns '' when `group` may be the name of a group, and otherwise one sentence with the reason. */
export function groupNameFault(group: string): string {
  if (group === '') return 'the specified group is blank'
  if (group.length > GROUP_BYTES_MAX) return `the specified group is longer than group max length ${GROUP_BYTES_MAX}.`
  if (!NAME.test(group))
    return `the specified group[${group}] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$`
  return ''
}

/**
 * Each broker of 5.x has a topic with this prefix and its broker name. Brokers ask for the route of this topic in order to
 * learn the addresses of their group.
 */
export const SYNC_BROKER_MEMBER_GROUP_PREFIX = 'rmq_sys_SYNC_BROKER_MEMBER_'
