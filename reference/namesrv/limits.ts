/** Times and sizes of the NameServer. */
import { MIB } from '../common/units.ts'

/** The time between two scans for silent brokers. RocketMQ: `scanNotActiveBrokerInterval`. */
export const SCAN_NOT_ACTIVE_BROKER_INTERVAL_MS = 5_000
/**
 * A broker is removed after this time without a registration. A registration may set another time.
 * RocketMQ: `BROKER_CHANNEL_EXPIRED_TIME`.
 */
export const BROKER_EXPIRY_MS = 120_000
/** The max number of texts that operators store, in all namespaces together. */
export const KV_ENTRIES_MAX = 100_000
/** The default port. */
export const NAMESRV_PORT = 9876
/** The max number of topics of one broker. A broker has the same limit. */
export const BROKER_TOPICS_MAX = 100_000
/**
 * The max number of pairs of topic and broker, of all brokers together. The routes of nine brokers with the max number of
 * topics need about 100 MiB.
 */
export const ROUTE_ENTRIES_MAX = 1_000_000
/** The max number of characters of all topic names together. */
export const ROUTE_NAME_CHARS_MAX = 64 * MIB
/** The max number of registered brokers, masters and slaves together. */
export const BROKERS_MAX = 10_000
/** The max number of characters of all texts that operators store. */
export const KV_CHARS_MAX = 8 * MIB
