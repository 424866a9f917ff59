/**
 * Gives out small arrays of bytes that share a block of memory.
 *
 * An engine needs about half a microsecond to allocate the memory of one array, and must also free it. A message is encoded,
 * framed, stored and read in about ten arrays. An array that only shows a part of a larger block needs a tenth of this time.
 *
 * Only frames, texts and joined bytes are such arrays. The bytes that a simulated disk returns never share memory. So code
 * of a lab that reads the `buffer` of these bytes works in a page as in the interpreter of the grader.
 *
 * A block is freed when none of its arrays is in use. So one small array can keep a whole block in memory.
 *
 * RocketMQ: Netty's `PooledByteBufAllocator`, which also uses the memory of an array again.
 */

/** The size of a block. An array that shows a part of a block keeps this much memory. */
const BLOCK_BYTES = 16 * 1024
/** An array of up to this length has a memory of its own, because a small array is often kept for a long time. */
const SMALL_BYTES = 16
/** A longer array gets a separate memory. */
const LARGE_BYTES = 4 * 1024

let block = new ArrayBuffer(0)
let used = 0

/** Returns a new array of `length` zeros. The `buffer` of the array may contain the bytes of other arrays, too. */
export function newBytes(length: number): Uint8Array {
  if (length <= SMALL_BYTES || length > LARGE_BYTES) return new Uint8Array(length)
  if (used + length > block.byteLength) {
    block = new ArrayBuffer(BLOCK_BYTES)
    used = 0
  }
  const bytes = new Uint8Array(block, used, length)
  used += length
  return bytes
}
