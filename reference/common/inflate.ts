/**
 * Inflating what a stranger has deflated, without trusting how long it will get.
 *
 * fflate fills the buffer it is given. When that is too small it fails or, where zeros are repeated, stops without a word; so
 * one byte more than allowed is offered, and whoever fills it was too long.
 */
import { unzlibSync } from 'fflate'

/** Deflate makes at most so many bytes of one. */
const INFLATION_MAX = 1_032

/** The bytes of a zlib stream, a copy; undefined when it is none, or holds more than `bytesMax`. */
export function inflateAtMost(stream: Uint8Array, bytesMax: number): Uint8Array | undefined {
  const room = Math.min(bytesMax, stream.length * INFLATION_MAX) + 1
  try {
    const bytes = unzlibSync(stream, { out: new Uint8Array(room) })
    return bytes.length < room ? bytes.slice() : undefined
  } catch {
    return undefined
  }
}
