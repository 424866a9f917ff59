/** Times and limits of clients. When RocketMQ has an option for a value, the comment begins with the name of this option. */

import { INT_MAX } from '../common/bytes.ts'
import { MINUTE_MS } from '../common/units.ts'

/** `pollNameServerInterval`: the time between two requests for routes. */
export const POLL_NAMESRV_INTERVAL_MS = 30_000
/**
 * The min time between two requests for a route, after the only master of a topic has not taken a message. The next try
 * waits for the answer for at most this time.
 */
export const ROUTE_AFTER_FAILURE_INTERVAL_MS = 200
/** `heartbeatBrokerInterval`: the time between two heartbeats. */
export const HEARTBEAT_BROKER_INTERVAL_MS = 30_000
/**
 * The time between the start and the first regular heartbeat. When a NameServer answers in this time, the client knows its
 * routes at this heartbeat.
 */
export const FIRST_HEARTBEAT_MS = 1_000
/**
 * `mqClientApiTimeout`: the timeout of requests to NameServers, of heartbeats, and of requests about groups and offsets.
 */
export const MQ_CLIENT_API_TIMEOUT_MS = 3_000
/**
 * The timeout of an operator's request to one server. It is longer than most timeouts, because a broker may forward the
 * request to a client.
 */
export const ADMIN_TIMEOUT_MS = 15_000
/** `sendMsgTimeout`: the time limit of one send, counted over all of its tries. */
export const SEND_MSG_TIMEOUT_MS = 3_000
/** `retryTimesWhenSendFailed`: after the first try, a synchronous send is tried at most this many times again. */
export const RETRY_TIMES_WHEN_SEND_FAILED = 2
/** `retryTimesWhenSendAsyncFailed`: after the first try, an asynchronous send is tried at most this many times again. */
export const RETRY_TIMES_WHEN_SEND_ASYNC_FAILED = 2
/** `compressMsgBodyOverHowmuch`: a body of at least this size is compressed. */
export const COMPRESS_BODY_BYTES = 4096
/** `defaultTopicQueueNums`: when a send creates its topic, the producer requests this number of queues. */
export const DEFAULT_TOPIC_QUEUE_NUMS = 4
/** The max number of sends of one producer that have not ended. */
export const SENDS_IN_FLIGHT_MAX = 65_535
/** `detectInterval`: the time between the end of a probe of an unreachable broker and the next probe. */
export const DETECT_INTERVAL_MS = 2_000
/** `detectTimeout`: the timeout of a probe. */
export const DETECT_TIMEOUT_MS = 200
/** The max number of requests of one producer that wait for their replies. */
export const REQUESTS_WAITING_MAX = 65_535
/** `pullBatchSize`: the max number of messages in one pull. */
export const PULL_BATCH_SIZE = 32
/** `BROKER_SUSPEND_MAX_TIME_MILLIS`: the max time for which a broker may hold a pull or a pop of a push consumer. */
export const BROKER_SUSPEND_MAX_MS = 15_000
/** `CONSUMER_TIMEOUT_MILLIS_WHEN_SUSPEND`: the timeout of a pull that the broker may hold. */
export const PULL_TIMEOUT_MS = 30_000
/** `pullTimeDelayMillsWhenException`: the time between a failed pull or pop and the next one. */
export const PULL_DELAY_WHEN_EXCEPTION_MS = 1_000
/** `PULL_TIME_DELAY_MILLS_WHEN_CACHE_FLOW_CONTROL`: when the cache is full, the client checks again after this time. */
export const PULL_DELAY_WHEN_CACHE_FULL_MS = 50
/** `pullThresholdForQueue`: with this number of messages in the cache, a queue is not pulled. */
export const PULL_THRESHOLD_FOR_QUEUE = 1_000
/** `pullThresholdSizeForQueue`: with messages of this size in the cache, in MiB, a queue is not pulled. */
export const PULL_THRESHOLD_MIB_FOR_QUEUE = 100
/**
 * `consumeConcurrentlyMaxSpan`: with a larger distance between the oldest and the newest offset in the cache, a queue is
 * not pulled.
 */
export const CONSUME_CONCURRENTLY_MAX_SPAN = 2_000
/** The default of `consumeTimestamp` (for CONSUME_FROM_TIMESTAMP): half an hour before the consumer was created. */
export const CONSUME_TIMESTAMP_AGO_MS = 30 * MINUTE_MS
/** When a queue is paused, the client checks after this time whether it may pull again. */
export const PULL_DELAY_WHEN_PAUSED_MS = 1_000
/** Lite pull: `pullBatchSize`, the max number of messages of one pull. */
export const LITE_PULL_BATCH_SIZE = 10
/** Lite pull: `brokerSuspendMaxTimeMillis`, the max time that a broker holds a pull. */
export const LITE_BROKER_SUSPEND_MAX_MS = 20_000
/**
 * Lite pull: `pullThresholdForAll`. With this number of messages of all queues in the cache, the consumer does not pull.
 */
export const PULL_THRESHOLD_FOR_ALL = 10_000
/** Lite pull: `autoCommitIntervalMillis`, the min time between two automatic commits in polls. */
export const AUTO_COMMIT_INTERVAL_MS = 5_000
/** Lite pull: `pollTimeoutMillis`, the timeout of a poll without a given timeout. */
export const POLL_TIMEOUT_MS = 5_000
/** The max number of polls of one consumer that wait at the same time. */
export const POLLS_WAITING_MAX = 1_000
/** `consumerPullTimeoutMillis`: the timeout of a pull that the application makes and the broker does not hold. */
export const PULL_ONCE_TIMEOUT_MS = 10_000
/** `consumeThreadMax`: the max number of messages that one consumer's listener has at the same time. */
export const CONSUMING_MAX = 20
/** When a failed message could not be sent back, this client hands the message to the listener again after this time. */
export const RECONSUME_LATER_MS = 5_000
/** The timeout of the request with which a consumer sends a message back. */
export const CONSUMER_SEND_BACK_TIMEOUT_MS = 5_000
/** When a consumer sends a message back as a new message, the first redelivery has this delay level: 10 s. */
export const FIRST_RETRY_DELAY_LEVEL = 3
/** The producer group of the messages that consumers send. */
export const CLIENT_INNER_PRODUCER = 'CLIENT_INNER_PRODUCER'
/** The default of `maxReconsumeTimes` for a concurrent consumer. */
export const MAX_RECONSUME_TIMES = 16
/** The default of `maxReconsumeTimes` for an orderly consumer. This number, Java's largest int, means no limit. */
export const MAX_RECONSUME_TIMES_ORDERLY = INT_MAX
/**
 * `consumeTimeout`: when a call of the listener takes longer than this, the call counts as failed, and its message is sent
 * back.
 */
export const CONSUME_TIMEOUT_MS = 15 * MINUTE_MS
/** The delay level of a message that was sent back because its listener took too long. */
export const CONSUME_TIMEOUT_DELAY_LEVEL = 3
/** `suspendCurrentQueueTimeMillis`: the time for which an orderly queue waits after a failure. The min and max follow. */
export const SUSPEND_CURRENT_QUEUE_MS = 1_000
export const SUSPEND_CURRENT_QUEUE_MS_MIN = 10
export const SUSPEND_CURRENT_QUEUE_MS_MAX = 30_000
/** `rebalance.lockInterval`: the time after which an orderly consumer renews its locks. */
export const REBALANCE_LOCK_INTERVAL_MS = 20_000
/** `rebalance.lockMaxLiveTime`: the time for which a consumer trusts a lock. The broker keeps the lock for twice as long. */
export const REBALANCE_LOCK_MAX_LIVE_MS = 30_000
/** The timeout of a request for locks. */
export const LOCK_TIMEOUT_MS = 1_000
/**
 * `persistConsumerOffsetInterval`: the time between two reports of the offsets. The first report of a push consumer comes
 * later: `PERSIST_OFFSET_FIRST_MS` after the start.
 */
export const PERSIST_OFFSET_INTERVAL_MS = 5_000
export const PERSIST_OFFSET_FIRST_MS = 10_000
/** `rebalance.waitInterval`: the time between two rebalances. */
export const REBALANCE_INTERVAL_MS = 20_000
/**
 * When a broker has not answered, or when a queue has no lock or no first offset yet, the next rebalance runs after this
 * time.
 */
export const REBALANCE_SOON_MS = 1_000
/**
 * `checkRequestHoldMax`: the max number of checks of transactions that a producer answers at the same time.
 */
export const CHECK_REQUESTS_HOLD_MAX = 2_000
/**
 * `popInvisibleTime`: the time for which a popped message is hidden. The min and max follow. A setting below the min or
 * above the max is replaced by the default.
 */
export const POP_INVISIBLE_TIME_MS = 60_000
export const POP_INVISIBLE_TIME_MS_MIN = 5_000
export const POP_INVISIBLE_TIME_MS_MAX = 300_000
/** `popBatchNums`: the max number of messages in one pop. */
export const POP_BATCH_NUMS = 32
/**
 * `popThresholdForQueue`: while more popped messages than this are unsettled (`consumer/pop/pop-loop.ts`), a queue is not
 * popped.
 */
export const POP_THRESHOLD_FOR_QUEUE = 96
/**
 * A broker may hold a pop for some time. When the answer has not arrived this long after the end of that time, the pop has
 * failed.
 */
export const POP_TIMEOUT_BEYOND_MS = 10_000
/** `ASYNC_TIMEOUT`: the timeout of an acknowledgement. */
export const POP_ACK_TIMEOUT_MS = 3_000
/**
 * `popDelayLevel`: the seconds for which a failed message is hidden. The index is the number of earlier deliveries of the
 * message, or the delay level that the listener has set.
 */
export const POP_DELAY_LEVELS_SEC = [
  10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1_200, 1_800, 3_600, 7_200,
] as const
/** `QUERY_ASSIGNMENT_TIMEOUT`: the timeout of the request for an assignment. */
export const QUERY_ASSIGNMENT_TIMEOUT_MS = 3_000
