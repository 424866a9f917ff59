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
import { failure, type RemotingCommand, type ResponseParts, SUCCESS } from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import * as requests from '../../remoting/requests/subscription-group.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { Broker } from '../broker.ts'
import { forgetGroup } from '../forget.ts'

export function groupAdminHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
  return [
    [requests.updateAndCreateSubscriptionGroup.code, (request) => updateGroup(broker, request)],
    [requests.updateAndCreateSubscriptionGroupList.code, (request) => updateGroups(broker, request)],
    [requests.deleteSubscriptionGroup.code, (request) => deleteGroup(broker, request)],
    [
      requests.getAllSubscriptionGroupConfig.code,
      () => ({ ...SUCCESS, body: encodeJsonBody(subscriptionGroupTableJson(broker.groups.table())) }),
    ],
    [requests.getSubscriptionGroupConfig.code, (request) => groupConfig(broker, request)],
    [requests.updateAndGetGroupForbidden.code, (request) => groupForbidden(broker, request)],
  ]
}

// #region update-group
function updateGroup(broker: Broker, request: RemotingCommand): ResponseParts {
  const what = 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP'
  return update(broker, [decodeRequestBody(what, request.body, subscriptionGroupConfigShape)])
}

function updateGroups(broker: Broker, request: RemotingCommand): ResponseParts {
  const what = 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST'
  return update(broker, decodeRequestBody(what, request.body, subscriptionGroupListShape).groupConfigList)
}

/** In order, up to the first that cannot be. */
function update(broker: Broker, configs: readonly SubscriptionGroupConfig[]): ResponseParts {
  for (const config of configs) {
    const problem = broker.groups.update(config)
    if (problem !== '') return failure(ResponseCode.INVALID_PARAMETER, problem)
  }
  return SUCCESS
}
// #endregion update-group

function deleteGroup(broker: Broker, request: RemotingCommand): ResponseParts {
  const { groupName, cleanOffset, removeOffset } = requests.deleteSubscriptionGroup.decode(request.extFields)
  forgetGroup(broker, groupName, cleanOffset === true || removeOffset === true)
  return SUCCESS
}

function groupConfig(broker: Broker, request: RemotingCommand): ResponseParts {
  const { group } = requests.getSubscriptionGroupConfig.decode(request.extFields)
  const config = broker.groups.get(group)
  return config === undefined
    ? failure(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `No group in this broker. group: ${group}`)
    : { ...SUCCESS, body: encodeJsonBody(config) }
}

function groupForbidden(broker: Broker, request: RemotingCommand): ResponseParts {
  const { group, topic, readable } = requests.updateAndGetGroupForbidden.decode(request.extFields)
  if (broker.groups.get(group) === undefined)
    return failure(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `No group in this broker. group: ${group}`)
  if (readable !== undefined) broker.groups.setReadable(group, topic, readable)
  return { ...SUCCESS, body: encodeJsonBody({ group, topic, readable: broker.groups.mayRead(group, topic) }) }
}
