/** Times and sizes of the NameServer. */
import { MIB } from '../common/units.ts'

/** The time between two scans for silent brokers. RocketMQ: `scanNotActiveBrokerInterval`. */
export const SCAN_NOT_ACTIVE_BROKER_INTERVAL_MS = 5_000
/** A broker is removed after so long without a registration, unless it asked for another time. RocketMQ: `BROKER_CHANNEL_EXPIRED_TIME`. */
export const BROKER_EXPIRY_MS = 120_000
/** Texts kept for administrators, all namespaces together. */
export const KV_ENTRIES_MAX = 100_000
/** The port when none is given. */
export const NAMESRV_PORT = 9876
/** Topics of one broker: the same limit as a broker's own. */
export const BROKER_TOPICS_MAX = 100_000
/** Pairs of topic and broker, of all brokers together: routes of nine full brokers take some 100 MiB. */
export const ROUTE_ENTRIES_MAX = 1_000_000
/** Characters of all topics' names together. */
export const ROUTE_NAME_CHARS_MAX = 64 * MIB
/** Brokers that are registered, masters and slaves. */
export const BROKERS_MAX = 10_000
/** Characters of all texts kept for administrators. */
export const KV_CHARS_MAX = 8 * MIB
