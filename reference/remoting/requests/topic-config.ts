/**
 * Requests of operators to one broker about its topics.
 *
 * | code | name                              | says, asks                                | answer                               |
 * | ---- | --------------------------------- | ----------------------------------------- | ------------------------------------ |
 * | 17   | UPDATE_AND_CREATE_TOPIC            | one topic, in header fields                | the code alone                       |
 * | 18   | UPDATE_AND_CREATE_TOPIC_LIST       | several topics, in the body `topicConfigListShape` | the code alone                       |
 * | 215  | DELETE_TOPIC_IN_BROKER             | deletes one topic, with its queues and offsets | the code alone                       |
 * | 351 | GET_TOPIC_CONFIG | one topic; code 17 when the topic is unknown | body `TopicConfig` |
 * | 21   | GET_ALL_TOPIC_CONFIG               | the settings of all topics, for a slave or an operator | body of a registration               |
 * | 305  | GET_SYSTEM_TOPIC_LIST_FROM_BROKER   | the reserved names                         | body `{"topicList":[…]}`             |
 *
 * `attributes` is a text such as `+key=value,-key` (`broker/topic-attributes.ts`). Unlike in RocketMQ 5.3.4, the answer to
 * GET_ALL_TOPIC_CONFIG always contains all topics. This answer has no field `totalTopicNum`, which tells the receiver that
 * no further request is needed.
 *
 * RocketMQ: `CreateTopicRequestHeader`, `CreateTopicListRequestBody`, `DeleteTopicRequestHeader`,
 * `GetTopicConfigRequestHeader`, `GetAllTopicConfigRequestHeader`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const updateAndCreateTopic = defineRequest(RequestCode.UPDATE_AND_CREATE_TOPIC, 'UPDATE_AND_CREATE_TOPIC', {
  topic: 'string!',
  defaultTopic: 'string',
  readQueueNums: 'int!',
  writeQueueNums: 'int!',
  perm: 'int!',
  topicFilterType: 'string',
  topicSysFlag: 'int',
  order: 'boolean',
  attributes: 'string',
})

export const updateAndCreateTopicList = defineRequest(
  RequestCode.UPDATE_AND_CREATE_TOPIC_LIST,
  'UPDATE_AND_CREATE_TOPIC_LIST',
  {},
)

export const deleteTopicInBroker = defineRequest(RequestCode.DELETE_TOPIC_IN_BROKER, 'DELETE_TOPIC_IN_BROKER', {
  topic: 'string!',
})

export const getTopicConfig = defineRequest(RequestCode.GET_TOPIC_CONFIG, 'GET_TOPIC_CONFIG', { topic: 'string!' })

export const getAllTopicConfig = defineRequest(RequestCode.GET_ALL_TOPIC_CONFIG, 'GET_ALL_TOPIC_CONFIG', {})

export const getSystemTopicListFromBroker = defineRequest(
  RequestCode.GET_SYSTEM_TOPIC_LIST_FROM_BROKER,
  'GET_SYSTEM_TOPIC_LIST_FROM_BROKER',
  {},
)
