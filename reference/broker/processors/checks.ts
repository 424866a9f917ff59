/**
 * Checks that several processors share. Each throws `Refusal` with the code and the sentence that RocketMQ's clients know.
 */
import { groupNameFault, topicNameFault } from '../../common/topic-validator.ts'
import type { Host } from '../../host/host.ts'
import type { TopicConfig } from '../../remoting/bodies/topic-config.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'

/** What the checks use of the broker's topics: `TopicConfigManager`. */
export interface KnownTopics {
  get(topic: string): TopicConfig | undefined
  createPlain(topic: string, queueNums: number): TopicConfig | undefined
}

/** Checks that a topic may have this name. */
export function checkTopicName(topic: string): void {
  const fault = topicNameFault(topic)
  if (fault !== '') throw new Refusal(ResponseCode.INVALID_PARAMETER, fault)
}

/** Checks that a group may have this name. */
export function checkGroupName(group: string): void {
  const fault = groupNameFault(group)
  if (fault !== '') throw new Refusal(ResponseCode.SYSTEM_ERROR, fault)
}

/** The settings of a topic that this broker has. */
export function existingTopic(topics: KnownTopics, topic: string): TopicConfig {
  const config = topics.get(topic)
  if (config === undefined)
    throw new Refusal(ResponseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist, apply first please!`)
  return config
}

/** A queue beyond those that may be read. `code`: as each request has it in RocketMQ. */
export function illegalQueue(code: number, { topicName, readQueueNums }: TopicConfig, queueId: number): Refusal {
  return new Refusal(
    code,
    `queueId[${queueId}] is illegal, topic:[${topicName}] topicConfig.readQueueNums:[${readQueueNums}]`,
  )
}

/** The settings of a group, as `SubscriptionGroups.find` or `settingsOf` returned them. */
export function existingGroup<T>(config: T | undefined, group: string): T {
  if (config === undefined)
    throw new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `subscription group [${group}] does not exist`)
  return config
}

/** A topic of the broker's own needs, such as a group's retry topic; made when it does not exist yet. */
export function plainTopic(topics: KnownTopics, topic: string, queueNums: number): TopicConfig {
  const config = topics.createPlain(topic, queueNums)
  if (config === undefined) throw new Refusal(ResponseCode.SYSTEM_BUSY, 'too many topics on this broker')
  return config
}

/** The queue that a send names, or any queue that accepts messages when the send leaves the choice to the broker (-1). */
export function writeQueueOf({ random }: Host, config: TopicConfig, queueId: number): number {
  const { topicName: topic, writeQueueNums, readQueueNums } = config
  if (queueId < 0 && writeQueueNums === 0)
    throw new Refusal(
      ResponseCode.INVALID_PARAMETER,
      `topic[${topic}] has 0 write queues, so it takes no messages: an operator can give it some by updateTopic -w`,
    )
  // A queue that may only be read accepts messages too: producers with an older route still send to it.
  const queues = Math.max(writeQueueNums, readQueueNums)
  if (queueId >= queues)
    throw new Refusal(
      ResponseCode.INVALID_PARAMETER,
      `request queueId[${queueId}] is illegal, topic[${topic}] has ${queues} queues`,
    )
  return queueId >= 0 ? queueId : random.int('send.queue', writeQueueNums)
}
