/**
 * Inflates bytes from any peer. The size of the result and the amount of work have limits.
 *
 * | layer      | form                                                                                       |
 * | ---------- | ------------------------------------------------------------------------------------------ |
 * | zlib       | 2 bytes of header, the deflate stream, 4 bytes of checksum                                  |
 * | deflate    | a row of blocks; a block is stored without codes, or uses the fixed codes, or contains its own codes (dynamic) |
 * | block      | a row of bytes and of copies; a copy repeats the `length` bytes that begin `distance` bytes earlier; all are written as Huffman codes |
 *
 * The work is limited by the number of bytes that are read and written. Other inflaters build a table of 2^15 entries for
 * each dynamic block, and a dynamic block may have only twelve bytes. For a stream of such blocks, another inflater needs a
 * second per 48 KB, or six minutes per 16 MiB. In this inflater, a table has 2^9 entries, and codes of more than 9 bits are
 * searched by their length. A stream with many very short dynamic blocks is refused.
 *
 * RocketMQ: `ZlibCompressor` (`java.util.zip.Inflater`). Formats: RFC 1950, RFC 1951. Not in GlassMQ: dictionaries, and the
 * check of the checksum, because each record has a CRC.
 */

/**
 * The min average length of dynamic blocks. In streams of usual compressors, the codes of one block already need this many
 * bytes.
 */
const DYNAMIC_BLOCK_BYTES_MIN = 64
/** A stream may have this many dynamic blocks, and one more for every `DYNAMIC_BLOCK_BYTES_MIN` bytes that were read. */
const SHORT_BLOCKS_MAX = 64
const ZLIB_HEADER_BYTES = 2
const CHECKSUM_BYTES = 4
/** The first size of the output array. The size of the array doubles when the array is full. */
const FIRST_ROOM_BYTES = 4_096

const CODE_BITS_MAX = 15
/** One look-up in a table finds codes up to this length. */
const FAST_BITS = 9
const LITERALS_MAX = 286
const DISTANCES_MAX = 30
const END_OF_BLOCK = 256
/**
 * In a dynamic block, the lengths of the codes are coded, too. A block contains the code lengths for these symbols in this
 * order.
 */
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]
const LENGTH_EXTRA_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
]
const DISTANCE_EXTRA_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]

/** The error for a stream that is not valid, that ends early, or that has more inflated bytes than the limit. */
class NotInflatable extends Error {}

/**
 * Returns a copy of the inflated bytes of a zlib stream. Returns undefined when the stream is not valid, or has more than
 * `bytesMax` inflated bytes.
 */
export function inflateAtMost(stream: Uint8Array, bytesMax: number): Uint8Array | undefined {
  if (!hasZlibHeader(stream)) return undefined
  try {
    return new Inflater(stream.subarray(ZLIB_HEADER_BYTES, stream.length - CHECKSUM_BYTES), bytesMax).run()
  } catch (error) {
    if (error instanceof NotInflatable) return undefined
    throw error
  }
}

/**
 * Returns true for a valid header: the method is 8 (deflate), the window has at most 32 KiB, there is no dictionary, and
 * the check value is a multiple of 31.
 */
function hasZlibHeader(stream: Uint8Array): boolean {
  if (stream.length < ZLIB_HEADER_BYTES + CHECKSUM_BYTES) return false
  const [method, flags] = stream as unknown as readonly [number, number]
  return (method & 15) === 8 && method >> 4 <= 7 && ((method << 8) | flags) % 31 === 0 && (flags & 0x20) === 0
}

// #region huffman-table
/**
 * One Huffman code. The next 9 bits of the stream are an index into `fast`, which finds codes of at most 9 bits. A code of
 * more than 9 bits is searched by its length.
 */
interface HuffmanTable {
  /** An entry is `symbol << 4 | length`, or 0 when no short code begins with these bits. */
  readonly fast: Uint16Array
  /** The number of codes of each length. */
  readonly counts: Uint16Array
  /** The symbols in the order of their codes. */
  readonly symbols: Uint16Array
}

/**
 * Returns the table of a canonical code. `lengths` holds the length of the code of each symbol, or 0 when the symbol has no
 * code.
 */
function huffmanTable(lengths: Uint8Array): HuffmanTable {
  const counts = new Uint16Array(CODE_BITS_MAX + 1)
  for (const length of lengths) if (length > 0) counts[length]!++
  // for each length, compute the first code and the place in `symbols` at which its symbols begin
  const next = new Uint16Array(CODE_BITS_MAX + 2)
  const place = new Uint16Array(CODE_BITS_MAX + 2)
  for (let length = 1, code = 0; length <= CODE_BITS_MAX; length++) {
    next[length] = code
    code += counts[length]!
    if (code > 1 << length) throw new NotInflatable('more codes than their lengths allow')
    code <<= 1
    place[length + 1] = place[length]! + counts[length]!
  }
  // set the place of every symbol; for a short code, also set all entries of `fast` whose index begins with this code
  const symbols = new Uint16Array(lengths.length)
  const fast = new Uint16Array(1 << FAST_BITS)
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!
    if (length === 0) continue
    symbols[place[length]!++] = symbol
    const code = next[length]!++
    if (length > FAST_BITS) continue
    // the stream begins with the first bit of a code, but the lowest bit of an index is the first bit of the stream
    for (let at = reversed(code, length); at < fast.length; at += 1 << length) fast[at] = (symbol << 4) | length
  }
  return { fast, counts, symbols }
}
// #endregion huffman-table

function reversed(code: number, length: number): number {
  let result = 0
  for (let i = 0; i < length; i++) result |= ((code >> i) & 1) << (length - 1 - i)
  return result
}

function fixedLengths(): Uint8Array {
  const lengths = new Uint8Array(288).fill(8)
  return lengths.fill(9, 144, 256).fill(7, 256, 280)
}

const FIXED_LITERALS = huffmanTable(fixedLengths())
const FIXED_DISTANCES = huffmanTable(new Uint8Array(DISTANCES_MAX).fill(5))

class Inflater {
  readonly #input: Uint8Array
  readonly #bytesMax: number
  #at = 0
  /** The bits that were read but not used yet. The lowest of these bits is used next. */
  #bits = 0
  #bitCount = 0
  #output: Uint8Array
  #length = 0
  #dynamicBlocks = 0

  constructor(input: Uint8Array, bytesMax: number) {
    this.#input = input
    this.#bytesMax = bytesMax
    this.#output = new Uint8Array(Math.min(FIRST_ROOM_BYTES, bytesMax))
  }

  run(): Uint8Array {
    for (let isLast = false; !isLast; ) {
      isLast = this.#take(1) === 1
      const kind = this.#take(2)
      if (kind === 0) this.#stored()
      else if (kind === 1) this.#coded(FIXED_LITERALS, FIXED_DISTANCES)
      else if (kind === 2) this.#dynamic()
      else throw new NotInflatable('a block of no known kind')
    }
    return this.#output.slice(0, this.#length)
  }

  /** Returns the next `count` bits as a number. `count` is at most 16. */
  #take(count: number): number {
    this.#fill()
    if (this.#bitCount < count) throw new NotInflatable('the stream ends early')
    const value = this.#bits & ((1 << count) - 1)
    this.#bits >>>= count
    this.#bitCount -= count
    return value
  }

  /** Reads bytes until at least 25 bits are available or the input has ended. */
  #fill(): void {
    while (this.#bitCount <= 24 && this.#at < this.#input.length) {
      this.#bits |= this.#input[this.#at++]! << this.#bitCount
      this.#bitCount += 8
    }
  }

  #symbol({ fast, counts, symbols }: HuffmanTable): number {
    this.#fill()
    const entry = fast[this.#bits & ((1 << FAST_BITS) - 1)]!
    if (entry !== 0) {
      this.#use(entry & 15)
      return entry >> 4
    }
    // the codes of one length are consecutive numbers, so the code is searched length by length
    for (let length = 1, code = 0, first = 0, index = 0; length <= CODE_BITS_MAX; length++) {
      code |= (this.#bits >>> (length - 1)) & 1
      const count = counts[length]!
      if (code - count < first) {
        this.#use(length)
        return symbols[index + code - first]!
      }
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    throw new NotInflatable('bits that are no code')
  }

  #use(bitCount: number): void {
    if (bitCount > this.#bitCount) throw new NotInflatable('the stream ends early')
    this.#bits >>>= bitCount
    this.#bitCount -= bitCount
  }

  #stored(): void {
    this.#use(this.#bitCount & 7)
    const length = this.#take(16)
    if ((this.#take(16) ^ 0xffff) !== length) throw new NotInflatable('the length of a stored block is damaged')
    const from = this.#at - (this.#bitCount >> 3)
    this.#bits = 0
    this.#bitCount = 0
    if (from + length > this.#input.length) throw new NotInflatable('the stream ends early')
    this.#room(length)
    this.#output.set(this.#input.subarray(from, from + length), this.#length)
    this.#length += length
    this.#at = from + length
  }

  // #region dynamic-block
  #dynamic(): void {
    if (++this.#dynamicBlocks > SHORT_BLOCKS_MAX + this.#at / DYNAMIC_BLOCK_BYTES_MIN)
      throw new NotInflatable('too many tiny blocks')
    const literals = this.#take(5) + 257
    const distances = this.#take(5) + 1
    const codeLengths = this.#take(4) + 4
    if (literals > LITERALS_MAX || distances > DISTANCES_MAX) throw new NotInflatable('codes for too many symbols')
    const ofCodeLengths = new Uint8Array(CODE_LENGTH_ORDER.length)
    for (let i = 0; i < codeLengths; i++) ofCodeLengths[CODE_LENGTH_ORDER[i]!] = this.#take(3)
    const lengths = this.#codeLengths(huffmanTable(ofCodeLengths), literals + distances)
    this.#coded(huffmanTable(lengths.subarray(0, literals)), huffmanTable(lengths.subarray(literals)))
  }

  /**
   * Reads the lengths of `count` codes. The lengths are themselves coded with `table`. The symbol 16 repeats the previous
   * length, and the symbols 17 and 18 mean several zeros.
   */
  #codeLengths(table: HuffmanTable, count: number): Uint8Array {
    const lengths = new Uint8Array(count)
    for (let at = 0; at < count; ) {
      const symbol = this.#symbol(table)
      if (symbol < 16) {
        lengths[at++] = symbol
        continue
      }
      if (symbol === 16 && at === 0) throw new NotInflatable('nothing to repeat')
      const value = symbol === 16 ? lengths[at - 1]! : 0
      const times = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7)
      if (at + times > count) throw new NotInflatable('more code lengths than symbols')
      lengths.fill(value, at, at + times)
      at += times
    }
    return lengths
  }
  // #endregion dynamic-block

  #coded(literals: HuffmanTable, distances: HuffmanTable): void {
    for (;;) {
      const symbol = this.#symbol(literals)
      if (symbol === END_OF_BLOCK) return
      if (symbol < END_OF_BLOCK) {
        if (this.#length === this.#output.length) this.#room(1)
        this.#output[this.#length++] = symbol
      } else this.#copy(symbol - END_OF_BLOCK - 1, distances)
    }
  }

  #copy(lengthCode: number, distances: HuffmanTable): void {
    const base = LENGTH_BASE[lengthCode]
    if (base === undefined) throw new NotInflatable('a length that does not exist')
    const length = base + this.#take(LENGTH_EXTRA_BITS[lengthCode]!)
    const distanceCode = this.#symbol(distances)
    if (distanceCode >= DISTANCES_MAX) throw new NotInflatable('a distance that does not exist')
    const distance = DISTANCE_BASE[distanceCode]! + this.#take(DISTANCE_EXTRA_BITS[distanceCode]!)
    if (distance > this.#length) throw new NotInflatable('a distance before the beginning')
    this.#room(length)
    const output = this.#output
    // copy byte by byte, because a copy may read bytes that it has just written
    for (let at = this.#length, end = at + length; at < end; at++) output[at] = output[at - distance]!
    this.#length += length
  }

  #room(count: number): void {
    const needed = this.#length + count
    if (needed > this.#bytesMax) throw new NotInflatable('more bytes than are allowed')
    if (needed <= this.#output.length) return
    const grown = new Uint8Array(Math.min(Math.max(needed, this.#output.length * 2), this.#bytesMax))
    grown.set(this.#output.subarray(0, this.#length))
    this.#output = grown
  }
}
