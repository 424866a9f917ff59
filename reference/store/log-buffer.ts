/**
 * Memory for the records that are appended to the log but not written yet.
 *
 * The rooms for records lie one after the other in a block. So the records of one turn of the event loop can be written with
 * one write and without a copy. After the write, the same memory is used again.
 *
 * RocketMQ: a record is encoded into a buffer of its thread, and then copied into the mapped file.
 */
import { concatBytes, NO_BYTES } from '../common/bytes.ts'

/** The size of the first block. A store that gets few messages needs no more memory. */
const FIRST_BLOCK_BYTES = 16 * 1024
/** The max size of a block. A longer record has memory of its own. */
const BLOCK_BYTES_MAX = 256 * 1024

/** The memory of one log. */
export class LogBuffer {
  #block = NO_BYTES
  #usedBytes = 0

  /**
   * Returns `sizeBytes` bytes for a record. Their content is arbitrary, so the caller must write every byte. They lie behind
   * the bytes of the previous call, or in a new block.
   */
  room(sizeBytes: number): Uint8Array {
    if (sizeBytes > BLOCK_BYTES_MAX) return new Uint8Array(sizeBytes)
    if (this.#usedBytes + sizeBytes > this.#block.length) {
      const grownBytes = Math.min(Math.max(2 * this.#block.length, FIRST_BLOCK_BYTES), BLOCK_BYTES_MAX)
      this.#block = new Uint8Array(Math.max(grownBytes, sizeBytes))
      this.#usedBytes = 0
    }
    const room = this.#block.subarray(this.#usedBytes, this.#usedBytes + sizeBytes)
    this.#usedBytes += sizeBytes
    return room
  }

  /** Called when no earlier room is in use any more. */
  clear(): void {
    this.#usedBytes = 0
  }
}

/**
 * Pieces of bytes that will be written one after the other. A piece that lies directly behind the piece before it in memory
 * makes that piece longer, so the rooms of one block become one piece.
 */
export class JoinedPieces {
  readonly #pieces: Uint8Array[] = []
  #buffer: ArrayBufferLike | undefined
  #start = 0
  #end = 0

  get isEmpty(): boolean {
    return this.#buffer === undefined
  }

  add(piece: Uint8Array): void {
    const { buffer, byteOffset, length } = piece
    if (buffer !== this.#buffer || byteOffset !== this.#end) {
      this.#close()
      this.#buffer = buffer
      this.#start = byteOffset
    }
    this.#end = byteOffset + length
  }

  #close(): void {
    if (this.#buffer !== undefined)
      this.#pieces.push(new Uint8Array(this.#buffer, this.#start, this.#end - this.#start))
  }

  /** Returns all bytes as one array, without a copy when they are one piece. After this call, the pieces must not be used. */
  join(): Uint8Array {
    this.#close()
    return concatBytes(this.#pieces)
  }
}
