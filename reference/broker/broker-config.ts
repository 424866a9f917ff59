/**
 * The settings of a broker. These settings are read from `broker.conf`, with the option names and defaults of RocketMQ.
 *
 * | option                       | default            | meaning                                                            |
 * | ---------------------------- | ------------------ | ------------------------------------------------------------------ |
 * | brokerClusterName            | DefaultCluster     | name of the cluster                                                |
 * | brokerName                   | the node's name    | a master and its slaves have the same brokerName     |
 * | brokerId                     | 0                  | 0 means a master, any other number a slave                          |
 * | namesrvAddr                  | none               | NameServers, separated by `;`                                       |
 * | bindAddress                  | host of the node   | address on which the broker listens                                |
 * | listenPort                   | 10911              | port on which the broker listens                                   |
 * | brokerIP1                    | host of the node   | the address to which clients connect (`advertised-address.ts`)       |
 * | storePathRootDir             | store              | directory of the store on the node's disk                           |
 * | flushDiskType                | ASYNC_FLUSH        | when a put is answered: ASYNC_FLUSH or SYNC_FLUSH (`../store/flush.ts`) |
 * | mappedFileSizeCommitLog      | 1073741824         | bytes of one log file                                               |
 * | mappedFileSizeConsumeQueue   | 6000000            | bytes of one queue file                                             |
 * | osPageCacheBusyTimeOutMills  | 1000           | ms. After a write to the log that takes longer than this, sends are refused for a second |
 * | messageIndexEnable           | true               | messages can be found by key                                        |
 * | maxHashSlotNum               | 5000000            | slots of one index file                                             |
 * | maxIndexNum                  | 20000000           | entries of one index file                                           |
 * | fileReservedTime             | 72                 | hours that a log file is kept after its last message               |
 * | deleteWhen                   | 04                 | hours of the day (UTC) in which old files are deleted, separated by `;` |
 * | diskMaxUsedSpaceRatio        | 75                 | percent. When the disk is fuller than this, expired files are deleted at any hour |
 * | cleanFileForciblyEnable | true | on a disk that is too full, files that have not expired may be deleted, too |
 * | diskSpaceCleanForciblyRatio  | 85                 | percent. When the disk is fuller than this, files that have not expired are deleted, too |
 * | diskSpaceWarningLevelRatio   | 90                 | percent. When the disk is fuller than this, puts are refused       |
 * | enablePropertyFilter         | false              | true: consumers may filter by SQL92                                 |
 * | autoCreateTopicEnable        | true               | a send to an unknown topic creates the topic                       |
 * | autoCreateSubscriptionGroup  | true               | a group that the broker does not know may consume                   |
 * | defaultTopicQueueNums        | 8                  | number of queues of the topic TBW102. A topic that a send creates has at most this many queues       |
 * | registerNameServerPeriod     | 30000              | ms between two registrations                                       |
 * | messageDelayLevel            | 1s 5s 10s … 2h     | the delay of each level, beginning with level 1 (`schedule/delay-levels.ts`) |
 * | flushDelayOffsetInterval    | 10000 | ms between two writes of delayOffset.json while it changes; a value above 500 has the effect of 500 |
 * | longPollingEnable            | true               | a pull without a message is held until a message arrives or the time of the pull is over |
 * | storeReplyMessageEnable      | true               | the replies of request-reply are also stored, in the reply topic   |
 * | useServerSideResetOffset | true | true: the broker stores a reset of an offset, and the next pull fetches the reset. false: as in 4.9, the broker sends the reset to the clients |
 * | brokerPermission       | 6 | a sum: 4 for reading, 2 for writing. NameServers publish this permission (`broker-permission.ts`) |
 * | traceTopicEnable             | false              | true: the broker creates a topic for the traces of clients         |
 * | msgTraceTopicName            | RMQ_SYS_TRACE_TOPIC | name of the topic for traces                                      |
 * | traceOn                      | true               | the broker asks clients to trace messages                          |
 * | regionId                     | DefaultRegion      | the value of MSG_REGION in messages and answers                    |
 * | notifyConsumerIdsChangedEnable | true             | members of a group are notified when other members join or leave   |
 * | litePullMessageEnable        | true               | pulls with the request code of the lite pull consumer are answered |
 * | clusterTopicEnable           | true               | the topic with the cluster's name may be read and written          |
 * | brokerTopicEnable            | true               | the topic with the broker's name may be read and written           |
 * | shortPollingTimeMills        | 1000               | ms that a pull is held while longPollingEnable is false            |
 * | startAcceptSendRequestTimeStamp | 0               | ms since 1970. Before this time, sends are refused                 |
 * | clearRetryTopicWhenDeleteTopic | true             | the pop retry topics of a deleted topic are deleted too            |
 * | allowRecallWhenBrokerNotWriteable | true          | messages may be recalled while brokerPermission forbids sends          |
 * | maxMessageSize               | 4194304            | max bytes of a message's body                                       |
 * | maxTransferBytesOnMessageInMemory | 262144        | max bytes of one answer                                            |
 * | maxTransferCountOnMessageInMemory | 32            | max messages of one answer                                         |
 * | maxTransferBytesOnMessageInDisk | 65536           | max bytes of one answer with old messages (see glassmqMessageInMemoryBytes)                          |
 * | maxTransferCountOnMessageInDisk | 8               | max messages of one answer with old messages (see glassmqMessageInMemoryBytes)                       |
 * | glassmqMessageInMemoryBytes  | 1073741824         | messages in this many bytes at the end of the log count as in memory. Earlier messages count as old |
 * | adminWriteEnable | see the next column | operators may change settings and topics. Default: true when bindAddress is not set or is loopback, or when requests are signed |
 * | glassmqLockGrace             | false              | true: no queue is locked for 30 s after a restart (`rebalance-lock-manager.ts`) |
 *
 * Other files have the settings of copying, acting slaves, controllers, transactions, timers, POP consumption and signed
 * requests: `slave/replication-config.ts`, `slave/acting-config.ts`, `replicas/controller-mode-config.ts`,
 * `transaction/transaction-config.ts`, `timer/timer-config.ts`, `pop/pop-config.ts`, `authentication.ts`.
 *
 * A setting that this broker does not know is not an error, so a file that was written for RocketMQ usually works unchanged.
 * A value that this broker does not allow is an error, but a few numbers are limited to their range. When the broker starts,
 * the log lists the settings that have no effect, with the reason (`settings-not-followed.ts`).
 *
 * RocketMQ: `BrokerConfig`, `MessageStoreConfig`, `NettyServerConfig`.
 */
import { MESSAGE_BODY_BYTES_MAX, QUEUES_PER_TOPIC_MAX } from '../common/limits.ts'
import { propertyFault } from '../common/message-properties.ts'
import { ConfigError, type Settings } from '../common/properties-file.ts'
import { PERM } from '../common/sys-flag.ts'
import { TRACE_TOPIC, topicNameFault } from '../common/topic-validator.ts'
import { HOUR_MS } from '../common/units.ts'
import type { Host } from '../host/host.ts'
import { isOwnMachineOnly, ownHostName } from '../host/program-args.ts'
import type { CleanConfig } from '../store/clean-commit-log.ts'
import type { FlushDiskType } from '../store/flush.ts'
import * as storeLimits from '../store/limits.ts'
import { type MessageSizes, SIZES_DEFAULTS } from '../store/message-sizes.ts'
import { type AuthenticationConfig, authenticationConfig } from './authentication.ts'
import * as limits from './limits.ts'
import { type OverloadConfig, overloadSettings } from './overload/overload-config.ts'
import { type PopConfig, popSettings } from './pop/pop-config.ts'
import { type ControllerModeSettings, controllerModeSettings } from './replicas/controller-mode-config.ts'
import { DELAY_LEVELS, parseDelayLevels } from './schedule/delay-levels.ts'
import { type ActingConfig, actingSettings } from './slave/acting-config.ts'
import { type ReplicationConfig, replicationSettings } from './slave/replication-config.ts'
import { type TimerConfig, timerSettings } from './timer/timer-config.ts'
import { type TransactionConfig, transactionSettings } from './transaction/transaction-config.ts'

/** The default name of a broker's region. RocketMQ: `MixAll.DEFAULT_TRACE_REGION_ID`. */
const DEFAULT_REGION = 'DefaultRegion'

/**
 * The form of a broker's name: a host name, or `room@name` for the strategy MACHINE_ROOM. RocketMQ accepts any text.
 */
const BROKER_NAME = /^[a-zA-Z0-9_.@-]{1,127}$/

/**
 * The settings of a broker. The table at the start of this file, or at the start of the file that reads a setting, explains
 * it.
 */
export interface BrokerConfig
  extends CleanConfig,
    TransactionConfig,
    TimerConfig,
    AuthenticationConfig,
    OverloadConfig,
    PopConfig,
    MessageSizes,
    ReplicationConfig,
    ActingConfig,
    ControllerModeSettings {
  readonly brokerClusterName: string
  readonly brokerName: string
  /** Under a controller, the id changes with the role: 0 for the master. */
  brokerId: number
  readonly namesrvAddr: readonly string[]
  readonly bindAddress: string
  readonly listenPort: number
  /** The address to which clients connect. The value is '' when the file does not contain `brokerIP1`. */
  readonly brokerIP1: string
  readonly storePathRootDir: string
  readonly flushDiskType: FlushDiskType
  readonly mappedFileSizeCommitLog: number
  readonly mappedFileSizeConsumeQueue: number
  readonly osPageCacheBusyTimeOutMills: number
  readonly messageIndexEnable: boolean
  readonly maxHashSlotNum: number
  readonly maxIndexNum: number
  readonly enablePropertyFilter: boolean
  readonly autoCreateTopicEnable: boolean
  readonly autoCreateSubscriptionGroup: boolean
  readonly defaultTopicQueueNums: number
  readonly registerNameServerPeriodMs: number
  readonly longPollingEnable: boolean
  readonly storeReplyMessageEnable: boolean
  readonly useServerSideResetOffset: boolean
  readonly brokerPermission: number
  readonly traceTopicEnable: boolean
  readonly msgTraceTopicName: string
  readonly traceOn: boolean
  readonly regionId: string
  readonly clusterTopicEnable: boolean
  readonly brokerTopicEnable: boolean
  readonly shortPollingTimeMills: number
  readonly notifyConsumerIdsChangedEnable: boolean
  readonly litePullMessageEnable: boolean
  readonly startAcceptSendRequestTimeStamp: number
  readonly clearRetryTopicWhenDeleteTopic: boolean
  readonly allowRecallWhenBrokerNotWriteable: boolean
  readonly adminWriteEnable: boolean
  readonly glassmqLockGrace: boolean
  readonly messageDelayLevelMs: readonly number[]
  readonly flushDelayOffsetIntervalMs: number
}

/** Reads the configuration in `settings`. Throws `ConfigError` with one sentence when a value is not allowed. */
export function brokerConfig(host: Host, settings: Settings): BrokerConfig {
  const brokerName = settings.text('brokerName', host.name)
  const brokerClusterName = settings.text('brokerClusterName', 'DefaultCluster')
  // The name of the broker and the name of the cluster must match `BROKER_NAME`.
  for (const [option, name] of [
    ['brokerName', brokerName],
    ['brokerClusterName', brokerClusterName],
  ] as const) {
    if (!BROKER_NAME.test(name))
      throw new ConfigError(
        `${option} is "${name}"; it may hold letters, digits, -, _, . and @ and at most 127 of them`,
      )
  }
  const consumeQueueBytes = settings.whole(
    'mappedFileSizeConsumeQueue',
    storeLimits.CONSUME_QUEUE_FILE_BYTES,
    20,
    1_000_000_000,
  )
  const period = settings.whole('registerNameServerPeriod', limits.REGISTER_PERIOD_MS, 1, HOUR_MS)
  const listenPort = settings.whole('listenPort', limits.BROKER_PORT, 0, 65_535)
  const brokerId = settings.whole('brokerId', 0, 0, Number.MAX_SAFE_INTEGER)
  const storePathRootDir = directoryPrefix(settings.text('storePathRootDir', 'store'))
  const controllerMode = controllerModeSettings(settings)
  // All other settings are read one by one.
  const authentication = authenticationConfig(settings)
  return {
    brokerClusterName,
    brokerName,
    brokerId: controllerMode.enableControllerMode ? 1 : brokerId,
    ...replicationSettings(settings, listenPort, brokerId, controllerMode.enableControllerMode),
    ...controllerMode,
    ...actingSettings(settings),
    namesrvAddr: settings
      .text('namesrvAddr', '')
      .split(';')
      .map((address) => address.trim())
      .filter((address) => address !== ''),
    bindAddress: settings.text('bindAddress', ownHostName(host)),
    listenPort,
    brokerIP1: settings.text('brokerIP1', ''),
    storePathRootDir,
    flushDiskType: settings.oneOf('flushDiskType', 'ASYNC_FLUSH', ['ASYNC_FLUSH', 'SYNC_FLUSH']),
    mappedFileSizeCommitLog: settings.whole(
      'mappedFileSizeCommitLog',
      storeLimits.COMMIT_LOG_FILE_BYTES,
      storeLimits.COMMIT_LOG_FILE_BYTES_MIN,
      storeLimits.COMMIT_LOG_FILE_BYTES_MAX,
    ),
    mappedFileSizeConsumeQueue: Math.ceil(consumeQueueBytes / 20) * 20,
    ...indexSettings(settings),
    ...cleanSettings(settings),
    ...sizeSettings(settings),
    ...sendAndReadSettings(settings),
    ...authentication,
    ...transactionSettings(settings),
    ...timerSettings(settings),
    ...popSettings(settings),
    ...overloadSettings(settings),
    enablePropertyFilter: settings.flag('enablePropertyFilter', false),
    autoCreateTopicEnable: settings.flag('autoCreateTopicEnable', true),
    autoCreateSubscriptionGroup: settings.flag('autoCreateSubscriptionGroup', true),
    defaultTopicQueueNums: settings.whole('defaultTopicQueueNums', 8, 1, QUEUES_PER_TOPIC_MAX),
    registerNameServerPeriodMs: Math.min(
      Math.max(period, limits.REGISTER_PERIOD_MS_MIN),
      limits.REGISTER_PERIOD_MS_MAX,
    ),
    longPollingEnable: settings.flag('longPollingEnable', true),
    storeReplyMessageEnable: settings.flag('storeReplyMessageEnable', true),
    useServerSideResetOffset: settings.flag('useServerSideResetOffset', true),
    adminWriteEnable: settings.flag(
      'adminWriteEnable',
      isOwnMachineOnly(settings) || authentication.authentication !== undefined,
    ),
    glassmqLockGrace: settings.flag('glassmqLockGrace', false),
    messageDelayLevelMs: parseDelayLevels(settings.text('messageDelayLevel', DELAY_LEVELS)),
    flushDelayOffsetIntervalMs: settings.whole(
      'flushDelayOffsetInterval',
      limits.FLUSH_DELAY_OFFSET_INTERVAL_MS,
      1,
      HOUR_MS,
    ),
  }
}

function indexSettings(settings: Settings) {
  const { INDEX_SLOTS, INDEX_SLOTS_MAX, INDEX_ENTRIES, INDEX_ENTRIES_MAX, OS_PAGE_CACHE_BUSY_TIMEOUT_MS } = storeLimits
  return {
    osPageCacheBusyTimeOutMills: settings.whole(
      'osPageCacheBusyTimeOutMills',
      OS_PAGE_CACHE_BUSY_TIMEOUT_MS,
      1,
      10_000_000,
    ),
    messageIndexEnable: settings.flag('messageIndexEnable', true),
    maxHashSlotNum: settings.whole('maxHashSlotNum', INDEX_SLOTS, 1, INDEX_SLOTS_MAX),
    maxIndexNum: settings.whole('maxIndexNum', INDEX_ENTRIES, 2, INDEX_ENTRIES_MAX),
  }
}

/** Reads the settings of sends and of reads. Throws `ConfigError` when a value is not allowed. */
function sendAndReadSettings(settings: Settings) {
  const msgTraceTopicName = settings.text('msgTraceTopicName', TRACE_TOPIC)
  const fault = topicNameFault(msgTraceTopicName)
  if (fault !== '') throw new ConfigError(`msgTraceTopicName cannot be a topic: ${fault}`)
  return {
    brokerPermission: settings.whole('brokerPermission', PERM.READ | PERM.WRITE, 0, 7),
    traceTopicEnable: settings.flag('traceTopicEnable', false),
    msgTraceTopicName,
    traceOn: settings.flag('traceOn', true),
    regionId: textWithoutSeparators(settings, 'regionId', DEFAULT_REGION),
    notifyConsumerIdsChangedEnable: settings.flag('notifyConsumerIdsChangedEnable', true),
    litePullMessageEnable: settings.flag('litePullMessageEnable', true),
    clusterTopicEnable: settings.flag('clusterTopicEnable', true),
    brokerTopicEnable: settings.flag('brokerTopicEnable', true),
    shortPollingTimeMills: settings.whole('shortPollingTimeMills', limits.SHORT_POLLING_MS, 0, limits.HOLD_MS_MAX),
    startAcceptSendRequestTimeStamp: settings.whole('startAcceptSendRequestTimeStamp', 0, 0, Number.MAX_SAFE_INTEGER),
    clearRetryTopicWhenDeleteTopic: settings.flag('clearRetryTopicWhenDeleteTopic', true),
    allowRecallWhenBrokerNotWriteable: settings.flag('allowRecallWhenBrokerNotWriteable', true),
  }
}

/**
 * Reads a setting whose text becomes a property of every message. Throws `ConfigError` when the text is empty or contains
 * separators.
 */
function textWithoutSeparators(settings: Settings, name: string, missing: string): string {
  const text = settings.text(name, missing)
  const fault = propertyFault(name, text)
  if (fault !== '' || text === '') throw new ConfigError(`${name} cannot be used: ${fault || 'it is empty'}`)
  return text
}

function sizeSettings(settings: Settings): MessageSizes {
  const { TRANSFER_BYTES_MAX, TRANSFER_COUNT_MAX } = storeLimits
  const whole = (name: keyof MessageSizes, max: number) => settings.whole(name, SIZES_DEFAULTS[name], 1, max)
  return {
    maxMessageSize: whole('maxMessageSize', MESSAGE_BODY_BYTES_MAX),
    maxTransferBytesOnMessageInMemory: whole('maxTransferBytesOnMessageInMemory', TRANSFER_BYTES_MAX),
    maxTransferCountOnMessageInMemory: whole('maxTransferCountOnMessageInMemory', TRANSFER_COUNT_MAX),
    maxTransferBytesOnMessageInDisk: whole('maxTransferBytesOnMessageInDisk', TRANSFER_BYTES_MAX),
    maxTransferCountOnMessageInDisk: whole('maxTransferCountOnMessageInDisk', TRANSFER_COUNT_MAX),
    glassmqMessageInMemoryBytes: whole('glassmqMessageInMemoryBytes', Number.MAX_SAFE_INTEGER),
  }
}

/**
 * Reads the settings for deleting old files. As in RocketMQ, a ratio outside its range is replaced by the nearest allowed
 * value. Throws `ConfigError` when a ratio is not a number from 0 to 100.
 */
function cleanSettings(settings: Settings) {
  const percent = (name: string, fallback: number, min: number, max: number) =>
    Math.min(Math.max(settings.whole(name, fallback, 0, 100), min), max)
  return {
    fileReservedTime: settings.whole('fileReservedTime', storeLimits.FILE_RESERVED_HOURS, 0, 1_000_000),
    deleteWhen: deleteHours(settings.text('deleteWhen', storeLimits.DELETE_WHEN)),
    diskMaxUsedSpaceRatio: percent('diskMaxUsedSpaceRatio', storeLimits.DISK_MAX_USED_PERCENT, 10, 95),
    cleanFileForciblyEnable: settings.flag('cleanFileForciblyEnable', true),
    diskSpaceCleanForciblyRatio: percent(
      'diskSpaceCleanForciblyRatio',
      storeLimits.DISK_CLEAN_FORCIBLY_PERCENT,
      30,
      85,
    ),
    diskSpaceWarningLevelRatio: percent('diskSpaceWarningLevelRatio', storeLimits.DISK_WARNING_PERCENT, 35, 90),
  }
}

function deleteHours(text: string): readonly number[] {
  const hours = text.split(';').map((hour) => hour.trim())
  if (!hours.every((hour) => /^\d{1,2}$/.test(hour) && Number(hour) < 24))
    throw new ConfigError(`deleteWhen is "${text}"; it must be hours of the day, 00 to 23, separated by ";"`)
  return hours.map(Number)
}

/**
 * Returns a path on the disk of the node. The path is '' for the root, and otherwise ends in `/`. Throws `ConfigError` for a
 * path with `..`.
 */
function directoryPrefix(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..'))
    throw new ConfigError(`storePathRootDir is "${path}"; it must lie inside the node's own directory, without ".."`)
  return parts.map((part) => `${part}/`).join('')
}
