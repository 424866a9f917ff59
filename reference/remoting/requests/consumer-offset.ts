/**
 * A client sends QUERY_CONSUMER_OFFSET (14) to a broker to read a group's offset in a queue, and UPDATE_CONSUMER_OFFSET (15)
 * to store this offset.
 *
 * `commitOffset` is the next offset to consume. UPDATE_CONSUMER_OFFSET is usually oneway. When no offset is stored, the
 * answer to QUERY_CONSUMER_OFFSET must be QUERY_NOT_FOUND. After any other error code, a Java consumer does not begin to
 * consume the queue.
 *
 * RocketMQ: `QueryConsumerOffsetRequestHeader`, `UpdateConsumerOffsetRequestHeader`.
 */

import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const queryConsumerOffset = defineRequest(RequestCode.QUERY_CONSUMER_OFFSET, 'QUERY_CONSUMER_OFFSET', {
  consumerGroup: 'string!',
  topic: 'string!',
  queueId: 'int!',
  setZeroIfNotFound: 'boolean',
  bname: 'string',
})

export const updateConsumerOffset = defineRequest(RequestCode.UPDATE_CONSUMER_OFFSET, 'UPDATE_CONSUMER_OFFSET', {
  consumerGroup: 'string!',
  topic: 'string!',
  queueId: 'int!',
  commitOffset: 'long!',
  bname: 'string',
})

/** The header of the answer to every request for one offset. */
export const offsetAnswer = defineHeader('the answer', { offset: 'long!' })
