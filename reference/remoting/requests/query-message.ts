/**
 * QUERY_MESSAGE (12): client to broker, the messages of a topic with a key, stored between two times. The answer has their
 * records as its body, and how far the index has come; its code is 22 when there are none.
 *
 * A query for a client's unique id has a flag of its own; then the broker decides how many messages it returns.
 * RocketMQ: `QueryMessageRequestHeader`, `QueryMessageResponseHeader`, `MixAll.UNIQUE_MSG_QUERY_FLAG`.
 */

import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const queryMessage = defineRequest(
  RequestCode.QUERY_MESSAGE,
  'QUERY_MESSAGE',
  {
    topic: 'string!',
    key: 'string!',
    maxNum: 'int!',
    beginTimestamp: 'bigLong!',
    endTimestamp: 'bigLong!',
    isUniqueKey: 'boolean',
  },
  { isUniqueKey: '_UNIQUE_KEY_QUERY' },
)

export const queryMessageAnswer = defineHeader('answer to QUERY_MESSAGE', {
  indexLastUpdateTimestamp: 'long!',
  indexLastUpdatePhyoffset: 'long!',
})
