/**
 * The settings of RocketMQ's NameServer that have no effect in GlassMQ. When the NameServer starts, the log lists those
 * settings that are set. A request that sets one of them is refused (`common/not-followed.ts`).
 *
 * RocketMQ: the fields of `NamesrvConfig`, `NettyServerConfig`, `NettyClientConfig` (4.9.8 and 5.3.3).
 */
import { NotFollowed } from '../common/not-followed.ts'
import { CONNECTION_SETTINGS } from '../remoting/settings-not-followed.ts'

const REASONS: readonly (readonly [reason: string, names: string])[] = [
  [
    'there are no threads to count: a NameServer here runs each request to its end, in one thread',
    `clientRequestThreadPoolNums clientRequestThreadPoolQueueCapacity defaultThreadPoolNums defaultThreadPoolQueueCapacity
     unRegisterBrokerQueueCapacity serverWorkerThreads serverCallbackExecutorThreads serverSelectorThreads
     serverNettyWorkerGroupEnable clientWorkerThreads clientCallbackExecutorThreads disableCallbackExecutor disableNettyWorkerGroup`,
  ],
  [
    'the one file that is written is kvConfig.json in the own directory; everything else lasts until the NameServer stops',
    'configStorePath kvConfigPath configBlackList rocketmqHome',
  ],
  ['no controller runs inside a NameServer, so no master is elected here', 'enableControllerInNamesrv'],
  ['it answers as soon as it listens', 'needWaitForService waitSecondsForService clusterTest productEnvName'],
  [
    'lists of topics are always told, and a registration never deletes topics',
    'enableAllTopicList enableTopicList deleteTopicWithBrokerRegistration',
  ],
  ['how often silent brokers are looked for is fixed (namesrv/limits.ts)', 'scanNotActiveBrokerInterval'],
  ...CONNECTION_SETTINGS,
]

const HOLDS: Readonly<Record<string, string>> = {
  useTLS: 'false',
  enableControllerInNamesrv: 'false',
  clusterTest: 'false',
}

/** The settings of the NameServer that have no effect, with the reasons. */
export const namesrvNotFollowed = new NotFollowed(REASONS, HOLDS, 'NameServer')
