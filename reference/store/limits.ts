/** Sizes, times and limits of the store. RocketMQ's option name stands beside each that has one. */

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
export const FLUSH_LEAST_BYTES = 4 * 4096
/** `flushCommitLogThoroughInterval`: nothing stays unflushed for longer. */
export const FLUSH_THOROUGH_INTERVAL_MS = 10_000
/** `flushIntervalConsumeQueue` and the checkpoint's own interval: how often queues and checkpoint are made durable. */
export const FLUSH_CONSUME_QUEUE_INTERVAL_MS = 1_000
/** `syncFlushTimeout`: a SYNC_FLUSH put that is not durable by then is answered FLUSH_DISK_TIMEOUT. */
export const SYNC_FLUSH_TIMEOUT_MS = 5_000
/** `maxAsyncPutMessageRequests`: puts that wait for their bytes; more are refused as OS_PAGE_CACHE_BUSY. */
export const WAITING_PUTS_MAX = 5_000
/** `maxTransferBytesOnMessageInMemory`, `maxTransferCountOnMessageInMemory`: what one pull brings at most. */
export const TRANSFER_BYTES_MAX = 256 * 1024
export const TRANSFER_COUNT_MAX = 32
/** `maxFilterMessageSize`, in entries: how far one pull looks for a message that its filter lets through. */
export const SCANNED_ENTRIES_MAX = 800
/** Bytes read at once while walking the log. */
export const WALK_CHUNK_BYTES = 1024 * 1024
/** `diskSpaceWarningLevelRatio`: fuller than this, puts are refused; reads go on. */
export const DISK_FULL_RATIO = 0.9
/** How often the disk is asked how full it is, counted in appended bytes: 16 MiB cannot fill what is left. */
export const DISK_CHECK_BYTES = 16 * 1024 * 1024
