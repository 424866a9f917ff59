/**
 * Handles the requests by which clients register and unregister. `ConsumerManager` and `ProducerManager` keep the clients.
 *
 * A consumer's heartbeat also creates the retry topic of its group, because consumers subscribe to this topic. As in
 * RocketMQ, the topic is also created for a group that may not consume, and for a broadcasting group, which does not need
 * it. No retry topic is created for a group that does not exist and that the broker may not create.
 *
 * RocketMQ: `ClientManageProcessor`. Left out: heartbeat V2, and the flags of the retry topic for ordered topics and units.
 */
import { RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import { checkClientShape, heartbeatDataShape } from '../../remoting/bodies/heartbeat.ts'
import { decodeRequestBody } from '../../remoting/bodies/json-body.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import { RequestCode } from '../../remoting/request-code.ts'
import { heartBeat, unregisterClient } from '../../remoting/requests/client-manage.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { ConsumerManager } from '../consumer-manager.ts'
import type { ExpressionFilters } from '../filter/expression-filters.ts'
import { SUBSCRIPTIONS_MAX } from '../limits.ts'
import type { ProducerManager } from '../producer-manager.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { checkGroupName, plainTopic } from './checks.ts'

/** The parts of the broker that the handlers need. */
export interface ClientManageParts {
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly filters: ExpressionFilters
  readonly consumers: ConsumerManager
  readonly producers: ProducerManager
  whenKnown(topic: string, done: () => void): void
}

/**
 * Returns the handlers of these requests: heartbeat, unregistration, and check of a filter. The handlers are listed by code.
 */
export function clientManageHandlers(broker: ClientManageParts): RequestHandlers {
  return [
    [heartBeat.code, (request, channel) => heartbeat(broker, request, channel)],
    [unregisterClient.code, (request, channel) => unregister(broker, request, channel)],
    [RequestCode.CHECK_CLIENT_CONFIG, (request) => checkClient(broker, request)],
  ]
}

// #region heartbeat
/**
 * Registers a client in its groups. All group names are checked before the client is registered. The answer waits until the
 * retry topics are on the disk and the NameServers know them. The wait for the NameServers ends after two seconds. Throws
 * `BodyError` when the body cannot be read. Throws `Refusal` when a name is not valid, or when there are too many groups,
 * subscriptions or topics.
 */
function heartbeat(broker: ClientManageParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const data = decodeRequestBody('HEART_BEAT', request.body, heartbeatDataShape)
  const client = { clientId: data.clientID, language: request.language, version: request.version }
  for (const { groupName } of [...data.producerDataSet, ...data.consumerDataSet]) checkGroupName(groupName)
  const widest = data.consumerDataSet.find((consumer) => consumer.subscriptionDataSet.length > SUBSCRIPTIONS_MAX)
  if (widest !== undefined)
    throw new Refusal(
      ResponseCode.SYSTEM_ERROR,
      `group ${widest.groupName} subscribes to ${widest.subscriptionDataSet.length} topics; at most ${SUBSCRIPTIONS_MAX} are possible`,
    )
  // All names and sizes are valid, so the client is registered now.
  for (const { groupName } of data.producerDataSet)
    if (!broker.producers.register(channel, client, groupName))
      throw new Refusal(ResponseCode.SYSTEM_BUSY, 'too many producer groups on this broker')
  const retryTopics: string[] = []
  for (const consumer of data.consumerDataSet) {
    if (!broker.consumers.register(channel, client, consumer))
      throw new Refusal(ResponseCode.SYSTEM_BUSY, 'too many consumer groups on this broker')
    const group = broker.groups.find(consumer.groupName)
    if (group === undefined) continue
    const retryTopic = RETRY_TOPIC_PREFIX + consumer.groupName
    retryTopics.push(plainTopic(broker.topics, retryTopic, group.retryQueueNums).topicName)
  }
  if (retryTopics.length === 0) return SUCCESS
  const later = new LaterAnswer(request, channel)
  // Clients receive the routes of topics from NameServers, so the answer waits until the NameServers know the retry topics.
  const known = later.afterAll(retryTopics.length)
  for (const retryTopic of retryTopics) broker.whenKnown(retryTopic, known)
  return later
}
// #endregion heartbeat

/**
 * Checks an SQL92 filter. A consumer with an SQL92 filter sends this request before the consumer starts. Throws `Refusal`
 * when the broker does not accept the filter.
 */
function checkClient(broker: ClientManageParts, request: RemotingCommand): Answer {
  const { subscriptionData } = decodeRequestBody('CHECK_CLIENT_CONFIG', request.body, checkClientShape)
  const { expressionType, subString } = subscriptionData
  if (expressionType === '' || expressionType === 'TAG') return SUCCESS
  broker.filters.compile(expressionType, subString)
  return SUCCESS
}

function unregister(broker: ClientManageParts, request: RemotingCommand, channel: Channel): Answer {
  const { producerGroup, consumerGroup } = unregisterClient.decode(request.extFields)
  if (producerGroup !== undefined) broker.producers.unregister(channel, producerGroup, 'it said farewell')
  if (consumerGroup !== undefined) broker.consumers.unregister(channel, consumerGroup, 'it said farewell')
  return SUCCESS
}
