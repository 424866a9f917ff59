/**
 * Settings of POP consumption and of queues assigned by the broker, with RocketMQ's names and defaults.
 *
 * | option                            | default | meaning                                                                  |
 * | --------------------------------- | ------- | ------------------------------------------------------------------------ |
 * | reviveQueueNum                    | 8       | queues of the revive topic                                                 |
 * | popFromRetryProbability           | 20      | so many pops of 100 look into the retry topic first                         |
 * | enableRetryTopicV2                | false   | retry topics are named with `+`, so that two pairs cannot share one          |
 * | retrieveMessageFromPopRetryTopicV1 | true   | retry topics with the older names are read as well                          |
 * | popResponseReturnActualRetryTopic | false   | a message of a retry topic keeps that name in the answer                     |
 * | initPopOffsetByCheckMsgInMem      | true    | a new group that begins at the end begins at 0 while the topic is young      |
 * | popPollingSize                    | 1024    | requests held for one queue and group                                     |
 * | maxPopPollingSize                 | 100000  | requests held altogether                                                  |
 * | serverLoadBalancerEnable          | true    | QUERY_ASSIGNMENT assigns queues; false: every member gets all                |
 * | defaultMessageRequestMode         | PULL    | or POP: for topics and groups whose mode is not set                          |
 * | defaultPopShareQueueNum           | -1      | the share that goes with it                                                 |
 *
 * RocketMQ: `BrokerConfig`. Not here: the buffer of check points (`enablePopBufferMerge`, off), stand-in check points
 * (`enableSkipLongAwaitingAck`, off), the limit of messages in flight (`enablePopMessageThreshold`, off), RocksDB.
 */
import type { Settings } from '../../common/properties-file.ts'
import type { MessageRequestMode } from '../../remoting/requests/query-assignment.ts'

/** The settings; the table above says what each one means. */
export interface PopConfig {
  readonly reviveQueueNum: number
  readonly popFromRetryProbability: number
  readonly enableRetryTopicV2: boolean
  readonly retrieveMessageFromPopRetryTopicV1: boolean
  readonly popResponseReturnActualRetryTopic: boolean
  readonly initPopOffsetByCheckMsgInMem: boolean
  readonly popPollingSize: number
  readonly maxPopPollingSize: number
  readonly serverLoadBalancerEnable: boolean
  readonly defaultMessageRequestMode: MessageRequestMode
  readonly defaultPopShareQueueNum: number
}

/** Throws `ConfigError` with one sentence. */
export function popSettings(settings: Settings): PopConfig {
  return {
    reviveQueueNum: settings.whole('reviveQueueNum', 8, 1, 64),
    popFromRetryProbability: settings.whole('popFromRetryProbability', 20, 0, 100),
    enableRetryTopicV2: settings.flag('enableRetryTopicV2', false),
    retrieveMessageFromPopRetryTopicV1: settings.flag('retrieveMessageFromPopRetryTopicV1', true),
    popResponseReturnActualRetryTopic: settings.flag('popResponseReturnActualRetryTopic', false),
    initPopOffsetByCheckMsgInMem: settings.flag('initPopOffsetByCheckMsgInMem', true),
    popPollingSize: settings.whole('popPollingSize', 1_024, 1, 100_000),
    maxPopPollingSize: settings.whole('maxPopPollingSize', 100_000, 1, 1_000_000),
    serverLoadBalancerEnable: settings.flag('serverLoadBalancerEnable', true),
    defaultMessageRequestMode: settings.oneOf('defaultMessageRequestMode', 'PULL', ['PULL', 'POP']),
    defaultPopShareQueueNum: settings.whole('defaultPopShareQueueNum', -1, -1, 100_000),
  }
}
