/**
 * Makes, changes, shows and deletes the settings of consumer groups by order of an operator.
 *
 * RocketMQ: `AdminBrokerProcessor` (updateAndCreateSubscriptionGroup, deleteSubscriptionGroup, updateAndGetGroupForbidden).
 */
import { decodeRequestBody, encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import {
  type SubscriptionGroupConfig,
  subscriptionGroupConfigShape,
  subscriptionGroupListShape,
  subscriptionGroupTableJson,
} from '../../remoting/bodies/subscription-group.ts'
import type { Channel } from '../../remoting/channel.ts'
import { type Answer, failure, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import * as requests from '../../remoting/requests/subscription-group.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { Broker } from '../broker.ts'
import { forgetGroup } from '../forget.ts'

export function groupAdminHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
  return [
    [requests.updateAndCreateSubscriptionGroup.code, (request, channel) => updateGroup(broker, request, channel)],
    [requests.updateAndCreateSubscriptionGroupList.code, (request, channel) => updateGroups(broker, request, channel)],
    [requests.deleteSubscriptionGroup.code, (request, channel) => deleteGroup(broker, request, channel)],
    [
      requests.getAllSubscriptionGroupConfig.code,
      () => ({ ...SUCCESS, body: encodeJsonBody(subscriptionGroupTableJson(broker.groups.table())) }),
    ],
    [requests.getSubscriptionGroupConfig.code, (request) => groupConfig(broker, request)],
    [requests.updateAndGetGroupForbidden.code, (request, channel) => groupForbidden(broker, request, channel)],
  ]
}

// #region update-group
function updateGroup(broker: Broker, request: RemotingCommand, channel: Channel): Answer | undefined {
  const what = 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP'
  return update(broker, [decodeRequestBody(what, request.body, subscriptionGroupConfigShape)], request, channel)
}

function updateGroups(broker: Broker, request: RemotingCommand, channel: Channel): Answer | undefined {
  const what = 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST'
  const { groupConfigList } = decodeRequestBody(what, request.body, subscriptionGroupListShape)
  return update(broker, groupConfigList, request, channel)
}

/** In order, up to the first that cannot be. The answer comes when all of them are on the disk. */
function update(
  broker: Broker,
  configs: readonly SubscriptionGroupConfig[],
  request: RemotingCommand,
  channel: Channel,
): Answer | undefined {
  let left = configs.length
  const written = () => {
    if (--left === 0) channel.answer(request, SUCCESS)
  }
  for (const config of configs) {
    const problem = broker.groups.update(config, written)
    if (problem === '') continue
    left = -1 // this is the answer
    return failure(ResponseCode.INVALID_PARAMETER, problem)
  }
  return configs.length === 0 ? SUCCESS : undefined
}
// #endregion update-group

function deleteGroup(broker: Broker, request: RemotingCommand, channel: Channel): undefined {
  const { groupName, cleanOffset, removeOffset } = requests.deleteSubscriptionGroup.decode(request.extFields)
  const withOffsets = cleanOffset === true || removeOffset === true
  forgetGroup(broker, groupName, withOffsets, () => channel.answer(request, SUCCESS))
}

function groupConfig(broker: Broker, request: RemotingCommand): Answer {
  const { group } = requests.getSubscriptionGroupConfig.decode(request.extFields)
  const config = broker.groups.get(group)
  return config === undefined
    ? failure(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `No group in this broker. group: ${group}`)
    : { ...SUCCESS, body: encodeJsonBody(config) }
}

function groupForbidden(broker: Broker, request: RemotingCommand, channel: Channel): Answer | undefined {
  const { group, topic, readable } = requests.updateAndGetGroupForbidden.decode(request.extFields)
  if (broker.groups.get(group) === undefined)
    return failure(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `No group in this broker. group: ${group}`)
  const answer = () => ({
    ...SUCCESS,
    body: encodeJsonBody({ group, topic, readable: broker.groups.mayRead(group, topic) }),
  })
  if (readable === undefined) return answer()
  broker.groups.setReadable(group, topic, readable, () => channel.answer(request, answer()))
  return undefined
}
