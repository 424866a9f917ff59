/**
 * Reads JSON, including the dialect that fastjson writes.
 *
 * Java peers send maps whose keys are numbers without quotes (`{0:"a"}`) or objects (`{{"queueId":3}:42}`). Java peers also
 * accept single quotes, names without quotes, comments and trailing commas. `parseJson` reads all these forms. `parseJson`
 * passes strict JSON to the parser of the JavaScript engine, and reads any other text itself. An object or a list that is a
 * key becomes its text in strict JSON. Inside such a key, no other object or list may be a key, because each further level
 * would double the backslashes of the text. The depth of nesting has a limit. When two keys of an object are equal, the
 * later key counts. GlassMQ always *writes* strict JSON, which fastjson can read.
 *
 * The time for reading is proportional to the length of the text.
 *
 * RocketMQ: fastjson 1.2.83 (`RemotingSerializable`). Not in GlassMQ: `$ref` and `@type`, which are read as ordinary keys.
 * As in JavaScript, numbers beyond 2^53 are rounded.
 */
import { JSON_DEPTH_MAX } from './limits.ts'

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/**
 * The error for text that cannot be read, or that is beyond a limit. The message says what is wrong and at which character.
 */
export class JsonSyntaxError extends Error {
  constructor(what: string, at: number) {
    super(`${what} at character ${at}`)
    this.name = 'JsonSyntaxError'
  }
}

/** The limits for the text of a peer. */
export interface JsonLimits {
  /**
   * A text with more characters must be strict JSON, because the engine reads strict JSON ten times as fast. Peers write
   * only short texts in fastjson's dialect.
   */
  readonly laxCharactersMax?: number
  /** The max number of values. Each opening bracket and each comma outside strings counts as a value. */
  readonly valuesMax?: number
}

const NO_LIMITS: JsonLimits = {}

/** Returns the value of `text`. Throws `JsonSyntaxError` when the text cannot be read or is beyond a limit. */
export function parseJson(text: string, limits = NO_LIMITS): Json {
  checkSize(text, limits.valuesMax ?? Number.POSITIVE_INFINITY)
  try {
    return JSON.parse(text) as Json
  } catch {
    const { laxCharactersMax = Number.POSITIVE_INFINITY } = limits
    if (text.length > laxCharactersMax)
      throw new JsonSyntaxError(`not strict JSON, which more than ${laxCharactersMax} characters must be,`, 0)
    return new LaxParser(text).whole()
  }
}

/**
 * Throws `JsonSyntaxError` for deep nesting and for too many values, before the engine's parser reads the text. This
 * function finds strings by the rules of strict JSON. In fastjson's dialect, a double quote may also be in a comment or
 * between single quotes. So `LaxParser` counts the levels of nesting again.
 */
function checkSize(text: string, valuesMax: number): void {
  // A text with few characters cannot have too many values, and a text with few opening brackets is not deep.
  if (text.length <= valuesMax && hasFewBrackets(text)) return
  let depth = 0
  let values = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x7b || unit === 0x5b) {
      values++
      if (++depth > JSON_DEPTH_MAX) throw new JsonSyntaxError(`more than ${JSON_DEPTH_MAX} levels of nesting`, i)
    } else if (unit === 0x7d || unit === 0x5d) depth--
    else if (unit === 0x2c) values++
    else if (unit === 0x22) i = endOfString(text, i + 1) // brackets and commas in a string do not count
    if (values > valuesMax) throw new JsonSyntaxError(`more than ${valuesMax} values`, i)
  }
}

/** Returns true when `text` has at most `JSON_DEPTH_MAX` opening brackets. The engine finds characters fast. */
function hasFewBrackets(text: string): boolean {
  let count = 0
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
      if (++count > JSON_DEPTH_MAX) return false
  return true
}

/** Returns the position of the quote that ends the strict JSON string at `start`, or the length of `text`. */
function endOfString(text: string, start: number): number {
  // `indexOf` is the fast path for long strings, such as the body of a message
  for (let quote = text.indexOf('"', start); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    // a quote behind an odd number of backslashes belongs to the string
    let backslashes = 0
    while (quote - backslashes > start && text.charCodeAt(quote - backslashes - 1) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return quote
  }
  return text.length
}

const TAB = 0x09
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const SLASH = 0x2f
const STAR = 0x2a
const BACKSLASH = 0x5c

/** Returns true for the characters that JavaScript's `\s` matches. */
function isSpace(unit: number): boolean {
  if (unit < 0x80) return unit === SPACE || (unit >= TAB && unit <= CARRIAGE_RETURN)
  return /\s/.test(String.fromCharCode(unit))
}

/** Returns true for letters, digits and `_ $ . + -`. Names and numbers without quotes consist of these characters. */
function isBareWord(unit: number): boolean {
  return (
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x30 && unit <= 0x39) ||
    (unit >= 0x41 && unit <= 0x5a) ||
    unit === 0x5f ||
    unit === 0x24 ||
    (unit >= 0x2b && unit <= 0x2e && unit !== 0x2c)
  )
}

/** Returns `text` without the NUL characters at its end. fastjson ignores these characters, too. */
function withoutTrailingNuls(text: string): string {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 0) end--
  return end === text.length ? text : text.slice(0, end)
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['0', '\0'],
])

/** The function `piece` copies a part of a text up to this length. */
const COPIED_CHARACTERS_MAX = 1_024

/**
 * Returns a part of `text`. A short part, such as the name of a topic, is copied, because without the copy, the part would
 * keep the whole text in memory.
 */
function piece(text: string, start: number, end: number): string {
  if (end - start > COPIED_CHARACTERS_MAX || text.length <= COPIED_CHARACTERS_MAX) return text.slice(start, end)
  const units: number[] = []
  for (let i = start; i < end; i++) units.push(text.charCodeAt(i))
  return String.fromCharCode(...units)
}

class LaxParser {
  readonly #text: string
  #at = 0
  #depth = 0
  #isInKey = false

  constructor(text: string) {
    this.#text = withoutTrailingNuls(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
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
    const text = this.#text
    for (;;) {
      while (this.#at < text.length && isSpace(text.charCodeAt(this.#at))) this.#at++
      if (text.charCodeAt(this.#at) !== SLASH) return
      const next = text.charCodeAt(this.#at + 1)
      if (next === SLASH) this.#skipTo('\n')
      else if (next === STAR) this.#skipTo('*/')
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
    if (first === '{' || first === '[') return this.#nested(first)
    if (first === '"' || first === "'") return this.#string(first)
    const word = this.#word()
    if (word === 'true') return true
    if (word === 'false') return false
    if (word === 'null') return null
    const number = Number(word)
    if (word === '' || Number.isNaN(number)) throw this.#error('expected a value')
    return number
  }

  #nested(first: '{' | '['): Json {
    if (++this.#depth > JSON_DEPTH_MAX) throw this.#error(`more than ${JSON_DEPTH_MAX} levels of nesting`)
    const value = first === '{' ? this.#object() : this.#array()
    this.#depth--
    return value
  }

  #word(): string {
    const start = this.#at
    while (this.#at < this.#text.length && isBareWord(this.#text.charCodeAt(this.#at))) this.#at++
    return piece(this.#text, start, this.#at)
  }

  #key(): string {
    this.#space()
    const first = this.#text[this.#at]
    if (first === '"' || first === "'") return this.#string(first)
    if (first === '{' || first === '[') return this.#objectAsKey()
    const word = this.#word()
    if (word === '') throw this.#error('expected a key')
    return word
  }

  #objectAsKey(): string {
    if (this.#isInKey) throw this.#error('an object as a key inside a key')
    this.#isInKey = true
    const key = JSON.stringify(this.#value())
    this.#isInKey = false
    return key
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
      const value = this.#value()
      if (key !== '__proto__') object[key] = value
      // an ordinary assignment to this key would change the prototype of the object
      else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
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
    const text = this.#text
    const end = quote.charCodeAt(0)
    const parts: string[] = []
    let from = ++this.#at
    for (; this.#at < text.length; this.#at++) {
      const unit = text.charCodeAt(this.#at)
      if (unit === end) {
        parts.push(piece(text, from, this.#at++))
        return parts.length === 1 ? parts[0]! : parts.join('')
      }
      if (unit !== BACKSLASH) continue
      parts.push(piece(text, from, this.#at), this.#escape())
      from = this.#at + 1
    }
    throw this.#error('a string without an end')
  }

  /**
   * Reads the escape sequence at the backslash. Afterwards, the position is at the last character of the escape sequence.
   */
  #escape(): string {
    const letter = this.#text[++this.#at]
    if (letter === undefined) throw this.#error('an escape without an end')
    if (letter === 'u' || letter === 'x') {
      const digits = this.#text.slice(this.#at + 1, this.#at + (letter === 'u' ? 5 : 3))
      if (!/^([0-9a-fA-F]{2}){1,2}$/.test(digits)) throw this.#error('a broken \\u escape')
      this.#at += digits.length
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    return ESCAPES.get(letter) ?? letter
  }
}
