/**
 * GET_MAX_OFFSET (30), GET_MIN_OFFSET (31), SEARCH_OFFSET_BY_TIMESTAMP (29): client to broker, the ends of a queue, or
 * the first offset stored at or after a time. Answer: `offsetAnswer` of `consumer-offset.ts`.
 *
 * RocketMQ: `GetMaxOffsetRequestHeader`, `GetMinOffsetRequestHeader`, `SearchOffsetRequestHeader`.
 */

import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const getMaxOffset = defineRequest(RequestCode.GET_MAX_OFFSET, 'GET_MAX_OFFSET', {
  topic: 'string!',
  queueId: 'int!',
  committed: 'boolean',
  bname: 'string',
})

export const getMinOffset = defineRequest(RequestCode.GET_MIN_OFFSET, 'GET_MIN_OFFSET', {
  topic: 'string!',
  queueId: 'int!',
  bname: 'string',
})

export const searchOffset = defineRequest(RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, 'SEARCH_OFFSET_BY_TIMESTAMP', {
  topic: 'string!',
  queueId: 'int!',
  timestamp: 'bigLong!',
  boundaryType: 'string',
  bname: 'string',
})
