/**
 * Requests of clients to a NameServer. The answer to GET_ROUTEINFO_BY_TOPIC (105) contains the brokers of a topic. The
 * answer to GET_BROKER_CLUSTER_INFO (106) contains all brokers. The answer to GET_ALL_TOPIC_LIST_FROM_NAMESERVER (206)
 * contains all topics.
 *
 * The bodies of the answers are in `bodies/route.ts`. For an unknown topic, the answer to GET_ROUTEINFO_BY_TOPIC is
 * TOPIC_NOT_EXIST. After this answer, a producer requests the route of the topic TBW102, and so finds the brokers that
 * create topics on demand.
 *
 * RocketMQ: `GetRouteInfoRequestHeader`.
 */

import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const getRouteInfo = defineRequest(RequestCode.GET_ROUTEINFO_BY_TOPIC, 'GET_ROUTEINFO_BY_TOPIC', {
  topic: 'string',
  acceptStandardJsonOnly: 'boolean',
})

export const getBrokerClusterInfo = defineRequest(RequestCode.GET_BROKER_CLUSTER_INFO, 'GET_BROKER_CLUSTER_INFO', {})

export const getAllTopicList = defineRequest(
  RequestCode.GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
  'GET_ALL_TOPIC_LIST_FROM_NAMESERVER',
  {},
)
