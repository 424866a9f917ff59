/**
 * QUERY_CONSUME_QUEUE (321): operator to broker, the raw entries of a queue from `index` on. Answer:
 * `QueryConsumeQueueResponseBody` (`bodies/query-consume-queue.ts`); with `consumerGroup` also that group's filter.
 *
 * RocketMQ: `QueryConsumeQueueRequestHeader`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const queryConsumeQueue = defineRequest(RequestCode.QUERY_CONSUME_QUEUE, 'QUERY_CONSUME_QUEUE', {
  topic: 'string!',
  queueId: 'int!',
  index: 'long!',
  count: 'int!',
  consumerGroup: 'string',
})
