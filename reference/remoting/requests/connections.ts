/**
 * An operator sends GET_CONSUMER_CONNECTION_LIST (203), GET_PRODUCER_CONNECTION_LIST (204) and GET_ALL_PRODUCER_INFO (328)
 * to a broker, to read the connected clients.
 *
 * The bodies of the answers are in `bodies/connections.ts`. For a group without members, the answer is CONSUMER_NOT_ONLINE
 * (consumers) or SYSTEM_ERROR (producers).
 *
 * RocketMQ: `GetConsumerConnectionListRequestHeader`, `GetProducerConnectionListRequestHeader`,
 * `GetAllProducerInfoRequestHeader`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const getConsumerConnectionList = defineRequest(
  RequestCode.GET_CONSUMER_CONNECTION_LIST,
  'GET_CONSUMER_CONNECTION_LIST',
  { consumerGroup: 'string!' },
)

export const getProducerConnectionList = defineRequest(
  RequestCode.GET_PRODUCER_CONNECTION_LIST,
  'GET_PRODUCER_CONNECTION_LIST',
  { producerGroup: 'string!' },
)

export const getAllProducerInfo = defineRequest(RequestCode.GET_ALL_PRODUCER_INFO, 'GET_ALL_PRODUCER_INFO', {})
