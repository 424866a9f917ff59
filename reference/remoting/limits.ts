/** Limits of connections, beside those of frames in `common/limits.ts`. */

/** A connection with nothing read and nothing written for this long is closed. RocketMQ: `serverChannelMaxIdleTimeSeconds`. */
export const IDLE_MS = 120_000
/** How long a connection may take to open. RocketMQ: `connectTimeoutMillis`. */
export const CONNECT_TIMEOUT_MS = 3_000
/**
 * Header of one frame, a sixteenth of a frame. The largest that RocketMQ's clients send carries the properties of a message:
 * 32,767 bytes, which JSON writes as up to six characters each, so about 200 KB. The rest is room for properties that are too
 * long, so that their sender is told so and does not lose its connection. RocketMQ has no limit of its own: `frameMaxLength`.
 */
export const HEADER_BYTES_MAX = 1024 * 1024
/** Requests of one side waiting for answers on one connection. RocketMQ: `clientAsyncSemaphoreValue`. */
export const PENDING_REQUESTS_MAX = 65_535
/** Bytes a peer may leave unread before it is cut off: four answers of the largest size. */
export const SEND_BUFFER_BYTES_MAX = 64 * 1024 * 1024
/** Connections of one server. */
export const CONNECTIONS_MAX = 10_000
