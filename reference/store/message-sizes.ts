/**
 * How large a message may be, and how much one answer brings. RocketMQ: `MessageStoreConfig`.
 *
 * What was left behind comes from the disk, in smaller answers: one consumer that catches up must not take the disk from all
 * others. RocketMQ asks how much memory the machine has (`accessMessageInMemoryMaxRatio`); a host here does not say, so a
 * setting of our own does.
 */
import { MESSAGE_BODY_BYTES } from '../common/limits.ts'
import * as limits from './limits.ts'

export interface MessageSizes {
  /** Bytes of a body. */
  readonly maxMessageSize: number
  readonly maxTransferBytesOnMessageInMemory: number
  readonly maxTransferCountOnMessageInMemory: number
  readonly maxTransferBytesOnMessageInDisk: number
  readonly maxTransferCountOnMessageInDisk: number
  /** So many bytes at the end of the log count as being in memory. */
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

/** Whether an answer is full before it takes the record at a position of the log. The first record always finds room. */
export type IsFull = (count: number, bytes: number, record: { physicalOffset: number; sizeBytes: number }) => boolean

// #region is-full
/** `logEndsAt`: end of the log. RocketMQ: `DefaultMessageStore.isTheBatchFull`, `checkInDiskByCommitOffset`. */
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
