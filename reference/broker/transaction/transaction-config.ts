/**
 * Settings of transactions, with RocketMQ's names and defaults.
 *
 * | option                     | default | meaning                                                                    |
 * | -------------------------- | ------- | -------------------------------------------------------------------------- |
 * | rejectTransactionMessage   | false   | transactional messages are refused                                         |
 * | transactionTimeOut         | 6000    | ms: producers are not asked about a younger half message                    |
 * | transactionCheckInterval   | 30000   | ms between two rounds of questions, while any half message is open          |
 * | transactionCheckMax        | 15      | questions about one half message before it is given up                      |
 * | transactionOpMsgMaxSize    | 4096    | bytes of offsets that are noted in one op message                           |
 * | transactionOpBatchInterval | 3000    | ms that an offset waits for others to be noted with                         |
 *
 * RocketMQ: `BrokerConfig`.
 */
import type { Settings } from '../../common/properties-file.ts'
import { DAY_MS } from '../../common/units.ts'

/** The settings. The table above explains each of them. */
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
