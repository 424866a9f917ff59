/**
 * A client sends RECALL_MESSAGE (370) to a broker, to recall a message that waits for its delivery time. The answer contains
 * the unique id of the message, `msgId`. GET_TIMER_CHECK_POINT (60) returns the progress of the timer (56 bytes,
 * `store/timer/timer-checkpoint.ts`). GET_TIMER_METRICS (61) returns the number of waiting messages of each topic.
 *
 * RocketMQ: `RecallMessageRequestHeader`, `RecallMessageResponseHeader`.
 */
import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const recallMessage = defineRequest(RequestCode.RECALL_MESSAGE, 'RECALL_MESSAGE', {
  producerGroup: 'string',
  topic: 'string!',
  recallHandle: 'string!',
  bname: 'string',
})

export const recallMessageAnswer = defineHeader('the answer to RECALL_MESSAGE', { msgId: 'string!' })

export const getTimerCheckPoint = defineRequest(RequestCode.GET_TIMER_CHECK_POINT, 'GET_TIMER_CHECK_POINT', {})
export const getTimerMetrics = defineRequest(RequestCode.GET_TIMER_METRICS, 'GET_TIMER_METRICS', {})
