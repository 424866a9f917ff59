/**
 * A client sends SEND_REPLY_MESSAGE (324) or SEND_REPLY_MESSAGE_V2 (325) to a broker. The request contains the reply to a
 * message of another client (the requester). The broker sends the same reply to the requester with
 * PUSH_REPLY_MESSAGE_TO_CLIENT (326).
 *
 * A reply has the same fields as a send. Two properties identify the message that is answered: `REPLY_TO_CLIENT` (the id of
 * the requester) and `CORRELATION_ID`. The broker sends PUSH_REPLY_MESSAGE_TO_CLIENT over the connection of the requester's
 * producer, and waits for the answer. When the requester has confirmed the reply, the broker answers the sender of the
 * reply with SUCCESS. Otherwise, for example when the requester is not connected, the answer is SYSTEM_ERROR.
 *
 * PUSH_REPLY_MESSAGE_TO_CLIENT has the fields of SEND_REPLY_MESSAGE, the hosts as `ip:port`, and the unchanged body of the
 * reply. This body may be compressed.
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
