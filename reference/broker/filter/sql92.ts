/**
 * Decides whether a message passes an SQL92 filter.
 *
 * A condition is true, false or unknown. A message passes only when the whole filter is true. When the message does not have
 * the property of a condition, IS NULL is true, and a search (CONTAINS, STARTSWITH, ENDSWITH) is false. For such a message,
 * a comparison or an IN is unknown. A comparison by `=` has two exceptions (function `compare`). When both values are
 * missing, the comparison is true. When only the right value is missing, the comparison is false. A comparison by `<>` is
 * NOT of a comparison by `=`, so it has the opposite exceptions.
 *
 * | AND     | true    | false | unknown |   | OR      | true | false   | unknown |
 * | ------- | ------- | ----- | ------- | - | ------- | ---- | ------- | ------- |
 * | true    | true    | false | unknown |   | true    | true | true    | true    |
 * | false   | false   | false | false   |   | false   | true | false   | unknown |
 * | unknown | unknown | false | unknown |   | unknown | true | unknown | unknown |
 *
 * NOT unknown is unknown. RocketMQ: `LogicExpression`, `ComparisonExpression`, `UnaryExpression`.
 */
import { SqlError } from './sql92-lexer.ts'
import { type Comparison, parseSql, type SqlNode } from './sql92-parser.ts'
import { compareTexts, compareValues, type SqlValue } from './sql92-value.ts'

/** The properties of a message. A filter asks only for the properties that it names. */
export type Properties = Pick<ReadonlyMap<string, string>, 'get'>

/** A compiled filter. Returns true when a message with these properties passes. */
export type SqlFilter = (properties: Properties) => boolean

/**
 * Compiles a filter: each part becomes one function, which calls the functions of its own parts. Throws `SqlError` with one
 * sentence when the text is not a valid filter.
 */
export function compileSql(filter: string): SqlFilter {
  const passes = truthOf(parseSql(filter))
  return (properties) => {
    try {
      return passes(properties) === true
    } catch (error) {
      if (error instanceof SqlError) return false // a property cannot be compared in the way that the filter requires
      throw error
    }
  }
}

/** A condition of a message: true, false, or undefined for unknown. */
type Truth = (properties: Properties) => boolean | undefined
/** A value for a message. Undefined when it is missing. */
type Value = (properties: Properties) => SqlValue | undefined

// #region truth
/** Returns the function for a condition. */
function truthOf(part: SqlNode): Truth {
  switch (part.is) {
    case 'and': {
      const [left, right] = [truthOf(part.left), truthOf(part.right)]
      return (properties) => {
        const first = left(properties)
        if (first === false) return false
        const second = right(properties)
        return second === false ? false : first === undefined ? undefined : second
      }
    }
    case 'or': {
      const [left, right] = [truthOf(part.left), truthOf(part.right)]
      return (properties) => {
        const first = left(properties)
        if (first === true) return true
        const second = right(properties)
        return second === true ? true : first === undefined ? undefined : second
      }
    }
    case 'not': {
      const of = truthOf(part.of)
      return (properties) => {
        const truth = of(properties)
        return truth === undefined ? undefined : !truth
      }
    }
    case 'null': {
      const of = valueFrom(part.of)
      return (properties) => of(properties) === undefined
    }
    case 'compare': {
      const [left, right] = [valueFrom(part.left), valueFrom(part.right)]
      const { by } = part
      return (properties) => compare(by, left(properties), right(properties))
    }
    case 'in': {
      const { name, texts, not } = part
      return (properties) => {
        const text = properties.get(name)
        return text === undefined ? undefined : texts.has(text) !== not
      }
    }
    case 'search': {
      const of = valueFrom(part.of)
      return (properties) => search(part, of(properties))
    }
    default: {
      // The value of a property is a text. Therefore a condition that is only a property is never true.
      const of = valueFrom(part)
      return (properties) => {
        const value = of(properties)
        return value === undefined ? undefined : value.type === 'boolean' && value.value
      }
    }
  }
}
// #endregion truth

function compare(by: Comparison, left: SqlValue | undefined, right: SqlValue | undefined): boolean | undefined {
  if (left === undefined) return right === undefined && by === '=' ? true : undefined // as in RocketMQ, null equals null
  if (right === undefined) return by === '=' ? false : undefined
  const areTexts = left.type === 'string' && right.type === 'string'
  const order = areTexts && by !== '=' ? compareTexts(left.value, right.value) : compareValues(left, right)
  switch (by) {
    case '=':
      return order === 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
  }
}

/**
 * Returns true when a property contains, begins with or ends with a text; for NOT CONTAINS and its like, when it does not.
 * Returns false when the property is missing or the search text is empty, in both cases.
 */
function search(part: SqlNode & { is: 'search' }, of: SqlValue | undefined): boolean {
  if (part.text === '' || of?.type !== 'string') return false
  const text = of.value
  const found =
    part.how === 'CONTAINS'
      ? text.includes(part.text)
      : part.how === 'STARTSWITH'
        ? text.startsWith(part.text)
        : text.endsWith(part.text)
  return found !== part.not
}

/** Returns the function for a value. */
function valueFrom(part: SqlNode): Value {
  if (part.is === 'constant') {
    const { value } = part
    return () => value
  }
  if (part.is === 'property') {
    const { name } = part
    return (properties) => {
      const text = properties.get(name)
      return text === undefined ? undefined : { type: 'string', value: text }
    }
  }
  if (part.is === 'negate') {
    const of = valueFrom(part.of)
    return (properties) => negated(of(properties))
  }
  const of = truthOf(part)
  return (properties) => {
    const truth = of(properties)
    return truth === undefined ? undefined : { type: 'boolean', value: truth }
  }
}

/** Returns the negative of a number. Returns undefined (unknown) for any other value, also for a property. */
function negated(of: SqlValue | undefined): SqlValue | undefined {
  if (of === undefined || of.type === 'string' || of.type === 'boolean') return undefined
  if (of.type === 'double') return { type: 'double', value: -of.value }
  return { type: of.type, value: typeof of.value === 'number' ? 0 - of.value : -of.value } // `0 - x`: -0 would be another value than 0 (`compareValues`)
}
