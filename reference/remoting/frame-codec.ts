/**
 * Encodes and decodes frames. A frame is one command on the wire.
 *
 * | at | bytes | field                                                                     |
 * | -- | ----- | ------------------------------------------------------------------------- |
 * |  0 | 4     | length of the rest of the frame: 4 + header + body                         |
 * |  4 | 1     | serialize type of the header: 0 means JSON, 1 means binary                 |
 * |  5 | 3     | length of the header                                                       |
 * |  8 | n     | header                                                                     |
 * |    | m     | body: the rest                                                             |
 *
 * TCP delivers a stream of bytes that may be split at any position. Therefore `FrameSplitter` finds the complete frames, and
 * `decodeFrame` reads one complete frame. The length of the frame and the length of the header are checked as soon as they
 * have arrived. A connection keeps the bytes of at most one incomplete frame. A frame whose header is longer than
 * `HEADER_BYTES_MAX` is refused.
 *
 * RocketMQ: `NettyDecoder` (`LengthFieldBasedFrameDecoder`), `NettyEncoder`, `RemotingCommand.decode`.
 */
import { readI32, writeI32 } from '../common/bytes.ts'
import { FRAME_BYTES_MAX } from '../common/limits.ts'
import { newBytes } from '../common/new-bytes.ts'
import { utf8Length, writeAscii, writeUtf8 } from '../common/utf8.ts'
import { FrameError } from './frame-error.ts'
import { decodeJsonHeader, encodeJsonHeader } from './header-json.ts'
import { decodeRocketMqHeader, encodeRocketMqHeader } from './header-rocketmq.ts'
import { HEADER_BYTES_MAX } from './limits.ts'
import { type RemotingCommand, SERIALIZE_JSON, SERIALIZE_ROCKETMQ } from './remoting-command.ts'

/** The number of bytes of the length field. */
const LENGTH_BYTES = 4
/** The number of bytes before the header. */
const PREFIX_BYTES = 8
/**
 * The min size of the first block of an incomplete frame, and the max size of every block. Blocks hold the bytes of an
 * incomplete frame.
 */
const FIRST_BLOCK_BYTES = 1_024
const BLOCK_BYTES = 64 * 1_024
/** The max number of blocks of `BLOCK_BYTES` that are kept for later frames. Together, these blocks have 32 MiB. */
const FREE_BLOCKS_MAX = 512
/**
 * Blocks of earlier frames, which later frames use again. So a peer that begins many frames and never completes them causes
 * few allocations.
 */
const freeBlocks: Uint8Array[] = []

// #region encode-frame
/**
 * Returns the bytes of one frame. `pieces` are the pieces of the body, which lie one after the other in the frame. Throws
 * `FrameError` when the frame or its header is longer than its limit, or when a binary header cannot hold the code.
 */
export function encodeFrame(
  command: RemotingCommand,
  pieces: readonly Uint8Array[] = command.body === undefined ? [] : [command.body],
): Uint8Array {
  if (command.serializeType !== SERIALIZE_JSON) {
    const header = encodeRocketMqHeader(command)
    const frame = frameOf(command, header.length, pieces)
    frame.set(header, PREFIX_BYTES)
    return frame
  }
  const header = encodeJsonHeader(command)
  const frame = frameOf(command, header.length, pieces)
  if (writeAscii(header, frame, PREFIX_BYTES)) return frame
  // the header has characters of several bytes
  const longer = frameOf(command, utf8Length(header), pieces)
  writeUtf8(header, longer, PREFIX_BYTES)
  return longer
}

/** Returns a frame with its two lengths and its body. The header is not written yet. */
function frameOf(command: RemotingCommand, headerBytes: number, pieces: readonly Uint8Array[]): Uint8Array {
  checkHeaderBytes(headerBytes)
  let frameBytes = PREFIX_BYTES + headerBytes
  for (const piece of pieces) frameBytes += piece.length
  if (frameBytes > FRAME_BYTES_MAX)
    throw new FrameError(`a frame of ${frameBytes} bytes is over the limit of ${FRAME_BYTES_MAX}`)
  const frame = newBytes(frameBytes)
  writeI32(frame, 0, frameBytes - 4)
  writeI32(frame, 4, (command.serializeType << 24) | headerBytes)
  let at = PREFIX_BYTES + headerBytes
  for (const piece of pieces) {
    frame.set(piece, at)
    at += piece.length
  }
  return frame
}
// #endregion encode-frame

// #region decode-frame
/**
 * Returns the command in `frame`. `frame` is one complete frame and begins with its length field. The body of the command
 * shares memory with `frame`. Throws `FrameError` with one sentence when the frame cannot be read.
 */
export function decodeFrame(frame: Uint8Array): RemotingCommand {
  if (frame.length < PREFIX_BYTES) throw new FrameError(`a frame of ${frame.length} bytes has no room for a header`)
  const serializeType = frame[4]!
  const headerBytes = readI32(frame, 4) & 0xffffff
  checkHeaderBytes(headerBytes)
  const headerEnd = PREFIX_BYTES + headerBytes
  if (headerEnd > frame.length)
    throw new FrameError(`the header claims ${headerBytes} bytes, the frame has ${frame.length - PREFIX_BYTES}`)
  const body = headerEnd === frame.length ? undefined : frame.subarray(headerEnd)
  if (serializeType === SERIALIZE_JSON) return decodeJsonHeader(frame, PREFIX_BYTES, headerEnd, body)
  if (serializeType === SERIALIZE_ROCKETMQ) return decodeRocketMqHeader(frame, PREFIX_BYTES, headerEnd, body)
  throw new FrameError(`serialize type ${serializeType} is neither JSON (0) nor binary (1)`)
}
// #endregion decode-frame

function checkHeaderBytes(headerBytes: number): void {
  if (headerBytes > HEADER_BYTES_MAX)
    throw new FrameError(`a header of ${headerBytes} bytes is over the limit of ${HEADER_BYTES_MAX}`)
}

// #region split-stream
/**
 * Splits the byte stream of one connection into frames.
 *
 * `push` receives the bytes that arrived and calls `onFrame` for each complete frame. `push` throws `FrameError` when a
 * length field has an impossible value. The caller must then close the connection, because the start of the next frame is
 * not known.
 *
 * The bytes of an incomplete frame are copied into blocks. So a frame that arrives byte by byte needs little more memory
 * than a frame that arrives in one piece. Each byte is copied only once before the frame is complete.
 */
export class FrameSplitter {
  #blocks: Uint8Array[] = []
  /** The number of used bytes in the last block. */
  #used = 0
  #heldBytes = 0
  #roomBytes = 0

  /** The number of bytes of the incomplete frame that have arrived. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** The size of all blocks of the incomplete frame, in bytes. */
  get roomBytes(): number {
    return this.#roomBytes
  }

  push(bytes: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let at = this.#heldBytes > 0 ? this.#finishHeld(bytes, onFrame) : 0
    while (bytes.length - at >= LENGTH_BYTES) {
      const frameBytes = frameLength(bytes, at, bytes.length - at)
      if (bytes.length - at < frameBytes) break
      onFrame(bytes.subarray(at, at + frameBytes))
      at += frameBytes
    }
    if (at < bytes.length) this.#hold(bytes, at, bytes.length)
  }

  /**
   * Removes the bytes of the incomplete frame. Called when the frame is complete, after a bad frame, and when the
   * connection has ended.
   */
  clear(): void {
    for (const block of this.#blocks)
      if (block.length === BLOCK_BYTES && freeBlocks.length < FREE_BLOCKS_MAX) freeBlocks.push(block)
    this.#blocks = []
    this.#used = 0
    this.#heldBytes = 0
    this.#roomBytes = 0
  }

  /** Adds bytes to the incomplete frame. Returns how many bytes were added. Calls `onFrame` when the frame is complete. */
  #finishHeld(bytes: Uint8Array, onFrame: (frame: Uint8Array) => void): number {
    // the prefix comes first, because it contains the lengths; no frame is shorter than its prefix
    let at = 0
    if (this.#heldBytes < PREFIX_BYTES) {
      at = Math.min(PREFIX_BYTES - this.#heldBytes, bytes.length)
      this.#hold(bytes, 0, at)
      if (this.#heldBytes < LENGTH_BYTES) return at
    }
    const frameBytes = frameLength(this.#blocks[0]!, 0, this.#heldBytes)
    const end = Math.min(bytes.length, at + frameBytes - this.#heldBytes)
    this.#hold(bytes, at, end)
    if (this.#heldBytes < frameBytes) return end
    const frame = this.#join()
    this.clear()
    onFrame(frame)
    return end
  }

  #join(): Uint8Array {
    const frame = new Uint8Array(this.#heldBytes)
    let at = 0
    for (const block of this.#blocks) {
      const part = block.subarray(0, this.#heldBytes - at)
      frame.set(part, at)
      at += part.length
    }
    return frame
  }

  #hold(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      let block = this.#blocks.at(-1)
      if (block === undefined || this.#used === block.length) {
        const isFirst = block === undefined
        const sizeBytes = isFirst ? Math.min(Math.max(end - at, FIRST_BLOCK_BYTES), BLOCK_BYTES) : BLOCK_BYTES
        block = (sizeBytes === BLOCK_BYTES ? freeBlocks.pop() : undefined) ?? new Uint8Array(sizeBytes)
        this.#blocks.push(block)
        this.#roomBytes += block.length
        this.#used = 0
      }
      const count = Math.min(end - at, block.length - this.#used)
      block.set(bytes.subarray(at, at + count), this.#used)
      this.#used += count
      at += count
    }
    this.#heldBytes += end - start
  }
}

/**
 * Returns the length of the frame at `at`, including its length field. `thereBytes` is the number of bytes of the frame that
 * have arrived. Throws `FrameError` when the length of the frame or of its header is impossible. The length of the header is
 * checked as soon as it has arrived.
 */
function frameLength(bytes: Uint8Array, at: number, thereBytes: number): number {
  const length = readI32(bytes, at)
  if (length < 4 || length + LENGTH_BYTES > FRAME_BYTES_MAX) {
    throw new FrameError(`a frame claims ${length} bytes; 4 to ${FRAME_BYTES_MAX - LENGTH_BYTES} are possible`)
  }
  if (thereBytes >= PREFIX_BYTES) checkHeaderBytes(readI32(bytes, at + LENGTH_BYTES) & 0xffffff)
  return length + LENGTH_BYTES
}
// #endregion split-stream
