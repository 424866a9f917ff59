/**
 * CONSUMER_SEND_MSG_BACK (36): client to broker, redeliver a message that could not be consumed to its group later.
 *
 * The message itself is not sent: `offset` is its position in the broker's commit log. `delayLevel` 0 leaves the delay to the
 * broker; a negative one makes a dead letter at once. There is no body, and the answer is only a code.
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
