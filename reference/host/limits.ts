/**
 * Limits that hold in every runtime, simulated or real, with unit and reason.
 *
 * What only a simulation knows stands in `sim/limits.ts`. A program that wants to pace itself compares what `send`
 * returned with `SEND_BUFFER_BYTES`; nothing else here is for programs.
 */
import { MIB } from '../common/units.ts'

/**
 * Send buffer of one connection. `send` returning more than this asks the sender to wait for `onDrained`, which comes
 * below half of it. RocketMQ: Netty's write buffer water marks (`com.rocketmq.remoting.write.buffer.high.water.mark`).
 */
export const SEND_BUFFER_BYTES = MIB
/** A sender that does not wait: beyond this the connection is reset with the reason `send buffer overflow`. */
export const SEND_BUFFER_BYTES_MAX = 64 * MIB
/** How long an unanswered connect waits before it is `host unreachable`. RocketMQ's clients give up after 3 s themselves. */
export const CONNECT_TIMEOUT_MS = 10_000
/** How long a closed connection may take to hand over what it had queued before it is cut. */
export const CLOSE_LINGER_MS = 3_000
/** Files one node may hold open: a broker of 50,000 queues is beyond one simulated machine. */
export const FILES_OPEN_MAX = 65_536
/** A path inside a node's directory, in characters. */
export const PATH_LENGTH_MAX = 512

/** Waiting for a node's ready signal, unless its `NodeSpec` says otherwise. */
export const READY_WITHIN_MS = 10_000
/** Waiting for a node that was asked to stop; then it is killed. */
export const STOP_WITHIN_MS = 10_000
/** Waiting for the answer to one call of the application. */
export const CALL_WITHIN_MS = 60_000
/** A one-way delay for a `slowSync` fault that does not name one. */
export const SLOW_SYNC_MS = 1_000
/** After the exit of a process, how long its output may still arrive. */
export const DRAIN_MS = 200
