/**
 * Assigns queues to the members of consumer groups, and answers whether the members pull or pop. Also stores and lists the
 * modes that operators have set.
 *
 * RocketMQ: `QueryAssignmentProcessor`, `AdminBrokerProcessor.getAllMessageRequestMode`. When the broker does not know a
 * member yet, RocketMQ answers that the member has no queues, and the member releases its queues. Unlike RocketMQ, this
 * broker answers without an assignment, and the member keeps its queues.
 */
import { RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import type { Host } from '../../host/host.ts'
import { MESSAGE_MODEL } from '../../remoting/bodies/heartbeat.ts'
import { decodeRequestBody, encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { Channel } from '../../remoting/channel.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import * as requests from '../../remoting/requests/query-assignment.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { BrokerConfig } from '../broker-config.ts'
import type { ConsumerManager } from '../consumer-manager.ts'
import type { MessageRequestModeManager } from '../pop/message-request-mode-manager.ts'
import { assignedQueues, BROKER_STRATEGIES } from '../pop/queue-assignment.ts'
import type { TopicRoutes } from '../pop/topic-routes.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'
import type { TopicConfigManager } from '../topic-config-manager.ts'
import { existingGroup } from './checks.ts'

/** The parts of the broker that the handlers need. */
export interface QueryAssignmentParts {
  readonly host: Host
  readonly config: BrokerConfig
  readonly topics: TopicConfigManager
  readonly groups: SubscriptionGroups
  readonly consumers: ConsumerManager
  readonly requestModes: MessageRequestModeManager
  readonly routes: TopicRoutes
}

/** Returns the handlers of the three requests about assignments, by code. */
export function queryAssignmentHandlers(broker: QueryAssignmentParts): RequestHandlers {
  return [
    [requests.queryAssignment.code, (request, channel) => queryAssignment(broker, request, channel)],
    [requests.setMessageRequestMode.code, (request, channel) => setMode(broker, request, channel)],
    [
      requests.getAllMessageRequestMode.code,
      () => ({ ...SUCCESS, body: encodeJsonBody(broker.requestModes.toJson()) }),
    ],
  ]
}

// #region query-assignment
function queryAssignment(broker: QueryAssignmentParts, request: RemotingCommand, channel: Channel): LaterAnswer {
  const asked = decodeRequestBody('QUERY_ASSIGNMENT', request.body, requests.queryAssignmentBodyShape)
  const mode = modeOf(broker, asked)
  const later = new LaterAnswer(request, channel)
  broker.routes.queuesOf(asked.topic, (queues) => {
    const mine = queues === undefined ? undefined : share(broker, asked, queues, mode)
    const messageQueueAssignments = mine?.map((messageQueue) => ({ messageQueue, mode: mode.mode }))
    later.answer({ ...SUCCESS, body: encodeJsonBody({ messageQueueAssignments }) })
  })
  return later
}

type Queues = ReturnType<typeof assignedQueues>

/** Returns the member's queues. Returns undefined when this broker does not know the member or the strategy. */
function share(
  broker: QueryAssignmentParts,
  { consumerGroup, clientId, strategyName, messageModel, topic }: requests.QueryAssignmentBody,
  queues: Queues,
  mode: requests.RequestMode,
): Queues | undefined {
  if (messageModel === MESSAGE_MODEL.BROADCASTING || !broker.config.serverLoadBalancerEnable) return queues
  const members = broker.consumers.group(consumerGroup)?.members.values() ?? []
  const ids = [...members].map((member) => member.clientId)
  const allocate = BROKER_STRATEGIES.get(strategyName)
  if (allocate === undefined)
    broker.host.trace.log(
      'warn',
      `${consumerGroup} asks for its share of ${topic} by "${strategyName}", which a broker does not know`,
    )
  return allocate === undefined || !ids.includes(clientId)
    ? undefined
    : assignedQueues(allocate, clientId, queues, ids, mode)
}

/** Returns the mode of a group for a topic: PULL or POP. When no mode is set for a retry topic, its mode is PULL. */
function modeOf(
  broker: QueryAssignmentParts,
  { topic, consumerGroup }: { topic: string; consumerGroup: string },
): requests.RequestMode {
  const { defaultMessageRequestMode, defaultPopShareQueueNum } = broker.config
  const isRetry = topic.startsWith(RETRY_TOPIC_PREFIX)
  return (
    broker.requestModes.get(topic, consumerGroup) ?? {
      topic,
      consumerGroup,
      mode: isRetry ? 'PULL' : defaultMessageRequestMode,
      popShareQueueNum: defaultPopShareQueueNum,
    }
  )
}
// #endregion query-assignment

// #region set-mode
function setMode(broker: QueryAssignmentParts, request: RemotingCommand, channel: Channel): LaterAnswer {
  const mode = decodeRequestBody('SET_MESSAGE_REQUEST_MODE', request.body, requests.requestModeShape)
  if (mode.topic.startsWith(RETRY_TOPIC_PREFIX))
    throw new Refusal(ResponseCode.NO_PERMISSION, 'retry topic is not allowed to set mode')
  if (broker.topics.get(mode.topic) === undefined)
    throw new Refusal(ResponseCode.TOPIC_NOT_EXIST, `topic[${mode.topic}] not exist`)
  existingGroup(broker.groups.find(mode.consumerGroup), mode.consumerGroup)
  const refused = (sentence: string) => new Refusal(ResponseCode.SYSTEM_ERROR, sentence)
  const later = new LaterAnswer(request, channel)
  const isSet = broker.requestModes.set(mode, (isStored) =>
    later.end(isStored ? undefined : refused('the mode holds, but the disk has refused its file for now')),
  )
  if (!isSet) throw refused('the modes of too many groups are set: delete topics first')
  return later
}
// #endregion set-mode
