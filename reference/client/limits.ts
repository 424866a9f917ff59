/** Times and limits of clients. RocketMQ's option name stands beside each that has one. */

/** `pollNameServerInterval`: how often routes are asked for again. */
export const POLL_NAMESRV_INTERVAL_MS = 30_000
/** `heartbeatBrokerInterval`. */
export const HEARTBEAT_BROKER_INTERVAL_MS = 30_000
/** The first heartbeat comes this long after the start, when routes are known. */
export const FIRST_HEARTBEAT_MS = 1_000
/** `mqClientApiTimeout`: a question to a NameServer or about a group. */
export const MQ_CLIENT_API_TIMEOUT_MS = 3_000
/** How long an operator's question may take; brokers pass some on to clients, which may take long themselves. */
export const ADMIN_TIMEOUT_MS = 15_000
/** `sendMsgTimeout`: one send, all tries together. */
export const SEND_MSG_TIMEOUT_MS = 3_000
/** `retryTimesWhenSendFailed`: further tries of a synchronous send. */
export const RETRY_TIMES_WHEN_SEND_FAILED = 2
/** `retryTimesWhenSendAsyncFailed`. */
export const RETRY_TIMES_WHEN_SEND_ASYNC_FAILED = 2
/** `compressMsgBodyOverHowmuch`: bodies of this size are compressed. */
export const COMPRESS_BODY_BYTES = 4096
/** `defaultTopicQueueNums`: queues asked for when a send makes its topic. */
export const DEFAULT_TOPIC_QUEUE_NUMS = 4
/** Sends of one producer that wait for their answers. */
export const SENDS_IN_FLIGHT_MAX = 65_535
/** `detectInterval`: how often an unreachable broker is asked again. */
export const DETECT_INTERVAL_MS = 2_000
/** `detectTimeout`: how long it may take to answer that. */
export const DETECT_TIMEOUT_MS = 200
/** Requests of one producer that wait for their replies. */
export const REQUESTS_WAITING_MAX = 65_535
/** `pullBatchSize`: messages asked for in one pull. */
export const PULL_BATCH_SIZE = 32
/** `BROKER_SUSPEND_MAX_TIME_MILLIS`: how long a broker may hold a pull. */
export const BROKER_SUSPEND_MAX_MS = 15_000
/** `CONSUMER_TIMEOUT_MILLIS_WHEN_SUSPEND`: when a held pull is given up. */
export const PULL_TIMEOUT_MS = 30_000
/** `pullTimeDelayMillsWhenException`: the next pull after one that failed. */
export const PULL_DELAY_WHEN_EXCEPTION_MS = 1_000
/** `PULL_TIME_DELAY_MILLS_WHEN_CACHE_FLOW_CONTROL`: the next look while the cache is full. */
export const PULL_DELAY_WHEN_CACHE_FULL_MS = 50
/** `pullThresholdForQueue`: messages of one queue in the cache. */
export const PULL_THRESHOLD_FOR_QUEUE = 1_000
/** `pullThresholdSizeForQueue`: MiB of one queue in the cache. */
export const PULL_THRESHOLD_MIB_FOR_QUEUE = 100
/** `consumeConcurrentlyMaxSpan`: from the oldest to the newest offset in the cache. */
export const CONSUME_CONCURRENTLY_MAX_SPAN = 2_000
/** CONSUME_FROM_TIMESTAMP without a time: `consumeTimestamp` is half an hour before the start. */
export const CONSUME_TIMESTAMP_AGO_MS = 30 * 60_000
/** The next look at a queue whose consumer is paused. */
export const PULL_DELAY_WHEN_PAUSED_MS = 1_000
/** Lite pull: `pullBatchSize`. */
export const LITE_PULL_BATCH_SIZE = 10
/** Lite pull: `brokerSuspendMaxTimeMillis`. */
export const LITE_BROKER_SUSPEND_MAX_MS = 20_000
/** Lite pull: `pullThresholdForAll`, messages of all queues together. */
export const PULL_THRESHOLD_FOR_ALL = 10_000
/** Lite pull: `autoCommitIntervalMillis`. */
export const AUTO_COMMIT_INTERVAL_MS = 5_000
/** Lite pull: `pollTimeoutMillis`, when a poll does not say how long it waits. */
export const POLL_TIMEOUT_MS = 5_000
/** Polls of one consumer that wait at the same time. */
export const POLLS_WAITING_MAX = 1_000
/** `consumerPullTimeoutMillis`: a pull by hand that the broker does not hold. */
export const PULL_ONCE_TIMEOUT_MS = 10_000
/** `consumeThreadMax`: messages of one consumer in the hands of its listener at the same time. */
export const CONSUMING_MAX = 20
/** A message that failed and could not be given back comes again after this long, in this client. */
export const RECONSUME_LATER_MS = 5_000
/** How long a broker may take to take a message back. */
export const CONSUMER_SEND_BACK_TIMEOUT_MS = 5_000
/** Delay level of the first redelivery when the consumer itself sends the message again: 10 s. */
export const FIRST_RETRY_DELAY_LEVEL = 3
/** The group in whose name consumers send. */
export const CLIENT_INNER_PRODUCER = 'CLIENT_INNER_PRODUCER'
/** `maxReconsumeTimes` of a concurrent consumer that says nothing; an orderly one tries for ever. */
export const MAX_RECONSUME_TIMES = 16
/** `maxReconsumeTimes` of an orderly consumer that says nothing: Java's largest int. */
export const MAX_RECONSUME_TIMES_ORDERLY = 2_147_483_647
/** `consumeTimeout`: a listener that takes longer has failed, and its message is given back. */
export const CONSUME_TIMEOUT_MS = 15 * 60_000
/** Delay level of a message that was given back because of that. */
export const CONSUME_TIMEOUT_DELAY_LEVEL = 3
/** `suspendCurrentQueueTimeMillis`: an orderly queue waits so long after a failure, within these bounds. */
export const SUSPEND_CURRENT_QUEUE_MS = 1_000
export const SUSPEND_CURRENT_QUEUE_MS_MIN = 10
export const SUSPEND_CURRENT_QUEUE_MS_MAX = 30_000
/** `rebalance.lockInterval`: how often a consumer that keeps order renews its locks. */
export const REBALANCE_LOCK_INTERVAL_MS = 20_000
/** `rebalance.lockMaxLiveTime`: it trusts a lock for so long; the broker keeps it twice as long. */
export const REBALANCE_LOCK_MAX_LIVE_MS = 30_000
/** How long a broker may take to answer a lock. */
export const LOCK_TIMEOUT_MS = 1_000
/** `persistConsumerOffsetInterval`, and the wait before the first time. */
export const PERSIST_OFFSET_INTERVAL_MS = 5_000
export const PERSIST_OFFSET_FIRST_MS = 10_000
/** `rebalance.waitInterval`: how often a consumer looks whether its queues are still the right ones. */
export const REBALANCE_INTERVAL_MS = 20_000
/** The same while something is not as it should be: a broker did not answer, a queue has no offset yet. */
export const REBALANCE_SOON_MS = 1_000
/** `checkRequestHoldMax`: questions of brokers about transactions that a producer answers at the same time. */
export const CHECK_REQUESTS_HOLD_MAX = 2_000
/** `popInvisibleTime`, and the bounds outside of which it is replaced by this. */
export const POP_INVISIBLE_TIME_MS = 60_000
export const POP_INVISIBLE_TIME_MS_MIN = 5_000
export const POP_INVISIBLE_TIME_MS_MAX = 300_000
/** `popBatchNums`: messages asked for in one pop. */
export const POP_BATCH_NUMS = 32
/** `popThresholdForQueue`: popped messages of one queue that are not done with. */
export const POP_THRESHOLD_FOR_QUEUE = 96
/** A pop is given up so long after the time it may be held. */
export const POP_TIMEOUT_BEYOND_MS = 10_000
/** `ASYNC_TIMEOUT`: how long a broker may take to take an acknowledgement. */
export const POP_ACK_TIMEOUT_MS = 3_000
/** `popDelayLevel`: for how long a message that failed is hidden, by how often it came. */
export const POP_DELAY_LEVELS_SEC = [
  10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1_200, 1_800, 3_600, 7_200,
] as const
/** `QUERY_ASSIGNMENT_TIMEOUT`. */
export const QUERY_ASSIGNMENT_TIMEOUT_MS = 3_000
