/**
 * Describes the header fields of requests.
 *
 * On the wire, every field of a header is a text in `extFields`. A request is described by one table with the names and
 * types of its fields. The sender calls `encode`. The receiver calls `decode`, which checks the fields. Both functions use
 * this table.
 *
 * ```ts
 * const getMaxOffset = defineRequest(RequestCode.GET_MAX_OFFSET, 'GET_MAX_OFFSET', { topic: 'string!', queueId: 'int!' })
 * getMaxOffset.encode({ topic: 'T', queueId: 0 })   // { topic: 'T', queueId: '0' }
 * getMaxOffset.decode(request.extFields)            // typed, or a HeaderError that names the field
 * ```
 *
 * `!` marks a field that must not be missing (`@CFNotNull`). For most requests, RocketMQ's Java code only writes a line to
 * its log, and continues with 0 or null. Unlike RocketMQ, `decode` throws an error that names the field. The value of a
 * `long` must be exact as a JavaScript number. A field whose value may be Java's largest long has the type `bigLong`. In a
 * `bigLong`, a value beyond ±(2^53 - 1) is replaced by the nearer of these two limits.
 *
 * RocketMQ: `CommandCustomHeader` and its sub-classes, `RemotingCommand.makeCustomHeaderToNet`.
 */

import { INT_MAX } from '../common/bytes.ts'
import type { ExtFields } from './remoting-command.ts'

type FieldType = 'string' | 'int' | 'long' | 'bigLong' | 'boolean'
/** A table of field names and types. */
export type HeaderFields = { readonly [name: string]: FieldType | `${FieldType}!` }

type ValueOf<T extends string> = T extends 'string' | 'string!'
  ? string
  : T extends 'boolean' | 'boolean!'
    ? boolean
    : number

/**
 * The type of the header that a table of fields describes. Fields with `!` are always present. The other fields may be
 * missing.
 */
export type HeaderOf<F extends HeaderFields> = {
  readonly [K in keyof F as F[K] extends `${string}!` ? K : never]: ValueOf<F[K]>
} & { readonly [K in keyof F as F[K] extends `${string}!` ? never : K]?: ValueOf<F[K]> | undefined }

/**
 * The error for a header field that is missing or has a wrong type. The answer to the request has the code INVALID_PARAMETER
 * or SYSTEM_ERROR.
 */
export class HeaderError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'HeaderError'
  }
}

/** Encodes and decodes the header of one request or of one answer. */
export interface HeaderCodec<F extends HeaderFields> {
  readonly fields: F
  encode(header: HeaderOf<F>): ExtFields
  /**
   * Returns the typed fields. Ignores unknown fields. An empty value counts as missing, except in a text field. In a
   * boolean field, each text other than `true` means false; upper and lower case count as equal. Throws a `HeaderError`
   * that names the field when a required field is missing or a field has a wrong type.
   */
  decode(extFields: ExtFields | undefined): HeaderOf<F>
}

/** A kind of request, with its code and the codec of its header. */
export interface RequestDefinition<F extends HeaderFields> extends HeaderCodec<F> {
  readonly code: number
}

/** Numbers with at most this many digits are exact in each step of the conversion. */
const FAST_DIGITS_MAX = 15
const INT_MIN = -2_147_483_648

/**
 * Returns the codec for a table of fields. `what` is the name of the header in the sentences of errors. `wireNames` contains
 * the fields that have another name on the wire. For example, each field of SEND_MESSAGE_V2 has a name of one letter.
 */
export function defineHeader<F extends HeaderFields>(
  what: string,
  fields: F,
  wireNames: { readonly [K in keyof F]?: string } = {},
): HeaderCodec<F> {
  const table = Object.keys(fields).map((name) => {
    const type = fields[name]!
    return {
      name,
      wire: wireNames[name] ?? name,
      type: type.replace('!', '') as FieldType,
      required: type.endsWith('!'),
    }
  })
  /** The header that was decoded last, and the text of each of its fields. Most headers differ from it in few fields. */
  let last: Values | undefined
  const texts: (string | undefined)[] = []
  /** Reads every field. */
  const whole = (extFields: ExtFields | undefined): Values => {
    const header: Values = {}
    for (let i = 0; i < table.length; i++) {
      const { name, wire, type, required } = table[i]!
      const text = extFields?.[wire]
      texts[i] = text
      if (!isMissing(text, type)) header[name] = parseField(what, wire, type, text)
      else if (required) throw new HeaderError(`${what}: the header field ${wire} is missing`)
    }
    return header
  }
  /** Reads only the fields that differ from `known`. Returns undefined when the two headers do not have the same fields. */
  const changed = (known: Values, extFields: ExtFields | undefined): Values | undefined => {
    const header = { ...known }
    for (let i = 0; i < table.length; i++) {
      const { name, wire, type } = table[i]!
      const text = extFields?.[wire]
      const before = texts[i]
      if (text === before) continue
      if (isMissing(text, type) || isMissing(before, type)) return undefined
      header[name] = parseField(what, wire, type, text)
      texts[i] = text
    }
    return header
  }
  // `encode` and `decode` use the same table
  return {
    fields,
    encode(header) {
      const values = header as { readonly [name: string]: string | number | boolean | undefined }
      const extFields: { [name: string]: string } = {}
      for (let i = 0; i < table.length; i++) {
        const { name, wire } = table[i]!
        const value = values[name]
        if (value !== undefined) extFields[wire] = typeof value === 'string' ? value : String(value)
      }
      return extFields
    },
    decode(extFields) {
      const known = last
      last = undefined // stays so when a field is refused
      const header = (known && changed(known, extFields)) ?? whole(extFields)
      last = texts.every(isShort) ? header : undefined
      return header as HeaderOf<F>
    },
  }
}

/** Returns the definition of a request. `what` is the name of the request in the sentences of errors. */
export function defineRequest<F extends HeaderFields>(
  code: number,
  what: string,
  fields: F,
  wireNames: { readonly [K in keyof F]?: string } = {},
): RequestDefinition<F> {
  return { code, ...defineHeader(what, fields, wireNames) }
}

/** The fields of a header. */
type Values = { [name: string]: string | number | boolean }

/** A header with a longer text is not kept for a comparison with the next one. */
const KEPT_TEXT_MAX = 1_024

function isShort(text: string | undefined): boolean {
  return text === undefined || text.length <= KEPT_TEXT_MAX
}

function isMissing(text: string | undefined, type: FieldType): text is undefined {
  return text === undefined || (text === '' && type !== 'string')
}

/** Returns the whole number in `text`, which has at most 19 digits and perhaps a sign. Returns NaN for any other text. */
function numberOf(text: string): number {
  let number = 0
  // the loop is the fast path for the short numbers of most fields
  for (let i = 0; i < text.length && i < FAST_DIGITS_MAX; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return slowNumberOf(text)
    number = number * 10 + digit
  }
  return text.length > 0 && text.length <= FAST_DIGITS_MAX ? number : slowNumberOf(text)
}

function slowNumberOf(text: string): number {
  return /^[+-]?\d{1,19}$/.test(text) ? Number(text) : Number.NaN
}

function parseField(what: string, wire: string, type: FieldType, text: string): string | number | boolean {
  if (type === 'string') return text
  if (type === 'boolean') return text.toLowerCase() === 'true'
  const number = numberOf(text)
  if (type === 'bigLong' && !Number.isNaN(number))
    return Math.min(Math.max(number, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
  const fits = type === 'int' ? number >= INT_MIN && number <= INT_MAX : Number.isSafeInteger(number)
  if (!fits)
    throw new HeaderError(
      `${what}: the header field ${wire} is ${JSON.stringify(text.slice(0, 40))}, not ${type === 'int' ? 'an int' : 'a long'}`,
    )
  return number
}
