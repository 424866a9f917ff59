/**
 * SEND_MESSAGE (10), SEND_MESSAGE_V2 (310), SEND_BATCH_MESSAGE (320): client to broker, one message or a batch.
 *
 * V2 has one letter for each field of V1, because a send is the most frequent request of all; Java clients always use
 * it. The body is the message's, maybe compressed; of a batch: entries as in `common/batch.ts`.
 * The broker picks a write queue when `queueId` is negative and creates an unknown topic from `defaultTopic`.
 *
 * Answer: where the message lies. On codes 0, 10, 11 and 12 Java clients read `msgId`, `queueId` and `queueOffset`
 * without looking whether they are there, so they always are.
 *
 * RocketMQ: `SendMessageRequestHeader`, `SendMessageRequestHeaderV2`, `SendMessageResponseHeader`.
 */

import { defineHeader, defineRequest, type HeaderOf } from '../request.ts'
import { RequestCode } from '../request-code.ts'

/** The fields of every send, by their long names. */
export const SEND_FIELDS = {
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
  maxReconsumeTimes: 'int',
  batch: 'boolean',
  brokerName: 'string',
} as const

export type SendMessageHeader = HeaderOf<typeof SEND_FIELDS>

/** V1: the names as they are, but for the broker's name. */
export const sendMessage = defineRequest(RequestCode.SEND_MESSAGE, 'SEND_MESSAGE', SEND_FIELDS, { brokerName: 'bname' })

/** Their letters in V2. */
export const SEND_LETTERS = {
  producerGroup: 'a',
  topic: 'b',
  defaultTopic: 'c',
  defaultTopicQueueNums: 'd',
  queueId: 'e',
  sysFlag: 'f',
  bornTimestamp: 'g',
  flag: 'h',
  properties: 'i',
  reconsumeTimes: 'j',
  unitMode: 'k',
  maxReconsumeTimes: 'l',
  batch: 'm',
  brokerName: 'n',
} as const

export const sendMessageV2 = defineRequest(RequestCode.SEND_MESSAGE_V2, 'SEND_MESSAGE_V2', SEND_FIELDS, SEND_LETTERS)

/** Same header as V2, `batch` true. */
export const sendBatchMessage = defineRequest(
  RequestCode.SEND_BATCH_MESSAGE,
  'SEND_BATCH_MESSAGE',
  SEND_FIELDS,
  SEND_LETTERS,
)

/** `msgId`: offset message id; of a batch, those of all entries joined by commas. `transactionId`: the unique id. */
export const sendMessageAnswer = defineHeader('the answer to SEND_MESSAGE', {
  msgId: 'string!',
  queueId: 'int!',
  queueOffset: 'long!',
  transactionId: 'string',
  recallHandle: 'string',
  MSG_REGION: 'string',
  TRACE_ON: 'string',
})
