/**
 * Converts bytes to Base64 and back (RFC 4648, with padding). Event logs, recall handles and the files that learners submit
 * contain Base64.
 *
 * A node may use only functions of the language itself, which has neither `btoa` nor `Buffer`. So GlassMQ does not use these
 * functions.
 */

import { newBytes } from './new-bytes.ts'
import { decodeUtf8 } from './utf8.ts'

const EQUALS_SIGN = 0x3d
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUES = new Int8Array(128).fill(-1)
const CODES = new Uint8Array(ALPHABET.length)
for (let i = 0; i < ALPHABET.length; i++) {
  CODES[i] = ALPHABET.charCodeAt(i)
  VALUES[CODES[i]!] = i
}

/** Returns the base64 text of bytes. */
export function encodeBase64(bytes: Uint8Array): string {
  // Text that grows by single characters would need many times its own memory. So the characters are collected as bytes.
  const codes = newBytes(Math.ceil(bytes.length / 3) * 4)
  const rest = bytes.length % 3
  const end = bytes.length - rest
  let at = 0
  for (let i = 0; i < end; i += 3, at += 4)
    putGroup(codes, at, (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!)
  if (rest > 0) {
    putGroup(codes, at, (bytes[end]! << 16) | (rest === 2 ? bytes[end + 1]! << 8 : 0))
    codes.fill(EQUALS_SIGN, at + rest + 1)
  }
  return decodeUtf8(codes)
}

/** Puts the four characters of three bytes at `at`. */
function putGroup(codes: Uint8Array, at: number, group: number): void {
  codes[at] = CODES[group >> 18]!
  codes[at + 1] = CODES[(group >> 12) & 63]!
  codes[at + 2] = CODES[(group >> 6) & 63]!
  codes[at + 3] = CODES[group & 63]!
}

/** Returns the bytes of base64 text. Throws a RangeError when the text is not base64. */
export function decodeBase64(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0) throw new RangeError(`base64 text of ${text.length} characters is not a multiple of 4`)
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let at = 0
  for (let i = 0; i < text.length; i += 4) {
    let group = 0
    for (let k = 0; k < 4; k++) {
      const isPadding = i + k >= text.length - padding
      const value = isPadding ? 0 : (VALUES[text.charCodeAt(i + k)] ?? -1)
      if (value < 0) throw new RangeError(`character ${i + k} of base64 text is not in the alphabet`)
      group = (group << 6) | value
    }
    if (at < bytes.length) bytes[at++] = group >> 16
    if (at < bytes.length) bytes[at++] = group >> 8
    if (at < bytes.length) bytes[at++] = group
  }
  return bytes
}
