/** Limits of connections. The limits of frames are in `common/limits.ts`. */
import { MIB } from '../common/units.ts'

/** A connection on which no byte is read or written for this time is closed. RocketMQ: `serverChannelMaxIdleTimeSeconds`. */
export const IDLE_MS = 120_000
/** The max time for opening a connection. RocketMQ: `connectTimeoutMillis`. */
export const CONNECT_TIMEOUT_MS = 3_000
/**
 * The max size of the header of a frame, a sixteenth of the max size of a frame. The largest headers of RocketMQ's clients
 * contain the properties of a message, which have up to 32,767 bytes. JSON may need six characters for one byte, so such a
 * header has about 200 KB. `HEADER_BYTES_MAX` is higher than that, because a sender of properties that are too long should
 * receive a sentence as its answer and keep its connection. In RocketMQ, only the frame has a limit (`frameMaxLength`).
 */
export const HEADER_BYTES_MAX = MIB
/**
 * The max number of requests of one side of a connection that wait for their answers. RocketMQ: `clientAsyncSemaphoreValue`.
 */
export const PENDING_REQUESTS_MAX = 65_535
/**
 * The max number of bytes that a peer may leave unread. This number is enough for four answers of the max size. When more
 * bytes are unread, the connection is closed.
 */
export const SEND_BUFFER_BYTES_MAX = 64 * MIB
/**
 * The max number of connections of one server, for both ports together. When this number is reached, a new connection can
 * take the place of a connection from the address with the largest number of connections.
 */
export const CONNECTIONS_MAX = 10_000
/**
 * The max time from the first byte of a frame to its last byte. The time for which the server does not read the socket,
 * because many requests wait, does not count. A peer that sends half a megabyte per second can send a frame of the max size
 * in this time. RocketMQ's server waits without a limit while bytes arrive, and keeps every byte in memory.
 */
export const UNFINISHED_FRAME_MS_MAX = 30_000
/**
 * The max number of bytes that all connections of one server together keep in memory (`in-flight.ts`). This number is enough
 * for four peers with the max number of unread bytes, or for sixteen incomplete frames of the max size.
 */
export const IN_FLIGHT_BYTES_MAX = 256 * MIB
/**
 * The max number of bytes of the waiting requests of one connection. When more bytes wait, the socket of the connection is
 * not read until at most half of this number waits.
 */
export const READ_AHEAD_BYTES_MAX = MIB
/**
 * A turn ends when its requests have cost this number of bytes, which is a few milliseconds of work. The event loop reads no
 * socket during a turn. `fair-turns.ts` lists the costs.
 */
export const TURN_BYTES = MIB
/** The max allowance of a connection. A connection without allowance must wait for a turn. */
export const LINE_ALLOWANCE_BYTES = 256 * 1024
/** By this number, the allowance of a waiting connection grows in each round of a turn. */
export const QUANTUM_BYTES = 64 * 1024
/** The min cost of a request, which equals the cost of about thirty microseconds of work. */
export const REQUEST_COST_BYTES = 8 * 1024
/** The cost of one millisecond of work, a quarter of the max cost of a turn. */
export const MS_COST_BYTES = 256 * 1024
/** The memory that a waiting request needs, in addition to its frame. */
export const WAITING_REQUEST_BYTES = 1_024
