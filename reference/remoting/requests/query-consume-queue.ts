/**
 * An operator sends QUERY_CONSUME_QUEUE (321) to a broker, to read the stored entries of a queue, beginning at `index`. The
 * answer is `QueryConsumeQueueResponseBody` (`bodies/query-consume-queue.ts`). With `consumerGroup`, the answer contains the
 * filter of this group.
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
