/**
 * The max sizes of a message and of one answer. RocketMQ: `MessageStoreConfig`.
 *
 * Old messages come from the disk, in smaller answers: a consumer that catches up must not take the disk from all others.
 * RocketMQ asks how much memory the machine has (`accessMessageInMemoryMaxRatio`); a host here does not know, so an extra
 * setting says it.
 */
import { MESSAGE_BODY_BYTES } from '../common/limits.ts'
import * as limits from './limits.ts'

export interface MessageSizes {
  /** Max bytes of a body. */
  readonly maxMessageSize: number
  readonly maxTransferBytesOnMessageInMemory: number
  readonly maxTransferCountOnMessageInMemory: number
  readonly maxTransferBytesOnMessageInDisk: number
  readonly maxTransferCountOnMessageInDisk: number
  /** Bytes at the end of the log that count as being in memory. */
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

/** True when an answer is full before the given record is added. The first record always has room. */
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
