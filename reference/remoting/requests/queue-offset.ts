/**
 * A client sends these requests to a broker. GET_MAX_OFFSET (30) returns the max offset of a queue. GET_MIN_OFFSET (31)
 * returns the min offset. SEARCH_OFFSET_BY_TIMESTAMP (29) returns the offset for a time. With `boundaryType` `LOWER` (the
 * default), this offset is that of the first message that was stored at or after the time. With `UPPER`, this offset is that
 * of the last message that was stored at or before the time. The answers to these three requests have the header
 * `offsetAnswer` of `consumer-offset.ts`. GET_EARLIEST_MSG_STORETIME (32) returns the time at which the first message of a
 * queue was stored.
 *
 * RocketMQ: `GetMaxOffsetRequestHeader`, `GetMinOffsetRequestHeader`, `SearchOffsetRequestHeader`,
 * `GetEarliestMsgStoretimeRequestHeader`.
 */

import { defineHeader, defineRequest } from '../request.ts'
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

export const getEarliestMsgStoretime = defineRequest(
  RequestCode.GET_EARLIEST_MSG_STORETIME,
  'GET_EARLIEST_MSG_STORETIME',
  { topic: 'string!', queueId: 'int!', bname: 'string' },
)

/** `timestamp` is -1 when the queue has no message. */
export const earliestMsgStoretimeAnswer = defineHeader('the answer to GET_EARLIEST_MSG_STORETIME', {
  timestamp: 'long!',
})
