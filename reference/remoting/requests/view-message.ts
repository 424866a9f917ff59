/**
 * A client sends VIEW_MESSAGE_BY_ID (33) to a broker, to read the record at a physical offset. The body of the answer is
 * this record. When no record begins at this offset, the code is 1.
 *
 * RocketMQ: `ViewMessageRequestHeader`.
 */

import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const viewMessage = defineRequest(RequestCode.VIEW_MESSAGE_BY_ID, 'VIEW_MESSAGE_BY_ID', {
  offset: 'long!',
  topic: 'string',
})
