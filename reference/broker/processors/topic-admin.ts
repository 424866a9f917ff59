/**
 * Creates, changes, shows and deletes topics when an operator requests it.
 *
 * When a topic is deleted, the broker removes its queues and most data under its name (`../forget.ts`). The messages of the
 * topic stay in the log until the files of the log are deleted.
 *
 * The answer to a change is sent when the change is on the disk and the NameServers know the change. The answer waits for
 * NameServers for at most two seconds. When the NameServers have answered in this time, clients can see the change after the
 * answer.
 *
 * RocketMQ: `AdminBrokerProcessor` (updateAndCreateTopic, deleteTopic, getTopicConfig).
 */
import { PERM } from '../../common/sys-flag.ts'
import { decodeRequestBody, encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { allTopicConfigJson, type TopicConfig, topicConfigListShape } from '../../remoting/bodies/topic-config.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import * as requests from '../../remoting/requests/topic-config.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { type ForgetParts, forgetTopic } from '../forget.ts'
import { changeAttributes } from '../topic-attributes.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { checkTopicName } from './checks.ts'

/** The parts of the broker that the handlers need. */
export interface TopicAdminParts extends ForgetParts {
  readonly topics: TopicConfigManager
  whenKnown(topic: string, done: () => void): void
  whenGone(topic: string, done: () => void): void
}

/**
 * The filter types that a topic may have. In older brokers, the type said whether a message has one tag or several tags.
 * This broker treats both types in the same way.
 */
const FILTER_TYPES = ['SINGLE_TAG', 'MULTI_TAG']

/** Returns the handlers of the requests about topics, by code. */
export function topicAdminHandlers(broker: TopicAdminParts): RequestHandlers {
  return [
    [requests.updateAndCreateTopic.code, (request, channel) => updateTopic(broker, request, channel)],
    [requests.updateAndCreateTopicList.code, (request, channel) => updateTopics(broker, request, channel)],
    [requests.deleteTopicInBroker.code, (request, channel) => deleteTopic(broker, request, channel)],
    [requests.getTopicConfig.code, (request) => topicConfig(broker, request)],
    [
      requests.getAllTopicConfig.code,
      () => ({ ...SUCCESS, body: encodeJsonBody(allTopicConfigJson(broker.topics.registration())) }),
    ],
    [
      requests.getSystemTopicListFromBroker.code,
      () => ({ ...SUCCESS, body: encodeJsonBody({ topicList: broker.topics.systemTopics() }) }),
    ],
  ]
}

// #region update-topic
function updateTopic(broker: TopicAdminParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const header = requests.updateAndCreateTopic.decode(request.extFields)
  const { topic: topicName, readQueueNums, writeQueueNums, perm } = header
  const topicFilterType = header.topicFilterType ?? 'SINGLE_TAG'
  if (!FILTER_TYPES.includes(topicFilterType))
    throw new Refusal(
      ResponseCode.SYSTEM_ERROR,
      `topicFilterType is "${topicFilterType}"; it is ${FILTER_TYPES.join(' or ')}`,
    )
  const attributes = changeAttributes(broker.topics.get(topicName)?.attributes ?? {}, header.attributes ?? '')
  // The settings that the topic will have.
  const config: TopicConfig = {
    topicName,
    readQueueNums,
    writeQueueNums,
    perm,
    topicFilterType,
    topicSysFlag: header.topicSysFlag ?? 0,
    order: header.order ?? false,
    attributes,
  }
  check(broker, config)
  broker.topics.update(config)
  const later = new LaterAnswer(request, channel)
  // The answer is sent when the NameServers know the change, so that clients can see the change.
  broker.whenKnown(topicName, () => later.answer(SUCCESS))
  return later
}
// #endregion update-topic

/**
 * Checks the name and the permission of a topic that an operator creates or changes. Throws `Refusal` when the name or the
 * permission is not allowed.
 */
function check(broker: TopicAdminParts, { topicName, perm }: TopicConfig): void {
  checkOperatorsTopic(broker, topicName)
  const isPerm = perm >= 0 && perm <= (PERM.READ | PERM.WRITE | PERM.INHERIT)
  if (!isPerm)
    throw new Refusal(ResponseCode.INVALID_PARAMETER, `perm is ${perm}; it must be 0 to 7 (2 write, 4 read, 6 both)`)
}

/** Checks that a topic may have this name, and that the broker itself does not use the topic. Throws `Refusal` otherwise. */
function checkOperatorsTopic(broker: TopicAdminParts, topic: string): void {
  checkTopicName(topic)
  if (broker.topics.isSystemTopic(topic))
    throw new Refusal(ResponseCode.INVALID_PARAMETER, `The topic[${topic}] is conflict with system topic.`)
}

/** Creates or changes all topics of the request, or none of them. */
function updateTopics(broker: TopicAdminParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const { topicConfigList } = decodeRequestBody('UPDATE_AND_CREATE_TOPIC_LIST', request.body, topicConfigListShape)
  const configs: TopicConfig[] = []
  for (const config of topicConfigList) {
    const changes = Object.entries(config.attributes).map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    const attributes = changeAttributes(broker.topics.get(config.topicName)?.attributes ?? {}, changes.join(','))
    check(broker, config)
    broker.topics.check(config, configs.length)
    configs.push({ ...config, attributes })
  }
  if (configs.length === 0) return SUCCESS
  for (const config of configs) broker.topics.update(config)
  const later = new LaterAnswer(request, channel)
  const known = later.afterAll(configs.length)
  for (const { topicName } of configs) broker.whenKnown(topicName, known)
  return later
}

// #region delete-topic
function deleteTopic(broker: TopicAdminParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const { topic } = requests.deleteTopicInBroker.decode(request.extFields)
  checkOperatorsTopic(broker, topic)
  forgetTopic(broker, topic)
  const later = new LaterAnswer(request, channel)
  broker.whenGone(topic, () => later.answer(SUCCESS))
  return later
}
// #endregion delete-topic

function topicConfig(broker: TopicAdminParts, request: RemotingCommand): Answer {
  const { topic } = requests.getTopicConfig.decode(request.extFields)
  const config = broker.topics.get(topic)
  if (config === undefined) throw new Refusal(ResponseCode.TOPIC_NOT_EXIST, `No topic in this broker. topic: ${topic}`)
  return { ...SUCCESS, body: encodeJsonBody(config) }
}
