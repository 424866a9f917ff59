/**
 * A client sends LOCK_BATCH_MQ (41) and UNLOCK_BATCH_MQ (42) to a broker, to lock and unlock queues for one member of a
 * group.
 *
 * Both requests have all fields in the body. The answer to LOCK_BATCH_MQ lists the requested queues whose lock this client
 * now holds. UNLOCK_BATCH_MQ is often oneway.
 *
 * RocketMQ: `LockBatchRequestBody`, `LockBatchResponseBody`, `UnlockBatchRequestBody`.
 */

import type { MessageQueue } from '../../common/message.ts'
import { list, record, type Shape, text } from '../../common/shape.ts'
import { messageQueueShape } from '../bodies/queue-table.ts'
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const lockBatchMq = defineRequest(RequestCode.LOCK_BATCH_MQ, 'LOCK_BATCH_MQ', {})

export const unlockBatchMq = defineRequest(RequestCode.UNLOCK_BATCH_MQ, 'UNLOCK_BATCH_MQ', {})

/** The body of both requests. */
export interface LockBatchBody {
  readonly consumerGroup: string
  readonly clientId: string
  readonly mqSet: readonly MessageQueue[]
}

export const lockBatchBodyShape: Shape<LockBatchBody> = record<LockBatchBody>({
  consumerGroup: text(),
  clientId: text(),
  mqSet: list(messageQueueShape),
})

/** The body of the answer to LOCK_BATCH_MQ. */
export const lockBatchAnswerShape: Shape<{ readonly lockOKMQSet: readonly MessageQueue[] }> = record<{
  lockOKMQSet: MessageQueue[]
}>({ lockOKMQSet: list(messageQueueShape) })
