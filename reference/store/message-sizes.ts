/**
 * The max sizes of a message and of one answer. RocketMQ: `MessageStoreConfig`.
 *
 * Old messages are read from the disk, in smaller answers. Otherwise a consumer that reads many old messages could use the
 * whole speed of the disk. RocketMQ computes from the memory of the machine which messages are old
 * (`accessMessageInMemoryMaxRatio`). Unlike in RocketMQ, a host here does not know the size of the memory, so a further
 * setting is needed (`glassmqMessageInMemoryBytes`).
 */
import { MESSAGE_BODY_BYTES } from '../common/limits.ts'
import * as limits from './limits.ts'

/** The max sizes, with the option names of RocketMQ. */
export interface MessageSizes {
  /** Max bytes of a body. */
  readonly maxMessageSize: number
  readonly maxTransferBytesOnMessageInMemory: number
  readonly maxTransferCountOnMessageInMemory: number
  readonly maxTransferBytesOnMessageInDisk: number
  readonly maxTransferCountOnMessageInDisk: number
  /** How many bytes at the end of the log count as in memory. */
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
 * Returns true when `record` must not be added to an answer that already has `count` records with `bytes` bytes. Returns
 * false for the first record of any size.
 */
export type IsFull = (count: number, bytes: number, record: { physicalOffset: number; sizeBytes: number }) => boolean

// #region is-full
/**
 * Returns the function that decides when an answer is full. `logEndsAt` is the end of the log.
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
