/** Times and limits of clients. RocketMQ's option name stands beside each that has one. */

import { INT_MAX } from '../common/bytes.ts'
import { MINUTE_MS } from '../common/units.ts'

/** `pollNameServerInterval`: the time between two questions for the routes. */
export const POLL_NAMESRV_INTERVAL_MS = 30_000
/** `heartbeatBrokerInterval`: the time between two heartbeats. */
export const HEARTBEAT_BROKER_INTERVAL_MS = 30_000
/** The first heartbeat is sent this long after the start, when routes are known. */
export const FIRST_HEARTBEAT_MS = 1_000
/** `mqClientApiTimeout`: a question to a NameServer or about a group. */
export const MQ_CLIENT_API_TIMEOUT_MS = 3_000
/** How long an operator's question may take. Brokers pass some questions on to clients, which adds the clients' time. */
export const ADMIN_TIMEOUT_MS = 15_000
/** `sendMsgTimeout`: one send, all tries together. */
export const SEND_MSG_TIMEOUT_MS = 3_000
/** `retryTimesWhenSendFailed`: the max of further tries of a synchronous send. */
export const RETRY_TIMES_WHEN_SEND_FAILED = 2
/** `retryTimesWhenSendAsyncFailed`: the max of further tries of an asynchronous send. */
export const RETRY_TIMES_WHEN_SEND_ASYNC_FAILED = 2
/** `compressMsgBodyOverHowmuch`: bodies of at least this size are compressed. */
export const COMPRESS_BODY_BYTES = 4096
/** `defaultTopicQueueNums`: how many queues a send requests when it creates its topic. */
export const DEFAULT_TOPIC_QUEUE_NUMS = 4
/** The max of sends of one producer that wait for their answers. */
export const SENDS_IN_FLIGHT_MAX = 65_535
/** `detectInterval`: the time between two probes of an unreachable broker. */
export const DETECT_INTERVAL_MS = 2_000
/** `detectTimeout`: how long a broker may take to answer a probe. */
export const DETECT_TIMEOUT_MS = 200
/** The max of requests of one producer that wait for their replies. */
export const REQUESTS_WAITING_MAX = 65_535
/** `pullBatchSize`: the max of messages in one pull. */
export const PULL_BATCH_SIZE = 32
/** `BROKER_SUSPEND_MAX_TIME_MILLIS`: how long a broker may hold a pull. */
export const BROKER_SUSPEND_MAX_MS = 15_000
/** `CONSUMER_TIMEOUT_MILLIS_WHEN_SUSPEND`: when a held pull is given up. */
export const PULL_TIMEOUT_MS = 30_000
/** `pullTimeDelayMillsWhenException`: the wait after a pull that failed. */
export const PULL_DELAY_WHEN_EXCEPTION_MS = 1_000
/** `PULL_TIME_DELAY_MILLS_WHEN_CACHE_FLOW_CONTROL`: the wait before the next try while the cache is full. */
export const PULL_DELAY_WHEN_CACHE_FULL_MS = 50
/** `pullThresholdForQueue`: the max of messages of one queue in the cache. */
export const PULL_THRESHOLD_FOR_QUEUE = 1_000
/** `pullThresholdSizeForQueue`: the max MiB of one queue in the cache. */
export const PULL_THRESHOLD_MIB_FOR_QUEUE = 100
/** `consumeConcurrentlyMaxSpan`: the max distance from the oldest to the newest offset in the cache. */
export const CONSUME_CONCURRENTLY_MAX_SPAN = 2_000
/** CONSUME_FROM_TIMESTAMP without a time: the default of `consumeTimestamp` is half an hour before the start. */
export const CONSUME_TIMESTAMP_AGO_MS = 30 * MINUTE_MS
/** The wait before the next try at a queue whose consumer is paused. */
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
/** The max of polls of one consumer that wait at the same time. */
export const POLLS_WAITING_MAX = 1_000
/** `consumerPullTimeoutMillis`: a pull by hand that the broker does not hold. */
export const PULL_ONCE_TIMEOUT_MS = 10_000
/** `consumeThreadMax`: the max of messages that one consumer's listener has at the same time. */
export const CONSUMING_MAX = 20
/** A message that failed and could not be sent back is handed to the listener of this client again after this long. */
export const RECONSUME_LATER_MS = 5_000
/** How long a broker may take to answer a message that is sent back. */
export const CONSUMER_SEND_BACK_TIMEOUT_MS = 5_000
/** Delay level of the first redelivery when the consumer itself sends the message again: 10 s. */
export const FIRST_RETRY_DELAY_LEVEL = 3
/** The producer group under which consumers send. */
export const CLIENT_INNER_PRODUCER = 'CLIENT_INNER_PRODUCER'
/** The default of `maxReconsumeTimes` for a concurrent consumer. */
export const MAX_RECONSUME_TIMES = 16
/** The default of `maxReconsumeTimes` for an orderly consumer: Java's largest int, so it never ends. */
export const MAX_RECONSUME_TIMES_ORDERLY = INT_MAX
/** `consumeTimeout`: a listener that takes longer has failed, and its message is sent back. */
export const CONSUME_TIMEOUT_MS = 15 * MINUTE_MS
/** Delay level of a message that was sent back because its listener took too long. */
export const CONSUME_TIMEOUT_DELAY_LEVEL = 3
/** `suspendCurrentQueueTimeMillis`: how long an orderly queue waits after a failure, within these bounds. */
export const SUSPEND_CURRENT_QUEUE_MS = 1_000
export const SUSPEND_CURRENT_QUEUE_MS_MIN = 10
export const SUSPEND_CURRENT_QUEUE_MS_MAX = 30_000
/** `rebalance.lockInterval`: how often a consumer that keeps order renews its locks. */
export const REBALANCE_LOCK_INTERVAL_MS = 20_000
/** `rebalance.lockMaxLiveTime`: how long the consumer trusts a lock. The broker keeps the lock twice as long. */
export const REBALANCE_LOCK_MAX_LIVE_MS = 30_000
/** How long a broker may take to answer a request for locks. */
export const LOCK_TIMEOUT_MS = 1_000
/** `persistConsumerOffsetInterval`, and the wait before the first time. */
export const PERSIST_OFFSET_INTERVAL_MS = 5_000
export const PERSIST_OFFSET_FIRST_MS = 10_000
/** `rebalance.waitInterval`: the time between two rebalances. */
export const REBALANCE_INTERVAL_MS = 20_000
/** The time between two rebalances while something is missing: a broker did not answer, or a queue has no offset yet. */
export const REBALANCE_SOON_MS = 1_000
/** `checkRequestHoldMax`: the max of brokers' questions about transactions that a producer answers at the same time. */
export const CHECK_REQUESTS_HOLD_MAX = 2_000
/** `popInvisibleTime`, and its bounds: a value outside them is replaced by the default. */
export const POP_INVISIBLE_TIME_MS = 60_000
export const POP_INVISIBLE_TIME_MS_MIN = 5_000
export const POP_INVISIBLE_TIME_MS_MAX = 300_000
/** `popBatchNums`: the max of messages in one pop. */
export const POP_BATCH_NUMS = 32
/** `popThresholdForQueue`: the max of popped messages of one queue that are not settled. */
export const POP_THRESHOLD_FOR_QUEUE = 96
/** How long after its holding time a pop without an answer is given up. */
export const POP_TIMEOUT_BEYOND_MS = 10_000
/** `ASYNC_TIMEOUT`: how long a broker may take to answer an acknowledgement. */
export const POP_ACK_TIMEOUT_MS = 3_000
/** `popDelayLevel`: how long a message that failed is hidden, by its number of deliveries. */
export const POP_DELAY_LEVELS_SEC = [
  10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1_200, 1_800, 3_600, 7_200,
] as const
/** `QUERY_ASSIGNMENT_TIMEOUT`. */
export const QUERY_ASSIGNMENT_TIMEOUT_MS = 3_000
