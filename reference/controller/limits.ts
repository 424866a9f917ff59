/** Times and sizes of a controller. The limits of its Raft are in `raft/limits.ts`. */
import { INT_MAX } from '../common/bytes.ts'
import { HOUR_MS } from '../common/units.ts'

/**
 * A broker without a heartbeat for this time is not alive. A broker may set another time. RocketMQ:
 * `DEFAULT_BROKER_CHANNEL_EXPIRED_TIME`.
 */
export const BROKER_EXPIRY_MS = 10_000
/** The max time that a broker may set. */
export const BROKER_EXPIRY_MS_MAX = HOUR_MS
/**
 * The first search for brokers that are not alive begins after this time. RocketMQ: `DefaultBrokerHeartbeatManager.start`.
 */
export const FIRST_SCAN_MS = 2_000
/** A request that a majority has not confirmed within this time is answered with an error. RocketMQ: `WAIT_TIMEOUT_OUT`. */
export const CONFIRMED_WITHIN_MS = 5_000
/** The max number of requests that wait for their turn at the leader. RocketMQ: `DLedgerController.EventScheduler`. */
export const WAITING_REQUESTS_MAX = 1_024
/** The largest id of a replica, Java's largest int. In RocketMQ, an id is a long. */
export const BROKER_ID_MAX = INT_MAX
/** The max number of broker ids, counted over all broker names. */
export const REPLICAS_MAX = 10_000
/** The max number of ids of one broker name. */
export const REPLICAS_PER_NAME_MAX = 128
/** The max bytes of the name of a broker or of a cluster, and of an address, as they stand in JSON. */
export const NAME_BYTES_MAX = 255
/** The max bytes of a check code in JSON. A check code is an address and a time. */
export const CHECK_CODE_BYTES_MAX = 320
