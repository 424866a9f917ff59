/**
 * GET_CONSUMER_RUNNING_INFO (307) and CONSUME_MESSAGE_DIRECTLY (309): an operator asks a broker, the broker passes the
 * question on to the consumer, and its answer back.
 *
 * 307 is answered with `ConsumerRunningInfo`, 309 with `ConsumeMessageDirectlyResult`. On the way to the client 309 gets the
 * broker's name, two flags, and the message itself as body. A client that does not answer in ten seconds is
 * CONSUME_MSG_TIMEOUT, one that is not there SYSTEM_ERROR.
 *
 * RocketMQ: `GetConsumerRunningInfoRequestHeader`, `ConsumeMessageDirectlyResultRequestHeader`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const getConsumerRunningInfo = defineRequest(
  RequestCode.GET_CONSUMER_RUNNING_INFO,
  'GET_CONSUMER_RUNNING_INFO',
  { consumerGroup: 'string!', clientId: 'string!', jstackEnable: 'boolean' },
)

/** `msgId`: the offset id. The last three are the broker's additions. */
export const consumeMessageDirectly = defineRequest(RequestCode.CONSUME_MESSAGE_DIRECTLY, 'CONSUME_MESSAGE_DIRECTLY', {
  consumerGroup: 'string!',
  clientId: 'string',
  msgId: 'string',
  topic: 'string',
  brokerName: 'string',
  topicSysFlag: 'int',
  groupSysFlag: 'int',
})
