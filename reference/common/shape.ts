/**
 * Reads JSON of strangers into known shapes.
 *
 * A body from a peer or a file may lack fields (older releases), carry more (newer ones), or hold something else
 * altogether. A shape says what a field is and what stands in for a missing one, as Java's class defaults do; a value of
 * the wrong kind throws `ShapeError` with the path to it: `topicConfigTable.T.perm: expected a number`.
 *
 * Not here: a schema language. Files that people write are checked by the command line with a schema library.
 */
import type { Json } from './lax-json.ts'

/** Reads one value; `undefined` means the field is missing. `path` is for the sentence of an error. */
export type Shape<T> = (value: Json | undefined, path: string) => T

export class ShapeError extends Error {
  constructor(path: string, expected: string) {
    super(`${path === '' ? 'the value' : path}: expected ${expected}`)
    this.name = 'ShapeError'
  }
}

/** Text; `missing` when absent or null. */
export function text(missing = ''): Shape<string> {
  return (value, path) => {
    if (value === undefined || value === null) return missing
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    throw new ShapeError(path, 'text')
  }
}

/** A whole number; also accepts its digits as text, as fastjson does. */
export function whole(missing = 0): Shape<number> {
  return (value, path) => {
    if (value === undefined || value === null) return missing
    const number = typeof value === 'string' && value !== '' ? Number(value) : value
    if (typeof number === 'number' && Number.isInteger(number)) return number
    throw new ShapeError(path, 'a whole number')
  }
}

export function flag(missing = false): Shape<boolean> {
  return (value, path) => {
    if (value === undefined || value === null) return missing
    if (typeof value === 'boolean') return value
    if (value === 'true' || value === 'false') return value === 'true'
    throw new ShapeError(path, 'true or false')
  }
}

/** A list; missing or null is empty. More than `entriesMax` entries are refused before any is read. */
export function list<T>(item: Shape<T>, entriesMax = Number.POSITIVE_INFINITY): Shape<T[]> {
  return (value, path) => {
    if (value === undefined || value === null) return []
    if (!Array.isArray(value)) throw new ShapeError(path, 'a list')
    if (value.length > entriesMax) throw new ShapeError(path, `at most ${entriesMax} entries, not ${value.length}`)
    return value.map((entry, i) => item(entry, `${path}[${i}]`))
  }
}

/** An object used as a map; missing or null is empty. */
export function table<T>(item: Shape<T>): Shape<Map<string, T>> {
  return (value, path) => {
    if (value === undefined || value === null) return new Map()
    if (typeof value !== 'object' || Array.isArray(value)) throw new ShapeError(path, 'an object')
    return new Map(Object.keys(value).map((key) => [key, item(value[key], path === '' ? key : `${path}.${key}`)]))
  }
}

/** An object with known fields; others are ignored. */
export function record<T extends object>(fields: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  return (value, path) => {
    if (value === undefined || value === null) value = {}
    if (typeof value !== 'object' || Array.isArray(value)) throw new ShapeError(path, 'an object')
    const result: Partial<T> = {}
    for (const key in fields) result[key] = fields[key](value[key], path === '' ? key : `${path}.${key}`)
    return result as T
  }
}

/** Something that may be missing. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : shape(value, path))
}

/** A map as a plain object, for writing; keys keep the order of insertion. */
export function toObject<T>(map: ReadonlyMap<string, T>): { [key: string]: T } {
  return Object.fromEntries(map)
}
