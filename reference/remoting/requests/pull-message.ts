/**
 * A client sends PULL_MESSAGE (11) to a broker to read the messages of a queue, beginning at an offset.
 *
 * `common/sys-flag.ts` defines three bits of `sysFlag`. COMMIT_OFFSET says that the broker stores `commitOffset`. SUSPEND
 * says that the broker may hold the request for `suspendTimeoutMillis` until a message arrives. SUBSCRIPTION says that the
 * broker uses the field `subscription`, and not the subscription in the client's heartbeat.
 *
 * The fields `commitOffset`, `suspendTimeoutMillis`, `subscription` and `subVersion` may be missing when they are not used,
 * because some clients do not send them.
 *
 * The body of the answer contains the records, one after the other (`common/message-codec.ts`). Every answer with the code
 * 0, 19, 20 or 21 must have all four header fields, because Java clients read these fields without a check.
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
