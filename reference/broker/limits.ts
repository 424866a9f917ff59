/**
 * Times and limits of the broker. When RocketMQ has an option for a value, the comment on this value begins with the name of
 * the option.
 */
import { DAY_MS } from '../common/units.ts'

/** The default port of a broker. */
export const BROKER_PORT = 10911
/** `registerNameServerPeriod`: the time between two registrations. RocketMQ allows a time between the min and the max. */
export const REGISTER_PERIOD_MS = 30_000
export const REGISTER_PERIOD_MS_MIN = 10_000
export const REGISTER_PERIOD_MS_MAX = 60_000
/** `registerBrokerTimeoutMills`: max time that a NameServer may need to answer a registration. */
export const REGISTER_TIMEOUT_MS = 24_000
/**
 * A slave copies the offsets of groups and of delay levels from its master each time this interval has passed. RocketMQ: 60
 * s, in 4.9: 10 s.
 */
export const SLAVE_SYNC_OFFSETS_MS = 3_000
/**
 * A slave copies topics, groups and request modes from its master each time this interval has passed. RocketMQ: 60 s, in
 * 4.9: 10 s.
 */
export const SLAVE_SYNC_TABLES_MS = 10_000
/** Max time that a master may need to answer with a whole table. RocketMQ: 3 s. */
export const SLAVE_SYNC_TIMEOUT_MS = 3_000
/** `splitRegistrationSize`: max number of topics in one registration. A larger table is registered in several parts. */
export const REGISTER_TOPICS_MAX = 800
/**
 * When a request has changed a topic, its answer waits until the NameServers know the change, but at most for this time.
 * This time is shorter than the 3 s that a client waits for the answer to a send.
 */
export const REGISTERED_WITHIN_MS = 2_000
/** `flushConsumerOffsetInterval`: the time between two writes of the offsets to their file while the offsets change. */
export const FLUSH_CONSUMER_OFFSET_INTERVAL_MS = 5_000

/** When the disk has refused to write the file of a table, the file is written again after this time. */
export const CONFIG_WRITE_AGAIN_MS = 5_000
/**
 * A table with at most this many entries is written completely at each change. In a larger table, only the change is
 * written, as one line.
 */
export const WHOLE_TABLE_ENTRIES_MAX = 256
/**
 * After the first change of a large table was written as a line, the whole table is written after this time. After this
 * write, the lines of changes are removed.
 */
export const GATHER_CHANGES_MS = 10_000
/** Max number of entries of a table that are written in one turn of the event loop. */
export const TABLE_PIECE_ENTRIES_MAX = 250
/** Max number of stored offsets. An offset is stored for each queue that a group has consumed from. */
export const OFFSETS_MAX = 1_000_000
/** `channelExpiredTimeout`: a client that has sent no heartbeat for this time is removed. */
export const CHANNEL_EXPIRED_MS = 120_000
/** The time between two searches for clients that no longer send heartbeats. */
export const SCAN_CLIENTS_INTERVAL_MS = 10_000
/** Max number of pulls that are held at the same time. RocketMQ uses this number for `pullThreadPoolQueueCapacity`. */
export const HELD_PULLS_MAX = 100_000
/**
 * Max number of pulls, or of pops, that are held for one connection, even if more places are free. A client has at most one
 * held pull for each of its queues.
 */
export const HELD_PER_CONNECTION_MAX = 25_000
/** A held request that waits for tags takes one more place for each group of this many tags. */
export const TAGS_PER_PLACE = 16
/** Max number of held requests that one message wakes in one turn of the event loop. */
export const WAKES_AT_ONCE_MAX = 64
/** Max number of members of a group that are notified of a change in one turn of the event loop. */
export const NOTICES_AT_ONCE_MAX = 200
/** All changes of a group's members within this time after a notice to the members cause only one more notice. */
export const NOTICE_GATHER_MS = 100
/**
 * Max time for which the broker holds a request, even when the client requests a longer time. A client waits for an answer
 * for 30 s.
 */
export const HOLD_MS_MAX = 30_000
/** `shortPollingTimeMills`: when long polling is off, a pull is held for this time. */
export const SHORT_POLLING_MS = 1_000
/** Max number of groups with members, and max number of groups that the broker stores. */
export const GROUPS_MAX = 100_000
/** Max number of topics to which one group may subscribe. */
export const SUBSCRIPTIONS_MAX = 10_000
/** Max number of consumer groups of one connection, and max number of its producer groups: a tenth of `GROUPS_MAX`. */
export const GROUPS_PER_CONNECTION_MAX = 10_000
/**
 * `flushDelayOffsetInterval`: the time between two writes of the progress of the delay levels while this progress changes.
 */
export const FLUSH_DELAY_OFFSET_INTERVAL_MS = 10_000
/**
 * When this time has passed after a delivery, the broker stores the progress of its deliveries. After a crash within this
 * time, the newest deliveries are repeated.
 */
export const NOTE_DELIVERY_MS = 500
/**
 * With ASYNC_FLUSH, a message that was delivered this long ago is on the disk. The reason is that written bytes wait at most
 * 10 s for a flush, and each flush takes some time.
 */
export const DELIVERED_IS_FLUSHED_MS = 12_000
/** Max number of delayed messages of one level that are delivered together when they are due. */
export const DELIVER_AT_ONCE_MAX = 32
/** `DELAY_FOR_A_PERIOD`: when the store has refused a delivery, the delivery is repeated after this time. */
export const DELIVER_AGAIN_MS = 10_000
/**
 * `retryMaxTimes`: max number of redeliveries of a message. When the last allowed redelivery fails, the message becomes a
 * dead letter. The group or the consumer may set another number.
 */
export const RETRY_MAX_TIMES = 16
/** `retryQueueNums`: the default number of queues of a retry topic. */
export const RETRY_QUEUE_NUMS = 1
/**
 * `rocketmq.broker.rebalance.lockMaxLiveTime`: the lock of a queue expires when its owner has not renewed it for this time.
 */
export const REBALANCE_LOCK_MAX_LIVE_MS = 60_000
/**
 * `rebalance.lockMaxLiveTime` of a client: the client relies on a lock for this time, counted from the client's request for
 * the lock.
 */
export const LOCK_BELIEVED_MS = 30_000
/** Max number of queues that are locked at the same time, counted over all groups. */
export const QUEUE_LOCKS_MAX = 1_000_000
/** Min time between two searches for expired locks when the table of locks is full. */
export const LOCKS_SEARCHED_EVERY_MS = 1_000
/** Max number of messages in one batch. */
export const BATCH_MESSAGES_MAX = 10_000
/**
 * Max number of properties in one batch, counted over all of its messages. On average, each message of the largest batch may
 * have ten properties.
 */
export const BATCH_PROPERTIES_MAX = 100_000
/** Max number of transactions that are open at the same time. Further transactions are refused. */
export const OPEN_TRANSACTIONS_MAX = 500_000
/**
 * Max number of half messages that the broker stores again at the same time, while it asks producers how transactions have
 * ended.
 */
export const CHECKS_AT_ONCE_MAX = 1_000
/** Max value of `retryQueueNums` that an operator may set. */
export const RETRY_QUEUE_NUMS_MAX = 1_024
/** Max number of items that are counted for `statsAll`. An item is a topic, or a pair of a topic and a group. */
export const STATS_ITEMS_MAX = 200_000
/** Max time that a client may need to answer a request of an operator that this broker forwards. */
export const CALL_CLIENT_TIMEOUT_MS = 10_000
/**
 * Max time that a member of a group may need to answer GET_CONSUMER_STATUS_FROM_CLIENT. The broker sends this request to all
 * members of the group.
 */
export const CLIENT_STATUS_TIMEOUT_MS = 5_000
/** Max number of entries in the answer to one QUERY_CONSUME_QUEUE. */
export const SHOWN_QUEUE_ENTRIES_MAX = 1_000
/** Max number of timer messages of one slot that are put at the same time. */
export const TIMER_PUTS_AT_ONCE_MAX = 256
/** When the store has refused a timer message, the message is put again after this many ticks. */
export const TIMER_PUT_AGAIN_TICKS = 0.5
/** Max time of one wait of the timer. A longer wait is divided, because the clock may be corrected during a wait. */
export const TIMER_LOOK_AGAIN_MS = 60_000
/**
 * `ackTimeInterval`: a check point (the record of a pop) arrives in its revive queue this long before its messages become
 * visible again. See `pop/revive-log.ts`.
 */
export const ACK_INTERVAL_MS = 1_000
/**
 * After the revive time of a check point, this time must pass before the check point is settled. The value is
 * `ackTimeInterval` plus 1 s.
 */
export const REVIVE_BEHIND_MS = 2_000
/** After a check point of an acting slave has arrived, its acknowledgements arrive within this time. */
export const REVIVE_FOLLOWED_MS = 5_000
/**
 * `reviveInterval`: when the broker could not read or store something for a revive queue, the broker tries it again after
 * this time.
 */
export const REVIVE_AGAIN_MS = 1_000
/** Max time of one wait of a revive queue. A longer wait is divided, because the clock may be corrected during a wait. */
export const REVIVE_LOOK_AGAIN_MS = 60_000
/** Max number of check points of one revive queue that are settled at the same time. */
export const REVIVE_IN_FLIGHT_MAX = 4
/**
 * `ckRewriteIntervalsInSeconds`: each time an overdue check point is written again, the next of these numbers of seconds is
 * added to its invisible time.
 */
export const CK_REWRITE_INTERVALS_SEC = [
  10, 20, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1_200, 1_800, 3_600, 7_200,
] as const
/**
 * A pop contains the time until which the broker may hold the pop. The broker refuses a pop that arrives more than this long
 * after that time.
 */
export const POP_TIMEOUT_TOO_MUCH_MS = 500
/** Max invisible time, in ms. The check point of a pop waits in the timer for this time. */
export const INVISIBLE_TIME_MAX_MS = 3 * DAY_MS
/** `initPopOffsetByCheckMsgInMem`: a log with at most this many bytes counts as completely in memory. */
export const POP_IN_MEMORY_BYTES = 64 * 1024 * 1024
/** A batch that was popped in order is remembered for this time. RocketMQ: `CLEAN_SPAN_FROM_LAST`. */
export const ORDER_INFO_KEPT_MS = DAY_MS
/** Max number of pairs of a topic and a group for which a request mode is set. */
export const REQUEST_MODES_MAX = 100_000
/** `loadBalancePollNameServerInterval`: a route is used for this time before it is requested again. */
export const ROUTE_BELIEVED_MS = 30_000
/**
 * Max time that a NameServer may need to answer with a route. The client for whose request the broker needs the route waits
 * for three seconds.
 */
export const ROUTE_TIMEOUT_MS = 1_000
/** Max number of routes that a broker remembers. */
export const ROUTES_KEPT_MAX = 10_000
/**
 * `queryThreadPoolQueueCapacity`: a number that is only shown to tools. In GlassMQ, requests run one after the other and do
 * not wait in a queue.
 */
export const REQUESTS_AT_ONCE = 20_000
/** `sendThreadPoolQueueCapacity`: max number of sends that wait for their answer. Further sends are refused. */
export const SENDS_WAITING_MAX = 10_000
/** When the oldest waiting send has waited for the disk for this time, new sends are refused. */
export const DISK_WAIT_MS = 1_000
/**
 * The defaults of the limiter of sends: the max number of sends in one window of time, and the burst. `SEND_LIMIT_MAX` is
 * the max of both settings.
 */
export const SEND_LIMIT = 1_000
export const SEND_LIMIT_BURST = 100
export const SEND_LIMIT_MAX = 1_000_000
/** Max time that a controller, or the master, may need to answer a request of a replica. */
export const CONTROLLER_TIMEOUT_MS = 3_000
/** The time after which a step that a controller has refused is taken again. RocketMQ: `RETRY_INTERVAL_SECOND`. */
export const CONTROLLER_STEP_AGAIN_MS = 1_000
/** Max time that another broker may need to store a message of an acting slave. RocketMQ: `EscapeBridge.SEND_TIMEOUT`. */
export const ESCAPE_TIMEOUT_MS = 3_000
/**
 * Max time that another broker may need to answer a pull for a popped message. RocketMQ:
 * `EscapeBridge.DEFAULT_PULL_TIMEOUT_MILLIS`.
 */
export const REMOTE_PULL_TIMEOUT_MS = 10_000
/** The time after which an acting slave tries again to store a half message on another broker. */
export const ESCAPE_AGAIN_MS = 1_000
/** The time after which a master that starts asks its group again. RocketMQ: `BrokerPreOnlineService`. */
export const PRE_ONLINE_AGAIN_MS = 1_000
/** The max number of messages that a filter by SQL92 reads from the store at a time. They have at most `TRANSFER_BYTES`. */
export const READ_AHEAD_MESSAGES_MAX = 256
