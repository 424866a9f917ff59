/**
 * Reads and writes big-endian numbers. RocketMQ uses big-endian numbers on the wire and on the disk.
 *
 * A 64-bit field (an offset or a time) is a JavaScript number. A value of 2^53 or more, or of -2^53 or less, causes an
 * error. An offset would reach 2^53 only in a commit log of eight pebibytes.
 *
 * RocketMQ: `java.nio.ByteBuffer`.
 */
import { assert } from './assert.ts'
import { newBytes } from './new-bytes.ts'
import { decodeUtf8, utf8Length, writeUtf8 } from './utf8.ts'

const TWO_32 = 0x1_0000_0000

/** An array without bytes. All code can share this array, because an array without bytes cannot be changed. */
export const NO_BYTES = new Uint8Array(0)
/** Java's largest int. */
export const INT_MAX = 2_147_483_647

/** The error for a read beyond the end of the bytes. */
export class OutOfBytesError extends Error {
  constructor(wantedBytes: number, leftBytes: number) {
    super(`wanted ${wantedBytes} more bytes, ${leftBytes} are left`)
    this.name = 'OutOfBytesError'
  }
}

/** Reads bytes from `position` to `end`. Each read throws `OutOfBytesError` when too few bytes are left. */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly end: number
  position: number

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    assert(
      position >= 0 && position <= end && end <= bytes.length,
      () => `reader over ${position}..${end} of ${bytes.length}`,
    )
    this.bytes = bytes
    this.position = position
    this.end = end
  }

  get left(): number {
    return this.end - this.position
  }

  /**
   * Moves the position forward by `count` bytes. Returns the position before the move. Throws `OutOfBytesError` when fewer
   * than `count` bytes are left, or when `count` is negative.
   */
  skip(count: number): number {
    const at = this.position
    if (count < 0 || count > this.end - at) throw new OutOfBytesError(count, this.end - at)
    this.position = at + count
    return at
  }

  u8(): number {
    return this.bytes[this.skip(1)]!
  }

  u16(): number {
    const at = this.skip(2)
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!
  }

  i16(): number {
    return (this.u16() << 16) >> 16
  }

  i32(): number {
    return readI32(this.bytes, this.skip(4))
  }

  u32(): number {
    return this.i32() >>> 0
  }

  /** Reads a 64-bit number exactly. Throws a RangeError for a number that is not between -2^53 and 2^53. */
  i64(): number {
    return readI64(this.bytes, this.skip(8))
  }

  /** Returns the next `count` bytes. The result shares memory with the source. */
  slice(count: number): Uint8Array {
    const at = this.skip(count)
    return this.bytes.subarray(at, at + count)
  }

  utf8(count: number): string {
    const at = this.skip(count)
    return decodeUtf8(this.bytes, at, at + count)
  }
}

/** Returns the big-endian int32 at `at`. */
export function readI32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/**
 * Returns the big-endian int64 at `at`. Throws a RangeError for a value that is not between -2^53 and 2^53, because a
 * JavaScript number cannot hold each such value exactly.
 */
export function readI64(bytes: Uint8Array, at: number): number {
  const value = readI32(bytes, at) * TWO_32 + (readI32(bytes, at + 4) >>> 0)
  if (!Number.isSafeInteger(value)) throw new RangeError(`64-bit value at byte ${at} is beyond 2^53`)
  return value
}

/** Writes a big-endian int32 at `at`. */
export function writeI32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** Writes a big-endian int64 at `at`. Throws an `AssertionError` for a value that is not between -2^53 and 2^53. */
export function writeI64(bytes: Uint8Array, at: number, value: number): void {
  assert(Number.isSafeInteger(value), () => `64-bit field needs a whole number under 2^53, got ${value}`)
  const high = Math.floor(value / TWO_32)
  writeI32(bytes, at, high)
  writeI32(bytes, at + 4, value - high * TWO_32)
}

/** Writes bytes into an array that grows when it is full. After `finish` the writer must not be used. */
export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(expectedBytes = 256) {
    this.#bytes = new Uint8Array(expectedBytes)
  }

  get length(): number {
    return this.#length
  }

  #room(count: number): number {
    const at = this.#length
    const needed = at + count
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#length = needed
    return at
  }

  u8(value: number): this {
    const at = this.#room(1)
    this.#bytes[at] = value
    return this
  }

  i16(value: number): this {
    const at = this.#room(2)
    this.#bytes[at] = value >>> 8
    this.#bytes[at + 1] = value
    return this
  }

  i32(value: number): this {
    const at = this.#room(4)
    writeI32(this.#bytes, at, value)
    return this
  }

  i64(value: number): this {
    const at = this.#room(8)
    writeI64(this.#bytes, at, value)
    return this
  }

  raw(bytes: Uint8Array): this {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  /** Writes the bytes of `text`, without a length field. */
  utf8(text: string): this {
    const at = this.#room(utf8Length(text))
    writeUtf8(text, this.#bytes, at)
    return this
  }

  /** Overwrites four bytes at `at`. Used for a length field whose value is known only after the content has been written. */
  patchI32(at: number, value: number): this {
    assert(at + 4 <= this.#length, () => `patch at ${at} beyond ${this.#length}`)
    writeI32(this.#bytes, at, value)
    return this
  }

  /** Returns the written bytes without a copy. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}

/** Returns all parts as one array. A single part is returned without a copy. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!
  let length = 0
  for (const part of parts) length += part.length
  const whole = newBytes(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
