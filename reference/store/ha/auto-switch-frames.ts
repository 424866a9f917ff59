/**
 * The bytes between a master and its slave when a controller elects the master. Each frame begins with the state of its
 * sender: 1 (HANDSHAKE) or 2 (TRANSFER).
 *
 * | sender | state     | bytes after the state                                                | meaning                        |
 * | ------ | --------- | -------------------------------------------------------------------- | ------------------------------ |
 * | slave  | HANDSHAKE | `i16 isSyncFromLastFile, i16 isAsyncLearner, i64 brokerId`            | who the slave is               |
 * | master | HANDSHAKE | `i32 bodySize, i64 maxOffset, i32 epoch`, then `i32 epoch, i64 startOffset` for each epoch | the epochs of the master's log |
 * | slave  | TRANSFER  | `i64 maxOffset`                                                      | the slave's log ends here      |
 * | master | TRANSFER  | `i32 bodySize, i64 physicalOffset, i32 epoch, i64 epochStartOffset, i64 confirmOffset`, then the bytes | bytes of the log |
 *
 * The bytes of one TRANSFER frame belong to one epoch. A TRANSFER frame without bytes is a heartbeat. The epoch and the
 * confirm offset in a heartbeat are valid, too.
 *
 * RocketMQ: `AutoSwitchHAClient`, `AutoSwitchHAConnection`.
 */
import { concatBytes, readI32, readI64, writeI32, writeI64 } from '../../common/bytes.ts'
import type { EpochEntry } from './epoch-file.ts'
import { EPOCHS_MAX, HA_FRAME_BYTES_MAX } from './limits.ts'

const HANDSHAKE = 1
const TRANSFER = 2
const ENTRY_BYTES = 12
const SLAVE_HANDSHAKE_BYTES = 16
const SLAVE_TRANSFER_BYTES = 12
const MASTER_HANDSHAKE_BYTES = 20
const MASTER_TRANSFER_BYTES = 36

/** A frame of a slave. */
export type SlaveFrame =
  | {
      readonly is: 'handshake'
      /** True when an empty slave wants only the last file of the log. */
      readonly isSyncFromLastFile: boolean
      /** True when the slave never becomes a member of the in-sync set. */
      readonly isAsyncLearner: boolean
      readonly brokerId: number
    }
  | { readonly is: 'transfer'; readonly maxOffset: number }

/** A frame of a master. */
export type MasterFrame =
  | {
      readonly is: 'handshake'
      readonly maxOffset: number
      readonly epoch: number
      readonly entries: readonly EpochEntry[]
    }
  | {
      readonly is: 'transfer'
      readonly physicalOffset: number
      readonly epoch: number
      readonly epochStartOffset: number
      readonly confirmOffset: number
      readonly bytes: Uint8Array
    }

/** Returns the bytes of a frame of a slave. */
export function encodeSlaveFrame(frame: SlaveFrame): Uint8Array {
  if (frame.is === 'transfer') {
    const bytes = new Uint8Array(SLAVE_TRANSFER_BYTES)
    writeI32(bytes, 0, TRANSFER)
    writeI64(bytes, 4, frame.maxOffset)
    return bytes
  }
  const bytes = new Uint8Array(SLAVE_HANDSHAKE_BYTES)
  writeI32(bytes, 0, HANDSHAKE)
  bytes[5] = frame.isSyncFromLastFile ? 1 : 0
  bytes[7] = frame.isAsyncLearner ? 1 : 0
  writeI64(bytes, 8, frame.brokerId)
  return bytes
}

/** Returns the bytes of a frame of a master. */
export function encodeMasterFrame(frame: MasterFrame): Uint8Array {
  if (frame.is === 'handshake') {
    const bytes = new Uint8Array(MASTER_HANDSHAKE_BYTES + frame.entries.length * ENTRY_BYTES)
    writeI32(bytes, 0, HANDSHAKE)
    writeI32(bytes, 4, frame.entries.length * ENTRY_BYTES)
    writeI64(bytes, 8, frame.maxOffset)
    writeI32(bytes, 16, frame.epoch)
    for (const [i, { epoch, startOffset }] of frame.entries.entries()) {
      writeI32(bytes, MASTER_HANDSHAKE_BYTES + i * ENTRY_BYTES, epoch)
      writeI64(bytes, MASTER_HANDSHAKE_BYTES + i * ENTRY_BYTES + 4, startOffset)
    }
    return bytes
  }
  const bytes = new Uint8Array(MASTER_TRANSFER_BYTES + frame.bytes.length)
  writeI32(bytes, 0, TRANSFER)
  writeI32(bytes, 4, frame.bytes.length)
  writeI64(bytes, 8, frame.physicalOffset)
  writeI32(bytes, 16, frame.epoch)
  writeI64(bytes, 20, frame.epochStartOffset)
  writeI64(bytes, 28, frame.confirmOffset)
  bytes.set(frame.bytes, MASTER_TRANSFER_BYTES)
  return bytes
}

/** A stream of received bytes that is read frame by frame. */
class FrameStream {
  #parts: Uint8Array[] = []
  #waitingBytes = 0
  #neededBytes = 4

  /**
   * Adds received bytes. `sizeOf` returns the size of the frame at a position, or the size of its head when the head is not
   * complete. Calls `take` for each complete frame.
   */
  read(bytes: Uint8Array, sizeOf: (all: Uint8Array, at: number) => number, take: (frame: Uint8Array) => void): void {
    this.#parts.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes < this.#neededBytes) return
    const all = concatBytes(this.#parts)
    let at = 0
    for (;;) {
      const left = all.length - at
      this.#neededBytes = left < 4 ? 4 : sizeOf(all, at)
      if (left < this.#neededBytes) break
      take(all.slice(at, at + this.#neededBytes))
      at += this.#neededBytes
    }
    this.#parts = [all.slice(at)]
    this.#waitingBytes = all.length - at
  }
}

/** Reads the frames of a slave. */
export class SlaveFrameReader {
  readonly #stream = new FrameStream()

  /** Adds received bytes. Returns the complete frames. Throws `RangeError` when these bytes cannot be frames of a slave. */
  read(bytes: Uint8Array): readonly SlaveFrame[] {
    const frames: SlaveFrame[] = []
    const sizeOf = (all: Uint8Array, at: number) =>
      stateAt(all, at, 'slave') === HANDSHAKE ? SLAVE_HANDSHAKE_BYTES : SLAVE_TRANSFER_BYTES
    this.#stream.read(bytes, sizeOf, (frame) => frames.push(decodeSlaveFrame(frame)))
    return frames
  }
}

function decodeSlaveFrame(frame: Uint8Array): SlaveFrame {
  if (readI32(frame, 0) === TRANSFER) {
    const maxOffset = readI64(frame, 4)
    if (maxOffset < 0) throw new RangeError(`a slave reports that its log ends at ${maxOffset}`)
    return { is: 'transfer', maxOffset }
  }
  const brokerId = readI64(frame, 8)
  if (brokerId < 1) throw new RangeError(`a slave has the brokerId ${brokerId}`)
  return { is: 'handshake', isSyncFromLastFile: frame[5] === 1, isAsyncLearner: frame[7] === 1, brokerId }
}

/** Reads the frames of a master. */
export class MasterFrameReader {
  readonly #stream = new FrameStream()

  /** Adds received bytes. Returns the complete frames. Throws `RangeError` when these bytes cannot be frames of a master. */
  read(bytes: Uint8Array): readonly MasterFrame[] {
    const frames: MasterFrame[] = []
    this.#stream.read(bytes, masterFrameBytes, (frame) => frames.push(decodeMasterFrame(frame)))
    return frames
  }
}

function masterFrameBytes(all: Uint8Array, at: number): number {
  const headBytes = stateAt(all, at, 'master') === HANDSHAKE ? MASTER_HANDSHAKE_BYTES : MASTER_TRANSFER_BYTES
  if (all.length - at < headBytes) return headBytes
  const bodyBytes = readI32(all, at + 4)
  const bytesMax = headBytes === MASTER_HANDSHAKE_BYTES ? EPOCHS_MAX * ENTRY_BYTES : HA_FRAME_BYTES_MAX
  if (bodyBytes < 0 || bodyBytes > bytesMax)
    throw new RangeError(`a frame of a master has ${bodyBytes} bytes; at most ${bytesMax} are accepted`)
  return headBytes + bodyBytes
}

function decodeMasterFrame(frame: Uint8Array): MasterFrame {
  if (readI32(frame, 0) === HANDSHAKE) {
    const entries: EpochEntry[] = []
    for (let at = MASTER_HANDSHAKE_BYTES; at + ENTRY_BYTES <= frame.length; at += ENTRY_BYTES)
      entries.push({ epoch: readI32(frame, at), startOffset: readI64(frame, at + 4) })
    return { is: 'handshake', maxOffset: readI64(frame, 8), epoch: readI32(frame, 16), entries }
  }
  const physicalOffset = readI64(frame, 8)
  if (physicalOffset < 0) throw new RangeError(`a frame of a master has the position ${physicalOffset}`)
  return {
    is: 'transfer',
    physicalOffset,
    epoch: readI32(frame, 16),
    epochStartOffset: readI64(frame, 20),
    confirmOffset: readI64(frame, 28),
    bytes: frame.subarray(MASTER_TRANSFER_BYTES),
  }
}

function stateAt(all: Uint8Array, at: number, sender: string): number {
  const state = readI32(all, at)
  if (state !== HANDSHAKE && state !== TRANSFER) throw new RangeError(`a frame of a ${sender} has the state ${state}`)
  return state
}
