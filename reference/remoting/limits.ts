/** Limits of connections, beside those of frames in `common/limits.ts`. */
import { MIB } from '../common/units.ts'

/** A connection with nothing read and nothing written for this long is closed. RocketMQ: `serverChannelMaxIdleTimeSeconds`. */
export const IDLE_MS = 120_000
/** How long a connection may take to open. RocketMQ: `connectTimeoutMillis`. */
export const CONNECT_TIMEOUT_MS = 3_000
/**
 * Header of one frame, a sixteenth of a frame. The largest that RocketMQ's clients send carries the properties of a message:
 * 32,767 bytes, which JSON writes as up to six characters each, so about 200 KB. The rest is room for properties that are too
 * long: their sender is answered with a sentence and keeps its connection. RocketMQ limits only the frame: `frameMaxLength`.
 */
export const HEADER_BYTES_MAX = MIB
/** Requests of one side that wait for answers on one connection. RocketMQ: `clientAsyncSemaphoreValue`. */
export const PENDING_REQUESTS_MAX = 65_535
/** Bytes a peer may leave unread before it is cut off: four answers of the largest size. */
export const SEND_BUFFER_BYTES_MAX = 64 * MIB
/** Connections of one server, both its ports together. When all are taken, the address with the largest number loses one. */
export const CONNECTIONS_MAX = 10_000
/**
 * How long a frame may take from its first byte to its last: a frame of the largest size at half a megabyte a second. RocketMQ
 * waits as long as bytes arrive, with every byte in memory.
 */
export const UNFINISHED_FRAME_MS_MAX = 30_000
/**
 * Bytes that all connections of one server keep in memory together (`in-flight.ts`): four peers that leave the most unread, or
 * sixteen frames of the largest size that are not whole.
 */
export const IN_FLIGHT_BYTES_MAX = 256 * MIB
/** Requests of one connection that wait for their turn, bytes; beyond this its socket is not read until half of them are done. */
export const READ_AHEAD_BYTES_MAX = MIB
/** What one turn may cost: some milliseconds of work, during which all other connections wait. Costs: `fair-turns.ts`. */
export const TURN_BYTES = MIB
/** What a connection that was quiet may cost before it waits for turns. */
export const LINE_ALLOWANCE_BYTES = 256 * 1024
/** What a waiting connection may cost in each round. */
export const QUANTUM_BYTES = 64 * 1024
/** A request costs at least this: some twenty microseconds. */
export const REQUEST_COST_BYTES = 8 * 1024
/** A millisecond of work costs this: a quarter of a turn. */
export const MS_COST_BYTES = 256 * 1024
/** Memory that a request which waits for its turn takes beside its frame. */
export const WAITING_REQUEST_BYTES = 1_024
