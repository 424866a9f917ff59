/** Times and sizes of the NameServer. */
import { MIB } from '../common/units.ts'

/**
 * The NameServer searches for brokers that no longer register each time this interval has passed. RocketMQ:
 * `scanNotActiveBrokerInterval`.
 */
export const SCAN_NOT_ACTIVE_BROKER_INTERVAL_MS = 5_000
/**
 * A broker is removed when it has neither registered nor sent a heartbeat for this time. A broker may set another time in
 * its registration. RocketMQ: `BROKER_CHANNEL_EXPIRED_TIME`.
 */
export const BROKER_EXPIRY_MS = 120_000
/** The max number of key-value pairs that operators store, counted over all namespaces. */
export const KV_ENTRIES_MAX = 100_000
/** The default port of a NameServer. */
export const NAMESRV_PORT = 9876
/** The max number of topics that one broker may register. A broker cannot create more topics than this number. */
export const BROKER_TOPICS_MAX = 100_000
/**
 * The max number of pairs of a topic and a broker, counted over all brokers. Ten brokers with `BROKER_TOPICS_MAX` topics
 * each reach this number.
 */
export const ROUTE_ENTRIES_MAX = 1_000_000
/** The max number of characters of all topic names, counted over all brokers. */
export const ROUTE_NAME_CHARS_MAX = 64 * MIB
/** The max number of registered brokers, masters and slaves together. */
export const BROKERS_MAX = 10_000
/**
 * The max number of notices about acting masters that wait for a connection. Also the max number of connections for such
 * notices.
 */
export const NOTICES_MAX = 1_000
/** The max number of characters of all key-value pairs that operators store: namespaces, keys and values. */
export const KV_CHARS_MAX = 8 * MIB
