/**
 * SEND_REPLY_MESSAGE (324), SEND_REPLY_MESSAGE_V2 (325): client to broker. Send the reply to a message of another client.
 * PUSH_REPLY_MESSAGE_TO_CLIENT (326): broker to this other client. Contains the same reply.
 *
 * A reply has the same fields as a send. Two properties name the request: `REPLY_TO_CLIENT` (a client id) and
 * `CORRELATION_ID`. The broker pushes the reply over the connection of this client's producer, and waits for its answer.
 * Then the broker answers the sender with SUCCESS, or with SYSTEM_ERROR when the client is not connected or refuses the
 * reply.
 *
 * 326 has the fields of V1, the hosts as `ip:port`, and the body as the sender sent it. The body may be compressed.
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
