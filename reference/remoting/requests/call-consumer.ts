/**
 * An operator sends GET_CONSUMER_RUNNING_INFO (307) and CONSUME_MESSAGE_DIRECTLY (309) to a broker. The broker forwards the
 * request to the consumer, and returns the consumer's answer.
 *
 * The answer to GET_CONSUMER_RUNNING_INFO is `ConsumerRunningInfo`. The answer to CONSUME_MESSAGE_DIRECTLY is
 * `ConsumeMessageDirectlyResult`. Before the broker forwards CONSUME_MESSAGE_DIRECTLY, the broker adds its name, two flags,
 * and the message as the body. The answer is CONSUME_MSG_TIMEOUT when the consumer does not answer within ten seconds, and
 * SYSTEM_ERROR when the consumer is not connected.
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

/** `msgId` is the offset message id. The broker adds the last three of these fields before it forwards the request. */
export const consumeMessageDirectly = defineRequest(RequestCode.CONSUME_MESSAGE_DIRECTLY, 'CONSUME_MESSAGE_DIRECTLY', {
  consumerGroup: 'string!',
  clientId: 'string',
  msgId: 'string',
  topic: 'string',
  brokerName: 'string',
  topicSysFlag: 'int',
  groupSysFlag: 'int',
})
