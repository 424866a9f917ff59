/**
 * Which names may be topics and groups, and which topics nobody may send to.
 *
 * A topic becomes a directory of the store: in 2019 a topic named `../../../../x` made folders outside it
 * (CVE-2019-17572). So a name is checked before anything is made of it.
 *
 * RocketMQ: `TopicValidator`, `Validators`.
 */
import { GROUP_BYTES_MAX, LONG_TOPIC_BYTES_MAX, TOPIC_BYTES_MAX } from './limits.ts'
import { DLQ_TOPIC_PREFIX, RETRY_TOPIC_PREFIX } from './message.ts'

/** Where clients send their traces, unless the broker is told another. */
export const TRACE_TOPIC = 'RMQ_SYS_TRACE_TOPIC'

const NAME = /^[%|a-zA-Z0-9_-]+$/

/** Topics that only the broker itself writes. */
export const NOT_ALLOWED_SEND_TOPICS: ReadonlySet<string> = new Set([
  'SCHEDULE_TOPIC_XXXX',
  'RMQ_SYS_TRANS_HALF_TOPIC',
  'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  'TRANS_CHECK_MAX_TIME_TOPIC',
  'rmq_sys_wheel_timer',
  'SELF_TEST_TOPIC',
  'OFFSET_MOVED_EVENT',
])

/** '' when `topic` may be a topic's name, otherwise the sentence that says why not. */
export function topicNameFault(topic: string): string {
  if (topic === '') return 'The specified topic is blank'
  const limit =
    topic.startsWith(RETRY_TOPIC_PREFIX) || topic.startsWith(DLQ_TOPIC_PREFIX) ? LONG_TOPIC_BYTES_MAX : TOPIC_BYTES_MAX
  if (topic.length > limit) return `The specified topic is longer than topic max length ${limit}.`
  if (!NAME.test(topic)) return `The specified topic contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$`
  return ''
}

/**
 * '' when `topic` may be the topic of a record on the disk, otherwise the sentence. Only a broker makes the retry topics of
 * popped messages: `%RETRY%group+topic` (RocketMQ: `KeyBuilder.buildPopRetryTopicV2`).
 */
export function storedTopicFault(topic: string): string {
  return topicNameFault(topic.startsWith(RETRY_TOPIC_PREFIX) ? topic.replace('+', '_') : topic)
}

/** '' when `group` may be a group's name, otherwise the sentence. */
export function groupNameFault(group: string): string {
  if (group === '') return 'the specified group is blank'
  if (group.length > GROUP_BYTES_MAX) return `the specified group is longer than group max length ${GROUP_BYTES_MAX}.`
  if (!NAME.test(group))
    return `the specified group[${group}] contains illegal characters, allowing only ^[%|a-zA-Z0-9_-]+$`
  return ''
}
