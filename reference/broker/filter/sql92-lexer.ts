/**
 * Splits the text of an SQL92 filter into tokens.
 *
 * | token        | examples                                                              |
 * | ------------ | --------------------------------------------------------------------- |
 * | `word`       | `region`, `_a$1`: the name of a property                                |
 * | `keyword`    | `AND`, `between`, `Is`, in capital or small letters                     |
 * | `text`       | `'it''s'`                                                               |
 * | `whole`      | `0`, `42`, `42L`                                                        |
 * | `fraction`   | `5.5`, `5.`, `.5`, `5E10`                                               |
 * | `sign`       | `= <> > >= < <= + - ( ) ,`                                              |
 *
 * A comment begins with `--` and ends at the end of the line. A comment may also begin with a slash and a star, and end with
 * a star and a slash. As in RocketMQ, `--` in the last line is read as two minus signs (`a = --5`), because the last line
 * has no line end. After such a `--`, a character that does not begin a token is not an error. The text from this character
 * to the end becomes one token of kind `note`. The parser decides whether the note is allowed.
 *
 * The time is linear in the length of the filter. In a row of digits, the lexer looks for a fraction only at the first
 * digit, and not again at each later digit. RocketMQ: the token part of `SelectorParser.jj`.
 */

/** The kind of a token. The table at the start of this file shows examples. */
export type TokenKind = 'word' | 'keyword' | 'text' | 'whole' | 'fraction' | 'sign' | 'note' | 'end'

/** One token of a filter. */
export interface Token {
  readonly kind: TokenKind
  /** Keywords are in capitals. Texts are without their quotes. */
  readonly text: string
  /** The position of the token's first character in the filter, counted from 0. */
  readonly at: number
}

/**
 * Thrown when a text is not a valid filter. `message` contains the reason, and the position of the error in the filter when
 * the error has a position.
 */
export class SqlError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SqlError'
  }
}

/** Max length of a filter, in characters. Longer filters are refused. */
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
 * Matches spaces and comments after the last line end, where `--` does not begin a comment. With the pattern `SPACE`, a row
 * of dashes would be searched again from each dash.
 */
const LAST_SPACE = /[ \t\f]+|\/\*[\s\S]*?\*\//y
const WORD = /[a-z_$][a-z0-9_$]*/iy
const TEXT = /'(?:''|[^'])*'/y
const FRACTION = /\d+\.\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+/iy
const DIGITS = /\d+/y
const WHOLE = /0|[1-9]\d*l?/iy
const SIGN = /<>|>=|<=|[=<>+\-(),]/y

// #region sql-tokens
/** Returns the tokens of a filter. The last token is of kind `end`. Throws `SqlError` when the text cannot be split. */
export function sqlTokens(filter: string): readonly Token[] {
  if (filter.length > FILTER_CHARACTERS_MAX)
    throw new SqlError(`the filter has ${filter.length} characters, ${FILTER_CHARACTERS_MAX} are the most`)
  const tokens: Token[] = []
  let at = 0
  /** No digit from `at` up to this position begins a fraction. */
  let wholeEnd = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(filter)?.[0]
  }
  const lastLineEnd = Math.max(filter.lastIndexOf('\n'), filter.lastIndexOf('\r'))
  while (at < filter.length) {
    // Spaces and comments separate tokens.
    const space = take(at <= lastLineEnd ? SPACE : LAST_SPACE)
    if (space !== undefined) {
      at += space.length
      continue
    }
    const token = nextToken(take, at, at >= wholeEnd)
    // A character that does not begin a token is an error. But after a `--` in the last line, such a character begins a
    // note.
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

/** Returns true when a `--` is before or at the position `at`, and no line end follows the `--`. */
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
  // A word is a keyword or the name of a property.
  const word = take(WORD)
  if (word !== undefined) {
    const capitals = upperCase(word)
    const isKeyword = KEYWORDS.has(capitals)
    return {
      token: { kind: isKeyword ? 'keyword' : 'word', text: isKeyword ? capitals : word, at },
      length: word.length,
    }
  }
  // If the text is not a word, it may be a text in quotes, a number or a sign.
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

/** Changes ASCII letters to capitals. A word contains no other letters. */
function upperCase(word: string): string {
  return word.replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 32))
}
