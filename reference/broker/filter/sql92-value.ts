/**
 * The values in an SQL92 filter, and the comparison of two values.
 *
 * Properties of a message are texts. When a property is compared with a constant, the text of the property is read as a
 * value of the constant's type. When this is not possible, the message does not pass the filter, even when a later condition
 * of an OR is true. For example, `a > 5` does not accept a message with `a=5.5`, because 5 is a whole number, and 5.5 cannot
 * be read as a whole number.
 *
 * RocketMQ: `ComparisonExpression.__compare`.
 */
import { javaTrim } from '../../common/java-text.ts'
import { SqlError } from './sql92-lexer.ts'

/** A whole number. Most are small enough for a `number`, which is compared much faster than a `bigint`. */
export type WholeNumber = number | bigint

/** A value of a filter, with its type. */
export type SqlValue =
  | { readonly type: 'string'; readonly value: string }
  /** A number of 32 bits. */
  | { readonly type: 'int'; readonly value: WholeNumber }
  /** A number of 64 bits. */
  | { readonly type: 'long'; readonly value: WholeNumber }
  | { readonly type: 'double'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }

/** Whole numbers with at most this many digits are exact as a `number`. */
const EXACT_DIGITS = 15
/** The limits of the two types: a value is at least `-limit`, and less than `limit`. */
const LIMITS = { int: 1n << 31n, long: 1n << 63n } as const

/** Returns the whole number that consists of these digits, perhaps with a sign. */
export function wholeNumber(digits: string): WholeNumber {
  if (digits.length <= EXACT_DIGITS) return Number(digits) + 0 // `Number` reads "-0" as -0, which is less than 0
  return BigInt(digits.startsWith('+') ? digits.slice(1) : digits)
}

// #region compare-values
/**
 * Compares two values. Returns -1, 0 or 1. Throws `SqlError` when a text cannot be read as the other value's type, or is
 * compared with TRUE or FALSE on the left.
 */
export function compareValues(left: SqlValue, right: SqlValue): number {
  if (left.type === 'string' && right.type !== 'string') return compareValues(readAs(left.value, right.type), right)
  if (right.type === 'string' && left.type !== 'string') {
    if (left.type === 'boolean') throw new SqlError('TRUE and FALSE must stand on the right')
    return compareValues(left, readAs(right.value, left.type))
  }
  if ((left.type === 'boolean') !== (right.type === 'boolean')) return -1 // as in RocketMQ, such values are never equal
  return order(left.value, right.value)
}
// #endregion compare-values

/**
 * Compares two texts for `>` and `<`. Both texts are read as decimal numbers. Throws `SqlError` when a text is not a number.
 */
export function compareTexts(left: string, right: string): number {
  return order(readDouble(left), readDouble(right))
}

function order(left: string | bigint | number | boolean, right: string | bigint | number | boolean): number {
  if (typeof left === 'number' || typeof right === 'number') return orderDoubles(Number(left), Number(right))
  return left < right ? -1 : left > right ? 1 : 0
}

/**
 * Compares two numbers as `Double.compare` does in Java: NaN equals NaN and is greater than all other numbers, and -0 is
 * less than 0.
 */
function orderDoubles(left: number, right: number): number {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right))
  if (left === 0 && right === 0) return Number(Object.is(right, -0)) - Number(Object.is(left, -0))
  return left < right ? -1 : left > right ? 1 : 0
}

function readAs(text: string, type: Exclude<SqlValue['type'], 'string'>): SqlValue {
  if (type === 'boolean') return { type, value: /^true$/i.test(text) }
  if (type === 'double') return { type, value: readDouble(text) }
  if (!/^[+-]?\d{1,20}$/.test(text)) throw new SqlError(`"${text}" is no whole number`)
  const value = wholeNumber(text)
  const limit = LIMITS[type]
  if (value < -limit || value >= limit) throw new SqlError(`${text} does not fit ${type === 'int' ? 32 : 64} bits`)
  return { type, value }
}

/**
 * Reads a number as `Double.valueOf` does in Java, but does not accept hexadecimal numbers. `nan` and `infinity` in small
 * letters are not numbers. Throws `SqlError` when the text is not a number.
 */
function readDouble(text: string): number {
  const match = /^([+-]?)(?:(NaN)|(Infinity)|((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)[fFdD]?)$/.exec(javaTrim(text))
  if (match === null) throw new SqlError(`"${text}" is no number`)
  const [, sign, nan, infinity, digits] = match
  if (nan !== undefined) return Number.NaN
  const value = infinity !== undefined ? Number.POSITIVE_INFINITY : Number(digits)
  return sign === '-' ? -value : value
}
