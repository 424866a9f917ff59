/**
 * GET_ROUTEINFO_BY_TOPIC (105), GET_BROKER_CLUSTER_INFO (106), GET_ALL_TOPIC_LIST_FROM_NAMESERVER (206): requests to a
 * NameServer. The answers contain the brokers of a topic, all brokers, and all topics.
 *
 * The answers are in `bodies/route.ts`. For an unknown topic the answer is TOPIC_NOT_EXIST. A producer then requests the
 * route of TBW102.
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
