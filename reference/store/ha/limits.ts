/**
 * Sizes and times for copying a log. When RocketMQ has an option for a value, the comment begins with the name of the
 * option.
 */
import { MIB } from '../../common/units.ts'

/** `haTransferBatchSize`: max bytes of the log in one frame from master to slave. */
export const HA_TRANSFER_BATCH_BYTES = 32 * 1024
/**
 * Max bytes of the log in a frame that a slave accepts. The master may be a RocketMQ broker that sends larger frames than
 * this broker.
 */
export const HA_FRAME_BYTES_MAX = 4 * MIB
/**
 * Max frames that a master sends to one slave in one turn of the event loop. Between two turns, other connections are
 * served.
 */
export const HA_FRAMES_PER_TURN = 16
/**
 * `haSendHeartbeatInterval`: when a master has sent no bytes for this time, it sends an empty frame; when a slave has sent
 * no report for this time, it sends a report.
 */
export const HA_HEARTBEAT_MS = 5_000
/** `haHousekeepingInterval`: a master or slave closes a connection when no bytes have arrived for this time. */
export const HA_HOUSEKEEPING_MS = 20_000
/** The time that a slave waits before the slave connects to its master again. */
export const HA_RECONNECT_MS = 5_000
/** Max number of slaves of one master. The connection of a further slave is closed at once. */
export const HA_SLAVES_MAX = 64
/** `slaveTimeout`: when too few slaves have confirmed a put after this time, the answer is FLUSH_SLAVE_TIMEOUT. */
export const SLAVE_TIMEOUT_MS = 3_000
/**
 * `haSlaveFallbehindMax`: with `haStatuses` 4.9, a slave that lacks at least this many bytes of the log counts as not
 * available.
 */
export const HA_SLAVE_FALLBEHIND_BYTES = 256 * MIB
/** Max entries in the file `epochFileCheckpoint`. When there are more entries, the oldest entries are removed. */
export const EPOCHS_MAX = 1_000
/** `haMaxTimeSlaveNotCatchup`: a slave that lacks bytes for longer than this is removed from the in-sync set. */
export const HA_MAX_TIME_SLAVE_NOT_CATCHUP_MS = 15_000
/**
 * Max frames of a master that wait in a slave while the slave makes an epoch durable. When more frames wait, the connection
 * is closed.
 */
export const HA_WAITING_FRAMES_MAX = 256
/** The time after which a new master tries again to listen for slaves, when its port was not free. */
export const HA_LISTEN_AGAIN_MS = 1_000
/** The time after which a master tells a slave a new confirm offset, when no other frame has contained this offset. */
export const HA_CONFIRM_NOTICE_MS = 100
