/**
 * The settings that protect a broker from too many sends.
 *
 * | option                      | default | meaning                                                                    |
 * | --------------------------- | ------- | -------------------------------------------------------------------------- |
 * | brokerFastFailureEnable     | true    | sends that would wait too long are refused: `fast-failure.ts`                |
 * | sendThreadPoolQueueCapacity | 10000   | max number of sends that wait for their answer                              |
 * | glassmqWaitTimeMillsForDisk | 1000    | when the oldest waiting send has waited for the disk for this many ms, new sends are refused. 0 means no limit |
 * | glassmqSendLimiter          | none    | none, counter, slidingWindow, leakyBucket or tokenBucket: `send-limiter.ts`  |
 * | glassmqSendLimit            | 1000    | max number of sends in a window                                             |
 * | glassmqSendLimitWindowMs    | 1000    | length of the window in ms                                                  |
 * | glassmqSendLimitBurst       | 100     | for leakyBucket: max number of waiting sends. For tokenBucket: max number of tokens |
 *
 * RocketMQ: `BrokerConfig`, for the names that do not begin with `glassmq`.
 */
import { LIMITER_NAMES, type LimiterName } from '../../common/limiters/rate-limiter.ts'
import type { Settings } from '../../common/properties-file.ts'
import { DAY_MS } from '../../common/units.ts'
import * as limits from '../limits.ts'

/** The settings that protect a broker from too many sends. The table at the start of this file explains each setting. */
export interface OverloadConfig {
  readonly brokerFastFailureEnable: boolean
  readonly sendThreadPoolQueueCapacity: number
  readonly glassmqWaitTimeMillsForDisk: number
  readonly glassmqSendLimiter: LimiterName | 'none'
  readonly glassmqSendLimit: number
  readonly glassmqSendLimitWindowMs: number
  readonly glassmqSendLimitBurst: number
}

/** Returns the settings. Throws `ConfigError` with one sentence when a value is not allowed. */
export function overloadSettings(settings: Settings): OverloadConfig {
  const { SENDS_WAITING_MAX, DISK_WAIT_MS, SEND_LIMIT, SEND_LIMIT_MAX, SEND_LIMIT_BURST } = limits
  return {
    brokerFastFailureEnable: settings.flag('brokerFastFailureEnable', true),
    sendThreadPoolQueueCapacity: settings.whole('sendThreadPoolQueueCapacity', SENDS_WAITING_MAX, 1, SEND_LIMIT_MAX),
    glassmqWaitTimeMillsForDisk: settings.whole('glassmqWaitTimeMillsForDisk', DISK_WAIT_MS, 0, DAY_MS),
    glassmqSendLimiter: settings.oneOf('glassmqSendLimiter', 'none', ['none', ...LIMITER_NAMES]),
    glassmqSendLimit: settings.whole('glassmqSendLimit', SEND_LIMIT, 1, SEND_LIMIT_MAX),
    glassmqSendLimitWindowMs: settings.whole('glassmqSendLimitWindowMs', 1_000, 1, DAY_MS),
    glassmqSendLimitBurst: settings.whole('glassmqSendLimitBurst', SEND_LIMIT_BURST, 1, SEND_LIMIT_MAX),
  }
}
