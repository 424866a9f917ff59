/**
 * A client sends SEND_MESSAGE (10) or SEND_MESSAGE_V2 (310) with one message, or SEND_BATCH_MESSAGE (320) with a batch, to a
 * broker.
 *
 * V2 has one letter for each field name of V1, because a send is the most frequent request. Java clients use V2 by default.
 * The body is the body of the message, and may be compressed. The body of a batch contains the entries that
 * `common/batch.ts` describes. When `queueId` is negative, the broker chooses a write queue. An unknown topic is created
 * with the settings of `defaultTopic`, if the broker may create topics.
 *
 * The answer contains the queue and the queue offset of the message. An answer with the code 0, 10, 11 or 12 must have the
 * fields `msgId`, `queueId` and `queueOffset`, because Java clients read them without a check.
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

/** The header of every send. */
export type SendMessageHeader = HeaderOf<typeof SEND_FIELDS>

/** V1 uses the long names, except for the name of the broker. */
export const sendMessage = defineRequest(RequestCode.SEND_MESSAGE, 'SEND_MESSAGE', SEND_FIELDS, { brokerName: 'bname' })

/** The letters of the fields in V2. */
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

/** A batch has the same header as V2, with `batch` true. */
export const sendBatchMessage = defineRequest(
  RequestCode.SEND_BATCH_MESSAGE,
  'SEND_BATCH_MESSAGE',
  SEND_FIELDS,
  SEND_LETTERS,
)

/**
 * `msgId` is the offset message id. For a batch, `msgId` lists the offset message ids of all entries, joined by commas.
 * `transactionId` is the unique id.
 */
export const sendMessageAnswer = defineHeader('the answer to SEND_MESSAGE', {
  msgId: 'string!',
  queueId: 'int!',
  queueOffset: 'long!',
  transactionId: 'string',
  recallHandle: 'string',
  MSG_REGION: 'string',
  TRACE_ON: 'string',
})
