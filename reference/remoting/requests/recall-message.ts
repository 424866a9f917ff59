/**
 * RECALL_MESSAGE (370): client to broker, take back a message that waits for its time. The answer has its unique id, `msgId`.
 * GET_TIMER_CHECK_POINT (60), GET_TIMER_METRICS (61): how far the timer has come (56 bytes, `store/timer/timer-checkpoint.ts`),
 * and how many messages of each topic wait in it.
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
