/**
 * Sizes, times and limits of the store. When RocketMQ has an option for a value, the comment begins with the name of the
 * option.
 */
import { FRAME_BYTES_MAX } from '../common/limits.ts'
import { DAY_MS } from '../common/units.ts'

/** `mappedFileSizeCommitLog`: bytes of one commit-log file. */
export const COMMIT_LOG_FILE_BYTES = 1024 * 1024 * 1024
/** `mappedFileSizeConsumeQueue`: bytes of one consume queue file, for 300,000 entries of 20 bytes. */
export const CONSUME_QUEUE_FILE_BYTES = 300_000 * 20
/** Min and max bytes of a commit-log file that a configuration may set. */
export const COMMIT_LOG_FILE_BYTES_MIN = 4096
export const COMMIT_LOG_FILE_BYTES_MAX = 2 * 1024 * 1024 * 1024 - 1
/**
 * Max bytes of a record without its body and its properties. The fixed fields with IPv6 addresses and the longest topic name
 * need less.
 */
export const RECORD_OVERHEAD_BYTES = 512
/**
 * Max bytes that are read for the first record of a log file. A record cannot be longer, because its message was received in
 * one frame.
 */
export const FIRST_RECORD_BYTES_MAX = FRAME_BYTES_MAX
/**
 * `flushIntervalCommitLog`: under ASYNC_FLUSH, the time between two decisions about a sync while some bytes are not durable.
 */
export const FLUSH_INTERVAL_MS = 500
/** `flushCommitLogLeastPages`, in bytes: with fewer dirty bytes, the sync waits for `FLUSH_THOROUGH_INTERVAL_MS`. */
export const FLUSH_BYTES_MIN = 4 * 4096
/**
 * `flushCommitLogThoroughInterval`: max time between the write of a byte and the start of the sync that makes it durable.
 */
export const FLUSH_THOROUGH_INTERVAL_MS = 10_000
/** `flushIntervalConsumeQueue`: the time between two rounds that make the queues and the checkpoint durable. */
export const FLUSH_CONSUME_QUEUE_INTERVAL_MS = 1_000
/** `syncFlushTimeout`: a SYNC_FLUSH put that is not durable after this time is answered FLUSH_DISK_TIMEOUT. */
export const SYNC_FLUSH_TIMEOUT_MS = 5_000
/** `maxAsyncPutMessageRequests`: max number of waiting puts. Further puts are refused with OS_PAGE_CACHE_BUSY. */
export const WAITING_PUTS_MAX = 5_000
/** `osPageCacheBusyTimeOutMills`: when a write to the page cache takes longer than this, the page cache counts as busy. */
export const OS_PAGE_CACHE_BUSY_TIMEOUT_MS = 1_000
/** Puts are refused for this time after a write that took longer than `OS_PAGE_CACHE_BUSY_TIMEOUT_MS`. */
export const OS_PAGE_CACHE_BUSY_REST_MS = 1_000
/**
 * `maxTransferBytesOnMessageInMemory`, `maxTransferCountOnMessageInMemory`: max bytes and max messages that one pull
 * returns.
 */
export const TRANSFER_BYTES = 256 * 1024
export const TRANSFER_COUNT = 32
/**
 * `maxTransferBytesOnMessageInDisk`, `maxTransferCountOnMessageInDisk`: max bytes and max messages that one pull returns
 * when its messages are old. Old messages count as no longer in memory.
 */
export const TRANSFER_BYTES_FROM_DISK = 64 * 1024
export const TRANSFER_COUNT_FROM_DISK = 8
/** Max bytes of the messages in one answer that a configuration may set. The answer must fit into a frame. */
export const TRANSFER_BYTES_MAX = 15 * 1024 * 1024
export const TRANSFER_COUNT_MAX = 10_000
/**
 * This many bytes at the end of the log count as in memory. RocketMQ uses 40 % of the memory of the machine instead of a
 * fixed number.
 */
export const IN_MEMORY_BYTES = 1024 * 1024 * 1024
/** `maxFilterMessageSize`, in entries: max number of entries that one pull compares with its filter. */
export const SCANNED_ENTRIES_MAX = 800
/** A pull reads this many entries of a queue at a time. An answer usually has at most 32 messages. */
export const ENTRIES_AT_ONCE = 40
/** Two records with at most this many bytes between them are read together, because a second read needs more time. */
export const READ_GAP_BYTES_MAX = 8 * 1024
/** The max number of bytes between the start of the first record and the end of the last one that are read together. */
export const READ_RANGE_BYTES_MAX = 256 * 1024
/** Max bytes that one read of a walk over the log returns. */
export const WALK_CHUNK_BYTES = 1024 * 1024
/** A walk of the log reports its progress each time it has read this many bytes. */
export const WALK_PROGRESS_BYTES = 256 * 1024 * 1024
/** `maxHashSlotNum`, `maxIndexNum`: number of slots and of entries in one index file, which then has about 400 MiB. */
export const INDEX_SLOTS = 5_000_000
export const INDEX_ENTRIES = 20_000_000
/** Max numbers of slots and entries that a configuration may set. An index file with these numbers has less than 2 GiB. */
export const INDEX_SLOTS_MAX = 50_000_000
export const INDEX_ENTRIES_MAX = 80_000_000
/**
 * When at most this many pages of the index have changed, these pages are written after a second. More changed pages are
 * written only after ten seconds.
 */
export const INDEX_FEW_PAGES = 64
export const INDEX_WRITE_OUT_INTERVAL_MS = 10_000
/** `maxMsgsNumBatch`: max number of messages that one query returns. */
export const QUERY_MESSAGES_MAX = 64
/**
 * Max number of messages that one query reads. Without this limit, many keys with the same hash could keep a broker busy.
 */
export const QUERY_CANDIDATES_MAX = 1_000
/** `fileReservedTime`: a log file expires after this many hours. See `clean-commit-log.ts`. */
export const FILE_RESERVED_HOURS = 72
/** `deleteWhen`: the hour of the day in which expired files are deleted. */
export const DELETE_WHEN = '04'
/** `diskMaxUsedSpaceRatio`, in percent: when a larger part of the disk is used, expired files are deleted at any hour. */
export const DISK_MAX_USED_PERCENT = 75
/**
 * `diskSpaceCleanForciblyRatio`, in percent: when a larger part of the disk is used, the oldest files are deleted even if
 * they have not expired.
 */
export const DISK_CLEAN_FORCIBLY_PERCENT = 85
/**
 * `diskSpaceWarningLevelRatio`, in percent: when a larger part of the disk is used, puts are refused. Reads are still
 * possible.
 */
export const DISK_WARNING_PERCENT = 90
/** `deleteFileBatchMax`: max number of files that one round of deletion deletes. */
export const DELETE_FILES_MAX = 10
/** `cleanResourceInterval`: the time between two rounds of deletion while more files must be deleted. */
export const CLEAN_INTERVAL_MS = 10_000
/**
 * Max delay of the timer for the deletion of files. After this delay, the broker computes the time of the deletion again,
 * because the clock may have been changed.
 */
export const CLEAN_TIMER_MS_MAX = DAY_MS
/** While the disk is not full, its used part is checked each time this many bytes were appended. */
export const DISK_CHECK_BYTES = 16 * 1024 * 1024
/** The used part of the disk is checked at a put when this time has passed since the last check. */
export const DISK_CHECK_MS = 10_000
/** Max requests for progress that wait until the log is confirmed. */
export const CONFIRM_WAITS_MAX = 1_000
/** Max time for which a request for progress waits until the log is confirmed. After this time, the slave must ask again. */
export const CONFIRM_WITHIN_MS = 2_500
