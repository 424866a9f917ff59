/**
 * The settings of RocketMQ that this broker does not follow, and the reasons. A broker with such a setting in `broker.conf`
 * works, but not as the author of the file intended. So the broker logs each such setting once at its start, and refuses a
 * request to change such a setting.
 *
 * | a name in `broker.conf`                                  | line in the log at the start             | answer to UPDATE_BROKER_CONFIG |
 * | -------------------------------------------------------- | ---------------------------------------- | ---------------------- |
 * | is followed (`broker-config.ts` and the other files with settings) | no line                        | see `config-update.ts`  |
 * | is listed in this module, and has the value that this broker always uses (`HOLDS`) | no line                     | SUCCESS         |
 * | is listed in this module, and has another value               | not followed: NAME because REASON | NO_PERMISSION for a name in `HOLDS`, and otherwise INVALID_PARAMETER with the same text |
 * | is unknown                                    | not followed: NAME because nobody has it | INVALID_PARAMETER with the same text |
 *
 * Settings that this broker follows are not listed in this module. A broker follows a setting when one of its modules has
 * read the setting (`Settings.unasked`).
 *
 * RocketMQ: the fields of `BrokerConfig`, `MessageStoreConfig`, `NettyServerConfig`, `NettyClientConfig`, `AuthConfig`
 * (4.9.8 and 5.3.3). RocketMQ ignores unknown names.
 */
import { NotFollowed } from '../common/not-followed.ts'
import { CONNECTION_SETTINGS, FIXED_CONNECTIONS } from '../remoting/settings-not-followed.ts'

/** Each reason, with the names of the settings to which it applies. */
const REASONS: readonly (readonly [reason: string, names: string])[] = [
  [
    'there are no threads to count: a broker here runs each request to its end, in one thread',
    `ackMessageThreadPoolNums ackThreadPoolQueueCapacity adminBrokerThreadPoolNums adminBrokerThreadPoolQueueCapacity
     appendAckAsync appendCkAsync asyncSendEnable batchDispatchRequestThreadPoolNums clientCallbackExecutorThreads
     clientManageThreadPoolNums clientManagerThreadPoolQueueCapacity clientWorkerThreads compactionThreadNum
     consumerManageThreadPoolNums consumerManagerThreadPoolQueueCapacity debugLockEnable disableCallbackExecutor
     disableNettyWorkerGroup dispatchCqCacheNum dispatchCqThreads dispatchFromSenderThread enableAsyncReput
     enableBuildConsumeQueueConcurrently enableScheduleAsyncDeliver endTransactionPoolQueueCapacity
     endTransactionThreadPoolNums heartbeatThreadPoolNums heartbeatThreadPoolQueueCapacity highSpeedMode
     litePullMessageThreadPoolNums litePullThreadPoolQueueCapacity loadBalanceProcessorThreadPoolNums
     loadBalanceThreadPoolQueueCapacity lockInStrictMode processReplyMessageThreadPoolNums pullMessageThreadPoolNums
     pullThreadPoolQueueCapacity putMessageFutureThreadPoolNums putMessageTimeout putThreadPoolQueueCapacity
     queryMessageThreadPoolNums queryThreadPoolQueueCapacity recoverConcurrently recoverThreadPoolNums
     replyThreadPoolQueueCapacity scheduleAsyncDeliverMaxPendingLimit scheduleAsyncDeliverMaxResendNum2Blocked
     sendMessageThreadPoolNums serverCallbackExecutorThreads serverNettyWorkerGroupEnable serverSelectorThreads
     serverWorkerThreads spinLockCollisionRetreatOptimalDegree timerGetMessageThreadNum timerPutMessageThreadNum
     topicQueueLockNum useABSLock useReentrantLockWhenPutMessage`,
  ],
  [
    'requests do not wait in queues: what limits sends is sendThreadPoolQueueCapacity and glassmqWaitTimeMillsForDisk',
    `waitTimeMillsInAckQueue waitTimeMillsInAdminBrokerQueue waitTimeMillsInHeartbeatQueue waitTimeMillsInLitePullQueue
     waitTimeMillsInPullQueue waitTimeMillsInSendQueue waitTimeMillsInTransactionQueue`,
  ],
  [
    FIXED_CONNECTIONS,
    'enableFastChannelEventProcess enableNetWorkFlowControl printChannelGroups printChannelGroupsMinNum transferMsgByHeap',
  ],
  ...CONNECTION_SETTINGS,
  [
    'how a slave copies, and how often replicas ask about each other, is fixed (store/ha/limits.ts, broker/limits.ts)',
    `dLegerGroup dLegerPeers dLegerSelfId cleanOfflineBrokerInterval compatibleWithOldNameSrv
     consumerOffsetUpdateVersionStep delayOffsetUpdateVersionStep
     duplicationEnable enableAutoInSyncReplicas enableBatchPush enableDLegerCommitLog
     fetchControllerAddrByDnsLookup forwardTimeout haFlowControlEnable
     haHousekeepingInterval haMaxGapNotInSync haSendHeartbeatInterval
     haSlaveFallbehindMax haTransferBatchSize maxChecksumRange maxHaTransferByteInSecond
     maxSlaveResendLength offsetCheckInSlave preferredLeaderId putConsumeQueueDataByFileChannel
     readUnCommitted replicasPerDiskPartition sendHeartbeatTimeoutMillis
     storePathDLedgerCommitLog syncMasterFlushOffsetWhenStartup`,
  ],
  [
    'the whole store lies below storePathRootDir',
    `logicalDiskSpaceCleanForciblyThreshold readOnlyCommitLogStorePaths storePathCommitLog`,
  ],
  [
    'files are read and written, not mapped into memory',
    `cleanSwapedMapInterval commitCommitLogLeastPages commitCommitLogThoroughInterval commitIntervalCommitLog
     commitLogForceSwapMapInterval commitLogSwapMapInterval commitLogSwapMapReserveFileNum dataReadAheadEnable
     destroyMapedFileIntervalForcibly fastFailIfNoBufferInStorePool flushLeastPagesWhenWarmMapedFile
     logicQueueForceSwapMapInterval logicQueueSwapMapInterval logicQueueSwapMapReserveFileNum mappedFileSwapEnable
     messageIndexSafe redeleteHangedFileInterval transientStorePoolEnable transientStorePoolSize wakeCommitWhenPutMessage
     warmMapedFileEnable`,
  ],
  [
    'how often the disk is flushed and cleaned is fixed (store/limits.ts, broker/limits.ts)',
    `channelExpiredTimeout cleanResourceInterval correctLogicMinOffsetForceInterval correctLogicMinOffsetSleepInterval
     deleteCommitLogFilesInterval deleteConsumeQueueFilesInterval deleteFileBatchMax diskFallRecorded
     enableCleanExpiredOffset flushCommitLogLeastPages flushCommitLogThoroughInterval flushCommitLogTimed
     flushConsumeQueueLeastPages flushConsumeQueueThoroughInterval flushConsumerOffsetHistoryInterval
     flushConsumerOffsetInterval flushIntervalCommitLog flushIntervalConsumeQueue forceRegister
     loadBalancePollNameServerInterval maxBatchDeleteFilesNum registerBrokerTimeoutMills subscriptionExpiredTimeout
     syncFlushTimeout transactionMetricFlushInterval updateNameServerAddrPeriod wakeFlushWhenPutMessage`,
  ],
  [
    'the limit is fixed (common/limits.ts, store/limits.ts)',
    `autoMessageVersionOnTopicLen defaultQueryMaxNum maxAsyncPutMessageRequests maxConsumeQueueScan maxDelayTime
     maxFilterMessageSize maxMsgsNumBatch maxRecoveryCommitlogFiles maxStatsIdleTimeInMinutes maxTopicLength
     pullBatchMaxMessageCount putMsgIndexHightWater travelCqFileNumWhenGetMessage`,
  ],
  [
    'what counts as being in memory is set by glassmqMessageInMemoryBytes: a host does not say how much the machine has',
    `accessMessageInMemoryHotRatio accessMessageInMemoryMaxRatio`,
  ],
  [
    'queues are files of the default kind; RocksDB, batch queues, light queues, compacted topics and extended entries are not built',
    `bitMapLengthConsumeQueueExt bottomMostCompressionTypeForConsumeQueueStore cleanRocksDBDirtyCQIntervalMin
     compactionCqMappedFileSize compactionMappedFileSize compactionScheduleInternal configManagerVersion enableCompaction
     enableConsumeQueueExt enableLmq enableLmqStats enableMultiDispatch enableRocksDBLog mappedFileSizeConsumeQueueExt
     mapperFileSizeBatchConsumeQueue maxLmqConsumeQueueNum maxOffsetMapSize memTableFlushIntervalMs messageStorePlugIn
     realTimePersistRocksDBConfig recheckReputOffsetFromCq rocksdbCQDoubleWriteEnable rocksdbCompressionType
     rocksdbFlushWalFrequency rocksdbWalFileRollingThreshold searchBcqByCacheEnable statRocksDBCQIntervalSec storeType`,
  ],
  [
    'reading cold data is not slowed down',
    `cgColdReadThreshold coldCtrStrategyEnable coldDataFlowControlEnable coldDataScanEnable consumerFallbehindThreshold
     disableConsumeIfConsumerReadSlowly globalColdReadThreshold sampleSteps timerColdDataCheckIntervalMs
     usePIDColdCtrStrategy`,
  ],
  [
    "a record's body is always checked after a crash, and its properties have no checksum of their own",
    `checkCRCOnRecover enabledAppendPropCRC forceVerifyPropCRC`,
  ],
  [
    'an expression is always looked at in the record: there is no bit map of filters',
    `enableCalcFilterBitMap expectConsumerNumUseFilter filterDataCleanTimeSpan filterServerNums filterSupportRetry
     maxErrorRateOfBloomFilter`,
  ],
  [
    'check points go to the log at once, and are settled as broker/pop says',
    `enableNotifyAfterPopOrderLockRelease enableNotifyBeforePopCalculateLag enablePopBatchAck enablePopBufferMerge
     enablePopLog enablePopMessageThreshold enableSkipLongAwaitingAck popCkMaxBufferSize popCkOffsetMaxQueueSize
     popCkStayBufferTime popCkStayBufferTimeOut popConsumerFSServiceInit popConsumerKVServiceEnable
     popConsumerKVServiceInit popConsumerKVServiceLog popInflightMessageThreshold popLongPollingForceNotifyInterval
     popPollingMapSize popReviveMaxAttemptTimes popReviveMaxReturnSizePerRead reviveAckWaitMs reviveInterval reviveMaxSlow
     reviveScanTime skipWhenCKRePutReachMaxTimes`,
  ],
  [
    'the timer runs as broker/timer says, until the broker stops',
    `disappearTimeAfterStart timerCheckMetricsWhen timerEnableCheckMetrics timerEnableDisruptor
     timerEnableRetryUntilSuccess timerInterceptDelayLevel timerMetricSmallThreshold timerProgressLogIntervalMs
     timerSkipUnknownError timerStopDequeue timerStopEnqueue timerWarmEnable`,
  ],
  [
    'who is let in is decided by authenticationEnabled and initAuthenticationUser alone; nobody is allowed less than another',
    `aclCacheExpiredSecond aclCacheMaxNum aclCacheRefreshSecond authConfigPath authenticationMetadataProvider
     authenticationProvider authenticationStrategy authenticationWhitelist authorizationEnabled
     authorizationMetadataProvider authorizationProvider authorizationStrategy authorizationWhitelist clusterName
     configName migrateAuthFromV1Enabled statefulAuthenticationCacheExpiredSecond statefulAuthenticationCacheMaxNum
     statefulAuthorizationCacheExpiredSecond statefulAuthorizationCacheMaxNum userCacheExpiredSecond userCacheMaxNum
     userCacheRefreshSecond`,
  ],
  [
    'metrics are not exported; brokerStatus and statsAll tell the numbers',
    `accountStatsEnable accountStatsPrintZeroValues autoDeleteUnusedStats commercialBaseCount commercialBigCount
     commercialEnable commercialSizePerMsg commercialTimerCount commercialTransCount enableDetailStat
     enableScheduleMessageStats estimateAccumulation isolateLogEnable metricGrpcExporterIntervalInMills
     metricGrpcExporterTimeOutInMills metricLoggingExporterIntervalInMills metricsExporterType metricsGrpcExporterHeader
     metricsGrpcExporterTarget metricsInDelta metricsLabel metricsOtelCardinalityLimit metricsPromExporterHost
     metricsPromExporterPort sampleCountThreshold`,
  ],
  [
    'NameServers are told by namesrvAddr alone, as one table',
    `compressedRegister enableSingleTopicRegister enableSplitRegistration fetchNameSrvAddrByDnsLookup
     fetchNamesrvAddrByAddressServer fetchNamesrvAddrInterval splitRegistrationSize`,
  ],
  [
    'system topics cannot be changed, and every client registers',
    `enableCreateSysGroup enableMixedMessageType enableRegisterProducer realTimeNotifyConsumerChange
     rejectPullConsumerEnable useStaticSubscription validateSystemTopicWhenUpdateTopic`,
  ],
  [
    'an offset of a broadcasting consumer is its own',
    `broadcastOffsetExpireMaxSecond broadcastOffsetExpireSecond enableBroadcastOffsetStore`,
  ],
  [
    'nothing outside the store is written, and what may be changed is a list of its own (config-update.ts)',
    `brokerConfigPath configBlackList rocketmqHome`,
  ],
]

/**
 * For some settings of this module, the value that this broker always uses. A setting with exactly this value is not
 * reported in the log. Tools read some of these settings.
 */
const HOLDS: Readonly<Record<string, string>> = {
  filterServerNums: '0',
  useTLS: 'false',
  duplicationEnable: 'false',
  enableDLegerCommitLog: 'false',
  compatibleWithOldNameSrv: 'true',
  transientStorePoolEnable: 'false',
  storeType: 'default',
  authorizationEnabled: 'false',
  metricsExporterType: 'DISABLE',
}

/** Writes a line to the log for each setting that has no effect. */
export const brokerNotFollowed = new NotFollowed(REASONS, HOLDS, 'broker')
