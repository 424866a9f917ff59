/**
 * CONSUMER_SEND_MSG_BACK (36): client to broker, "I could not consume this; give it to my group again later".
 *
 * The message itself stays where it is: `offset` is its place in the broker's commit log. `delayLevel` 0 lets the broker
 * choose, below 0 makes a dead letter at once. No body, no answer but the code.
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
