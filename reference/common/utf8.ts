/**
 * Converts text to UTF-8 bytes and back, with the same result in every engine.
 *
 * The encoder replaces a single surrogate by U+FFFD. The decoder never throws. As in Java's `String`, every malformed
 * sequence becomes U+FFFD. For the same sequence, the number of U+FFFD may differ from the number in Java.
 *
 * Longer texts are converted by the `TextEncoder` and the `TextDecoder` of the platform, because these are up to twenty
 * times as fast. The interpreter of the grader has no such functions, so all texts are converted by this file there. A test
 * compares both ways. No other file below the host may use a function of the platform.
 *
 * RocketMQ: `MixAll`/`RemotingHelper.DEFAULT_CHARSET` (always UTF-8).
 */

import { newBytes } from './new-bytes.ts'

/**
 * The encoder and the decoder of the platform, or undefined in an interpreter without them. The decoder keeps a byte order
 * mark, as this file does.
 */
const platform =
  typeof TextDecoder === 'function' && typeof TextEncoder === 'function'
    ? { encoder: new TextEncoder(), decoder: new TextDecoder('utf-8', { ignoreBOM: true }) }
    : undefined

/** The min length of a text, in UTF-16 units or in bytes, for which a call of the platform is faster than a loop. */
const LONG_TEXT = 24
/** The max length of a text in bytes that is decoded one character after the other. */
const SHORT_TEXT = 8
/** The encoder of the platform writes into this memory first. A text of at most a third of its size always fits. */
const scratch = new Uint8Array(platform === undefined ? 0 : 24 * 1024)

/**
 * Matches a text with one byte in UTF-8 for each UTF-16 unit. A regular expression is faster than a loop, above all in an
 * interpreter.
 */
const ASCII_TEXT = /^[\0-\x7f]*$/

/** Returns the number of bytes of `text` in UTF-8. */
export function utf8Length(text: string): number {
  if (platform !== undefined && text.length >= LONG_TEXT && text.length * 3 <= scratch.length)
    return platform.encoder.encodeInto(text, scratch).written // faster than a loop, although the bytes are not used
  if (ASCII_TEXT.test(text)) return text.length
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) length += 1
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      length += 2 // two units become four bytes
      i++
    } else length += 2
  }
  return length
}

/**
 * Writes `text` into `target` at `at` and returns the position after it. `target` must have room for `utf8Length(text)`
 * bytes.
 */
export function writeUtf8(text: string, target: Uint8Array, at: number): number {
  if (platform !== undefined && text.length >= LONG_TEXT)
    return at + platform.encoder.encodeInto(text, target.subarray(at)).written
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i)
    // one or two bytes
    if (point < 0x80) {
      target[at++] = point
      continue
    }
    if (point < 0x800) {
      target[at++] = 0xc0 | (point >> 6)
      target[at++] = 0x80 | (point & 0x3f)
      continue
    }
    // two surrogates make one code point of four bytes; a single surrogate becomes U+FFFD
    if (point >= 0xd800 && point < 0xe000) {
      const low = text.charCodeAt(i + 1)
      if (point < 0xdc00 && isLowSurrogate(low)) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00)
        i++
        target[at++] = 0xf0 | (point >> 18)
        target[at++] = 0x80 | ((point >> 12) & 0x3f)
        target[at++] = 0x80 | ((point >> 6) & 0x3f)
        target[at++] = 0x80 | (point & 0x3f)
        continue
      }
      point = 0xfffd
    }
    target[at++] = 0xe0 | (point >> 12)
    target[at++] = 0x80 | ((point >> 6) & 0x3f)
    target[at++] = 0x80 | (point & 0x3f)
  }
  return at
}

/**
 * Writes `text` into `target` at `at` when each of its characters is ASCII, and returns true. Returns false for any other
 * text: then some bytes may be written, but none behind the room of `text.length` bytes. Almost all headers are ASCII, so
 * their length in bytes need not be counted first.
 */
export function writeAscii(text: string, target: Uint8Array, at: number): boolean {
  if (platform !== undefined && text.length >= LONG_TEXT)
    return platform.encoder.encodeInto(text, target.subarray(at, at + text.length)).read === text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80) return false
    target[at + i] = unit
  }
  return true
}

/**
 * Returns the UTF-8 bytes of `text`, in memory that the next call of a function of this file may use again. So the caller
 * must copy them first.
 */
export function utf8ForCopy(text: string): Uint8Array {
  if (platform === undefined || text.length < LONG_TEXT || text.length * 3 > scratch.length) return encodeUtf8(text)
  return scratch.subarray(0, platform.encoder.encodeInto(text, scratch).written)
}

/** Returns the UTF-8 bytes of `text`. */
export function encodeUtf8(text: string): Uint8Array {
  if (platform !== undefined && text.length >= LONG_TEXT && text.length * 3 <= scratch.length)
    return copied(scratch, platform.encoder.encodeInto(text, scratch).written)
  const bytes = newBytes(utf8Length(text))
  writeUtf8(text, bytes, 0)
  return bytes
}

function copied(source: Uint8Array, length: number): Uint8Array {
  const bytes = newBytes(length)
  bytes.set(source.subarray(0, length))
  return bytes
}

/**
 * The max number of arguments of `String.fromCharCode.apply`. More arguments could overflow the stack of the interpreter.
 */
const UNITS_PER_CALL = 1024

/** Returns the text of `bytes[start, end)`. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  if (platform !== undefined && end - start >= LONG_TEXT) return platform.decoder.decode(bytes.subarray(start, end))
  let text = ''
  // a very short text, such as the value of a property
  if (end - start <= SHORT_TEXT) {
    let at = start
    while (at < end && bytes[at]! < 0x80) text += String.fromCharCode(bytes[at++]!)
    if (at === end) return text
    text = ''
  }
  const units: number[] = []
  for (let i = start; i < end; ) {
    if (units.length === 0) {
      // when the next bytes are all ASCII, their values are the text
      const next = bytes.subarray(i, Math.min(end, i + UNITS_PER_CALL))
      const ascii = String.fromCharCode.apply(null, next as unknown as number[])
      if (ASCII_TEXT.test(ascii)) {
        text += ascii
        i += next.length
        continue
      }
    }
    const first = bytes[i]!
    if (first < 0x80) {
      units.push(first)
      i++
    } else {
      const length = sequenceLength(bytes, i, end)
      if (length < 0) {
        units.push(0xfffd)
        i -= length
      } else {
        pushCodePoint(units, codePointAt(bytes, i, length))
        i += length
      }
    }
    if (units.length >= UNITS_PER_CALL) {
      text += String.fromCharCode.apply(null, units)
      units.length = 0
    }
  }
  return text + String.fromCharCode.apply(null, units)
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}

/**
 * Returns the length of the well-formed sequence at `i`. Returns -n when the sequence is malformed after n bytes. These n
 * bytes together become one U+FFFD. An overlong form, a surrogate or a code point over 10FFFF is malformed after
 * its first byte, so n is 1.
 */
function sequenceLength(bytes: Uint8Array, i: number, end: number): number {
  const first = bytes[i]!
  const length =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0
  if (length === 0) return -1
  for (let k = 1; k < length; k++) {
    const next = i + k < end ? bytes[i + k]! : 0
    const isSecond = k === 1
    const min = isSecond && first === 0xe0 ? 0xa0 : isSecond && first === 0xf0 ? 0x90 : 0x80
    const max = isSecond && first === 0xed ? 0x9f : isSecond && first === 0xf4 ? 0x8f : 0xbf
    if (next < min || next > max) return -k
  }
  return length
}

function codePointAt(bytes: Uint8Array, i: number, length: number): number {
  let point = bytes[i]! & (0xff >> (length + 1))
  for (let k = 1; k < length; k++) point = (point << 6) | (bytes[i + k]! & 0x3f)
  return point
}

function pushCodePoint(units: number[], point: number): void {
  if (point < 0x10000) units.push(point)
  else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff))
}
