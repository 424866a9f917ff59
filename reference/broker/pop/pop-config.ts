/**
 * Settings of POP consumption and of queues assigned by the broker, with RocketMQ's names and defaults.
 *
 * | option                            | default | meaning                                                                  |
 * | --------------------------------- | ------- | ------------------------------------------------------------------------ |
 * | reviveQueueNum                    | 8       | queues of the revive topic                                                 |
 * | popFromRetryProbability           | 20      | pops of 100 that read the retry topic first                              |
 * | enableRetryTopicV2                | false | names of retry topics contain `+`, so that two pairs cannot share one name |
 * | retrieveMessageFromPopRetryTopicV1 | true   | retry topics with the older names are read as well                          |
 * | popResponseReturnActualRetryTopic | false   | a message of a retry topic keeps the retry topic's name in the answer    |
 * | initPopOffsetByCheckMsgInMem      | true    | a group that would begin at the end begins at 0 while the topic is young |
 * | popPollingSize                    | 1024    | max requests held for one queue and group                                |
 * | maxPopPollingSize                 | 100000  | max requests held in total                                               |
 * | serverLoadBalancerEnable          | true    | QUERY_ASSIGNMENT assigns queues; false: every member gets all queues     |
 * | defaultMessageRequestMode         | PULL    | PULL or POP, for topics and groups whose mode is not set                 |
 * | defaultPopShareQueueNum           | -1      | `popShareQueueNum` of the default mode                                   |
 *
 * RocketMQ: `BrokerConfig`. Left out: the buffer of check points (`enablePopBufferMerge`, off), stand-in check points
 * (`enableSkipLongAwaitingAck`, off), the limit of messages in flight (`enablePopMessageThreshold`, off), RocksDB.
 */
import type { Settings } from '../../common/properties-file.ts'
import type { MessageRequestMode } from '../../remoting/requests/query-assignment.ts'

/** The settings. The table above explains each of them. */
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

/** Returns the settings. Throws `ConfigError` with one sentence when a value is not allowed. */
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
