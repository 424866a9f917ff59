/**
 * Moving a group back or forward in time, and asking its members for their offsets.
 *
 * | code | name                                  | from, to          | says                                              |
 * | ---- | ------------------------------------- | ----------------- | ------------------------------------------------- |
 * | 222  | INVOKE_BROKER_TO_RESET_OFFSET          | admin to broker   | reset this group                                  |
 * | 220  | RESET_CONSUMER_CLIENT_OFFSET           | broker to client  | oneway: continue at these offsets                  |
 * | 223  | INVOKE_BROKER_TO_GET_CONSUMER_STATUS   | admin to broker   | the offsets of the group's members                 |
 * | 221  | GET_CONSUMER_STATUS_FROM_CLIENT        | broker to client  | the offsets of this client                        |
 *
 * Bodies: `bodies/reset-offset.ts`. In 222 `queueId` below 0 means every queue, `timestamp` below 0 the end of each queue;
 * `offset` counts only together with a queue.
 *
 * RocketMQ: `ResetOffsetRequestHeader`, `GetConsumerStatusRequestHeader`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

const RESET = {
  topic: 'string!',
  group: 'string!',
  queueId: 'int',
  offset: 'long',
  timestamp: 'bigLong!',
  isForce: 'boolean',
} as const

const STATUS = { topic: 'string!', group: 'string!', clientAddr: 'string' } as const

export const invokeBrokerToResetOffset = defineRequest(
  RequestCode.INVOKE_BROKER_TO_RESET_OFFSET,
  'INVOKE_BROKER_TO_RESET_OFFSET',
  RESET,
)

export const resetConsumerClientOffset = defineRequest(
  RequestCode.RESET_CONSUMER_CLIENT_OFFSET,
  'RESET_CONSUMER_CLIENT_OFFSET',
  RESET,
)

/** `clientAddr` holds a client id, whatever its name says; missing, all members are asked. */
export const invokeBrokerToGetConsumerStatus = defineRequest(
  RequestCode.INVOKE_BROKER_TO_GET_CONSUMER_STATUS,
  'INVOKE_BROKER_TO_GET_CONSUMER_STATUS',
  STATUS,
)

export const getConsumerStatusFromClient = defineRequest(
  RequestCode.GET_CONSUMER_STATUS_FROM_CLIENT,
  'GET_CONSUMER_STATUS_FROM_CLIENT',
  STATUS,
)
