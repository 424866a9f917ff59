/**
 * GET_BROKER_RUNTIME_INFO (28) and VIEW_BROKER_STATS_DATA (315): operator to broker, how are you, and how much of this?
 *
 * 28 is answered with a table of texts, `{"table":{…}}`, whose keys are in `broker/stats/runtime-info.ts`; 315 with
 * `BrokerStatsData` (`bodies/broker-stats.ts`), or SYSTEM_ERROR when nothing was counted under that name and key.
 *
 * RocketMQ: `ViewBrokerStatsDataRequestHeader`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const getBrokerRuntimeInfo = defineRequest(RequestCode.GET_BROKER_RUNTIME_INFO, 'GET_BROKER_RUNTIME_INFO', {})

export const viewBrokerStatsData = defineRequest(RequestCode.VIEW_BROKER_STATS_DATA, 'VIEW_BROKER_STATS_DATA', {
  statsName: 'string!',
  statsKey: 'string!',
})
