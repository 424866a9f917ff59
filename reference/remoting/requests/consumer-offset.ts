/**
 * QUERY_CONSUMER_OFFSET (14) and UPDATE_CONSUMER_OFFSET (15): client to broker, how far a group has come in a queue.
 *
 * `commitOffset` is the next offset to consume. An update is usually oneway. When no offset is stored, the answer to a query is
 * QUERY_NOT_FOUND and no other code: any other code keeps a Java consumer from beginning the queue.
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

/** The answer of every request that asks for one offset. */
export const offsetAnswer = defineHeader('the answer', { offset: 'long!' })
