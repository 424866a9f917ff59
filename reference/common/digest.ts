/**
 * Two old hash functions. RocketMQ uses MD5 to place queues on a consistent-hash ring, and HMAC-SHA1 to sign requests (ACL).
 * MD5 and SHA-1 are no longer secure. But GlassMQ must compute the same bytes as RocketMQ.
 *
 * ```
 * message │ 0x80 │ zeros │ length in bits (64)      padded to whole blocks of 64 bytes, each mixed into the state in turn
 * ```
 *
 * RFC 1321 (MD5: little-endian, four words of state), RFC 3174 (SHA-1: big-endian, five words), RFC 2104 (HMAC). GlassMQ
 * uses no library for these functions. The usual library computes its tables with `Math.sin`, whose results may differ
 * between JavaScript engines. A simulated node must not use such functions.
 */

const BLOCK_BYTES = 64

/** The numbers floor(2^32 × |sin(i + 1)|), as RFC 1321 lists them. */
const MD5_SINES = Uint32Array.of(
  0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
  0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
  0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
  0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
  0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
  0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
  0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
  0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
) // biome-ignore format: a table

/** The number of bits by which each step of a round rotates. */
const MD5_ROTATIONS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const

const rotateLeft = (word: number, bits: number) => (word << bits) | (word >>> (32 - bits))

/** Returns the message, padded to complete blocks. The padding is a bit 1, zeros, and the length of the message. */
function padded(message: Uint8Array, littleEndian: boolean): DataView {
  const bytes = new Uint8Array((Math.floor((message.length + 8) / BLOCK_BYTES) + 1) * BLOCK_BYTES)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  const lowBits = (message.length << 3) >>> 0
  const highBits = Math.floor(message.length / 0x2000_0000)
  view.setUint32(bytes.length - 8, littleEndian ? lowBits : highBits, littleEndian)
  view.setUint32(bytes.length - 4, littleEndian ? highBits : lowBits, littleEndian)
  return view
}

/** Returns the 16 bytes of the MD5 of a message. */
export function md5(message: Uint8Array): Uint8Array {
  const blocks = padded(message, true)
  let [a0, b0, c0, d0] = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476]
  for (let start = 0; start < blocks.byteLength; start += BLOCK_BYTES) {
    let [a, b, c, d] = [a0, b0, c0, d0]
    for (let i = 0; i < 64; i++) {
      const round = i >> 4
      let mixed: number
      let word: number
      if (round === 0) [mixed, word] = [(b & c) | (~b & d), i]
      else if (round === 1) [mixed, word] = [(d & b) | (~d & c), (5 * i + 1) & 15]
      else if (round === 2) [mixed, word] = [b ^ c ^ d, (3 * i + 5) & 15]
      else [mixed, word] = [c ^ (b | ~d), (7 * i) & 15]
      const sum = (a + mixed + MD5_SINES[i]! + blocks.getUint32(start + word * 4, true)) | 0
      ;[a, d, c, b] = [d, c, b, (b + rotateLeft(sum, MD5_ROTATIONS[round]![i & 3]!)) | 0]
    }
    ;[a0, b0, c0, d0] = [(a0 + a) | 0, (b0 + b) | 0, (c0 + c) | 0, (d0 + d) | 0]
  }
  return words([a0, b0, c0, d0], true)
}

/** Returns the 20 bytes of the SHA-1 of a message. */
export function sha1(message: Uint8Array): Uint8Array {
  const blocks = padded(message, false)
  const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0]
  const schedule = new Int32Array(80)
  for (let start = 0; start < blocks.byteLength; start += BLOCK_BYTES) {
    for (let i = 0; i < 16; i++) schedule[i] = blocks.getInt32(start + i * 4)
    for (let i = 16; i < 80; i++)
      schedule[i] = rotateLeft(schedule[i - 3]! ^ schedule[i - 8]! ^ schedule[i - 14]! ^ schedule[i - 16]!, 1)
    let [a, b, c, d, e] = state as [number, number, number, number, number]
    for (let i = 0; i < 80; i++) {
      let mixed: number
      if (i < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999
      else if (i < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1
      else if (i < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
      else mixed = (b ^ c ^ d) + 0xca62c1d6
      ;[a, b, c, d, e] = [(rotateLeft(a, 5) + mixed + e + schedule[i]!) | 0, a, rotateLeft(b, 30), c, d]
    }
    for (const [i, word] of [a, b, c, d, e].entries()) state[i] = (state[i]! + word) | 0
  }
  return words(state, false)
}

/** Returns the 20 bytes of the HMAC-SHA1 of a message. Only an owner of `key` can compute these bytes. */
export function hmacSha1(key: Uint8Array, message: Uint8Array): Uint8Array {
  const shortKey = key.length > BLOCK_BYTES ? sha1(key) : key
  const pad = (mask: number, tail: Uint8Array) => {
    const bytes = new Uint8Array(BLOCK_BYTES + tail.length).fill(mask, 0, BLOCK_BYTES)
    for (const [i, byte] of shortKey.entries()) bytes[i] = byte ^ mask
    bytes.set(tail, BLOCK_BYTES)
    return bytes
  }
  return sha1(pad(0x5c, sha1(pad(0x36, message))))
}

function words(state: readonly number[], littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(state.length * 4))
  for (const [i, word] of state.entries()) view.setInt32(i * 4, word, littleEndian)
  return new Uint8Array(view.buffer)
}
