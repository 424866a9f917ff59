/**
 * Requests of operators to one broker about the settings of consumer groups.
 *
 * | code | name                                     | says, asks                              | answer                          |
 * | ---- | ---------------------------------------- | --------------------------------------- | ------------------------------- |
 * | 200  | UPDATE_AND_CREATE_SUBSCRIPTIONGROUP       | body `SubscriptionGroupConfig`           | the code alone                  |
 * | 225  | UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST  | body `{"groupConfigList":[…]}`           | the code alone                  |
 * | 207  | DELETE_SUBSCRIPTIONGROUP                  | deletes one group, and its offsets if requested | the code alone                  |
 * | 201  | GET_ALL_SUBSCRIPTIONGROUP_CONFIG          | the settings of all groups, for a slave or an operator | body `SubscriptionGroupWrapper` |
 * | 352  | GET_SUBSCRIPTIONGROUP_CONFIG              | the settings of one group; code 26 when the group is unknown | body `SubscriptionGroupConfig`  |
 * | 353  | UPDATE_AND_GET_GROUP_FORBIDDEN            | whether a group may read a topic         | body `GroupForbidden`           |
 *
 * The field that also deletes a group's offsets is `cleanOffset` in 5.x and `removeOffset` in 4.9. GlassMQ accepts both
 * names. The bodies are in `bodies/subscription-group.ts`. The answer to GET_ALL_SUBSCRIPTIONGROUP_CONFIG always contains
 * all groups. This answer has no field `totalGroupNum`, which tells the receiver that no further request is needed.
 *
 * RocketMQ: `DeleteSubscriptionGroupRequestHeader`, `GetSubscriptionGroupConfigRequestHeader`,
 * `GetAllSubscriptionGroupRequestHeader`, `UpdateGroupForbiddenRequestHeader`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const updateAndCreateSubscriptionGroup = defineRequest(
  RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP',
  {},
)

export const updateAndCreateSubscriptionGroupList = defineRequest(
  RequestCode.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
  'UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST',
  {},
)

export const deleteSubscriptionGroup = defineRequest(RequestCode.DELETE_SUBSCRIPTIONGROUP, 'DELETE_SUBSCRIPTIONGROUP', {
  groupName: 'string!',
  cleanOffset: 'boolean',
  removeOffset: 'boolean',
})

export const getAllSubscriptionGroupConfig = defineRequest(
  RequestCode.GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
  'GET_ALL_SUBSCRIPTIONGROUP_CONFIG',
  {},
)

export const getSubscriptionGroupConfig = defineRequest(
  RequestCode.GET_SUBSCRIPTIONGROUP_CONFIG,
  'GET_SUBSCRIPTIONGROUP_CONFIG',
  { group: 'string!' },
)

/** Without `readable`, the broker only reports the setting and changes nothing. */
export const updateAndGetGroupForbidden = defineRequest(
  RequestCode.UPDATE_AND_GET_GROUP_FORBIDDEN,
  'UPDATE_AND_GET_GROUP_FORBIDDEN',
  { group: 'string!', topic: 'string!', readable: 'boolean' },
)
