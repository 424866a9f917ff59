/**
 * Requests that set the offsets of a consumer group, and requests for the offsets of its members.
 *
 * | code | name                                  | from, to          | says                                              |
 * | ---- | ------------------------------------- | ----------------- | ------------------------------------------------- |
 * | 222  | INVOKE_BROKER_TO_RESET_OFFSET          | admin to broker   | reset the offsets of this group                   |
 * | 220  | RESET_CONSUMER_CLIENT_OFFSET           | broker to client  | oneway: continue to consume at these offsets       |
 * | 223  | INVOKE_BROKER_TO_GET_CONSUMER_STATUS   | admin to broker   | the offsets of the group's members                 |
 * | 221  | GET_CONSUMER_STATUS_FROM_CLIENT        | broker to client  | the offsets of this client                        |
 *
 * The bodies are in `bodies/reset-offset.ts`. In INVOKE_BROKER_TO_RESET_OFFSET, a `queueId` below 0 means every queue, and a
 * `timestamp` below 0 means the end of each queue. `offset` is used only when `queueId` names one queue.
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

/**
 * `clientAddr` is a client id, although its name says address. Without `clientAddr`, the broker asks all members of the
 * group.
 */
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
