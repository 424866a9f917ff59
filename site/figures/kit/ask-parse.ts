/**
 * Reads a question over a run, such as `deliveries('order-7') > 1 && first('node.stopped').node == 'broker-a'`.
 *
 * A small language of its own: numbers, texts, calls, `.field`, `{ field: value }`, comparisons, sums, `&&`, `||`, `!` and
 * parentheses. A text is parsed and never evaluated as code, so that a page's policy can forbid that.
 */

/** Characters of one question, and how deep it may be nested. */
const CHARACTERS_MAX = 400
const DEPTH_MAX = 24

/** A question, parsed. */
export type Expression =
  | { readonly is: 'value'; readonly value: number | string | boolean }
  | { readonly is: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly is: 'fields'; readonly fields: Readonly<Record<string, Expression>> }
  | { readonly is: 'field'; readonly of: Expression; readonly name: string }
  | { readonly is: 'unary'; readonly sign: '!' | '-'; readonly of: Expression }
  | { readonly is: 'binary'; readonly sign: string; readonly left: Expression; readonly right: Expression }

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|'([^']*)'|([A-Za-z][A-Za-z0-9]*)|(==|!=|<=|>=|&&|\|\||[-+*/<>!().,{}:]))/y
/** Signs from loose to tight. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/'],
]

interface Token {
  readonly kind: 'number' | 'text' | 'word' | 'sign'
  readonly text: string
}

/** The parsed question. Throws a sentence that says where it cannot be read. */
export function parseQuestion(text: string): Expression {
  if (text.length > CHARACTERS_MAX)
    throw new Error(`the question has ${text.length} characters; ${CHARACTERS_MAX} are possible`)
  const reader = new Reader(text, tokensOf(text))
  const expression = reader.level(0, 0)
  reader.mustBeOver()
  return expression
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (let at = 0; text.slice(at).trim() !== ''; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (match === null) throw new Error(`"${text}" cannot be read from "${text.slice(at).trim()}" on`)
    const [, number, quoted, word, sign] = match
    if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else tokens.push({ kind: 'sign', text: sign! })
  }
  return tokens
}

class Reader {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text
    this.#tokens = tokens
  }

  mustBeOver(): void {
    const left = this.#tokens[this.#at]
    if (left !== undefined) this.#fail(`"${left.text}" is not expected`)
  }

  /** A row of parts with the signs of one level between them. */
  level(at: number, depth: number): Expression {
    if (depth > DEPTH_MAX) this.#fail('it is nested too deeply')
    const signs = LEVELS[at]
    if (signs === undefined) return this.#unary(depth + 1)
    let left = this.level(at + 1, depth)
    for (let sign = this.#sign(signs); sign !== undefined; sign = this.#sign(signs))
      left = { is: 'binary', sign, left, right: this.level(at + 1, depth) }
    return left
  }

  #unary(depth: number): Expression {
    const sign = this.#sign(['!', '-']) as '!' | '-' | undefined
    if (depth > DEPTH_MAX) this.#fail('it is nested too deeply')
    return sign === undefined ? this.#fields(depth) : { is: 'unary', sign, of: this.#unary(depth + 1) }
  }

  #fields(depth: number): Expression {
    let of = this.#part(depth)
    while (this.#sign(['.']) !== undefined) of = { is: 'field', of, name: this.#take('word', 'the name of a field') }
    return of
  }

  #part(depth: number): Expression {
    if (this.#sign(['(']) !== undefined) {
      const inner = this.level(0, depth + 1)
      this.#mustBe(')')
      return inner
    }
    if (this.#sign(['{']) !== undefined) return this.#object(depth)
    const token = this.#tokens[this.#at++]
    if (token?.kind === 'number') return { is: 'value', value: Number(token.text) }
    if (token?.kind === 'text') return { is: 'value', value: token.text }
    if (token?.kind !== 'word')
      return this.#fail(token === undefined ? 'it ends too early' : `"${token.text}" is not expected`)
    if (token.text === 'true' || token.text === 'false') return { is: 'value', value: token.text === 'true' }
    this.#mustBe('(')
    return { is: 'call', name: token.text, args: this.#list(')', () => this.level(0, depth + 1)) }
  }

  #object(depth: number): Expression {
    const fields: Record<string, Expression> = {}
    this.#list('}', () => {
      const name = this.#take('word', 'the name of a field')
      this.#mustBe(':')
      fields[name] = this.level(0, depth + 1)
    })
    return { is: 'fields', fields }
  }

  #list<T>(end: string, item: () => T): T[] {
    const items: T[] = []
    if (this.#sign([end]) !== undefined) return items
    do items.push(item())
    while (this.#sign([',']) !== undefined)
    this.#mustBe(end)
    return items
  }

  #sign(among: readonly string[]): string | undefined {
    const token = this.#tokens[this.#at]
    if (token?.kind !== 'sign' || !among.includes(token.text)) return undefined
    this.#at++
    return token.text
  }

  #mustBe(sign: string): void {
    if (this.#sign([sign]) === undefined) this.#fail(`"${sign}" is missing`)
  }

  #take(kind: Token['kind'], what: string): string {
    const token = this.#tokens[this.#at++]
    if (token?.kind !== kind) this.#fail(`${what} is missing`)
    return token!.text
  }

  #fail(what: string): never {
    throw new Error(`"${this.#text}" cannot be read: ${what}`)
  }
}
