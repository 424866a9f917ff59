/**
 * A frame: one command on the wire.
 *
 * | at | bytes | field                                                                     |
 * | -- | ----- | ------------------------------------------------------------------------- |
 * |  0 | 4     | length of what follows: 4 + header + body                                  |
 * |  4 | 1     | serialize type of the header: 0 JSON, 1 binary                             |
 * |  5 | 3     | length of the header                                                       |
 * |  8 | n     | header                                                                     |
 * |    | m     | body: the rest                                                             |
 *
 * TCP delivers a stream, cut anywhere, so "is a whole frame here?" is kept apart from "what does it say?". Both lengths are
 * checked before anything is kept: at most one frame's bytes are ever held for a connection, and no header is read that is
 * longer than `HEADER_BYTES_MAX`.
 *
 * RocketMQ: `NettyDecoder` (`LengthFieldBasedFrameDecoder`), `NettyEncoder`, `RemotingCommand.decode`.
 */
import { readI32, writeI32 } from '../common/bytes.ts'
import { FRAME_BYTES_MAX } from '../common/limits.ts'
import { utf8Length, writeUtf8 } from '../common/utf8.ts'
import { FrameError } from './frame-error.ts'
import { decodeJsonHeader, encodeJsonHeader } from './header-json.ts'
import { decodeRocketMqHeader, encodeRocketMqHeader } from './header-rocketmq.ts'
import { HEADER_BYTES_MAX } from './limits.ts'
import { type RemotingCommand, SERIALIZE_JSON, SERIALIZE_ROCKETMQ } from './remoting-command.ts'

/** Bytes of the length field. */
const LENGTH_BYTES = 4
/** Bytes before the header. */
const PREFIX_BYTES = 8
const EMPTY = new Uint8Array(0)

// #region encode-frame
/** The bytes of one frame. Throws `FrameError` when it would be longer than peers accept. */
export function encodeFrame(command: RemotingCommand): Uint8Array {
  const isJson = command.serializeType === SERIALIZE_JSON
  const header = isJson ? encodeJsonHeader(command) : encodeRocketMqHeader(command)
  const headerBytes = typeof header === 'string' ? utf8Length(header) : header.length
  checkHeaderBytes(headerBytes)
  const bodyBytes = command.body?.length ?? 0
  const frameBytes = PREFIX_BYTES + headerBytes + bodyBytes
  if (frameBytes > FRAME_BYTES_MAX)
    throw new FrameError(`a frame of ${frameBytes} bytes is over the limit of ${FRAME_BYTES_MAX}`)

  const frame = new Uint8Array(frameBytes)
  writeI32(frame, 0, frameBytes - 4)
  writeI32(frame, 4, (command.serializeType << 24) | headerBytes)
  if (typeof header === 'string') writeUtf8(header, frame, PREFIX_BYTES)
  else frame.set(header, PREFIX_BYTES)
  if (command.body !== undefined) frame.set(command.body, PREFIX_BYTES + headerBytes)
  return frame
}
// #endregion encode-frame

// #region decode-frame
/**
 * The command in one whole frame, its length field included. The body shares memory with `frame`.
 * Throws `FrameError` with a sentence.
 */
export function decodeFrame(frame: Uint8Array): RemotingCommand {
  if (frame.length < PREFIX_BYTES) throw new FrameError(`a frame of ${frame.length} bytes has no room for a header`)
  const serializeType = frame[4]!
  const headerBytes = readI32(frame, 4) & 0xffffff
  checkHeaderBytes(headerBytes)
  const headerEnd = PREFIX_BYTES + headerBytes
  if (headerEnd > frame.length)
    throw new FrameError(`the header claims ${headerBytes} bytes, the frame has ${frame.length - PREFIX_BYTES}`)
  const command =
    serializeType === SERIALIZE_JSON
      ? decodeJsonHeader(frame, PREFIX_BYTES, headerEnd)
      : serializeType === SERIALIZE_ROCKETMQ
        ? decodeRocketMqHeader(frame, PREFIX_BYTES, headerEnd)
        : undefined
  if (command === undefined) throw new FrameError(`serialize type ${serializeType} is neither JSON (0) nor binary (1)`)
  return headerEnd === frame.length ? command : { ...command, body: frame.subarray(headerEnd) }
}
// #endregion decode-frame

function checkHeaderBytes(headerBytes: number): void {
  if (headerBytes > HEADER_BYTES_MAX)
    throw new FrameError(`a header of ${headerBytes} bytes is over the limit of ${HEADER_BYTES_MAX}`)
}

// #region split-stream
/**
 * Cuts the byte stream of one connection into frames.
 *
 * `push` takes whatever arrived and calls `onFrame` for each frame that is now complete. Throws `FrameError` at a length
 * that no frame may have; the connection must then be closed, for nobody knows where the next frame begins.
 *
 * What has arrived of an unfinished frame is copied into one growing buffer: a frame that comes byte by byte costs no more
 * memory than twice its bytes, and copying is linear because the buffer doubles.
 */
export class FrameSplitter {
  #held = EMPTY
  #heldBytes = 0

  /** Bytes waiting for the rest of their frame. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Memory that the unfinished frame takes. */
  get roomBytes(): number {
    return this.#held.length
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

  /** Forgets an unfinished frame: the connection is over. */
  clear(): void {
    this.#held = EMPTY
    this.#heldBytes = 0
  }

  /** Adds to the unfinished frame what belongs to it; returns how many bytes that were. No frame is shorter than its prefix. */
  #finishHeld(bytes: Uint8Array, onFrame: (frame: Uint8Array) => void): number {
    let at = 0
    if (this.#heldBytes < PREFIX_BYTES) {
      at = Math.min(PREFIX_BYTES - this.#heldBytes, bytes.length)
      this.#hold(bytes, 0, at)
      if (this.#heldBytes < LENGTH_BYTES) return at
    }
    const frameBytes = frameLength(this.#held, 0, this.#heldBytes)
    const end = Math.min(bytes.length, at + frameBytes - this.#heldBytes)
    this.#hold(bytes, at, end)
    if (this.#heldBytes < frameBytes) return end
    const frame = this.#held.subarray(0, frameBytes)
    this.clear()
    onFrame(frame)
    return end
  }

  #hold(bytes: Uint8Array, start: number, end: number): void {
    const neededBytes = this.#heldBytes + end - start
    if (neededBytes > this.#held.length) {
      const grown = new Uint8Array(Math.max(neededBytes, Math.min(this.#held.length * 2, FRAME_BYTES_MAX)))
      grown.set(this.#held.subarray(0, this.#heldBytes))
      this.#held = grown
    }
    this.#held.set(bytes.subarray(start, end), this.#heldBytes)
    this.#heldBytes = neededBytes
  }
}

/**
 * Length of the frame at `at`, its length field included, of which `thereBytes` have come. Throws before anything is kept for
 * a hostile length, and as soon as the header's length is there for a hostile header.
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
