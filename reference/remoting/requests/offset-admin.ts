/**
 * Requests of slaves and operators for the offsets of consumer groups. `consumer-offset.ts` has the requests of consumers.
 *
 * | code | name                     | asks, says                                              | answer                            |
 * | ---- | ------------------------ | ------------------------------------------------------- | --------------------------------- |
 * | 43   | GET_ALL_CONSUMER_OFFSET   | the offsets of all groups, for a slave                    | body `consumerOffset.json`        |
 * | 45 | GET_ALL_DELAY_OFFSET | the offset that each delay level has reached | body `delayOffset.json` |
 * | 308  | QUERY_CORRECTION_OFFSET   | for each queue, the min offset of all groups except `filterGroups` | body `{"correctionOffsets":{…}}` |
 * | 314  | CLONE_GROUP_OFFSET        | copy one group's offsets to another group                 | the code alone                    |
 *
 * RocketMQ: `QueryCorrectionOffsetHeader`, `CloneGroupOffsetRequestHeader`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const getAllConsumerOffset = defineRequest(RequestCode.GET_ALL_CONSUMER_OFFSET, 'GET_ALL_CONSUMER_OFFSET', {})

export const getAllDelayOffset = defineRequest(RequestCode.GET_ALL_DELAY_OFFSET, 'GET_ALL_DELAY_OFFSET', {})

/** `filterGroups` is a list of group names, joined by commas. */
export const queryCorrectionOffset = defineRequest(RequestCode.QUERY_CORRECTION_OFFSET, 'QUERY_CORRECTION_OFFSET', {
  filterGroups: 'string',
  compareGroup: 'string!',
  topic: 'string!',
})

/**
 * Without `topic`, the offsets of all topics of the source group are copied. A topic to which an online source group does
 * not subscribe is skipped, unless `offline` is true.
 */
export const cloneGroupOffset = defineRequest(RequestCode.CLONE_GROUP_OFFSET, 'CLONE_GROUP_OFFSET', {
  srcGroup: 'string!',
  destGroup: 'string!',
  topic: 'string',
  offline: 'boolean',
})
