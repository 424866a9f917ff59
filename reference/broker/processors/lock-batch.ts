/**
 * Locks and unlocks queues for consumers that consume in order. `rebalance-lock-manager.ts` decides which client receives a
 * lock.
 *
 * RocketMQ: `AdminBrokerProcessor.lockBatchMQ`, `unlockBatchMQ`.
 */
import { decodeRequestBody, encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { SUCCESS } from '../../remoting/remoting-command.ts'
import { lockBatchBodyShape, lockBatchMq, unlockBatchMq } from '../../remoting/requests/lock-batch.ts'
import type { RebalanceLockManager } from '../rebalance-lock-manager.ts'
import { checkGroupName } from './checks.ts'

/** The parts of the broker that the handlers need. */
export interface LockParts {
  readonly locks: RebalanceLockManager
}

/** Returns the handlers of the two requests about locks, each with its code. */
export function lockBatchHandlers(broker: LockParts): RequestHandlers {
  return [
    [
      lockBatchMq.code,
      (request) => {
        const { consumerGroup, mqSet, clientId } = decodeRequestBody('LOCK_BATCH_MQ', request.body, lockBatchBodyShape)
        checkGroupName(consumerGroup)
        const lockOKMQSet = broker.locks.tryLockBatch(consumerGroup, mqSet, clientId)
        return { ...SUCCESS, body: encodeJsonBody({ lockOKMQSet }) }
      },
    ],
    [
      unlockBatchMq.code,
      (request) => {
        const { consumerGroup, mqSet, clientId } = decodeRequestBody(
          'UNLOCK_BATCH_MQ',
          request.body,
          lockBatchBodyShape,
        )
        broker.locks.unlockBatch(consumerGroup, mqSet, clientId)
        return SUCCESS
      },
    ],
  ]
}
