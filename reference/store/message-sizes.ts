/**
 * The max sizes of a message and of one answer.
 *
 * Old messages are read from the disk. So the limits of an answer with old messages are lower. Then a consumer that reads
 * many old messages slows down the disk less for all other clients. In RocketMQ, the size of the machine's memory
 * determines which messages are old (`accessMessageInMemoryMaxRatio`). This broker does not know the size of the memory.
 * Instead, this broker uses the setting `glassmqMessageInMemoryBytes`.
 *
 * RocketMQ: `MessageStoreConfig`.
 */
import { MESSAGE_BODY_BYTES } from '../common/limits.ts'
import * as limits from './limits.ts'

/** The max sizes. All fields except `glassmqMessageInMemoryBytes` have the names of RocketMQ's options. */
export interface MessageSizes {
  /** Max bytes of the body of a message. */
  readonly maxMessageSize: number
  readonly maxTransferBytesOnMessageInMemory: number
  readonly maxTransferCountOnMessageInMemory: number
  readonly maxTransferBytesOnMessageInDisk: number
  readonly maxTransferCountOnMessageInDisk: number
  /** This many bytes at the end of the log count as in memory. */
  readonly glassmqMessageInMemoryBytes: number
}

export const SIZES_DEFAULTS: MessageSizes = {
  maxMessageSize: MESSAGE_BODY_BYTES,
  maxTransferBytesOnMessageInMemory: limits.TRANSFER_BYTES,
  maxTransferCountOnMessageInMemory: limits.TRANSFER_COUNT,
  maxTransferBytesOnMessageInDisk: limits.TRANSFER_BYTES_FROM_DISK,
  maxTransferCountOnMessageInDisk: limits.TRANSFER_COUNT_FROM_DISK,
  glassmqMessageInMemoryBytes: limits.IN_MEMORY_BYTES,
}

/**
 * Returns true when `record` must not be added to an answer that already has `count` records with `bytes` bytes together.
 * Always returns false for the first record.
 */
export type IsFull = (count: number, bytes: number, record: { physicalOffset: number; sizeBytes: number }) => boolean

// #region is-full
/**
 * Returns the function that decides whether an answer is full. `logEndsAt` is the end of the log, from which the function
 * computes which messages are old.
 *
 * RocketMQ: `DefaultMessageStore.isTheBatchFull`, `checkInDiskByCommitOffset`.
 */
export function isFullBy(sizes: MessageSizes, logEndsAt: number): IsFull {
  return (count, bytes, { physicalOffset, sizeBytes }) => {
    if (count === 0) return false
    const isInMemory = logEndsAt - physicalOffset <= sizes.glassmqMessageInMemoryBytes
    const [bytesMax, countMax] = isInMemory
      ? [sizes.maxTransferBytesOnMessageInMemory, sizes.maxTransferCountOnMessageInMemory]
      : [sizes.maxTransferBytesOnMessageInDisk, sizes.maxTransferCountOnMessageInDisk]
    return count >= countMax || bytes + sizeBytes > bytesMax
  }
}
// #endregion is-full
