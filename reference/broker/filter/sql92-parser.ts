/**
 * Reads an SQL92 filter into a tree.
 *
 * ```
 * or         = and { OR and }
 * and        = equality { AND equality }
 * equality   = comparison { ("=" | "<>") comparison | IS [NOT] NULL }
 * comparison = unary { (">" | ">=" | "<" | "<=") unary
 *                    | [NOT] BETWEEN unary AND unary | [NOT] IN "(" text { "," text } ")"
 *                    | [NOT] (CONTAINS | STARTSWITH | ENDSWITH) text }
 * unary      = ("+" | "-" | NOT) unary | primary
 * primary    = text | number | TRUE | FALSE | NULL | property | "(" or ")"
 * ```
 *
 * Some conditions that make no sense are refused when the filter is read. An order (`>`, `>=`, `<`, `<=`) needs properties,
 * numbers or values with a minus sign on both sides. NULL may not be compared by `=` or `<>`. TRUE and FALSE on the left of
 * `=` may not be compared with another kind of value. The second constant of a BETWEEN without NOT may not be smaller than
 * the first. In GlassMQ, text after a complete filter is an error, except a note that begins with `--`. Unlike GlassMQ,
 * RocketMQ ignores this text, so a user does not notice a mistyped AND.
 *
 * RocketMQ: `SelectorParser.jj`, the factories of `ComparisonExpression`.
 */

import { SqlError, sqlTokens, type Token } from './sql92-lexer.ts'
import { compareValues, type SqlValue, wholeNumber } from './sql92-value.ts'

/** The sign of a comparison. `<>` is not in this list, because the parser turns `<>` into NOT and `=`. */
export type Comparison = '=' | '>' | '>=' | '<' | '<='

/** A part of a filter as a tree. */
export type SqlNode =
  | { readonly is: 'property'; readonly name: string }
  /** An undefined `value` means NULL. */
  | { readonly is: 'constant'; readonly value: SqlValue | undefined }
  | { readonly is: 'or' | 'and'; readonly left: SqlNode; readonly right: SqlNode }
  | { readonly is: 'not' | 'negate'; readonly of: SqlNode }
  | { readonly is: 'compare'; readonly by: Comparison; readonly left: SqlNode; readonly right: SqlNode }
  | { readonly is: 'null'; readonly of: SqlNode }
  | { readonly is: 'in'; readonly name: string; readonly texts: ReadonlySet<string>; readonly not: boolean }
  | {
      readonly is: 'search'
      readonly how: SearchKind
      readonly of: SqlNode
      readonly text: string
      readonly not: boolean
    }

/** Says where in a property the text must be: anywhere, at the start, or at the end. */
export type SearchKind = 'CONTAINS' | 'STARTSWITH' | 'ENDSWITH'

const NESTING_MAX = 100
const INT_MAX = 2_147_483_647n
const LONG_MAX = 9_223_372_036_854_775_807n
/** The number of digits of `LONG_MAX`. */
const LONG_DIGITS = 19
const SEARCHES: ReadonlySet<string> = new Set(['CONTAINS', 'STARTSWITH', 'ENDSWITH'])

// #region parse-sql
/** Returns the tree of a filter. Throws `SqlError` when the text is not a valid filter. */
export function parseSql(filter: string): SqlNode {
  const parser = new Parser(sqlTokens(filter))
  const tree = parser.condition(parser.or())
  parser.expectEnd()
  return tree
}

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  or(): SqlNode {
    let left = this.#and()
    while (this.#accept('OR')) left = { is: 'or', left: this.condition(left), right: this.condition(this.#and()) }
    return left
  }

  #and(): SqlNode {
    let left = this.#equality()
    while (this.#accept('AND'))
      left = { is: 'and', left: this.condition(left), right: this.condition(this.#equality()) }
    return left
  }

  #equality(): SqlNode {
    let left = this.#comparison()
    for (;;) {
      if (this.#accept('=')) left = this.#equal(left, this.#comparison())
      else if (this.#accept('<>')) left = { is: 'not', of: this.#equal(left, this.#comparison()) }
      else if (this.#accept('IS')) {
        const not = this.#accept('NOT')
        this.#expect('NULL')
        left = not ? { is: 'not', of: { is: 'null', of: left } } : { is: 'null', of: left }
      } else return left
    }
  }

  #comparison(): SqlNode {
    let left = this.#unary()
    for (;;) {
      const sign = (['>=', '>', '<=', '<'] as const).find((by) => this.#accept(by))
      if (sign !== undefined) {
        left = this.#ordered(sign, left, this.#unary())
        continue
      }
      const not = this.#isKeyword(0, ['NOT']) && this.#isKeyword(1, ['BETWEEN', 'IN', ...SEARCHES])
      if (not) this.#next++
      if (this.#accept('BETWEEN')) left = this.#between(left, not)
      else if (this.#accept('IN')) left = this.#in(left, not)
      else if (SEARCHES.has(this.#peek().text) && this.#peek().kind === 'keyword') {
        const how = this.#tokens[this.#next++]!.text as SearchKind
        left = { is: 'search', how, of: left, text: this.#text(), not }
      } else return left
    }
  }
  // #endregion parse-sql

  #unary(): SqlNode {
    if (++this.#depth > NESTING_MAX) this.#fail(`more than ${NESTING_MAX} levels of parentheses and signs`)
    try {
      if (this.#accept('+')) return this.#unary()
      if (this.#accept('-')) return { is: 'negate', of: this.#unary() }
      if (this.#accept('NOT')) return { is: 'not', of: this.condition(this.#unary()) }
      return this.#primary()
    } finally {
      this.#depth--
    }
  }

  #primary(): SqlNode {
    const token = this.#tokens[this.#next++]!
    if (token.kind === 'word') return { is: 'property', name: token.text }
    if (token.kind === 'text') return constant({ type: 'string', value: token.text })
    if (token.kind === 'whole') return constant(this.#whole(token))
    if (token.kind === 'fraction') return constant(this.#fraction(token))
    if (token.text === 'TRUE' || token.text === 'FALSE')
      return constant({ type: 'boolean', value: token.text === 'TRUE' })
    if (token.text === 'NULL') return constant(undefined)
    if (token.text === '(') {
      const inside = this.or()
      this.#expect(')')
      return inside
    }
    this.#next--
    return this.#fail('a property, a value or "(" is wanted')
  }

  #whole(token: Token): SqlValue {
    const digits = token.text.replace(/l$/i, '')
    const value = digits.length > LONG_DIGITS ? LONG_MAX + 1n : wholeNumber(digits)
    if (value > LONG_MAX) this.#fail(`${token.text} is more than 64 bits hold`)
    return { type: value <= INT_MAX ? 'int' : 'long', value }
  }

  /** Reads a fraction. As in RocketMQ, 0.0 is refused. A number that is so small that it is rounded to 0 is refused, too. */
  #fraction(token: Token): SqlValue {
    const value = Number(token.text)
    if (value === 0 || value === Number.POSITIVE_INFINITY) this.#fail(`${token.text} is too small or too large`)
    return { type: 'double', value }
  }

  /**
   * Returns `part` when `part` can be used as a condition. A property without a comparison can be used as a condition.
   * Throws `SqlError` for a number, for a text, and for a part with a minus sign.
   */
  condition(part: SqlNode): SqlNode {
    const isCondition =
      part.is === 'property' || !(part.is === 'negate' || (part.is === 'constant' && part.value?.type !== 'boolean'))
    return isCondition || (part.is === 'constant' && part.value === undefined)
      ? part
      : this.#fail('this is a value, and a condition is wanted')
  }

  #equal(left: SqlNode, right: SqlNode): SqlNode {
    for (const side of [left, right])
      if (side.is === 'constant' && side.value === undefined) this.#fail('NULL equals nothing: write IS NULL')
    if (
      left.is === 'constant' &&
      right.is === 'constant' &&
      left.value!.type === 'boolean' &&
      right.value!.type !== 'boolean'
    )
      this.#fail('TRUE and FALSE are compared with each other only')
    return { is: 'compare', by: '=', left, right }
  }

  #ordered(by: Comparison, left: SqlNode, right: SqlNode): SqlNode {
    for (const side of [left, right]) {
      const isNumber = side.is === 'constant' && ['int', 'long', 'double'].includes(side.value?.type ?? '')
      if (!(side.is === 'property' || side.is === 'negate' || isNumber))
        this.#fail(`only properties and numbers have an order, so "${by}" cannot be used here`)
    }
    return { is: 'compare', by, left, right }
  }

  #between(value: SqlNode, not: boolean): SqlNode {
    const low = this.#unary()
    this.#expect('AND')
    const high = this.#unary()
    if (!not && low.is === 'constant' && high.is === 'constant') {
      if (low.value === undefined || high.value === undefined) this.#fail('BETWEEN wants values, not NULL')
      else if (compareValues(high.value, low.value) < 0) this.#fail('BETWEEN wants the smaller value first')
    }
    return not
      ? { is: 'or', left: this.#ordered('<', value, low), right: this.#ordered('>', value, high) }
      : { is: 'and', left: this.#ordered('>=', value, low), right: this.#ordered('<=', value, high) }
  }

  #in(left: SqlNode, not: boolean): SqlNode {
    if (left.is !== 'property') return this.#fail('IN wants a property before it')
    this.#expect('(')
    const texts = new Set([this.#text()])
    while (this.#accept(',')) texts.add(this.#text())
    this.#expect(')')
    return { is: 'in', name: left.name, texts, not }
  }

  #text(): string {
    const token = this.#tokens[this.#next]!
    if (token.kind !== 'text') this.#fail("a text in ' ' is wanted")
    this.#next++
    return token.text
  }

  #peek(): Token {
    return this.#tokens[this.#next]!
  }

  #isKeyword(ahead: number, words: readonly string[]): boolean {
    const token = this.#tokens[this.#next + ahead]
    return token?.kind === 'keyword' && words.includes(token.text)
  }

  #accept(text: string): boolean {
    const token = this.#peek()
    if ((token.kind !== 'keyword' && token.kind !== 'sign') || token.text !== text) return false
    this.#next++
    return true
  }

  #expect(text: string): void {
    if (!this.#accept(text)) this.#fail(`"${text}" is wanted`)
  }

  expectEnd(): void {
    const [first, second] = [this.#peek(), this.#tokens[this.#next + 1]]
    if (first.text === '-' && second?.text === '-' && second.at === first.at + 1) return // a note at the end is ignored
    if (first.kind !== 'end') this.#fail('the filter was complete')
  }

  #fail(what: string): never {
    const token = this.#peek()
    const where = token.kind === 'end' ? 'at the end' : `before "${token.text}" at character ${token.at}`
    throw new SqlError(`${what} ${where}`)
  }
}

function constant(value: SqlValue | undefined): SqlNode {
  return { is: 'constant', value }
}
