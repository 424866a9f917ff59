/**
 * An operator sends these requests to a broker. GET_BROKER_RUNTIME_INFO (28) returns an overview of the broker.
 * VIEW_BROKER_STATS_DATA (315) returns one statistic.
 *
 * The answer to GET_BROKER_RUNTIME_INFO is a table of texts, `{"table":{…}}`. `broker/stats/runtime-info.ts` lists the keys
 * of this table. The answer to VIEW_BROKER_STATS_DATA is `BrokerStatsData` (`bodies/broker-stats.ts`), or SYSTEM_ERROR when
 * no statistic has the requested name and key.
 *
 * GET_BROKER_HA_STATUS (907) returns the slaves of a master, or the position of a slave. GET_COLD_DATA_FLOW_CTR_INFO (2003)
 * returns the groups that the broker slows down because they read old messages. A GlassMQ broker slows down no group, so
 * this list is always empty.
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
