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
 * TCP delivers a stream, cut anywhere, so "is a whole frame here?" is kept apart from "what does it say?". The length is
 * checked before anything is kept: at most one frame's bytes are ever held for a connection.
 *
 * RocketMQ: `NettyDecoder` (`LengthFieldBasedFrameDecoder`), `NettyEncoder`, `RemotingCommand.decode`.
 */
import { readI32, writeI32 } from '../common/bytes.ts'
import { FRAME_BYTES_MAX } from '../common/limits.ts'
import { utf8Length, writeUtf8 } from '../common/utf8.ts'
import { FrameError } from './frame-error.ts'
import { decodeJsonHeader, encodeJsonHeader } from './header-json.ts'
import { decodeRocketMqHeader, encodeRocketMqHeader } from './header-rocketmq.ts'
import { type RemotingCommand, SERIALIZE_JSON, SERIALIZE_ROCKETMQ } from './remoting-command.ts'

/** Bytes before the header. */
const PREFIX_BYTES = 8

// #region encode-frame
/** The bytes of one frame. Throws `FrameError` when it would be longer than peers accept. */
export function encodeFrame(command: RemotingCommand): Uint8Array {
  const isJson = command.serializeType === SERIALIZE_JSON
  const header = isJson ? encodeJsonHeader(command) : encodeRocketMqHeader(command)
  const headerBytes = typeof header === 'string' ? utf8Length(header) : header.length
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

// #region split-stream
/**
 * Cuts the byte stream of one connection into frames.
 *
 * `push` takes whatever arrived and calls `onFrame` for each frame that is now complete. Throws `FrameError` at a length
 * that no frame may have; the connection must then be closed, for nobody knows where the next frame begins.
 */
export class FrameSplitter {
  /** What has arrived of a frame that is not whole; together at most one frame. */
  #parts: Uint8Array[] = []
  #heldBytes = 0

  /** Bytes waiting for the rest of their frame. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  push(bytes: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let rest = bytes
    if (this.#heldBytes > 0) {
      this.#parts.push(bytes)
      this.#heldBytes += bytes.length
      if (this.#heldBytes < 4) return
      const frameBytes = frameLength(this.#firstFour(), 0)
      if (this.#heldBytes < frameBytes) return
      rest = this.#join()
    }
    let at = 0
    while (rest.length - at >= 4) {
      const frameBytes = frameLength(rest, at)
      if (rest.length - at < frameBytes) break
      onFrame(rest.subarray(at, at + frameBytes))
      at += frameBytes
    }
    if (at < rest.length) {
      this.#parts = [rest.subarray(at)]
      this.#heldBytes = rest.length - at
    }
  }

  #join(): Uint8Array {
    const whole = new Uint8Array(this.#heldBytes)
    let at = 0
    for (const part of this.#parts) {
      whole.set(part, at)
      at += part.length
    }
    this.#parts = []
    this.#heldBytes = 0
    return whole
  }

  /** The length field, which may itself have come in pieces. */
  #firstFour(): Uint8Array {
    const first = this.#parts[0]!
    if (first.length >= 4) return first
    const whole = this.#join()
    this.#parts = [whole]
    this.#heldBytes = whole.length
    return whole
  }
}

/** Length of the frame at `at`, its length field included; throws before anybody waits for a hostile one. */
function frameLength(bytes: Uint8Array, at: number): number {
  const length = readI32(bytes, at)
  if (length < 4 || length + 4 > FRAME_BYTES_MAX) {
    throw new FrameError(`a frame claims ${length} bytes; 4 to ${FRAME_BYTES_MAX - 4} are possible`)
  }
  return length + 4
}
// #endregion split-stream
