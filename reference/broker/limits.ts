/**
 * Times and limits of the broker. RocketMQ's option name stands beside each limit that has one.
 */
import { DAY_MS } from '../common/units.ts'

/** The port when none is given. */
export const BROKER_PORT = 10911
/** `registerNameServerPeriod`, and the bounds RocketMQ puts it in. */
export const REGISTER_PERIOD_MS = 30_000
export const REGISTER_PERIOD_MS_MIN = 10_000
export const REGISTER_PERIOD_MS_MAX = 60_000
/** `registerBrokerTimeoutMills`: how long a NameServer may take to answer. */
export const REGISTER_TIMEOUT_MS = 24_000
/** `splitRegistrationSize`: topics of one registration; a larger table is registered in several, one after the other. */
export const REGISTER_TOPICS_MAX = 800
/**
 * How long an answer waits until NameServers know what the request changed: less than the 3 s that clients wait for a send.
 */
export const REGISTERED_WITHIN_MS = 2_000
/** `flushConsumerOffsetInterval`: how often offsets are written to their file, while they change. */
export const FLUSH_CONSUMER_OFFSET_INTERVAL_MS = 5_000

/** After how long a table's file that the disk has refused is written again. */
export const CONFIG_WRITE_AGAIN_MS = 5_000
/** A table of up to so many entries is written whole at each change. A larger one gets a line for each change. */
export const WHOLE_TABLE_ENTRIES_MAX = 256
/** So long after the first such line the whole table is written, and the lines are removed. */
export const GATHER_CHANGES_MS = 10_000
/** Entries of a table that are written in one turn of the event loop. */
export const TABLE_PIECE_ENTRIES_MAX = 250
/** Max offsets that are stored, one for each queue that a group has consumed from. */
export const OFFSETS_MAX = 1_000_000
/** `channelExpiredTimeout`: a client without a heartbeat for this long is gone. */
export const CHANNEL_EXPIRED_MS = 120_000
/** How often expired clients are looked for. */
export const SCAN_CLIENTS_INTERVAL_MS = 10_000
/** Max pulls held at the same time. `pullThreadPoolQueueCapacity` has RocketMQ's number. */
export const HELD_PULLS_MAX = 100_000
/**
 * Max pulls, or pops, that one connection holds, however many places are free: a client holds one for each queue it owns.
 */
export const HELD_PER_CONNECTION_MAX = 25_000
/** A held request that waits for more tags than this takes as many more places. */
export const TAGS_PER_PLACE = 16
/** Held requests that one message wakes before other work has a turn. */
export const WAKES_AT_ONCE_MAX = 64
/** Members of a group that are notified of a change before other work has a turn. */
export const NOTICES_AT_ONCE_MAX = 200
/** Changes of a group's members within this time of the last notice are notified together. */
export const NOTICE_GATHER_MS = 100
/** The max time for which a client may ask to be held: its timeout is 30 s. */
export const HOLD_MS_MAX = 30_000
/** `shortPollingTimeMills`: how long a pull is held where long polling is off. */
export const SHORT_POLLING_MS = 1_000
/** Groups with members or offsets. */
export const GROUPS_MAX = 100_000
/** Topics that one group subscribes to. */
export const SUBSCRIPTIONS_MAX = 10_000
/** Groups of consumers, or of producers, that one connection may be a member of: a tenth of all. */
export const GROUPS_PER_CONNECTION_MAX = 10_000
/** `flushDelayOffsetInterval`: how often the progress of the delay levels is written down, while it changes. */
export const FLUSH_DELAY_OFFSET_INTERVAL_MS = 10_000
/** How soon deliveries by the broker itself are noted: a crash within that time, and the disk's, delivers them once more. */
export const NOTE_DELIVERY_MS = 500
/**
 * ASYNC_FLUSH: a message delivered so long ago is on the disk, because the thorough flush runs every 10 s and takes its
 * time.
 */
export const DELIVERED_IS_FLUSHED_MS = 12_000
/** Delayed messages of one level that are delivered together when they are due. */
export const DELIVER_AT_ONCE_MAX = 32
/** `DELAY_FOR_A_PERIOD`: a delivery that the store refused is tried again after this long. */
export const DELIVER_AGAIN_MS = 10_000
/**
 * `retryMaxTimes`: redeliveries of a message before it is a dead letter, unless the group or the consumer says otherwise.
 */
export const RETRY_MAX_TIMES = 16
/** `retryQueueNums`: queues of a group's retry topic. */
export const RETRY_QUEUE_NUMS = 1
/** `rocketmq.broker.rebalance.lockMaxLiveTime`: a queue's lock ends when its owner has not renewed it for so long. */
export const REBALANCE_LOCK_MAX_LIVE_MS = 60_000
/** `rebalance.lockMaxLiveTime` of a client: how long it relies on a lock after it has asked for it. */
export const LOCK_BELIEVED_MS = 30_000
/** Max queues that are locked at the same time, of all groups together. */
export const QUEUE_LOCKS_MAX = 1_000_000
/** A full table of locks is searched for expired ones at most this often. */
export const LOCKS_SEARCHED_EVERY_MS = 1_000
/** Messages of one batch. */
export const BATCH_MESSAGES_MAX = 10_000
/** Properties of all messages of a batch together: ten of each. */
export const BATCH_PROPERTIES_MAX = 100_000
/** Max transactions that are open at the same time; further ones are refused. */
export const OPEN_TRANSACTIONS_MAX = 500_000
/** Half messages that one round of checks puts back at the same time. */
export const CHECKS_AT_ONCE_MAX = 1_000
/** `retryQueueNums` that an operator may set. */
export const RETRY_QUEUE_NUMS_MAX = 1_024
/** Things counted for `statsAll`: topics, and pairs of topic and group. */
export const STATS_ITEMS_MAX = 200_000
/** How long a client may take to answer an operator's request that this broker passes on. */
export const CALL_CLIENT_TIMEOUT_MS = 10_000
/** The same for GET_CONSUMER_STATUS_FROM_CLIENT, which asks all members. */
export const CLIENT_STATUS_TIMEOUT_MS = 5_000
/** Entries that one QUERY_CONSUME_QUEUE shows. */
export const SHOWN_QUEUE_ENTRIES_MAX = 1_000
/** Timer messages of one slot that are put at the same time. */
export const TIMER_PUTS_AT_ONCE_MAX = 256
/** Ticks after which a timer message that the store refused is put again. */
export const TIMER_PUT_AGAIN_TICKS = 0.5
/** A slot that is further away is looked at again after so long: clocks are corrected. */
export const TIMER_LOOK_AGAIN_MS = 60_000
/** `ackTimeInterval`: a check point arrives so long before its messages become visible again. */
export const ACK_INTERVAL_MS = 1_000
/** A check point is settled so long after its messages become visible again, or later. `ackTimeInterval` and a second. */
export const REVIVE_BEHIND_MS = 2_000
/** `reviveInterval`: after how long a revive queue tries again what it could not do. */
export const REVIVE_AGAIN_MS = 1_000
/** A time that is further away is looked at again after so long: clocks are corrected. */
export const REVIVE_LOOK_AGAIN_MS = 60_000
/** Check points of one revive queue that are settled at the same time. */
export const REVIVE_IN_FLIGHT_MAX = 4
/** `ckRewriteIntervalsInSeconds`: how much longer a check point waits each time it is written again. */
export const CK_REWRITE_INTERVALS_SEC = [
  10, 20, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1_200, 1_800, 3_600, 7_200,
] as const
/** A pop is refused when the time it may be held has been over for so long. */
export const POP_TIMEOUT_TOO_MUCH_MS = 500
/** Max invisible time, ms: the check point's message waits in the timer. */
export const INVISIBLE_TIME_MAX_MS = 3 * DAY_MS
/** `initPopOffsetByCheckMsgInMem`: a log of so many bytes counts as being in memory as a whole. */
export const POP_IN_MEMORY_BYTES = 64 * 1024 * 1024
/** Batches popped in order are remembered so long. `CLEAN_SPAN_FROM_LAST`. */
export const ORDER_INFO_KEPT_MS = DAY_MS
/** Topics and groups for which a request mode is set. */
export const REQUEST_MODES_MAX = 100_000
/** `loadBalancePollNameServerInterval`: how long a route is used before it is asked for again. */
export const ROUTE_BELIEVED_MS = 30_000
/** How long a NameServer may take to answer with a route; the client that needs it waits three seconds. */
export const ROUTE_TIMEOUT_MS = 1_000
/** Routes that a broker remembers. */
export const ROUTES_KEPT_MAX = 10_000
/** `queryThreadPoolQueueCapacity`: shown to tools; requests are answered one after the other, and none waits in a queue. */
export const REQUESTS_AT_ONCE = 20_000
/** `sendThreadPoolQueueCapacity`: max sends that wait for their answer; further ones are refused. */
export const SENDS_WAITING_MAX = 10_000
/** How long the first send in the line may have waited for the disk before new ones are refused. */
export const DISK_WAIT_MS = 1_000
/** Sends in a window, and how many at once, where a limiter is chosen without further settings. */
export const SEND_LIMIT = 1_000
export const SEND_LIMIT_BURST = 100
export const SEND_LIMIT_MAX = 1_000_000
