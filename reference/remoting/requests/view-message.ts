/**
 * VIEW_MESSAGE_BY_ID (33): client to broker, the record at a physical offset. The answer has the record as its body; its
 * code is 1 when there is none.
 *
 * RocketMQ: `ViewMessageRequestHeader`.
 */

import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const viewMessage = defineRequest(RequestCode.VIEW_MESSAGE_BY_ID, 'VIEW_MESSAGE_BY_ID', {
  offset: 'long!',
  topic: 'string',
})
