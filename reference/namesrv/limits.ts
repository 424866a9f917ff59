/** Times and sizes of the NameServer. */

/** How often silent brokers are looked for. RocketMQ: `scanNotActiveBrokerInterval`. */
export const SCAN_NOT_ACTIVE_BROKER_INTERVAL_MS = 5_000
/** A broker that has not registered for this long is gone, unless it asked for another time. RocketMQ: `BROKER_CHANNEL_EXPIRED_TIME`. */
export const BROKER_EXPIRY_MS = 120_000
/** Texts kept for administrators, all namespaces together. */
export const KV_ENTRIES_MAX = 100_000
/** The port when none is given. */
export const NAMESRV_PORT = 9876
