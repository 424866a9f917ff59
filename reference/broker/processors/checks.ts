/**
 * Checks that several processors share. Each check throws `Refusal` with the code and sentence that RocketMQ's clients know.
 */
import { groupNameFault, topicNameFault } from '../../common/topic-validator.ts'
import type { Host } from '../../host/host.ts'
import type { TopicConfig } from '../../remoting/bodies/topic-config.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'

/** The part of the broker's topics that the checks need (`TopicConfigManager` has it). */
export interface KnownTopics {
  get(topic: string): TopicConfig | undefined
  createPlain(topic: string, queueNums: number): TopicConfig | undefined
}

/** Checks that a topic may have this name. Throws `Refusal`. */
export function checkTopicName(topic: string): void {
  const fault = topicNameFault(topic)
  if (fault !== '') throw new Refusal(ResponseCode.INVALID_PARAMETER, fault)
}

/** Checks that a group may have this name. Throws `Refusal`. */
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

/** Returns the refusal of a queue that cannot be read. `code` is the code that RocketMQ uses for the request in question. */
export function illegalQueue(code: number, { topicName, readQueueNums }: TopicConfig, queueId: number): Refusal {
  return new Refusal(
    code,
    `queueId[${queueId}] is illegal, topic:[${topicName}] topicConfig.readQueueNums:[${readQueueNums}]`,
  )
}

/**
 * Returns the settings that `SubscriptionGroups.find` or `settingsOf` has found. Throws `Refusal` when `config` is
 * undefined.
 */
export function existingGroup<T>(config: T | undefined, group: string): T {
  if (config === undefined)
    throw new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group [${group}] does not exist`)
  return config
}

/**
 * Returns a topic that the broker itself needs, such as a group's retry topic, and creates it when it is missing. Throws
 * `Refusal` when the broker has too many topics.
 */
export function plainTopic(topics: KnownTopics, topic: string, queueNums: number): TopicConfig {
  const config = topics.createPlain(topic, queueNums)
  if (config === undefined) throw new Refusal(ResponseCode.SYSTEM_BUSY, 'too many topics on this broker')
  return config
}

/**
 * Returns the queue of a send. With queue id -1 the sender leaves the choice to the broker, and a write queue is drawn at
 * random. Throws `Refusal` when the topic has no such queue.
 */
export function writeQueueOf({ random }: Host, config: TopicConfig, queueId: number): number {
  const { topicName: topic, writeQueueNums, readQueueNums } = config
  if (queueId < 0 && writeQueueNums === 0)
    throw new Refusal(
      ResponseCode.INVALID_PARAMETER,
      `topic[${topic}] has 0 write queues, so it takes no messages: an operator can give it some by updateTopic -w`,
    )
  // A queue that is only readable accepts messages too, because producers with an older route still send to it.
  const queues = Math.max(writeQueueNums, readQueueNums)
  if (queueId >= queues)
    throw new Refusal(
      ResponseCode.INVALID_PARAMETER,
      `request queueId[${queueId}] is illegal, topic[${topic}] has ${queues} queues`,
    )
  return queueId >= 0 ? queueId : random.int('send.queue', writeQueueNums)
}
