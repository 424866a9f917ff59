/**
 * Creates, changes, shows and deletes consumer groups when an operator requests it.
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
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { LaterAnswer } from '../../remoting/later-answer.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import * as requests from '../../remoting/requests/subscription-group.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { type ForgetParts, forgetGroup } from '../forget.ts'
import type { SubscriptionGroups } from '../subscription-groups.ts'

/** The parts of the broker that the handlers need. */
export interface GroupAdminParts extends ForgetParts {
  readonly groups: SubscriptionGroups
}

/** Returns the handlers of the requests about groups, by code. */
export function groupAdminHandlers(broker: GroupAdminParts): RequestHandlers {
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
function updateGroup(broker: GroupAdminParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const what = 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP'
  return update(broker, [decodeRequestBody(what, request.body, subscriptionGroupConfigShape)], request, channel)
}

function updateGroups(broker: GroupAdminParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const what = 'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST'
  const { groupConfigList } = decodeRequestBody(what, request.body, subscriptionGroupListShape)
  return update(broker, groupConfigList, request, channel)
}

/**
 * Creates or changes groups in order. Throws `Refusal` at the first group that is not allowed. The groups before this group
 * stay changed. The request is answered when the disk has stored or refused each change. A change that the disk has refused
 * stays in memory, and the file with all groups is written again later.
 */
function update(
  broker: GroupAdminParts,
  configs: readonly SubscriptionGroupConfig[],
  request: RemotingCommand,
  channel: Channel,
): Answer | LaterAnswer {
  if (configs.length === 0) return SUCCESS
  const later = new LaterAnswer(request, channel)
  const written = later.afterAll(configs.length)
  for (const config of configs) broker.groups.update(config, () => written())
  return later
}
// #endregion update-group

function deleteGroup(broker: GroupAdminParts, request: RemotingCommand, channel: Channel): LaterAnswer {
  const { groupName, cleanOffset, removeOffset } = requests.deleteSubscriptionGroup.decode(request.extFields)
  const withOffsets = cleanOffset === true || removeOffset === true
  const later = new LaterAnswer(request, channel)
  forgetGroup(broker, groupName, withOffsets, () => later.answer(SUCCESS))
  return later
}

function groupConfig(broker: GroupAdminParts, request: RemotingCommand): Answer {
  const { group } = requests.getSubscriptionGroupConfig.decode(request.extFields)
  return { ...SUCCESS, body: encodeJsonBody(knownGroup(broker, group)) }
}

/** Returns the settings of an existing group. Throws `Refusal` when the group does not exist. */
function knownGroup(broker: GroupAdminParts, group: string): SubscriptionGroupConfig {
  const config = broker.groups.get(group)
  if (config === undefined)
    throw new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `No group in this broker. group: ${group}`)
  return config
}

function groupForbidden(broker: GroupAdminParts, request: RemotingCommand, channel: Channel): Answer | LaterAnswer {
  const { group, topic, readable } = requests.updateAndGetGroupForbidden.decode(request.extFields)
  knownGroup(broker, group)
  const answer = () => ({
    ...SUCCESS,
    body: encodeJsonBody({ group, topic, readable: broker.groups.mayRead(group, topic) }),
  })
  if (readable === undefined) return answer()
  const later = new LaterAnswer(request, channel)
  broker.groups.setReadable(group, topic, readable, () => later.answer(answer()))
  return later
}
