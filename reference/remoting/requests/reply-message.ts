/**
 * SEND_REPLY_MESSAGE (324), SEND_REPLY_MESSAGE_V2 (325): client to broker, the reply to a client's message.
 * PUSH_REPLY_MESSAGE_TO_CLIENT (326): broker to that client, the same message.
 *
 * A reply travels as a send does, with the same fields. Its properties say whose request it answers: `REPLY_TO_CLIENT`
 * (a client id) and `CORRELATION_ID`. The broker pushes it over the connection of that client's producer and waits for the
 * answer, then answers the sender: SUCCESS, or SYSTEM_ERROR when the client is not connected or refuses it.
 *
 * 326 carries the fields of V1, the hosts as `ip:port`, and the body as it was sent, which may be compressed.
 *
 * RocketMQ: `SendMessageRequestHeader`, `SendMessageRequestHeaderV2`, `ReplyMessageRequestHeader`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'
import { SEND_FIELDS, SEND_LETTERS } from './send-message.ts'

export const sendReplyMessage = defineRequest(RequestCode.SEND_REPLY_MESSAGE, 'SEND_REPLY_MESSAGE', SEND_FIELDS, {
  brokerName: 'bname',
})

export const sendReplyMessageV2 = defineRequest(
  RequestCode.SEND_REPLY_MESSAGE_V2,
  'SEND_REPLY_MESSAGE_V2',
  SEND_FIELDS,
  SEND_LETTERS,
)

export const pushReplyMessage = defineRequest(
  RequestCode.PUSH_REPLY_MESSAGE_TO_CLIENT,
  'PUSH_REPLY_MESSAGE_TO_CLIENT',
  {
    producerGroup: 'string!',
    topic: 'string!',
    defaultTopic: 'string!',
    defaultTopicQueueNums: 'int!',
    queueId: 'int!',
    sysFlag: 'int!',
    bornTimestamp: 'long!',
    flag: 'int!',
    properties: 'string',
    reconsumeTimes: 'int',
    unitMode: 'boolean',
    bornHost: 'string!',
    storeHost: 'string!',
    storeTimestamp: 'long!',
  },
)
