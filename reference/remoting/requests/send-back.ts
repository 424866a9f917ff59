/**
 * A consumer sends CONSUMER_SEND_MSG_BACK (36) to a broker, to request the redelivery of a message that could not be
 * consumed.
 *
 * The request does not contain the message. `offset` is the position of the message in the broker's commit log. When
 * `delayLevel` is 0, the broker chooses the delay. When `delayLevel` is negative, the message becomes a dead letter
 * immediately. The request has no body, and the answer has only a code.
 *
 * RocketMQ: `ConsumerSendMsgBackRequestHeader`.
 */

import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const consumerSendMsgBack = defineRequest(RequestCode.CONSUMER_SEND_MSG_BACK, 'CONSUMER_SEND_MSG_BACK', {
  offset: 'long!',
  group: 'string!',
  delayLevel: 'int!',
  originMsgId: 'string',
  originTopic: 'string',
  unitMode: 'boolean',
  maxReconsumeTimes: 'int',
  bname: 'string',
})
