/**
 * The settings of transactions. Names and defaults are those of RocketMQ.
 *
 * | option                     | default | meaning                                                                    |
 * | -------------------------- | ------- | -------------------------------------------------------------------------- |
 * | rejectTransactionMessage   | false   | true: transactional messages are refused                                   |
 * | transactionTimeOut         | 6000    | ms. Producers are not asked about a half message that is younger. After a clock was set back, they are asked at once |
 * | transactionCheckInterval   | 30000   | ms between two rounds of checks while a half message is open                |
 * | transactionCheckMax        | 15      | after this many checks, a half message is moved to TRANS_CHECK_MAX_TIME_TOPIC |
 * | transactionOpMsgMaxSize    | 4096    | an op message is written as soon as its offsets have this many bytes         |
 * | transactionOpBatchInterval | 3000    | max ms for which the offset of an ended transaction waits, so that one op message lists several offsets |
 *
 * An op message lists half messages whose transactions have ended.
 *
 * RocketMQ: `BrokerConfig`.
 */
import type { Settings } from '../../common/properties-file.ts'
import { DAY_MS } from '../../common/units.ts'

/** The settings of transactions. The table at the start of this file explains each setting. */
export interface TransactionConfig {
  readonly rejectTransactionMessage: boolean
  readonly transactionTimeOutMs: number
  readonly transactionCheckIntervalMs: number
  readonly transactionCheckMax: number
  readonly transactionOpMsgMaxSizeBytes: number
  readonly transactionOpBatchIntervalMs: number
}

/** Returns the settings. Throws `ConfigError` with one sentence when a value is not allowed. */
export function transactionSettings(settings: Settings): TransactionConfig {
  return {
    rejectTransactionMessage: settings.flag('rejectTransactionMessage', false),
    transactionTimeOutMs: settings.whole('transactionTimeOut', 6_000, 0, DAY_MS),
    transactionCheckIntervalMs: settings.whole('transactionCheckInterval', 30_000, 100, DAY_MS),
    transactionCheckMax: settings.whole('transactionCheckMax', 15, 1, 1_000_000),
    transactionOpMsgMaxSizeBytes: settings.whole('transactionOpMsgMaxSize', 4_096, 16, 1_048_576),
    transactionOpBatchIntervalMs: settings.whole('transactionOpBatchInterval', 3_000, 1, DAY_MS),
  }
}
