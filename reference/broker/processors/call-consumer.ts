/**
 * Forwards a request of an operator to a consumer. Then forwards the answer of the consumer to the operator.
 *
 * RocketMQ: `AdminBrokerProcessor` (callConsumer, getConsumerRunningInfo, consumeMessageDirectly),
 * `Broker2Client.callClient`.
 */
import { parseOffsetMessageId } from '../../common/message-id.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import type { RemotingCommand, RequestParts } from '../../remoting/remoting-command.ts'
import { consumeMessageDirectly, getConsumerRunningInfo } from '../../remoting/requests/call-consumer.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { ConsumerManager } from '../consumer-manager.ts'
import { CALL_CLIENT_TIMEOUT_MS } from '../limits.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'

/** The parts of the broker that the handlers need. */
export interface CallConsumerParts {
  readonly config: BrokerConfig
  readonly store: MessageStore
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly consumers: ConsumerManager
}

/**
 * One call of an operator: the request, the connection of the request, and the consumer to which the request is forwarded.
 */
interface Call {
  readonly request: RemotingCommand
  readonly channel: Channel
  readonly group: string
  readonly clientId: string
}

/** Returns the handlers of the requests that are forwarded to a consumer, by code. */
export function callConsumerHandlers(broker: CallConsumerParts): RequestHandlers {
  return [
    [
      getConsumerRunningInfo.code,
      (request, channel) => {
        const { consumerGroup: group, clientId } = getConsumerRunningInfo.decode(request.extFields)
        const { code, extFields, body } = request
        return callConsumer(broker, { request, channel, group, clientId }, { code, extFields, body })
      },
    ],
    [consumeMessageDirectly.code, (request, channel) => consumeDirectly(broker, request, channel)],
  ]
}

// #region call-consumer
function callConsumer(broker: CallConsumerParts, call: Call, parts: RequestParts): LaterAnswer {
  const { request, channel, group, clientId } = call
  const client = broker.consumers.channelOf(group, clientId)
  if (client === undefined)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, `The Consumer <${group}> <${clientId}> not online`)
  const later = new LaterAnswer(request, channel)
  client.request(parts, CALL_CLIENT_TIMEOUT_MS, ({ response, error }) => {
    if (response !== undefined) {
      const { code, remark, extFields, body } = response
      return later.answer({ code, remark, extFields, body })
    }
    const isTimeout = error.kind === 'timeout'
    const code = isTimeout ? ResponseCode.CONSUME_MSG_TIMEOUT : ResponseCode.SYSTEM_ERROR
    later.refuse(new Refusal(code, `consumer <${group}> <${clientId}>: ${error.message}`))
  })
  return later
}
// #endregion call-consumer

/**
 * Sends a message to a consumer. The request to the consumer also contains the name of this broker, and the flags of the
 * topic and of the group.
 */
function consumeDirectly(broker: CallConsumerParts, request: RemotingCommand, channel: Channel): LaterAnswer {
  const header = consumeMessageDirectly.decode(request.extFields)
  const { consumerGroup: group, clientId = '', topic = '', msgId = '' } = header
  const id = parseOffsetMessageId(msgId)
  if (id === undefined)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, `msgId is "${msgId.slice(0, 80)}"; it must be an offset message id`)
  // The message is sent in the form in which it is in the log.
  const record = broker.store.recordAt(id.physicalOffset)
  if (record === undefined)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, `no message at the offset ${id.physicalOffset} that ${msgId} names`)
  const extFields = {
    ...request.extFields,
    ...consumeMessageDirectly.encode({
      ...header,
      brokerName: broker.config.brokerName,
      topicSysFlag: broker.topics.get(topic)?.topicSysFlag ?? 0,
      groupSysFlag: broker.groups.get(group)?.groupSysFlag ?? 0,
    }),
  }
  return callConsumer(broker, { request, channel, group, clientId }, { code: request.code, extFields, body: record })
}
