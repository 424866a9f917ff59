/**
 * Requests of an operator to one broker about consumer groups, the topics that these groups consume, and their offsets.
 *
 * | code | name                            | asks                                        | answer, a body                    |
 * | ---- | ------------------------------- | ------------------------------------------- | --------------------------------- |
 * | 202 | GET_TOPIC_STATS_INFO | the offsets of a topic's queues | `TopicStatsTable`; code 17 when the topic is unknown |
 * | 208  | GET_CONSUME_STATS                | the offsets of a group                       | `ConsumeStats`                    |
 * | 317  | GET_BROKER_CONSUME_STATS         | the offsets of all groups                    | `ConsumeStatsList`                |
 * | 303  | QUERY_CONSUME_TIME_SPAN          | the times of a group in one topic            | `QueryConsumeTimeSpanBody`        |
 * | 300  | QUERY_TOPIC_CONSUME_BY_WHO       | the groups that consume a topic               | `{"groupList":[…]}`               |
 * | 343  | QUERY_TOPICS_BY_CONSUMER         | the topics that a group consumes              | `{"topicList":[…]}`               |
 * | 345  | QUERY_SUBSCRIPTION_BY_CONSUMER   | the filter of a group for a topic            | `QuerySubscriptionResponseBody`   |
 *
 * GET_CONSUME_STATS without a topic means all topics in which the group has offsets. In requests of 5.x, `topicList`
 * contains several topics, joined by `;`.
 *
 * RocketMQ: `GetTopicStatsInfoRequestHeader`, `GetConsumeStatsRequestHeader`, `GetConsumeStatsInBrokerHeader`,
 * `QueryConsumeTimeSpanRequestHeader`, `QueryTopicConsumeByWhoRequestHeader`, `QueryTopicsByConsumerRequestHeader`,
 * `QuerySubscriptionByConsumerRequestHeader`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const getTopicStatsInfo = defineRequest(RequestCode.GET_TOPIC_STATS_INFO, 'GET_TOPIC_STATS_INFO', {
  topic: 'string!',
})

export const getConsumeStats = defineRequest(RequestCode.GET_CONSUME_STATS, 'GET_CONSUME_STATS', {
  consumerGroup: 'string!',
  topic: 'string',
  topicList: 'string',
})

export const getBrokerConsumeStats = defineRequest(RequestCode.GET_BROKER_CONSUME_STATS, 'GET_BROKER_CONSUME_STATS', {
  isOrder: 'boolean!',
})

export const queryConsumeTimeSpan = defineRequest(RequestCode.QUERY_CONSUME_TIME_SPAN, 'QUERY_CONSUME_TIME_SPAN', {
  topic: 'string!',
  group: 'string!',
})

export const queryTopicConsumeByWho = defineRequest(
  RequestCode.QUERY_TOPIC_CONSUME_BY_WHO,
  'QUERY_TOPIC_CONSUME_BY_WHO',
  { topic: 'string!' },
)

export const queryTopicsByConsumer = defineRequest(RequestCode.QUERY_TOPICS_BY_CONSUMER, 'QUERY_TOPICS_BY_CONSUMER', {
  group: 'string!',
})

export const querySubscriptionByConsumer = defineRequest(
  RequestCode.QUERY_SUBSCRIPTION_BY_CONSUMER,
  'QUERY_SUBSCRIPTION_BY_CONSUMER',
  { group: 'string!', topic: 'string!' },
)
