/**
 * GET_CONSUMER_RUNNING_INFO (307) and CONSUME_MESSAGE_DIRECTLY (309): operator to broker. The broker passes the request on to the
 * consumer, and the answer back.
 *
 * The answer to 307 is `ConsumerRunningInfo`, and to 309 `ConsumeMessageDirectlyResult`. The broker adds to 309 its name, two
 * flags, and the message itself as the body. When the client does not answer within ten seconds, the answer is
 * CONSUME_MSG_TIMEOUT; when the client is not connected, SYSTEM_ERROR.
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
