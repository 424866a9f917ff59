/**
 * QUERY_CONSUME_QUEUE (321): operator to broker, the raw entries of a queue from `index` on. The answer is
 * `QueryConsumeQueueResponseBody` (`bodies/query-consume-queue.ts`), with the filter of `consumerGroup` when it is named.
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
