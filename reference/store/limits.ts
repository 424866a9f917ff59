/** Sizes, times and limits of the store. Each comment begins with RocketMQ's option name, if there is one. */
import { FRAME_BYTES_MAX } from '../common/limits.ts'
import { DAY_MS } from '../common/units.ts'

/** `mappedFileSizeCommitLog`: bytes of one commit-log file. */
export const COMMIT_LOG_FILE_BYTES = 1024 * 1024 * 1024
/** `mappedFileSizeConsumeQueue`: bytes of one consume queue file, for 300,000 entries of 20 bytes. */
export const CONSUME_QUEUE_FILE_BYTES = 300_000 * 20
/** Min and max bytes of a commit-log file that a configuration may set. */
export const COMMIT_LOG_FILE_BYTES_MIN = 4096
export const COMMIT_LOG_FILE_BYTES_MAX = 2 * 1024 * 1024 * 1024 - 1
/** Max bytes of a record without body and properties: the fixed fields with IPv6 hosts, and the longest topic. */
export const RECORD_OVERHEAD_BYTES = 512
/**
 * Max bytes that are read of a log file's first record. No record is longer than this, because a message that came in a frame
 * is shorter than the longest frame.
 */
export const FIRST_RECORD_BYTES_MAX = FRAME_BYTES_MAX
/** `flushIntervalCommitLog`: the interval of asynchronous flush while bytes are not durable. */
export const FLUSH_INTERVAL_MS = 500
/** `flushCommitLogLeastPages`, in bytes: fewer dirty bytes than this wait for the thorough flush. */
export const FLUSH_BYTES_MIN = 4 * 4096
/** `flushCommitLogThoroughInterval`: max time until a sync of written bytes begins. */
export const FLUSH_THOROUGH_INTERVAL_MS = 10_000
/** `flushIntervalConsumeQueue`: the interval at which queues and checkpoint are made durable. */
export const FLUSH_CONSUME_QUEUE_INTERVAL_MS = 1_000
/** `syncFlushTimeout`: a SYNC_FLUSH put that is not durable after this time is answered FLUSH_DISK_TIMEOUT. */
export const SYNC_FLUSH_TIMEOUT_MS = 5_000
/** `maxAsyncPutMessageRequests`: max waiting puts; further puts are refused with OS_PAGE_CACHE_BUSY. */
export const WAITING_PUTS_MAX = 5_000
/** `osPageCacheBusyTimeOutMills`: if a write to the log takes longer, the page cache is busy. */
export const OS_PAGE_CACHE_BUSY_TIMEOUT_MS = 1_000
/** Time for which puts are refused after a write that took longer than `OS_PAGE_CACHE_BUSY_TIMEOUT_MS`. */
export const OS_PAGE_CACHE_BUSY_REST_MS = 1_000
/** `maxTransferBytesOnMessageInMemory`, `maxTransferCountOnMessageInMemory`: max bytes and messages of one pull. */
export const TRANSFER_BYTES = 256 * 1024
export const TRANSFER_COUNT = 32
/**
 * `maxTransferBytesOnMessageInDisk`, `maxTransferCountOnMessageInDisk`: the same for messages that are no longer in memory.
 */
export const TRANSFER_BYTES_FROM_DISK = 64 * 1024
export const TRANSFER_COUNT_FROM_DISK = 8
/** Max transfer sizes that a configuration may set. An answer must fit into a frame. */
export const TRANSFER_BYTES_MAX = 15 * 1024 * 1024
export const TRANSFER_COUNT_MAX = 10_000
/** Bytes at the end of the log that count as in memory. Unlike here, RocketMQ uses 40 % of the machine's memory. */
export const IN_MEMORY_BYTES = 1024 * 1024 * 1024
/** `maxFilterMessageSize`, in entries: max entries that one pull scans for messages that pass its filter. */
export const SCANNED_ENTRIES_MAX = 800
/** Bytes of one read while the log is walked. */
export const WALK_CHUNK_BYTES = 1024 * 1024
/** A walk of the log reports its progress each time it has read this many bytes. */
export const WALK_PROGRESS_BYTES = 256 * 1024 * 1024
/** `maxHashSlotNum`, `maxIndexNum`: slots and entries of one index file. Such a file has about 400 MiB. */
export const INDEX_SLOTS = 5_000_000
export const INDEX_ENTRIES = 20_000_000
/** Max slots and entries that a configuration may set. An index file then has less than 2 GiB. */
export const INDEX_SLOTS_MAX = 50_000_000
export const INDEX_ENTRIES_MAX = 80_000_000
/** Max changed pages of the index that are written after a second. If more pages are changed, they wait for the interval. */
export const INDEX_FEW_PAGES = 64
export const INDEX_WRITE_OUT_INTERVAL_MS = 10_000
/** `maxMsgsNumBatch`: max messages that one query returns. */
export const QUERY_MESSAGES_MAX = 64
/** Max messages that one query reads. Without this limit, many keys with the same hash could keep a broker busy. */
export const QUERY_CANDIDATES_MAX = 1_000
/** `fileReservedTime`: hours after which a log file expires; see `clean-commit-log.ts`. */
export const FILE_RESERVED_HOURS = 72
/** `deleteWhen`: the hour of the day in which expired files are deleted. */
export const DELETE_WHEN = '04'
/** `diskMaxUsedSpaceRatio`, in percent: on a fuller disk, expired files are deleted at once. */
export const DISK_MAX_USED_PERCENT = 75
/** `diskSpaceCleanForciblyRatio`: on a fuller disk, the oldest files are deleted even if they have not expired. */
export const DISK_CLEAN_FORCIBLY_PERCENT = 85
/** `diskSpaceWarningLevelRatio`: on a fuller disk, puts are refused; reads are still possible. */
export const DISK_WARNING_PERCENT = 90
/** `deleteFileBatchMax`: max files that are deleted in one round. */
export const DELETE_FILES_MAX = 10
/** `cleanResourceInterval`: time between two rounds of deletion while more files must be deleted. */
export const CLEAN_INTERVAL_MS = 10_000
/**
 * Max delay of the timer for deletion. After this delay, the due time is computed again, because the clock may have been
 * changed.
 */
export const CLEAN_TIMER_MS_MAX = DAY_MS
/** The disk usage is checked each time this many bytes were appended. */
export const DISK_CHECK_BYTES = 16 * 1024 * 1024
