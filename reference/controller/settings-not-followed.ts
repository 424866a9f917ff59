/**
 * The settings of RocketMQ's controller that have no effect in GlassMQ. When the controller starts, the log lists those
 * settings that are set. A request that sets one of them is refused (`common/not-followed.ts`).
 *
 * RocketMQ: the fields of `ControllerConfig`, `JraftConfig`, `NettyServerConfig`, `NettyClientConfig` (5.3.3).
 */
import { NotFollowed } from '../common/not-followed.ts'
import { CONNECTION_SETTINGS, FIXED_CONNECTIONS } from '../remoting/settings-not-followed.ts'

const REASONS: readonly (readonly [reason: string, names: string])[] = [
  [
    'there are no threads to count: a controller here runs each request to its end, in one thread',
    `controllerThreadPoolNums controllerRequestThreadPoolQueueCapacity serverWorkerThreads serverCallbackExecutorThreads
     serverSelectorThreads serverNettyWorkerGroupEnable clientWorkerThreads clientCallbackExecutorThreads disableCallbackExecutor
     disableNettyWorkerGroup`,
  ],
  [
    'the controllers have one Raft, a small one of GlassMQ, whose times are fixed (controller/raft/limits.ts)',
    `controllerType jRaftElectionTimeoutMs jRaftScanWaitTimeoutMs jRaftSnapshotIntervalSecs jRaftGroupId jRaftServerId
     jRaftInitConf jRaftControllerRPCAddr`,
  ],
  ['the log is one file, raft.journal, which is written again when it has grown', 'mappedFileSize'],
  ['the port stands in controllerDLegerPeers, at controllerDLegerSelfId', 'listenPort'],
  [
    'an election is repeated by the next search for dead masters, each scanInactiveMasterInterval',
    'electMasterMaxRetryCount',
  ],
  ['the name of this setting is processReadEvent', 'isProcessReadEvent'],
  [
    'settings are read from the command line, and a changed one lasts until the controller stops',
    'configStorePath rocketmqHome',
  ],
  ['only a short list of settings may be changed by a request', 'configBlackList'],
  [
    'there are no metrics to export; the log and --trace report what happens',
    `metricsExporterType metricsGrpcExporterTarget metricsGrpcExporterHeader metricGrpcExporterTimeOutInMills
     metricGrpcExporterIntervalInMills metricLoggingExporterIntervalInMills metricsPromExporterPort metricsPromExporterHost
     metricsLabel metricsInDelta`,
  ],
  ...CONNECTION_SETTINGS,
  [FIXED_CONNECTIONS, 'scanAvailableNameSrv'],
]

const HOLDS: Readonly<Record<string, string>> = { useTLS: 'false', controllerType: 'DLedger' }

/** The settings of the controller that have no effect, with the reasons. */
export const controllerNotFollowed = new NotFollowed(REASONS, HOLDS, 'controller')
