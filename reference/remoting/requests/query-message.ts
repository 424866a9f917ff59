/**
 * A client sends QUERY_MESSAGE (12) to a broker, to read the messages of a topic with a key that were stored between two
 * times. The body of the answer contains the records of these messages, and the header contains the end of the index. When
 * no message is found, the answer has the code 22.
 *
 * A query for the unique id of a message has a separate flag. When this flag is set, the broker, and not the client, decides
 * how many messages are returned.
 *
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
