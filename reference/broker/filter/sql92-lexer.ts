/**
 * Cuts the text of an SQL92 filter into tokens.
 *
 * | token        | examples                                                              |
 * | ------------ | --------------------------------------------------------------------- |
 * | `word`       | `region`, `_a$1`: a property's name                                     |
 * | `keyword`    | `AND`, `between`, `Is`: in any case                                     |
 * | `text`       | `'it''s'`                                                               |
 * | `whole`      | `0`, `42`, `42L`                                                        |
 * | `fraction`   | `5.5`, `5.`, `.5`, `5E10`                                               |
 * | `sign`       | `= <> > >= < <= + - ( ) ,`                                              |
 *
 * Comments run from `--` to the end of the line, or stand between a slash with a star and a star with a slash. In the last
 * line, when no line end follows, `--` is two minus signs as in Java (`a = --5`). Characters there with which no token
 * begins may be a note behind a complete filter, so the parser decides.
 *
 * The work is linear: a row of digits that was found not to begin a fraction is not searched again from each of its digits.
 * RocketMQ: the token part of `SelectorParser.jj`.
 */

/** What a token is; the table above shows examples. */
export type TokenKind = 'word' | 'keyword' | 'text' | 'whole' | 'fraction' | 'sign' | 'note' | 'end'

/** One token of a filter. */
export interface Token {
  readonly kind: TokenKind
  /** Keywords in capitals; texts without their quotes. */
  readonly text: string
  /** Position of the token's first character in the filter, from 0. */
  readonly at: number
}

/** The text is not a filter; `message` says where and why. */
export class SqlError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SqlError'
  }
}

/** A longer filter is refused: people do not write such filters by hand. */
export const FILTER_CHARACTERS_MAX = 8_192

const KEYWORDS = new Set([
  'NOT',
  'AND',
  'OR',
  'BETWEEN',
  'IN',
  'TRUE',
  'FALSE',
  'NULL',
  'IS',
  'CONTAINS',
  'STARTSWITH',
  'ENDSWITH',
])

const SPACE = /[ \t\n\r\f]+|--[^\n\r]*(?:\r\n|\n|\r)|\/\*[\s\S]*?\*\//y
/**
 * Blanks behind the last line end, where `--` does not begin a comment: a row of dashes is not searched from each of them.
 */
const LAST_SPACE = /[ \t\f]+|\/\*[\s\S]*?\*\//y
const WORD = /[a-z_$][a-z0-9_$]*/iy
const TEXT = /'(?:''|[^'])*'/y
const FRACTION = /\d+\.\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+/iy
const DIGITS = /\d+/y
const WHOLE = /0|[1-9]\d*l?/iy
const SIGN = /<>|>=|<=|[=<>+\-(),]/y

// #region sql-tokens
/** Returns the tokens of a filter, ended by one of kind `end`. Throws `SqlError`. */
export function sqlTokens(filter: string): readonly Token[] {
  if (filter.length > FILTER_CHARACTERS_MAX)
    throw new SqlError(`the filter has ${filter.length} characters, ${FILTER_CHARACTERS_MAX} are the most`)
  const tokens: Token[] = []
  let at = 0
  /** The digits before this position do not begin a fraction. */
  let wholeEnd = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(filter)?.[0]
  }
  const lastLineEnd = Math.max(filter.lastIndexOf('\n'), filter.lastIndexOf('\r'))
  while (at < filter.length) {
    // Blanks and comments separate tokens.
    const space = take(at <= lastLineEnd ? SPACE : LAST_SPACE)
    if (space !== undefined) {
      at += space.length
      continue
    }
    const token = nextToken(take, at, at >= wholeEnd)
    // A character with which no token begins is a fault, or the beginning of a note in the last line.
    if (token === undefined) {
      if (!isInLastNote(filter, at))
        throw new SqlError(`"${filter[at]}" at character ${at} begins nothing a filter knows`)
      tokens.push({ kind: 'note', text: filter.slice(at), at })
      break
    }
    tokens.push(token.token)
    if (token.token.kind === 'whole' && at >= wholeEnd) wholeEnd = at + take(DIGITS)!.length
    at += token.length
  }
  return [...tokens, { kind: 'end', text: '', at: filter.length }]
}

/** True when a `--` that no line end follows stands before this character. */
function isInLastNote(filter: string, at: number): boolean {
  const note = filter.lastIndexOf('--', at)
  return note >= 0 && !/[\n\r]/.test(filter.slice(note))
}
// #endregion sql-tokens

function nextToken(
  take: (pattern: RegExp) => string | undefined,
  at: number,
  mayBeFraction: boolean,
): { token: Token; length: number } | undefined {
  // A word is a keyword or a property's name.
  const word = take(WORD)
  if (word !== undefined) {
    const capitals = upperCase(word)
    const isKeyword = KEYWORDS.has(capitals)
    return {
      token: { kind: isKeyword ? 'keyword' : 'word', text: isKeyword ? capitals : word, at },
      length: word.length,
    }
  }
  // A text in quotes, then numbers and signs.
  const text = take(TEXT)
  if (text !== undefined)
    return { token: { kind: 'text', text: text.slice(1, -1).replaceAll("''", "'"), at }, length: text.length }
  for (const [kind, pattern] of [
    ['fraction', FRACTION],
    ['whole', WHOLE],
    ['sign', SIGN],
  ] as const) {
    const found = kind === 'fraction' && !mayBeFraction ? undefined : take(pattern)
    if (found !== undefined) return { token: { kind, text: found, at }, length: found.length }
  }
  return undefined
}

/** Capitals for ASCII letters only: which words are keywords must not depend on a language. */
function upperCase(word: string): string {
  return word.replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 32))
}
