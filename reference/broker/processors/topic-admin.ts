/**
 * Makes, changes, shows and deletes topics by order of an operator.
 *
 * A deleted topic loses its queues and all that is kept under its name (`../forget.ts`). Its messages stay in the log until that
 * is cleaned.
 *
 * An order is answered when it is on the disk and NameServers know it: a client that asks next may rely on it.
 *
 * RocketMQ: `AdminBrokerProcessor` (updateAndCreateTopic, deleteTopic, getTopicConfig).
 */
import { PERM } from '../../common/sys-flag.ts'
import { topicNameFault } from '../../common/topic-validator.ts'
import { decodeRequestBody, encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { allTopicConfigJson, type TopicConfig, topicConfigListShape } from '../../remoting/bodies/topic-config.ts'
import type { Channel } from '../../remoting/channel.ts'
import { type Answer, failure, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import * as requests from '../../remoting/requests/topic-config.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { Broker } from '../broker.ts'
import { forgetTopic } from '../forget.ts'
import { changeAttributes } from '../topic-attributes.ts'

/** Older brokers looked at several tags of a message; the word is kept. */
const FILTER_TYPES = ['SINGLE_TAG', 'MULTI_TAG']

export function topicAdminHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
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
function updateTopic(broker: Broker, request: RemotingCommand, channel: Channel): Answer | undefined {
  const header = requests.updateAndCreateTopic.decode(request.extFields)
  const { topic: topicName, readQueueNums, writeQueueNums, perm } = header
  const topicFilterType = header.topicFilterType ?? 'SINGLE_TAG'
  if (!FILTER_TYPES.includes(topicFilterType))
    return failure(
      ResponseCode.SYSTEM_ERROR,
      `topicFilterType is "${topicFilterType}"; it is ${FILTER_TYPES.join(' or ')}`,
    )
  const attributes = changeAttributes(broker.topics.get(topicName)?.attributes ?? {}, header.attributes ?? '')
  if (typeof attributes === 'string') return failure(ResponseCode.INVALID_PARAMETER, attributes)
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
  const problem = faultOf(broker, config) || broker.topics.update(config)
  if (problem !== '') return failure(ResponseCode.INVALID_PARAMETER, problem)
  broker.whenKnown(topicName, () => channel.answer(request, SUCCESS))
  return undefined
}
// #endregion update-topic

/** Why an operator may not set this; '' when he may. */
function faultOf(broker: Broker, { topicName, perm }: TopicConfig): string {
  const fault = topicNameFault(topicName)
  if (fault !== '') return fault
  if (broker.topics.isSystemTopic(topicName)) return `The topic[${topicName}] is conflict with system topic.`
  const isPerm = perm >= 0 && perm <= (PERM.READ | PERM.WRITE | PERM.INHERIT)
  return isPerm ? '' : `perm is ${perm}; it must be 0 to 7 (2 write, 4 read, 6 both)`
}

/** All of them, or none. */
function updateTopics(broker: Broker, request: RemotingCommand, channel: Channel): Answer | undefined {
  const { topicConfigList } = decodeRequestBody('UPDATE_AND_CREATE_TOPIC_LIST', request.body, topicConfigListShape)
  const configs: TopicConfig[] = []
  for (const config of topicConfigList) {
    const changes = Object.entries(config.attributes).map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    const attributes = changeAttributes(broker.topics.get(config.topicName)?.attributes ?? {}, changes.join(','))
    const problem =
      typeof attributes === 'string'
        ? attributes
        : faultOf(broker, config) || broker.topics.faultOf(config, configs.length)
    if (problem !== '' || typeof attributes === 'string') return failure(ResponseCode.INVALID_PARAMETER, problem)
    configs.push({ ...config, attributes })
  }
  let left = configs.length
  if (left === 0) return SUCCESS
  for (const config of configs) broker.topics.update(config)
  for (const { topicName } of configs)
    broker.whenKnown(topicName, () => {
      if (--left === 0) channel.answer(request, SUCCESS)
    })
  return undefined
}

// #region delete-topic
function deleteTopic(broker: Broker, request: RemotingCommand, channel: Channel): Answer | undefined {
  const { topic } = requests.deleteTopicInBroker.decode(request.extFields)
  const fault =
    topicNameFault(topic) ||
    (broker.topics.isSystemTopic(topic) ? `The topic[${topic}] is conflict with system topic.` : '')
  if (fault !== '') return failure(ResponseCode.INVALID_PARAMETER, fault)
  forgetTopic(broker, topic)
  broker.whenGone(topic, () => channel.answer(request, SUCCESS))
  return undefined
}
// #endregion delete-topic

function topicConfig(broker: Broker, request: RemotingCommand): Answer {
  const { topic } = requests.getTopicConfig.decode(request.extFields)
  const config = broker.topics.get(topic)
  return config === undefined
    ? failure(ResponseCode.TOPIC_NOT_EXIST, `No topic in this broker. topic: ${topic}`)
    : { ...SUCCESS, body: encodeJsonBody(config) }
}
