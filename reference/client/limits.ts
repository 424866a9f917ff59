/** Times and limits of clients. RocketMQ's option name stands beside each that has one. */

/** `pollNameServerInterval`: how often routes are asked for again. */
export const POLL_NAMESRV_INTERVAL_MS = 30_000
/** `heartbeatBrokerInterval`. */
export const HEARTBEAT_BROKER_INTERVAL_MS = 30_000
/** The first heartbeat comes this long after the start, when routes are known. */
export const FIRST_HEARTBEAT_MS = 1_000
/** `mqClientApiTimeout`: a question to a NameServer or about a group. */
export const MQ_CLIENT_API_TIMEOUT_MS = 3_000
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
/** `pullBatchSize`: messages asked for in one pull. */
export const PULL_BATCH_SIZE = 32
/** `BROKER_SUSPEND_MAX_TIME_MILLIS`: how long a broker may hold a pull. */
export const BROKER_SUSPEND_MAX_MS = 15_000
/** `CONSUMER_TIMEOUT_MILLIS_WHEN_SUSPEND`: when a held pull is given up. */
export const PULL_TIMEOUT_MS = 30_000
/** `pullTimeDelayMillsWhenException`: the next pull after one that failed. */
export const PULL_DELAY_WHEN_EXCEPTION_MS = 3_000
/** `PULL_TIME_DELAY_MILLS_WHEN_CACHE_FLOW_CONTROL`: the next look while the cache is full. */
export const PULL_DELAY_WHEN_CACHE_FULL_MS = 50
/** `pullThresholdForQueue`: messages of one queue in the cache. */
export const PULL_THRESHOLD_FOR_QUEUE = 1_000
/** `pullThresholdSizeForQueue`: bytes of one queue in the cache. */
export const PULL_THRESHOLD_BYTES_FOR_QUEUE = 100 * 1024 * 1024
/** `consumeConcurrentlyMaxSpan`: from the oldest to the newest offset in the cache. */
export const CONSUME_CONCURRENTLY_MAX_SPAN = 2_000
/** `consumeThreadMax`: messages of one consumer in the hands of its listener at the same time. */
export const CONSUMING_MAX = 20
/** A message that was not consumed comes again after this long, in this client, until there are retry topics. */
export const RECONSUME_LATER_MS = 5_000
/** `persistConsumerOffsetInterval`, and the wait before the first time. */
export const PERSIST_OFFSET_INTERVAL_MS = 5_000
export const PERSIST_OFFSET_FIRST_MS = 10_000
/** `rebalance.waitInterval`: how often a consumer looks whether its queues are still the right ones. */
export const REBALANCE_INTERVAL_MS = 20_000
/** The same while something is not as it should be: a broker did not answer, a queue has no offset yet. */
export const REBALANCE_SOON_MS = 1_000
