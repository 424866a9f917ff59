/**
 * Locks and unlocks queues for consumers that keep order; who may have what is decided in `rebalance-lock-manager.ts`.
 *
 * RocketMQ: `AdminBrokerProcessor.lockBatchMQ`, `unlockBatchMQ`.
 */
import { groupNameFault } from '../../common/topic-validator.ts'
import { decodeRequestBody, encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { failure, SUCCESS } from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import { lockBatchBodyShape, lockBatchMq, unlockBatchMq } from '../../remoting/requests/lock-batch.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { Broker } from '../broker.ts'

export function lockBatchHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
  return [
    [
      lockBatchMq.code,
      (request) => {
        const { consumerGroup, mqSet, clientId } = decodeRequestBody('LOCK_BATCH_MQ', request.body, lockBatchBodyShape)
        const fault = groupNameFault(consumerGroup)
        if (fault !== '') return failure(ResponseCode.SYSTEM_ERROR, fault)
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
