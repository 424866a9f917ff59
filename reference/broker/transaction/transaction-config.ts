/**
 * The settings of transactions. Names and defaults are those of RocketMQ.
 *
 * | option                     | default | meaning                                                                    |
 * | -------------------------- | ------- | -------------------------------------------------------------------------- |
 * | rejectTransactionMessage   | false   | transactional messages are refused                                         |
 * | transactionTimeOut         | 6000    | ms. Producers are not asked about a half message that is younger than this  |
 * | transactionCheckInterval   | 30000   | ms between two rounds of checks while a half message is open                |
 * | transactionCheckMax        | 15      | a half message is given up after this many checks                           |
 * | transactionOpMsgMaxSize    | 4096    | max bytes of the offsets in one op message                                  |
 * | transactionOpBatchInterval | 3000    | ms for which the offset of an ended transaction waits, so that one op message lists several offsets |
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
