/**
 * JSON with one spelling: keys sorted, no spaces, whole numbers; so that equal values have equal hashes everywhere.
 *
 * Not here: numbers with a fraction. Nothing that is hashed has any, and engines print them alike only by luck.
 */
import { sha256Hex } from '../../judge/seeds.ts'

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** The one spelling of a value. Fields that are undefined do not appear. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new RangeError(`canonical JSON holds whole numbers only, not ${value}`)
    return JSON.stringify(value)
  }
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  const fields: string[] = []
  for (const key of Object.keys(value).sort()) {
    const field = value[key]
    if (field !== undefined) fields.push(`${JSON.stringify(key)}:${canonicalJson(field)}`)
  }
  return `{${fields.join(',')}}`
}

/** SHA-256 of the one spelling, as hexadecimal digits. */
export function canonicalSha256(value: Json): string {
  return sha256Hex(canonicalJson(value))
}

/** The hash of a set of files: by path, so the order they are listed in does not matter. */
export function filesSha256(files: ReadonlyMap<string, string>): string {
  return canonicalSha256(Object.fromEntries([...files].map(([path, text]) => [path, sha256Hex(text)])))
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value)
}
