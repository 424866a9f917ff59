/**
 * What operators ask a broker: UPDATE_AND_CREATE_TOPIC (17), DELETE_TOPIC_IN_BROKER (215), GET_TOPIC_STATS_INFO (202),
 * GET_CONSUME_STATS (208), GET_CONSUMER_CONNECTION_LIST (203), GET_BROKER_RUNTIME_INFO (28), GET_BROKER_CONFIG (26).
 *
 * Answers: `bodies/stats.ts`; 28 has a table of texts, 26 the configuration as properties text.
 *
 * RocketMQ: `CreateTopicRequestHeader`, `DeleteTopicRequestHeader`, `GetTopicStatsInfoRequestHeader`,
 * `GetConsumeStatsRequestHeader`, `GetConsumerConnectionListRequestHeader`.
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

export const deleteTopicInBroker = defineRequest(RequestCode.DELETE_TOPIC_IN_BROKER, 'DELETE_TOPIC_IN_BROKER', {
  topic: 'string!',
})

export const getTopicStatsInfo = defineRequest(RequestCode.GET_TOPIC_STATS_INFO, 'GET_TOPIC_STATS_INFO', {
  topic: 'string!',
})

export const getConsumeStats = defineRequest(RequestCode.GET_CONSUME_STATS, 'GET_CONSUME_STATS', {
  consumerGroup: 'string!',
  topic: 'string',
})

export const getConsumerConnectionList = defineRequest(
  RequestCode.GET_CONSUMER_CONNECTION_LIST,
  'GET_CONSUMER_CONNECTION_LIST',
  {
    consumerGroup: 'string!',
  },
)

export const getBrokerRuntimeInfo = defineRequest(RequestCode.GET_BROKER_RUNTIME_INFO, 'GET_BROKER_RUNTIME_INFO', {})

export const getBrokerConfig = defineRequest(RequestCode.GET_BROKER_CONFIG, 'GET_BROKER_CONFIG', {})
