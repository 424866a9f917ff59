/**
 * Frames that are almost right: recorded ones, changed where a decoder looks.
 *
 * | change    | what                                                                        |
 * | --------- | --------------------------------------------------------------------------- |
 * | bytes     | bits flipped, bytes set, a piece cut out, doubled or taken from another frame |
 * | lengths   | the length of the frame or of its header is another number                    |
 * | fields    | a field of the header is missing, strange, huge, or somebody else's            |
 * | body      | the same for a body that is JSON: brackets, numbers, texts                     |
 * | code      | the fields of one request under the code of another                            |
 * | repeated  | a field, the body or the whole header is one token, 10^3 to 10^6 times           |
 */
import { decodeUtf8, encodeUtf8 } from '../../../../reference/common/utf8.ts'
import type { RandomStream } from '../../../../reference/host/sim/random.ts'
import { decodeFrame, encodeFrame } from '../../../../reference/remoting/frame-codec.ts'
import { FrameError } from '../../../../reference/remoting/frame-error.ts'
import { RequestCode } from '../../../../reference/remoting/request-code.ts'
import { TOKENS } from '../../../support/repetitive.ts'

const NUMBERS = ['-1', '0', '1', '2147483647', '2147483648', '-2147483649', '9223372036854775807', '1e9', '0x10', '']
const TEXTS = [
  '',
  ' ',
  '../../x',
  '\u0000',
  '%RETRY%',
  '%DLQ%x',
  '*',
  'a || b',
  '\u0001\u0002',
  'true',
  '{}',
  '[1',
  '"',
  '🙂',
]
const REPEATED_CHARACTERS_MAX = 1_000_000
const LENGTHS = [-1, 0, 1, 3, 4, 8, 255, 65_535, 16_777_215, 16_777_216, 0x7fffffff]
const CODES = Object.values(RequestCode)

/** A frame like one of `corpus`, but not quite. Never empty. */
export function mutatedFrame(random: RandomStream, corpus: readonly Uint8Array[]): Uint8Array {
  const original = pick(random, corpus)
  let frame = random.int(3) === 0 ? original : changedCommand(random, original)
  for (let more = random.int(3); more > 0; more--) frame = changedBytes(random, frame, corpus)
  return frame.length === 0 ? Uint8Array.of(0) : frame
}

function pick<T>(random: RandomStream, from: readonly T[]): T {
  return from[random.int(from.length)]!
}

/** How often a token is repeated: 10^3 to 10^6 times, but no more than a header or a body may have. */
function repeatedToken(random: RandomStream): string {
  const token = pick(random, TOKENS)
  const times = 10 ** (3 + random.int(4))
  return token.repeat(Math.min(times, Math.floor(REPEATED_CHARACTERS_MAX / token.length)))
}

/**
 * A frame in which one token is repeated very often: as a field, as the body, or as a header that is nothing else. One of these
 * costs as much as thousands of others, so they are drawn apart from `mutatedFrame`.
 */
export function repetitiveFrame(random: RandomStream, corpus: readonly Uint8Array[]): Uint8Array {
  const text = repeatedToken(random)
  if (random.int(3) === 0) {
    const header = encodeUtf8(pick(random, ['', '{', '{a:', '{"extFields":{"i":"', "{a:'"]) + text)
    const frame = new Uint8Array(8 + header.length)
    const view = new DataView(frame.buffer)
    view.setInt32(0, 4 + header.length)
    view.setInt32(4, (random.int(2) << 24) | header.length)
    frame.set(header, 8)
    return frame
  }
  try {
    const command = decodeFrame(pick(random, corpus))
    if (random.int(2) === 0) return encodeFrame({ ...command, body: encodeUtf8(text) })
    const names = Object.keys(command.extFields ?? {})
    const name = names.length === 0 ? 'x' : pick(random, names)
    return encodeFrame({ ...command, extFields: { ...command.extFields, [name]: text } })
  } catch (error) {
    if (error instanceof FrameError || error instanceof RangeError) return repetitiveFrame(random, corpus)
    throw error
  }
}

/** The same frame, read, changed where it has a meaning, and written again. */
function changedCommand(random: RandomStream, frame: Uint8Array): Uint8Array {
  try {
    const command = decodeFrame(frame)
    const extFields: Record<string, string> = { ...command.extFields }
    const names = Object.keys(extFields)
    for (let more = random.int(3); more > 0 && names.length > 0; more--) {
      const name = pick(random, names)
      if (random.int(5) === 0) delete extFields[name]
      else extFields[name] = strangeText(random, extFields[name] ?? '')
    }
    if (random.int(20) === 0) for (let i = 0; i < 300; i++) extFields[`x${i}`] = 'y'
    const code = random.int(4) === 0 ? pick(random, CODES) : command.code
    const body = command.body === undefined || random.int(2) === 0 ? command.body : changedBody(random, command.body)
    // codes of 5.x are too large for a binary header
    const serializeType = code > 32_767 ? 0 : random.int(8) === 0 ? 1 - command.serializeType : command.serializeType
    return encodeFrame({ ...command, code, extFields, body, serializeType })
  } catch (error) {
    if (error instanceof FrameError || error instanceof RangeError) return frame
    throw error
  }
}

function strangeText(random: RandomStream, text: string): string {
  switch (random.int(5)) {
    case 0:
      return pick(random, NUMBERS)
    case 1:
      return pick(random, TEXTS)
    case 2:
      return text + text
    case 3:
      return text.slice(0, random.int(text.length + 1))
    default:
      return 'x'.repeat(random.int(random.int(20) === 0 ? 70_000 : 100))
  }
}

function changedBody(random: RandomStream, body: Uint8Array): Uint8Array {
  const text = decodeUtf8(body)
  const at = random.int(text.length + 1)
  switch (random.int(5)) {
    case 0:
      return encodeUtf8(text.slice(0, at))
    case 1:
      return encodeUtf8(
        text.slice(0, at) + pick(random, ['{', '[', '"', ',', ':', '}', ']', 'null', '1e400', '$ref']) + text.slice(at),
      )
    case 2:
      return encodeUtf8(`${'['.repeat(random.int(random.int(10) === 0 ? 5_000 : 50))}${text}`)
    case 3:
      return encodeUtf8(text.replace(/\d+/, pick(random, NUMBERS)))
    default:
      return encodeUtf8(text.replace(/"[^"]*"/, JSON.stringify(strangeText(random, ''))))
  }
}

function changedBytes(random: RandomStream, frame: Uint8Array, corpus: readonly Uint8Array[]): Uint8Array {
  const copy = frame.slice()
  const at = random.int(Math.max(1, copy.length))
  switch (random.int(6)) {
    case 0:
      if (copy.length > 0) copy[at] = copy[at]! ^ (1 << random.int(8))
      return copy
    case 1:
      copy.fill(random.int(256), at, at + 1 + random.int(8))
      return copy
    case 2:
      return copy.slice(0, at)
    case 3:
      return joined(copy.subarray(0, at), copy.subarray(at), copy.subarray(at, at + 100))
    case 4: {
      const other = pick(random, corpus)
      return joined(copy.subarray(0, at), other.subarray(random.int(other.length)))
    }
    default: {
      if (copy.length < 8) return copy
      new DataView(copy.buffer).setInt32(random.int(2) * 4, pick(random, LENGTHS))
      return copy
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts))
}
