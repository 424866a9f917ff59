/**
 * Requests between the replicas of a broker name, and of operators to a replica.
 *
 * | code | request                    | sender   | answer                                                              |
 * | ---- | -------------------------- | -------- | ------------------------------------------------------------------- |
 * | 906  | EXCHANGE_BROKER_HA_INFO    | slave    | the address at which the master listens for slaves; no fields from another broker |
 * | 908  | RESET_MASTER_FLUSH_OFFSET  | operator | none; the offset is stored and shown in the HA status                |
 * | 1007 | GET_BROKER_EPOCH_CACHE     | operator | the epochs of the log (`EpochEntryCache`)                            |
 *
 * RocketMQ: `ExchangeHAInfoRequestHeader`, `ExchangeHAInfoResponseHeader`, `ResetMasterFlushOffsetHeader`,
 * `EpochEntryCache`.
 */
import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

const HA_INFO = { masterHaAddress: 'string', masterFlushOffset: 'long', masterAddress: 'string' } as const

export const exchangeHaInfo = defineRequest(RequestCode.EXCHANGE_BROKER_HA_INFO, 'EXCHANGE_BROKER_HA_INFO', HA_INFO)
export const exchangeHaInfoAnswer = defineHeader('the answer to EXCHANGE_BROKER_HA_INFO', HA_INFO)

export const resetMasterFlushOffset = defineRequest(
  RequestCode.RESET_MASTER_FLUSH_OFFSET,
  'RESET_MASTER_FLUSH_OFFSET',
  { masterFlushOffset: 'long!' },
)

/** The body of the answer to GET_BROKER_EPOCH_CACHE. The `brokerId` of a master is 0. The last epoch ends at `maxOffset`. */
export interface EpochEntryCache {
  readonly clusterName: string
  readonly brokerName: string
  readonly brokerId: number
  readonly epochList: readonly { readonly epoch: number; readonly startOffset: number; readonly endOffset: number }[]
  readonly maxOffset: number
}
