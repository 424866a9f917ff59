/**
 * JSON as fastjson writes it.
 *
 * Java peers send maps with bare numeric keys (`{0:"a"}`) and with objects as keys (`{{"queueId":3}:42}`), and accept
 * single quotes, bare names, comments and trailing commas. `parseJson` reads all of that; strict text takes the engine's
 * own parser. An object used as a key becomes the string of its strict JSON. Nesting is limited, duplicate keys: the last
 * wins. We always *write* strict JSON, which fastjson reads.
 *
 * RocketMQ: fastjson 1.2.83 (`RemotingSerializable`). Not here: `$ref`, `@type` (never followed), numbers beyond 2^53
 * are rounded as JavaScript does.
 */
import { JSON_DEPTH_MAX } from './limits.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Thrown for text that is no JSON even to fastjson; the message says what and at which character. */
export class JsonSyntaxError extends Error {
  constructor(what: string, at: number) {
    super(`${what} at character ${at}`)
    this.name = 'JsonSyntaxError'
  }
}

/** The value of `text`. Throws `JsonSyntaxError`. */
export function parseJson(text: string): Json {
  checkDepth(text)
  try {
    return JSON.parse(text) as Json
  } catch {
    return new LaxParser(text).whole()
  }
}

/** Refuses deep nesting before any parser recurses into it. Brackets inside strings count too: cheap, and never too few. */
function checkDepth(text: string): void {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x7b || unit === 0x5b) {
      if (++depth > JSON_DEPTH_MAX) throw new JsonSyntaxError(`more than ${JSON_DEPTH_MAX} levels of nesting`, i)
    } else if (unit === 0x7d || unit === 0x5d) depth--
    else if (unit === 0x22) {
      // skip the string: its brackets are text
      for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++
    }
  }
}

const BARE_WORD = /[A-Za-z0-9_$.+-]/

class LaxParser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text.replace(/^\uFEFF/, '').replace(/\0+$/, '')
  }

  whole(): Json {
    const value = this.#value()
    this.#space()
    if (this.#at < this.#text.length) throw this.#error('text after the value')
    return value
  }

  #error(what: string): JsonSyntaxError {
    return new JsonSyntaxError(what, this.#at)
  }

  #space(): void {
    for (;;) {
      const rest = this.#text.slice(this.#at, this.#at + 2)
      if (/^\s/.test(rest)) this.#at++
      else if (rest === '//') this.#skipTo('\n')
      else if (rest === '/*') this.#skipTo('*/')
      else return
    }
  }

  #skipTo(end: string): void {
    const found = this.#text.indexOf(end, this.#at + 2)
    if (found < 0 && end !== '\n') throw this.#error('a comment without an end')
    this.#at = found < 0 ? this.#text.length : found + end.length
  }

  #value(): Json {
    this.#space()
    const first = this.#text[this.#at]
    if (first === '{') return this.#object()
    if (first === '[') return this.#array()
    if (first === '"' || first === "'") return this.#string(first)
    const word = this.#word()
    if (word === 'true') return true
    if (word === 'false') return false
    if (word === 'null') return null
    const number = Number(word)
    if (word === '' || Number.isNaN(number)) throw this.#error('expected a value')
    return number
  }

  #word(): string {
    const start = this.#at
    while (this.#at < this.#text.length && BARE_WORD.test(this.#text[this.#at]!)) this.#at++
    return this.#text.slice(start, this.#at)
  }

  #key(): string {
    this.#space()
    const first = this.#text[this.#at]
    if (first === '"' || first === "'") return this.#string(first)
    if (first === '{' || first === '[') return JSON.stringify(this.#value())
    const word = this.#word()
    if (word === '') throw this.#error('expected a key')
    return word
  }

  #object(): Json {
    const object: { [key: string]: Json } = {}
    this.#at++
    for (;;) {
      this.#space()
      if (this.#take('}')) return object
      const key = this.#key()
      this.#space()
      if (!this.#take(':')) throw this.#error('expected a colon')
      // not an assignment: `__proto__` must be a plain key
      Object.defineProperty(object, key, { value: this.#value(), writable: true, enumerable: true, configurable: true })
      this.#space()
      if (!this.#take(',') && this.#text[this.#at] !== '}')
        throw this.#error('expected a comma or the end of the object')
    }
  }

  #array(): Json {
    const array: Json[] = []
    this.#at++
    for (;;) {
      this.#space()
      if (this.#take(']')) return array
      array.push(this.#value())
      this.#space()
      if (!this.#take(',') && this.#text[this.#at] !== ']')
        throw this.#error('expected a comma or the end of the array')
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #string(quote: string): string {
    let text = ''
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at]!
      if (character === quote) {
        this.#at++
        return text
      }
      text += character === '\\' ? this.#escape() : character
    }
    throw this.#error('a string without an end')
  }

  /** At a backslash; leaves the position on the last character of the escape. */
  #escape(): string {
    const letter = this.#text[++this.#at]
    if (letter === undefined) throw this.#error('an escape without an end')
    if (letter === 'u' || letter === 'x') {
      const digits = this.#text.slice(this.#at + 1, this.#at + (letter === 'u' ? 5 : 3))
      if (!/^([0-9a-fA-F]{2}){1,2}$/.test(digits)) throw this.#error('a broken \\u escape')
      this.#at += digits.length
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    return { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', 0: '\0' }[letter] ?? letter
  }
}
