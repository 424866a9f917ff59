/**
 * VIEW_MESSAGE_BY_ID (33): client to broker, the record at a physical offset. Answer: the record as body; code 1 if none.
 *
 * RocketMQ: `ViewMessageRequestHeader`.
 */

import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const viewMessage = defineRequest(RequestCode.VIEW_MESSAGE_BY_ID, 'VIEW_MESSAGE_BY_ID', {
  offset: 'long!',
  topic: 'string',
})
