/**
 * The settings of POP consumption and of queues that the broker assigns. Names and defaults are those of RocketMQ.
 *
 * | option                            | default | meaning                                                                  |
 * | --------------------------------- | ------- | ------------------------------------------------------------------------ |
 * | reviveQueueNum                    | 8       | number of queues of the revive topic                                      |
 * | popFromRetryProbability           | 20      | the chance, in percent, that a pop reads the retry topic before the topic itself. A pop in order reads no retry topic |
 * | enableRetryTopicV2                | false | true: names of retry topics contain `+`. With these names, two pairs of topic and group never have the same retry topic |
 * | retrieveMessageFromPopRetryTopicV1 | true   | with `enableRetryTopicV2` only. true: each pop reads, at random, the retry topic with or without `+` in its name. false: only the one with `+` |
 * | popResponseReturnActualRetryTopic | false   | true: in an answer, a message of a retry topic has the name of the retry topic. false: it has the name of the requested topic |
 * | initPopOffsetByCheckMsgInMem      | true    | true: a new group that would begin at the end of a queue begins at offset 0 while the log is short |
 * | popPollingSize                    | 1024    | max number of held requests of one queue and group                       |
 * | maxPopPollingSize                 | 100000  | max number of places for held requests; pops and notifications have this number each                        |
 * | serverLoadBalancerEnable          | true    | true: QUERY_ASSIGNMENT assigns queues. false: QUERY_ASSIGNMENT returns all queues to every member |
 * | defaultMessageRequestMode         | PULL    | PULL or POP, for topics and groups whose mode is not set; retry topics are always pulled|
 * | defaultPopShareQueueNum           | -1      | `popShareQueueNum` of the default mode                                   |
 *
 * RocketMQ: `BrokerConfig`. Left out: the buffer of check points (`enablePopBufferMerge`, off), check points that replace
 * others (`enableSkipLongAwaitingAck`, off), the limit of messages in flight (`enablePopMessageThreshold`, off), RocksDB.
 */
import type { Settings } from '../../common/properties-file.ts'
import type { MessageRequestMode } from '../../remoting/requests/query-assignment.ts'

/** The settings of POP consumption. The table at the start of this file explains each setting. */
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
