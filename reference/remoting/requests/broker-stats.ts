/**
 * GET_BROKER_RUNTIME_INFO (28) and VIEW_BROKER_STATS_DATA (315): operator to broker, how are you, and how much of this?
 *
 * 28 is answered with a table of texts, `{"table":{…}}`, whose keys are in `broker/stats/runtime-info.ts`; 315 with
 * `BrokerStatsData` (`bodies/broker-stats.ts`), or SYSTEM_ERROR when nothing was counted under that name and key.
 *
 * GET_BROKER_HA_STATUS (907) and GET_COLD_DATA_FLOW_CTR_INFO (2003): who copies this broker, and whom does it slow down? A broker
 * that does neither answers that nobody is there.
 *
 * RocketMQ: `ViewBrokerStatsDataRequestHeader`, `HARuntimeInfo`, `ColdDataCgCtrService.getColdDataFlowCtrInfo`.
 */
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const getBrokerRuntimeInfo = defineRequest(RequestCode.GET_BROKER_RUNTIME_INFO, 'GET_BROKER_RUNTIME_INFO', {})

export const viewBrokerStatsData = defineRequest(RequestCode.VIEW_BROKER_STATS_DATA, 'VIEW_BROKER_STATS_DATA', {
  statsName: 'string!',
  statsKey: 'string!',
})

export const getBrokerHaStatus = defineRequest(RequestCode.GET_BROKER_HA_STATUS, 'GET_BROKER_HA_STATUS', {})

export const getColdDataFlowCtrInfo = defineRequest(
  RequestCode.GET_COLD_DATA_FLOW_CTR_INFO,
  'GET_COLD_DATA_FLOW_CTR_INFO',
  {},
)
