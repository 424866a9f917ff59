/**
 * The checks that more than one processor needs. Most checks throw `Refusal` with the response code and the text of
 * RocketMQ. Some texts are GlassMQ's own.
 */
import { groupNameFault, topicNameFault } from '../../common/topic-validator.ts'
import type { Host } from '../../host/host.ts'
import type { TopicConfig } from '../../remoting/bodies/topic-config.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'

/** The part of `TopicConfigManager` that the checks need. */
export interface KnownTopics {
  get(topic: string): TopicConfig | undefined
  createPlain(topic: string, queueNums: number): TopicConfig | undefined
}

/** Checks that a topic may have this name. Throws `Refusal` when the name is not allowed. */
export function checkTopicName(topic: string): void {
  const fault = topicNameFault(topic)
  if (fault !== '') throw new Refusal(ResponseCode.INVALID_PARAMETER, fault)
}

/** Checks that a group may have this name. Throws `Refusal` when the name is not allowed. */
export function checkGroupName(group: string): void {
  const fault = groupNameFault(group)
  if (fault !== '') throw new Refusal(ResponseCode.SYSTEM_ERROR, fault)
}

/** Returns the settings of a topic. Throws `Refusal` when this broker does not have the topic. */
export function existingTopic(topics: KnownTopics, topic: string): TopicConfig {
  const config = topics.get(topic)
  if (config === undefined)
    throw new Refusal(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist, apply first please!`)
  return config
}

/**
 * Returns the `Refusal` for a queue that the topic does not have. The caller throws this `Refusal`. The caller gives the
 * response code in `code`, because RocketMQ uses different codes for different requests.
 */
export function illegalQueue(code: number, { topicName, readQueueNums }: TopicConfig, queueId: number): Refusal {
  return new Refusal(
    code,
    `queueId[${queueId}] is illegal, topic:[${topicName}] topicConfig.readQueueNums:[${readQueueNums}]`,
  )
}

/**
 * Returns `config`, the settings of a group. Throws `Refusal` when `config` is undefined. `SubscriptionGroups.find` and
 * `settingsOf` return undefined for an unknown group.
 */
export function existingGroup<T>(config: T | undefined, group: string): T {
  if (config === undefined)
    throw new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group [${group}] does not exist`)
  return config
}

/**
 * Returns the settings of a topic that the broker itself needs, for example the retry topic of a group. Creates the topic
 * when it is missing. Throws `Refusal` when the broker has too many topics.
 */
export function plainTopic(topics: KnownTopics, topic: string, queueNums: number): TopicConfig {
  const config = topics.createPlain(topic, queueNums)
  if (config === undefined) throw new Refusal(ResponseCode.SYSTEM_BUSY, 'too many topics on this broker')
  return config
}

/**
 * Returns the id of the queue that stores a message. When `queueId` is negative, a random write queue is chosen. Throws
 * `Refusal` when the topic does not have the queue `queueId`, or when a queue must be chosen and the topic has no write
 * queue.
 */
export function writeQueueOf({ random }: Host, config: TopicConfig, queueId: number): number {
  const { topicName: topic, writeQueueNums, readQueueNums } = config
  if (queueId < 0 && writeQueueNums === 0)
    throw new Refusal(
      ResponseCode.INVALID_PARAMETER,
      `topic[${topic}] has 0 write queues, so it takes no messages: an operator can give it some by updateTopic -w`,
    )
  // A queue that is only readable also accepts messages, because a producer with an older route may still send to such a
  // queue.
  const queues = Math.max(writeQueueNums, readQueueNums)
  if (queueId >= queues)
    throw new Refusal(
      ResponseCode.INVALID_PARAMETER,
      `request queueId[${queueId}] is illegal, topic[${topic}] has ${queues} queues`,
    )
  return queueId >= 0 ? queueId : random.int('send.queue', writeQueueNums)
}
