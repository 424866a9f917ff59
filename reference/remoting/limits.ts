/** Limits of connections. The limits of frames are in `common/limits.ts`. */
import { MIB } from '../common/units.ts'

/** A connection is closed after this time without a byte read or written. RocketMQ: `serverChannelMaxIdleTimeSeconds`. */
export const IDLE_MS = 120_000
/** The time limit for opening a connection. RocketMQ: `connectTimeoutMillis`. */
export const CONNECT_TIMEOUT_MS = 3_000
/**
 * The max size of a frame's header, a sixteenth of the max size of a frame. The largest headers of RocketMQ's clients carry
 * the properties of a message. The properties have up to 32,767 bytes. JSON writes a byte as up to six characters, so such a
 * header has about 200 KB. The rest is room for properties that are too long. The sender of such properties receives a
 * sentence as its answer and keeps the connection. Unlike this code, RocketMQ limits only the frame: `frameMaxLength`.
 */
export const HEADER_BYTES_MAX = MIB
/** The max number of requests of one side that wait for answers on one connection. RocketMQ: `clientAsyncSemaphoreValue`. */
export const PENDING_REQUESTS_MAX = 65_535
/**
 * The max number of bytes that a peer may leave unread: four answers of the max size. Beyond this limit the connection is
 * closed.
 */
export const SEND_BUFFER_BYTES_MAX = 64 * MIB
/**
 * The max number of connections of one server on both ports together. At the limit, the address with the most connections
 * loses one.
 */
export const CONNECTIONS_MAX = 10_000
/**
 * The max time from the first byte of a frame to its last byte. In this time half a megabyte a second is enough for a frame
 * of the max size. Unlike this code, RocketMQ waits as long as bytes arrive, and keeps every byte in memory.
 */
export const UNFINISHED_FRAME_MS_MAX = 30_000
/**
 * The max number of bytes that all connections of one server keep in memory together (`in-flight.ts`). The limit is enough
 * for four peers with the max of unread bytes, or for sixteen incomplete frames of the max size.
 */
export const IN_FLIGHT_BYTES_MAX = 256 * MIB
/**
 * The max number of bytes of one connection's requests that wait for their turn. Beyond this limit its socket is not read
 * until half of the bytes are handled.
 */
export const READ_AHEAD_BYTES_MAX = MIB
/**
 * The max cost of one turn: a few milliseconds of work, during which all other connections wait. The costs are listed in
 * `fair-turns.ts`.
 */
export const TURN_BYTES = MIB
/** The cost that a quiet connection may use before it waits for turns. */
export const LINE_ALLOWANCE_BYTES = 256 * 1024
/** The cost that a waiting connection may use in each round. */
export const QUANTUM_BYTES = 64 * 1024
/** The min cost of a request: about twenty microseconds of work. */
export const REQUEST_COST_BYTES = 8 * 1024
/** The cost of one millisecond of work: a quarter of a turn. */
export const MS_COST_BYTES = 256 * 1024
/** The memory of a request that waits for its turn, without its frame. */
export const WAITING_REQUEST_BYTES = 1_024
