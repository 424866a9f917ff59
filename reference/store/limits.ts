/** Sizes, times and limits of the store. RocketMQ's option name stands beside each that has one. */
import { DAY_MS } from '../common/units.ts'

/** `mappedFileSizeCommitLog`: bytes of one commit-log file. */
export const COMMIT_LOG_FILE_BYTES = 1024 * 1024 * 1024
/** `mappedFileSizeConsumeQueue`: 300,000 entries of 20 bytes. */
export const CONSUME_QUEUE_FILE_BYTES = 300_000 * 20
/** Smallest and largest commit-log file that a configuration may ask for. */
export const COMMIT_LOG_FILE_BYTES_MIN = 4096
export const COMMIT_LOG_FILE_BYTES_MAX = 2 * 1024 * 1024 * 1024 - 1
/** What a record has beyond body and properties at most: fixed fields with IPv6 hosts, and the longest topic. */
export const RECORD_OVERHEAD_BYTES = 512
/** `flushIntervalCommitLog`: asynchronous flush looks this often, while there is something to flush. */
export const FLUSH_INTERVAL_MS = 500
/** `flushCommitLogLeastPages`, as bytes: less than this waits for the thorough flush. */
export const FLUSH_BYTES_MIN = 4 * 4096
/** `flushCommitLogThoroughInterval`: nothing stays unflushed for longer. */
export const FLUSH_THOROUGH_INTERVAL_MS = 10_000
/** `flushIntervalConsumeQueue` and the checkpoint's own interval: how often queues and checkpoint are made durable. */
export const FLUSH_CONSUME_QUEUE_INTERVAL_MS = 1_000
/** `syncFlushTimeout`: a SYNC_FLUSH put that is not durable by then is answered FLUSH_DISK_TIMEOUT. */
export const SYNC_FLUSH_TIMEOUT_MS = 5_000
/** `maxAsyncPutMessageRequests`: puts that wait for their bytes; more are refused as OS_PAGE_CACHE_BUSY. */
export const WAITING_PUTS_MAX = 5_000
/** `osPageCacheBusyTimeOutMills`: a write to the log that takes longer shows that the page cache is busy. */
export const OS_PAGE_CACHE_BUSY_TIMEOUT_MS = 1_000
/** So long puts are refused after such a write. */
export const OS_PAGE_CACHE_BUSY_REST_MS = 1_000
/** `maxTransferBytesOnMessageInMemory`, `maxTransferCountOnMessageInMemory`: what one pull brings at most. */
export const TRANSFER_BYTES = 256 * 1024
export const TRANSFER_COUNT = 32
/** `maxTransferBytesOnMessageInDisk`, `maxTransferCountOnMessageInDisk`: the same for messages that were left behind. */
export const TRANSFER_BYTES_FROM_DISK = 64 * 1024
export const TRANSFER_COUNT_FROM_DISK = 8
/** The most that a configuration may ask for: an answer must fit a frame. */
export const TRANSFER_BYTES_MAX = 15 * 1024 * 1024
export const TRANSFER_COUNT_MAX = 10_000
/** So many bytes at the end of the log count as being in memory: RocketMQ takes 40 % of the machine's. */
export const IN_MEMORY_BYTES = 1024 * 1024 * 1024
/** `maxFilterMessageSize`, in entries: how far one pull looks for a message that its filter lets through. */
export const SCANNED_ENTRIES_MAX = 800
/** Bytes read at once while walking the log. */
export const WALK_CHUNK_BYTES = 1024 * 1024
/** A walk of a long log says every so often how far it has come. */
export const WALK_PROGRESS_BYTES = 256 * 1024 * 1024
/** `maxHashSlotNum`, `maxIndexNum`: slots and entries of one index file, which makes 400 MiB. */
export const INDEX_SLOTS = 5_000_000
export const INDEX_ENTRIES = 20_000_000
/** Largest that a configuration may ask for: an index file stays under 2 GiB. */
export const INDEX_SLOTS_MAX = 50_000_000
export const INDEX_ENTRIES_MAX = 80_000_000
/** Changed pages of the index that are written within a second; when there are more, they wait for the interval. */
export const INDEX_FEW_PAGES = 64
export const INDEX_WRITE_OUT_INTERVAL_MS = 10_000
/** `maxMsgsNumBatch`: messages that one query brings at most. */
export const QUERY_MESSAGES_MAX = 64
/** Messages that one query looks at: those of other keys with the same hash must not keep a broker busy. */
export const QUERY_CANDIDATES_MAX = 1_000
/** `fileReservedTime`: log files are kept so long after their last message. */
export const FILE_RESERVED_HOURS = 72
/** `deleteWhen`: the hour of the day in which expired files are deleted. */
export const DELETE_WHEN = '04'
/** `diskMaxUsedSpaceRatio`, in percent: fuller than this, expired files go at once. */
export const DISK_MAX_USED_PERCENT = 75
/** `diskSpaceCleanForciblyRatio`: fuller than this, the oldest files go before their time. */
export const DISK_CLEAN_FORCIBLY_PERCENT = 85
/** `diskSpaceWarningLevelRatio`: fuller than this, puts are refused; reads go on. */
export const DISK_WARNING_PERCENT = 90
/** `deleteFileBatchMax`: files deleted in one round. */
export const DELETE_FILES_MAX = 10
/** `cleanResourceInterval`: the next round while the disk is too full. */
export const CLEAN_INTERVAL_MS = 10_000
/** A due time that is further away is looked at again after so long: clocks are corrected, and timers have a limit. */
export const CLEAN_TIMER_MS_MAX = DAY_MS
/** How often the disk is asked how full it is, counted in appended bytes: 16 MiB cannot fill what is left. */
export const DISK_CHECK_BYTES = 16 * 1024 * 1024
