/**
 * Times and limits of the broker. The comment of a limit begins with RocketMQ's option name if the limit has one.
 */
import { DAY_MS } from '../common/units.ts'

/** The default port. */
export const BROKER_PORT = 10911
/** `registerNameServerPeriod`, and the bounds that RocketMQ sets for it. */
export const REGISTER_PERIOD_MS = 30_000
export const REGISTER_PERIOD_MS_MIN = 10_000
export const REGISTER_PERIOD_MS_MAX = 60_000
/** `registerBrokerTimeoutMills`: max time that a NameServer may take to answer. */
export const REGISTER_TIMEOUT_MS = 24_000
/** How often a slave copies the offsets of groups and of delay levels from its master. RocketMQ: 60 s, 4.9: 10 s. */
export const SLAVE_SYNC_OFFSETS_MS = 3_000
/** How often a slave copies topics, groups and request modes from its master. RocketMQ: 60 s, 4.9: 10 s. */
export const SLAVE_SYNC_TABLES_MS = 10_000
/** Max time for one answer of a master with a whole table. RocketMQ: 3 s. */
export const SLAVE_SYNC_TIMEOUT_MS = 3_000
/** `splitRegistrationSize`: max topics of one registration. A larger table is registered in several parts. */
export const REGISTER_TOPICS_MAX = 800
/**
 * Max time for which an answer waits until NameServers know a change. The time is shorter than the 3 s that clients wait for
 * a send.
 */
export const REGISTERED_WITHIN_MS = 2_000
/** `flushConsumerOffsetInterval`: time between two writes of the offsets to their file, while the offsets change. */
export const FLUSH_CONSUMER_OFFSET_INTERVAL_MS = 5_000

/** Time after which a table's file is written again when the disk has refused it. */
export const CONFIG_WRITE_AGAIN_MS = 5_000
/** A table with at most this many entries is written whole at each change. A larger table gets a line for each change. */
export const WHOLE_TABLE_ENTRIES_MAX = 256
/** Time after the first line of a change until the whole table is written and the lines are removed. */
export const GATHER_CHANGES_MS = 10_000
/** Max entries of a table that are written in one turn of the event loop. */
export const TABLE_PIECE_ENTRIES_MAX = 250
/** Max stored offsets. There is one offset for each queue that a group has consumed from. */
export const OFFSETS_MAX = 1_000_000
/** `channelExpiredTimeout`: a client that has sent no heartbeat for this time is removed. */
export const CHANNEL_EXPIRED_MS = 120_000
/** Time between two searches for expired clients. */
export const SCAN_CLIENTS_INTERVAL_MS = 10_000
/** Max pulls that are held at the same time. The value is that of RocketMQ's `pullThreadPoolQueueCapacity`. */
export const HELD_PULLS_MAX = 100_000
/**
 * Max pulls, or pops, that one connection holds, even if more places are free. A client holds one pull for each queue it
 * owns.
 */
export const HELD_PER_CONNECTION_MAX = 25_000
/** A held request takes one more place for each group of this many tags that it waits for. */
export const TAGS_PER_PLACE = 16
/** Max held requests that one message wakes in one turn. */
export const WAKES_AT_ONCE_MAX = 64
/** Max members of a group that are notified of a change in one turn. */
export const NOTICES_AT_ONCE_MAX = 200
/** Changes of a group's members within this time after a notice are combined into one notice. */
export const NOTICE_GATHER_MS = 100
/** Max time for which a client may ask to be held. The client's own timeout is 30 s. */
export const HOLD_MS_MAX = 30_000
/** `shortPollingTimeMills`: time for which a pull is held when long polling is off. */
export const SHORT_POLLING_MS = 1_000
/** Max groups with members, and max groups that the broker stores. */
export const GROUPS_MAX = 100_000
/** Max topics that one group subscribes to. */
export const SUBSCRIPTIONS_MAX = 10_000
/** Max consumer groups, or producer groups, of one connection: a tenth of all groups. */
export const GROUPS_PER_CONNECTION_MAX = 10_000
/** `flushDelayOffsetInterval`: time between two writes of the progress of the delay levels, while the progress changes. */
export const FLUSH_DELAY_OFFSET_INTERVAL_MS = 10_000
/** Time after which the broker stores the progress of its deliveries. A crash in this time repeats the last deliveries. */
export const NOTE_DELIVERY_MS = 500
/**
 * Under ASYNC_FLUSH, a message that was delivered this long ago is on the disk. The thorough flush runs every 10 s and takes
 * some time.
 */
export const DELIVERED_IS_FLUSHED_MS = 12_000
/** Max delayed messages of one level that are delivered together when they are due. */
export const DELIVER_AT_ONCE_MAX = 32
/** `DELAY_FOR_A_PERIOD`: time after which a delivery that the store refused is repeated. */
export const DELIVER_AGAIN_MS = 10_000
/**
 * `retryMaxTimes`: max redeliveries of a message before it becomes a dead letter. The group or the consumer may set another
 * value.
 */
export const RETRY_MAX_TIMES = 16
/** `retryQueueNums`: default number of queues of a group's retry topic. */
export const RETRY_QUEUE_NUMS = 1
/** `rocketmq.broker.rebalance.lockMaxLiveTime`: a queue's lock expires when its owner has not renewed it for this time. */
export const REBALANCE_LOCK_MAX_LIVE_MS = 60_000
/** `rebalance.lockMaxLiveTime` of a client: time for which a client relies on a lock after its request. */
export const LOCK_BELIEVED_MS = 30_000
/** Max queues of all groups that are locked at the same time. */
export const QUEUE_LOCKS_MAX = 1_000_000
/** Min time between two searches for expired locks in a full table. */
export const LOCKS_SEARCHED_EVERY_MS = 1_000
/** Max messages of one batch. */
export const BATCH_MESSAGES_MAX = 10_000
/** Max properties of all messages of a batch together: on average ten for each message of the largest batch. */
export const BATCH_PROPERTIES_MAX = 100_000
/** Max transactions that are open at the same time. Further transactions are refused. */
export const OPEN_TRANSACTIONS_MAX = 500_000
/** Max half messages that a round of checks puts back at the same time. */
export const CHECKS_AT_ONCE_MAX = 1_000
/** Max value of `retryQueueNums` that an operator may set. */
export const RETRY_QUEUE_NUMS_MAX = 1_024
/** Max items that are counted for `statsAll`: topics, and pairs of topic and group. */
export const STATS_ITEMS_MAX = 200_000
/** Max time that a client may take to answer an operator's request that this broker forwards. */
export const CALL_CLIENT_TIMEOUT_MS = 10_000
/** Max time that a member may take to answer GET_CONSUMER_STATUS_FROM_CLIENT, which all members receive. */
export const CLIENT_STATUS_TIMEOUT_MS = 5_000
/** Max entries in the answer to one QUERY_CONSUME_QUEUE. */
export const SHOWN_QUEUE_ENTRIES_MAX = 1_000
/** Max timer messages of one slot that are put at the same time. */
export const TIMER_PUTS_AT_ONCE_MAX = 256
/** Ticks after which a timer message is put again when the store has refused it. */
export const TIMER_PUT_AGAIN_TICKS = 0.5
/** Max time of the timer's wait. A longer wait is divided, because clocks are corrected from time to time. */
export const TIMER_LOOK_AGAIN_MS = 60_000
/** `ackTimeInterval`: a check point arrives this long before its messages become visible again. */
export const ACK_INTERVAL_MS = 1_000
/** A check point is settled at the earliest this long after its messages become visible again: `ackTimeInterval` + 1 s. */
export const REVIVE_BEHIND_MS = 2_000
/** `reviveInterval`: time after which a revive queue repeats a step that was not possible. */
export const REVIVE_AGAIN_MS = 1_000
/** Max time of a revive queue's wait. A longer wait is divided, because clocks are corrected from time to time. */
export const REVIVE_LOOK_AGAIN_MS = 60_000
/** Max check points of one revive queue that are settled at the same time. */
export const REVIVE_IN_FLIGHT_MAX = 4
/** `ckRewriteIntervalsInSeconds`: seconds that are added to the wait of a check point each time it is written again. */
export const CK_REWRITE_INTERVALS_SEC = [
  10, 20, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1_200, 1_800, 3_600, 7_200,
] as const
/** A pop is refused when it arrives this long after the time until which it may be held. */
export const POP_TIMEOUT_TOO_MUCH_MS = 500
/** Max invisible time, ms. The message of the check point waits in the timer for this time. */
export const INVISIBLE_TIME_MAX_MS = 3 * DAY_MS
/** `initPopOffsetByCheckMsgInMem`: a log with at most this many bytes counts as being completely in memory. */
export const POP_IN_MEMORY_BYTES = 64 * 1024 * 1024
/** Time for which a batch that was popped in order is remembered. RocketMQ: `CLEAN_SPAN_FROM_LAST`. */
export const ORDER_INFO_KEPT_MS = DAY_MS
/** Max pairs of topic and group for which a request mode is set. */
export const REQUEST_MODES_MAX = 100_000
/** `loadBalancePollNameServerInterval`: time for which a route is used before it is requested again. */
export const ROUTE_BELIEVED_MS = 30_000
/** Max time that a NameServer may take to answer with a route. The client that needs the route waits three seconds. */
export const ROUTE_TIMEOUT_MS = 1_000
/** Max routes that a broker remembers. */
export const ROUTES_KEPT_MAX = 10_000
/** `queryThreadPoolQueueCapacity`: only shown to tools. Requests run one after the other, and none waits in a queue. */
export const REQUESTS_AT_ONCE = 20_000
/** `sendThreadPoolQueueCapacity`: max sends that wait for their answer. Further sends are refused. */
export const SENDS_WAITING_MAX = 10_000
/** Max time for which the first waiting send may have waited for the disk. After this time new sends are refused. */
export const DISK_WAIT_MS = 1_000
/** Default settings of a limiter: max sends in a window, and the burst. */
export const SEND_LIMIT = 1_000
export const SEND_LIMIT_BURST = 100
export const SEND_LIMIT_MAX = 1_000_000
