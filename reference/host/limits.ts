/**
 * Limits that hold in every runtime, simulated or real, with unit and reason.
 *
 * Limits of simulations alone are in `sim/limits.ts`. A program that wants to pace itself compares the result of `send` with
 * `SEND_BUFFER_BYTES`; programs need no other limit of this file.
 */
import { MIB } from '../common/units.ts'

/**
 * The send buffer of one connection. A sender to which `send` returns more than this should wait for `onDrained`, which is called
 * below half of it. RocketMQ: Netty's write buffer water marks (`com.rocketmq.remoting.write.buffer.high.water.mark`).
 */
export const SEND_BUFFER_BYTES = MIB
/** The max of the send buffer when a sender does not wait; beyond it the connection is reset: `send buffer overflow`. */
export const SEND_BUFFER_BYTES_MAX = 64 * MIB
/** How long a connect without an answer waits until it is `host unreachable`. RocketMQ's clients give up after 3 s. */
export const CONNECT_TIMEOUT_MS = 10_000
/** How long a closed connection may take to send its queued bytes before it is cut. */
export const CLOSE_LINGER_MS = 3_000
/** The max of open files of one node: a broker of 50,000 queues is too large for one simulated machine. */
export const FILES_OPEN_MAX = 65_536
/** The max length of a path inside a node's directory, in characters. */
export const PATH_LENGTH_MAX = 512

/** How long a node's ready signal is waited for, unless its `NodeSpec` says otherwise. */
export const READY_WITHIN_MS = 10_000
/** How long a node may take to stop before it is killed. */
export const STOP_WITHIN_MS = 10_000
/** How long the answer to one call of the application is waited for. */
export const CALL_WITHIN_MS = 60_000
/** The delay of a `slowSync` fault that does not name one. */
export const SLOW_SYNC_MS = 1_000
/** After the exit of a process, how long its output may still arrive. */
export const DRAIN_MS = 200
