/**
 * POP_MESSAGE (200050): client to broker, "give me up to 32 messages, and hide them from the others for a while".
 *
 * | field         | meaning                                                                                      |
 * | ------------- | -------------------------------------------------------------------------------------------- |
 * | queueId       | -1: any queue of the broker                                                                   |
 * | invisibleTime | ms for which nobody else gets the messages                                                    |
 * | pollTime      | ms for which the broker may hold the request, from `bornTime` on (asker's clock; 0: from now)    |
 * | initMode      | where a group without an offset begins: 0 the beginning, 1 the end                             |
 * | exp, expType  | what the group wants of the topic; the heartbeat is not asked                                  |
 * | order         | one batch of a queue after the other; `attemptId`: the same for each repetition of one request   |
 *
 * Answer: body = records back to back, and what is in `../pop-extra-info.ts`. POLLING_TIMEOUT: nothing came in time;
 * POLLING_FULL: nothing is here, and too many wait already.
 *
 * PEEK_MESSAGE (200052): the same look without taking. NOTIFICATION (200054): held until there is something to pop.
 * POLLING_INFO (200055): how many requests are held.
 *
 * RocketMQ: `PopMessageRequestHeader`, `PopMessageResponseHeader`, `PeekMessageRequestHeader`, `NotificationRequestHeader`,
 * `PollingInfoRequestHeader`.
 */
import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

/** `ConsumeInitMode`. */
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
