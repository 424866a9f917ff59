/**
 * A client sends POP_MESSAGE (200050) to a broker to take up to 32 messages. For some time, the broker hides these messages
 * from the other consumers of the group.
 *
 * | field         | meaning                                                                                      |
 * | ------------- | -------------------------------------------------------------------------------------------- |
 * | queueId       | -1 means any queue of the broker                                                              |
 * | invisibleTime | ms for which no other consumer of the group receives the messages                            |
 * | pollTime      | ms for which the broker may hold the request, counted from `bornTime` by the client's clock; when `bornTime` is 0, from the arrival |
 * | initMode      | where a group without an offset begins: 0 means at the min offset, 1 at the max offset         |
 * | exp, expType  | the filter of this pop; the subscription in the client's heartbeat is not used                 |
 * | order         | true when a queue must give out its next messages only after the earlier ones are acknowledged; a repeated request has the same `attemptId` |
 *
 * The body of the answer contains the records, one after the other. The header contains the fields that
 * `../pop-extra-info.ts` describes. POLLING_TIMEOUT means that no message could be popped in time. POLLING_FULL means that
 * the broker has no message and already holds too many requests.
 *
 * PEEK_MESSAGE (200052) reads messages without taking them. NOTIFICATION (200054) is held until a message can be popped or
 * `pollTime` is over. POLLING_INFO (200055) requests the number of held requests.
 *
 * RocketMQ: `PopMessageRequestHeader`, `PopMessageResponseHeader`, `PeekMessageRequestHeader`, `NotificationRequestHeader`,
 * `PollingInfoRequestHeader`.
 */
import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

/** The values of `initMode`. RocketMQ: `ConsumeInitMode`. */
export const INIT_MODE = { MIN: 0, MAX: 1 } as const

export const popMessage = defineRequest(RequestCode.POP_MESSAGE, 'POP_MESSAGE', {
  consumerGroup: 'string!',
  topic: 'string!',
  queueId: 'int!',
  maxMsgNums: 'int!',
  invisibleTime: 'long!',
  pollTime: 'long!',
  bornTime: 'long',
  initMode: 'int!',
  expType: 'string',
  exp: 'string',
  order: 'boolean',
  attemptId: 'string',
  bname: 'string',
})

export const popMessageAnswer = defineHeader('the answer to POP_MESSAGE', {
  popTime: 'long!',
  invisibleTime: 'long!',
  reviveQid: 'int!',
  restNum: 'long!',
  startOffsetInfo: 'string',
  msgOffsetInfo: 'string',
  orderCountInfo: 'string',
})

export const peekMessage = defineRequest(RequestCode.PEEK_MESSAGE, 'PEEK_MESSAGE', {
  topic: 'string!',
  queueId: 'int!',
  maxMsgNums: 'int!',
  consumerGroup: 'string!',
  bname: 'string',
})

export const notification = defineRequest(RequestCode.NOTIFICATION, 'NOTIFICATION', {
  consumerGroup: 'string!',
  topic: 'string!',
  queueId: 'int!',
  pollTime: 'long!',
  bornTime: 'long',
  order: 'boolean',
  attemptId: 'string',
  bname: 'string',
})

export const notificationAnswer = defineHeader('the answer to NOTIFICATION', {
  hasMsg: 'boolean!',
  pollingFull: 'boolean',
})

export const pollingInfo = defineRequest(RequestCode.POLLING_INFO, 'POLLING_INFO', {
  consumerGroup: 'string!',
  topic: 'string!',
  queueId: 'int!',
  bname: 'string',
})

export const pollingInfoAnswer = defineHeader('the answer to POLLING_INFO', { pollingNum: 'int!' })
