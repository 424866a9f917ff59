/**
 * Computes the CRC-32 of zlib and Java, and the form with 31 bits that RocketMQ stores.
 *
 * The method is "slicing by eight": with eight tables, one step processes eight bytes. The CRC of a body is computed when
 * its record is created, and compared during a recovery.
 *
 * RocketMQ: `UtilAll.crc32` clears the sign bit: `CRC32(body) & 0x7FFFFFFF`. The CRC of an empty body is 0.
 */

const SLICES = 8
/**
 * Eight tables in one array. Table k begins at 256 × k. The entries of table k say how a byte changes the CRC when k more
 * bytes follow this byte.
 */
const TABLES = makeTables()

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256)
  for (let n = 0; n < 256; n++) {
    let value = n
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    tables[n] = value
  }
  for (let at = 256; at < tables.length; at++) {
    const value = tables[at - 256]!
    tables[at] = (value >>> 8) ^ tables[value & 0xff]!
  }
  return tables
}

/** The platform is used for at least this number of bytes, because a call of the platform takes longer. */
const LONG_BYTES = 256

let ofPlatform: ((bytes: Uint8Array) => number) | undefined

/**
 * Sets the platform's function for the unsigned CRC-32, which is several times as fast. Only the host calls this function.
 */
export function useCrc32Of(platform: (bytes: Uint8Array) => number): void {
  ofPlatform = platform
}

/** Returns the unsigned CRC-32 of `bytes[start, end)`. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  if (ofPlatform !== undefined && end - start >= LONG_BYTES)
    return ofPlatform(end - start === bytes.length ? bytes : bytes.subarray(start, end))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const t = TABLES
  let crc = -1
  let i = start
  for (; i + SLICES <= end; i += SLICES) {
    const a = crc ^ view.getInt32(i, true)
    const b = view.getInt32(i + 4, true)
    crc =
      t[0x700 + (a & 0xff)]! ^
      t[0x600 + ((a >>> 8) & 0xff)]! ^
      t[0x500 + ((a >>> 16) & 0xff)]! ^
      t[0x400 + (a >>> 24)]! ^
      t[0x300 + (b & 0xff)]! ^
      t[0x200 + ((b >>> 8) & 0xff)]! ^
      t[0x100 + ((b >>> 16) & 0xff)]! ^
      t[b >>> 24]!
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 0xff]!
  return ~crc >>> 0
}

/** Returns the CRC in RocketMQ's records and headers. The CRC has 31 bits and is never negative. */
export function bodyCrc(bytes: Uint8Array): number {
  return crc32(bytes) & 0x7fffffff
}
