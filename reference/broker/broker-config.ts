/**
 * A broker's settings, read from `broker.conf` with RocketMQ's option names and defaults.
 *
 * | option                       | default            | meaning                                                            |
 * | ---------------------------- | ------------------ | ------------------------------------------------------------------ |
 * | brokerClusterName            | DefaultCluster     |                                                                    |
 * | brokerName                   | the node's name    | masters and slaves of one name are copies of each other             |
 * | brokerId                     | 0                  | 0 is the master                                                     |
 * | namesrvAddr                  | none               | NameServers, separated by `;`                                       |
 * | bindAddress                  | own host           | where to listen                                                     |
 * | listenPort                   | 10911              |                                                                    |
 * | brokerIP1                    | own host           | what others are told to connect to (`advertised-address.ts`)         |
 * | storePathRootDir             | store              | directory of the store on the node's disk                           |
 * | flushDiskType                | ASYNC_FLUSH        | or SYNC_FLUSH                                                       |
 * | mappedFileSizeCommitLog      | 1073741824         | bytes of one log file                                               |
 * | mappedFileSizeConsumeQueue   | 6000000            | bytes of one queue file                                             |
 * | autoCreateTopicEnable        | true               | a send to an unknown topic makes it                                 |
 * | autoCreateSubscriptionGroup  | true               | an unknown group may consume                                        |
 * | defaultTopicQueueNums        | 8                  | queues of TBW102, the most an auto-created topic gets               |
 * | registerNameServerPeriod     | 30000              | ms                                                                  |
 * | longPollingEnable            | true               | hold pulls that find nothing                                        |
 *
 * Names that are not here are accepted and ignored, so that a file written for RocketMQ works as it is.
 * RocketMQ: `BrokerConfig`, `MessageStoreConfig`, `NettyServerConfig`.
 */
import { QUEUES_PER_TOPIC_MAX } from '../common/limits.ts'
import { ownHostName } from '../common/program-args.ts'
import { ConfigError, type Settings } from '../common/properties-file.ts'
import { topicNameFault } from '../common/topic-validator.ts'
import type { Host } from '../host/host.ts'
import type { FlushDiskType } from '../store/flush.ts'
import * as storeLimits from '../store/limits.ts'
import * as limits from './limits.ts'

export interface BrokerConfig {
  readonly brokerClusterName: string
  readonly brokerName: string
  readonly brokerId: number
  readonly namesrvAddr: readonly string[]
  readonly bindAddress: string
  readonly listenPort: number
  /** '' when the file says nothing. */
  readonly brokerIP1: string
  readonly storePathRootDir: string
  readonly flushDiskType: FlushDiskType
  readonly mappedFileSizeCommitLog: number
  readonly mappedFileSizeConsumeQueue: number
  readonly autoCreateTopicEnable: boolean
  readonly autoCreateSubscriptionGroup: boolean
  readonly defaultTopicQueueNums: number
  readonly registerNameServerPeriodMs: number
  readonly longPollingEnable: boolean
}

/** The configuration in `settings`. Throws `ConfigError` with one sentence. */
export function brokerConfig(host: Host, settings: Settings): BrokerConfig {
  const brokerName = settings.text('brokerName', host.name)
  const brokerClusterName = settings.text('brokerClusterName', 'DefaultCluster')
  for (const [option, name] of [
    ['brokerName', brokerName],
    ['brokerClusterName', brokerClusterName],
  ] as const) {
    if (topicNameFault(name) !== '')
      throw new ConfigError(`${option} is "${name}"; it may hold letters, digits, - and _ and at most 127 of them`)
  }
  const consumeQueueBytes = settings.whole(
    'mappedFileSizeConsumeQueue',
    storeLimits.CONSUME_QUEUE_FILE_BYTES,
    20,
    1_000_000_000,
  )
  const period = settings.whole('registerNameServerPeriod', limits.REGISTER_PERIOD_MS, 1, 3_600_000)
  return {
    brokerClusterName,
    brokerName,
    brokerId: settings.whole('brokerId', 0, 0, Number.MAX_SAFE_INTEGER),
    namesrvAddr: settings
      .text('namesrvAddr', '')
      .split(';')
      .map((address) => address.trim())
      .filter((address) => address !== ''),
    bindAddress: settings.text('bindAddress', ownHostName(host)),
    listenPort: settings.whole('listenPort', limits.BROKER_PORT, 0, 65_535),
    brokerIP1: settings.text('brokerIP1', ''),
    storePathRootDir: directoryPrefix(settings.text('storePathRootDir', 'store')),
    flushDiskType: settings.oneOf('flushDiskType', 'ASYNC_FLUSH', ['ASYNC_FLUSH', 'SYNC_FLUSH']),
    mappedFileSizeCommitLog: settings.whole(
      'mappedFileSizeCommitLog',
      storeLimits.COMMIT_LOG_FILE_BYTES,
      storeLimits.COMMIT_LOG_FILE_BYTES_MIN,
      storeLimits.COMMIT_LOG_FILE_BYTES_MAX,
    ),
    mappedFileSizeConsumeQueue: Math.ceil(consumeQueueBytes / 20) * 20,
    autoCreateTopicEnable: settings.flag('autoCreateTopicEnable', true),
    autoCreateSubscriptionGroup: settings.flag('autoCreateSubscriptionGroup', true),
    defaultTopicQueueNums: settings.whole('defaultTopicQueueNums', 8, 1, QUEUES_PER_TOPIC_MAX),
    registerNameServerPeriodMs: Math.min(
      Math.max(period, limits.REGISTER_PERIOD_MS_MIN),
      limits.REGISTER_PERIOD_MS_MAX,
    ),
    longPollingEnable: settings.flag('longPollingEnable', true),
  }
}

/** A path on the node's own disk: '' for its root, otherwise ending in `/`. */
function directoryPrefix(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..'))
    throw new ConfigError(`storePathRootDir is "${path}"; it must lie inside the node's own directory, without ".."`)
  return parts.map((part) => `${part}/`).join('')
}
