/**
 * How a request file says what its header holds.
 *
 * On the wire every header field is text in `extFields`. A request is described once, as a table of names and types, and
 * both directions follow from it: `encode` for the asker, `decode` with checks for the answerer.
 *
 * ```ts
 * export const getMaxOffset = defineRequest(RequestCode.GET_MAX_OFFSET, { topic: 'string!', queueId: 'int!', committed: 'boolean' })
 * getMaxOffset.encode({ topic: 'T', queueId: 0 })   // { topic: 'T', queueId: '0' }
 * getMaxOffset.decode(request.extFields)            // typed, or a HeaderError that names the field
 * ```
 *
 * `!` marks a field that must be there (`@CFNotNull`). Java does not enforce it and fails later with a
 * NullPointerException; we answer with the name of the field. `long` fields must be exact in a JavaScript number; the two
 * that peers fill with Long.MAX are `bigLong`, clamped to 2^53 - 1.
 *
 * RocketMQ: `CommandCustomHeader` and its sub-classes, `RemotingCommand.makeCustomHeaderToNet`.
 */

import { INT_MAX } from '../common/bytes.ts'
import type { ExtFields } from './remoting-command.ts'

type FieldType = 'string' | 'int' | 'long' | 'bigLong' | 'boolean'
export type HeaderFields = { readonly [name: string]: FieldType | `${FieldType}!` }

type ValueOf<T extends string> = T extends 'string' | 'string!'
  ? string
  : T extends 'boolean' | 'boolean!'
    ? boolean
    : number

/** The typed header of a table of fields: `!` fields are there, others may be. */
export type HeaderOf<F extends HeaderFields> = {
  readonly [K in keyof F as F[K] extends `${string}!` ? K : never]: ValueOf<F[K]>
} & { readonly [K in keyof F as F[K] extends `${string}!` ? never : K]?: ValueOf<F[K]> | undefined }

/** A header field is missing or not what its type says; answered with INVALID_PARAMETER or SYSTEM_ERROR. */
export class HeaderError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'HeaderError'
  }
}

/** One request's header, or one answer's: both directions of it. */
export interface HeaderCodec<F extends HeaderFields> {
  readonly fields: F
  encode(header: HeaderOf<F>): ExtFields
  /** Throws `HeaderError` naming the field. Unknown fields are ignored. */
  decode(extFields: ExtFields | undefined): HeaderOf<F>
}

export interface RequestDefinition<F extends HeaderFields> extends HeaderCodec<F> {
  readonly code: number
}

const INT_MIN = -2_147_483_648

/**
 * A header from its table. `wireNames` gives other names on the wire: SEND_MESSAGE_V2 has one letter for each field.
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
  return {
    fields,
    encode(header) {
      const values = header as { readonly [name: string]: string | number | boolean | undefined }
      const extFields: { [name: string]: string } = {}
      for (const { name, wire } of table) {
        const value = values[name]
        if (value !== undefined) extFields[wire] = String(value)
      }
      return extFields
    },
    decode(extFields) {
      const header: { [name: string]: string | number | boolean } = {}
      for (const { name, wire, type, required } of table) {
        const text = extFields?.[wire]
        if (text === undefined || (text === '' && type !== 'string')) {
          if (required) throw new HeaderError(`${what}: the header field ${wire} is missing`)
          continue
        }
        header[name] = parseField(what, wire, type, text)
      }
      return header as HeaderOf<F>
    },
  }
}

/** A request: its code and its header. */
export function defineRequest<F extends HeaderFields>(
  code: number,
  what: string,
  fields: F,
  wireNames: { readonly [K in keyof F]?: string } = {},
): RequestDefinition<F> {
  return { code, ...defineHeader(what, fields, wireNames) }
}

function parseField(what: string, wire: string, type: FieldType, text: string): string | number | boolean {
  if (type === 'string') return text
  if (type === 'boolean') return text.toLowerCase() === 'true'
  const number = /^[+-]?\d{1,19}$/.test(text) ? Number(text) : Number.NaN
  if (type === 'bigLong' && !Number.isNaN(number))
    return Math.min(Math.max(number, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
  const fits = type === 'int' ? number >= INT_MIN && number <= INT_MAX : Number.isSafeInteger(number)
  if (!fits)
    throw new HeaderError(
      `${what}: the header field ${wire} is ${JSON.stringify(text.slice(0, 40))}, not ${type === 'int' ? 'an int' : 'a long'}`,
    )
  return number
}
