/**
 * CRC-32 as zlib and Java compute it, and the 31-bit form RocketMQ stores.
 *
 * RocketMQ: `UtilAll.crc32`, which clears the sign bit: `CRC32(body) & 0x7FFFFFFF`. An empty body has 0.
 * Slicing by four: four tables, four bytes a step; a record's body is checked on every append and on recovery.
 */

const TABLES = makeTables()

function makeTables(): readonly Int32Array[] {
  const tables = [new Int32Array(256), new Int32Array(256), new Int32Array(256), new Int32Array(256)] as const
  for (let n = 0; n < 256; n++) {
    let value = n
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    tables[0][n] = value
  }
  for (let n = 0; n < 256; n++) {
    let value = tables[0][n]!
    for (let k = 1; k < 4; k++) {
      value = (value >>> 8) ^ tables[0][value & 0xff]!
      tables[k as 1 | 2 | 3][n] = value
    }
  }
  return tables
}

/** Unsigned CRC-32 of `bytes[start, end)`. */
export function crc32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const [t0, t1, t2, t3] = TABLES as [Int32Array, Int32Array, Int32Array, Int32Array]
  let crc = -1
  let i = start
  for (; i + 4 <= end; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    crc = t3[crc & 0xff]! ^ t2[(crc >>> 8) & 0xff]! ^ t1[(crc >>> 16) & 0xff]! ^ t0[crc >>> 24]!
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i]!) & 0xff]!
  return ~crc >>> 0
}

/** The form in RocketMQ's records and headers: 31 bits, never negative. */
export function bodyCrc(bytes: Uint8Array): number {
  return crc32(bytes) & 0x7fffffff
}
