/**
 * PULL_MESSAGE (11): client to broker, read the messages of a queue from an offset on.
 *
 * `sysFlag` bits (`common/sys-flag.ts`) say whether `commitOffset` counts, whether the broker may hold the request for
 * `suspendTimeoutMillis` until a message arrives, and whether `subscription` counts or the one of the heartbeat.
 *
 * These three fields and `subVersion` may be missing when they do not count: some clients leave them out.
 *
 * Answer: the body has the records one after the other (`common/message-codec.ts`). All four offset fields are in every answer
 * of code 0, 19, 20 and 21, because Java clients read them without a check.
 *
 * RocketMQ: `PullMessageRequestHeader`, `PullMessageResponseHeader`.
 */

import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const pullMessage = defineRequest(RequestCode.PULL_MESSAGE, 'PULL_MESSAGE', {
  consumerGroup: 'string!',
  topic: 'string!',
  queueId: 'int!',
  queueOffset: 'bigLong!',
  maxMsgNums: 'int!',
  sysFlag: 'int!',
  commitOffset: 'long',
  suspendTimeoutMillis: 'long',
  subscription: 'string',
  subVersion: 'long',
  expressionType: 'string',
  maxMsgBytes: 'int',
  bname: 'string',
})

export const pullMessageAnswer = defineHeader('the answer to PULL_MESSAGE', {
  suggestWhichBrokerId: 'long!',
  nextBeginOffset: 'long!',
  minOffset: 'long!',
  maxOffset: 'long!',
})
