/**
 * Checks JSON from peers and files against known shapes.
 *
 * In this JSON, fields may be missing (from older releases) or unknown (from newer releases), or everything may be
 * different. A shape defines the type of a field and its default value, like a class in Java. When a value has a wrong type,
 * a shape throws `ShapeError` with the path of the value, such as `topicConfigTable.T.perm: expected a whole number`.
 *
 * A shape is a function that reads one value.
 */
import type { Json } from './lax-json.ts'

/**
 * Reads one value. `value` is undefined when the field is missing. `path` is the path of the value, for the sentence of an
 * error. Throws `ShapeError` when the value has a wrong type.
 */
export type Shape<T> = (value: Json | undefined, path: string) => T

/** The error for a value of a wrong type, or for a list that is too long. The message begins with the path of the value. */
export class ShapeError extends Error {
  constructor(path: string, expected: string) {
    super(`${path === '' ? 'the value' : path}: expected ${expected}`)
    this.name = 'ShapeError'
  }
}

/**
 * Reads text. Returns `missing` when the value is missing or null. Accepts numbers and booleans, too, and returns them as
 * text.
 */
export function text(missing = ''): Shape<string> {
  return (value, path) => {
    if (value === undefined || value === null) return missing
    if (typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    throw new ShapeError(path, 'text')
  }
}

/**
 * Reads a whole number. As in fastjson, a number in quotes is accepted. Returns `missing` when the value is missing or
 * null.
 */
export function whole(missing = 0): Shape<number> {
  return (value, path) => {
    if (value === undefined || value === null) return missing
    const number = typeof value === 'string' && value !== '' ? Number(value) : value
    if (typeof number === 'number' && Number.isInteger(number)) return number
    throw new ShapeError(path, 'a whole number')
  }
}

/** Reads a boolean. Accepts the texts `true` and `false`, too. Returns `missing` when the value is missing or null. */
export function flag(missing = false): Shape<boolean> {
  return (value, path) => {
    if (value === undefined || value === null) return missing
    if (typeof value === 'boolean') return value
    if (value === 'true' || value === 'false') return value === 'true'
    throw new ShapeError(path, 'true or false')
  }
}

/**
 * Reads a list. Returns an empty list when the value is missing or null. Throws `ShapeError` for a list with more than
 * `entriesMax` entries, before an entry is read.
 */
export function list<T>(item: Shape<T>, entriesMax = Number.POSITIVE_INFINITY): Shape<T[]> {
  return (value, path) => {
    if (value === undefined || value === null) return []
    if (!Array.isArray(value)) throw new ShapeError(path, 'a list')
    if (value.length > entriesMax) throw new ShapeError(path, `at most ${entriesMax} entries, not ${value.length}`)
    return value.map((entry, i) => item(entry, `${path}[${i}]`))
  }
}

/** Reads an object as a map. Returns an empty map when the value is missing or null. */
export function table<T>(item: Shape<T>): Shape<Map<string, T>> {
  return (value, path) => {
    if (value === undefined || value === null) return new Map()
    if (typeof value !== 'object' || Array.isArray(value)) throw new ShapeError(path, 'an object')
    return new Map(Object.keys(value).map((key) => [key, item(value[key], path === '' ? key : `${path}.${key}`)]))
  }
}

/**
 * Reads an object with known fields. Ignores other fields. When the object is missing or null, all its fields are missing.
 */
export function record<T extends object>(fields: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> {
  return (value, path) => {
    if (value === undefined || value === null) value = {}
    if (typeof value !== 'object' || Array.isArray(value)) throw new ShapeError(path, 'an object')
    const result: Partial<T> = {}
    for (const key in fields) result[key] = fields[key](value[key], path === '' ? key : `${path}.${key}`)
    return result as T
  }
}

/** Reads a value that may be missing. Returns undefined when the value is missing or null. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, path) => (value === undefined || value === null ? undefined : shape(value, path))
}

/** Returns a map as a plain object that can be written as JSON. The keys keep the order of the map. */
export function toObject<T>(map: ReadonlyMap<string, T>): { [key: string]: T } {
  return Object.fromEntries(map)
}
