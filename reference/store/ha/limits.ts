/** Sizes and times of the copying of a log between brokers. Each comment begins with RocketMQ's option name, if there is one. */
import { MIB } from '../../common/units.ts'

/** `haTransferBatchSize`: max bytes of the log in one frame from master to slave. */
export const HA_TRANSFER_BATCH_BYTES = 32 * 1024
/** Max bytes of the log in a frame that a slave accepts. A master of another make may send larger frames than this broker. */
export const HA_FRAME_BYTES_MAX = 4 * MIB
/** Max frames that a master sends to one slave in one turn of the event loop. Other connections get their turns between. */
export const HA_FRAMES_PER_TURN = 16
/** `haSendHeartbeatInterval`: after this time without data, the master sends an empty frame and the slave sends a report. */
export const HA_HEARTBEAT_MS = 5_000
/** `haHousekeepingInterval`: a connection on which nothing has arrived for this time is closed, by both sides. */
export const HA_HOUSEKEEPING_MS = 20_000
/** The time that a slave waits before it connects again. */
export const HA_RECONNECT_MS = 5_000
/** Max slaves of one master. A further slave is closed at once. */
export const HA_SLAVES_MAX = 64
/** `slaveTimeout`: a put whose copies are not confirmed after this time is answered FLUSH_SLAVE_TIMEOUT. */
export const SLAVE_TIMEOUT_MS = 3_000
/** `haSlaveFallbehindMax`: with the statuses of 4.9, a slave that lacks this many bytes counts as not available. */
export const HA_SLAVE_FALLBEHIND_BYTES = 256 * MIB
