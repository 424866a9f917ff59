/**
 * Limits for every runtime, simulated and real.
 *
 * The limits that apply only to simulations are in `sim/limits.ts`. A program that must not send too fast compares the
 * result of `send` with `SEND_BUFFER_BYTES`. Programs do not need the other limits of this file.
 */
import { MIB } from '../common/units.ts'

/**
 * A limit for the send buffer of one connection. When `send` returns more than this limit, the sender should wait for
 * `onDrained`. The host calls `onDrained` when the buffer is below half of the limit. RocketMQ: Netty's write buffer water
 * marks (`com.rocketmq.remoting.write.buffer.high.water.mark`).
 */
export const SEND_BUFFER_BYTES = MIB
/**
 * The max size of the send buffer when a sender does not wait for `onDrained`. When the buffer becomes larger, the host
 * resets the connection with the reason `send buffer overflow`.
 */
export const SEND_BUFFER_BYTES_MAX = 64 * MIB
/**
 * A connect without an answer fails after this time, with the reason `host unreachable`. In RocketMQ's clients, such a
 * connect fails after 3 s.
 */
export const CONNECT_TIMEOUT_MS = 10_000
/**
 * After `close`, a connection may send the bytes in its send buffer for this time. After this time, the connection is reset.
 */
export const CLOSE_LINGER_MS = 3_000
/** Max open files of one node. */
export const FILES_OPEN_MAX = 65_536
/** The max length of a path inside a node's directory, in characters. */
export const PATH_LENGTH_MAX = 512

/** A started node must be ready within this time, unless its `NodeSpec` has another time. */
export const READY_WITHIN_MS = 10_000
/** A node that takes longer than this to stop is killed. */
export const STOP_WITHIN_MS = 10_000
/** A call of the application that is not answered within this time fails. */
export const CALL_WITHIN_MS = 60_000
/** The delay by a `slowSync` or `slowWrite` fault when the fault has no `delayMs`. */
export const SLOW_SYNC_MS = 1_000
/** After the exit of a process, its output is read for at most this time. */
export const DRAIN_MS = 200
