/**
 * The header in JSON, serialize type 0. Java clients use this type by default.
 *
 * `{"code":105,"extFields":{"topic":"T"},"flag":0,"language":"JAVA","opaque":0,"serializeTypeCurrentRPC":"JSON","version":479}`
 *
 * A header is written with its keys in this order, and with all ext fields as text. Missing parts are omitted. A header is
 * read in the dialect of fastjson. As in Java, the reader accepts numbers in quotes, numbers and booleans in ext fields,
 * unknown keys, and a missing `language`. Existing clients send such headers.
 *
 * RocketMQ: `RemotingSerializable`, fastjson 1.2.83.
 */
import { type Json, JsonSyntaxError, parseJson } from '../common/lax-json.ts'
import { EXT_FIELDS_MAX, LAX_JSON_CHARACTERS_MAX } from '../common/limits.ts'
import { decodeUtf8 } from '../common/utf8.ts'
import { FrameError } from './frame-error.ts'
import { HeaderMemory } from './header-memory.ts'
import { type ExtFields, languageCode, type RemotingCommand, SERIALIZE_JSON } from './remoting-command.ts'
import { WrittenHeaders } from './written-headers.ts'

/**
 * `valuesMax` is higher than the max number of ext fields. So for a header with too many ext fields, the later check of the
 * ext fields can report their number.
 */
const HEADER_LIMITS = { laxCharactersMax: LAX_JSON_CHARACTERS_MAX, valuesMax: 4 * EXT_FIELDS_MAX }

/** The kinds of headers that this process has sent lately. */
const written = new WrittenHeaders()

/** Returns the text of a header. */
export function encodeJsonHeader(command: RemotingCommand): string {
  return written.textOf(command)
}

/** The forms of the headers that this process has received lately. */
const memory = new HeaderMemory()

/**
 * Returns the command with this header and with `body`. Throws `FrameError` with one sentence when the header cannot be
 * read.
 */
export function decodeJsonHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
  body: Uint8Array | undefined,
): RemotingCommand {
  const text = decodeUtf8(bytes, start, end)
  const known = memory.read(text, body)
  if (known !== undefined) return known
  const command = parseJsonHeader(text, body)
  memory.learn(text, command)
  return command
}

/**
 * Returns the command with the header `text` and with `body`. Throws `FrameError` with one sentence when the text cannot be
 * read. `decodeJsonHeader` returns the same result, but reads most headers faster.
 */
export function parseJsonHeader(text: string, body: Uint8Array | undefined): RemotingCommand {
  let header: Json
  try {
    header = parseJson(text, HEADER_LIMITS)
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new FrameError(`the header is not JSON: ${error.message}`)
    throw error
  }
  if (header === null || typeof header !== 'object' || Array.isArray(header))
    throw new FrameError('the header is JSON but not an object')
  // as in Java, a missing number means 0
  const remark = header['remark']
  const language = header['language']
  return {
    code: integer(header['code'] ?? 0, 'code'),
    language: languageCode(typeof language === 'string' ? language : undefined),
    version: integer(header['version'] ?? 0, 'version'),
    opaque: integer(header['opaque'] ?? 0, 'opaque'),
    flag: integer(header['flag'] ?? 0, 'flag'),
    remark: typeof remark === 'string' ? remark : undefined,
    extFields: extFields(header['extFields']),
    body,
    serializeType: SERIALIZE_JSON,
  }
}

function integer(value: Json | undefined, name: string): number {
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || (number | 0) !== number)
    throw new FrameError(`the header's ${name} is not a 32-bit number`)
  return number
}

function extFields(value: Json | undefined): ExtFields | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value))
    throw new FrameError("the header's extFields are not an object")
  const names = Object.keys(value)
  if (names.length > EXT_FIELDS_MAX)
    throw new FrameError(`the header has ${names.length} ext fields, at most ${EXT_FIELDS_MAX} are read`)
  for (const name of names) {
    const field = value[name]
    if (typeof field === 'string') continue
    if (field === null || field === undefined) delete value[name]
    else value[name] = typeof field === 'object' ? JSON.stringify(field) : String(field)
  }
  return value as ExtFields
}
