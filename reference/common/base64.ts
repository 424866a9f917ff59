/**
 * Converts bytes to Base64 and back (RFC 4648, with padding). Event logs and the files that learners submit contain Base64.
 *
 * A node may use only functions of the language itself, which has neither `btoa` nor `Buffer`. So GlassMQ does not use these
 * functions.
 */

/** This many bytes become text at once. The number is divisible by 3, and every engine accepts this many arguments. */
const CHUNK_BYTES = 3_072
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
  // Text that grows by single characters would need many times its own memory.
  let text = ''
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    text += String.fromCharCode.apply(null, codesOf(bytes.subarray(at, at + CHUNK_BYTES)))
  return text
}

/** Returns the character codes of the base64 text of bytes. */
function codesOf(bytes: Uint8Array): number[] {
  const codes = new Array<number>(Math.ceil(bytes.length / 3) * 4)
  for (let i = 0, at = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const group = (bytes[i]! << 16) | ((left > 1 ? bytes[i + 1]! : 0) << 8) | (left > 2 ? bytes[i + 2]! : 0)
    codes[at++] = CODES[group >> 18]!
    codes[at++] = CODES[(group >> 12) & 63]!
    codes[at++] = left > 1 ? CODES[(group >> 6) & 63]! : EQUALS_SIGN
    codes[at++] = left > 2 ? CODES[group & 63]! : EQUALS_SIGN
  }
  return codes
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
