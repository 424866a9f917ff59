/**
 * Decides whether a message passes an SQL92 filter.
 *
 * A condition is true, false or unknown. A message passes only when the whole filter is true. When the message does not have
 * the property of a condition, IS NULL is true, and a search (CONTAINS, STARTSWITH, ENDSWITH) is false. For such a message,
 * a comparison or an IN is unknown. A comparison by `=` has two exceptions (function `compare`). When both values are
 * missing, the comparison is true. When only the right value is missing, the comparison is false.
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

/** Compiles a filter. Throws `SqlError` with one sentence when the text is not a valid filter. */
export function compileSql(filter: string): SqlFilter {
  const tree = parseSql(filter)
  return (properties) => {
    try {
      return truth(tree, properties) === true
    } catch (error) {
      if (error instanceof SqlError) return false // a property cannot be compared in the way that the filter requires
      throw error
    }
  }
}

type Truth = boolean | undefined

// #region truth
/** Returns true or false, or undefined for unknown. */
function truth(part: SqlNode, properties: Properties): Truth {
  switch (part.is) {
    case 'and': {
      const left = truth(part.left, properties)
      if (left === false) return false
      const right = truth(part.right, properties)
      return right === false ? false : left === undefined ? undefined : right
    }
    case 'or': {
      const left = truth(part.left, properties)
      if (left === true) return true
      const right = truth(part.right, properties)
      return right === true ? true : left === undefined ? undefined : right
    }
    case 'not': {
      const of = truth(part.of, properties)
      return of === undefined ? undefined : !of
    }
    case 'null':
      return value(part.of, properties) === undefined
    case 'compare':
      return compare(part.by, value(part.left, properties), value(part.right, properties))
    case 'in': {
      const text = properties.get(part.name)
      return text === undefined ? undefined : part.texts.has(text) !== part.not
    }
    case 'search':
      return search(part, value(part.of, properties))
    default: {
      // The value of a property is a text. Therefore a condition that is only a property is never true.
      const of = value(part, properties)
      return of === undefined ? undefined : of.type === 'boolean' && of.value
    }
  }
}
// #endregion truth

function compare(by: Comparison, left: SqlValue | undefined, right: SqlValue | undefined): Truth {
  if (left === undefined) return right === undefined && by === '=' ? true : undefined // as in RocketMQ, null equals null
  if (right === undefined) return by === '=' ? false : undefined
  const areTexts = left.type === 'string' && right.type === 'string'
  const order = areTexts && by !== '=' ? compareTexts(left.value, right.value) : compareValues(left, right)
  return { '=': order === 0, '>': order > 0, '>=': order >= 0, '<': order < 0, '<=': order <= 0 }[by]
}

/**
 * Returns true when a property contains, begins with or ends with a text. Returns false when the property is missing or the
 * search text is empty, even for NOT CONTAINS.
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

function value(part: SqlNode, properties: Properties): SqlValue | undefined {
  if (part.is === 'constant') return part.value
  if (part.is === 'property') {
    const text = properties.get(part.name)
    return text === undefined ? undefined : { type: 'string', value: text }
  }
  if (part.is === 'negate') return negated(value(part.of, properties))
  const of = truth(part, properties)
  return of === undefined ? undefined : { type: 'boolean', value: of }
}

/** Returns the negative of a number. Returns undefined (unknown) for any other value, also for a property. */
function negated(of: SqlValue | undefined): SqlValue | undefined {
  if (of === undefined || of.type === 'string' || of.type === 'boolean') return undefined
  return of.type === 'double' ? { type: 'double', value: -of.value } : { type: of.type, value: -of.value }
}
