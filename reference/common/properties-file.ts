/**
 * Reads and writes RocketMQ's configuration files, `broker.conf` and `namesrv.conf`.
 *
 * | text in the file                | meaning                                                              |
 * | ------------------------------- | -------------------------------------------------------------------- |
 * | `name = value`, `name: value`, `name value` | an entry; blanks around `=` or `:` are ignored           |
 * | `name`                          | an entry with the value ''                                            |
 * | `# …`, `! …`                    | a comment, when the `#` or `!` begins the line                        |
 * | a line that ends in `\`         | the entry continues in the next line, whose leading blanks are removed |
 * | `\t` `\n` `\r` `\f` `\uXXXX`     | the special character, in names and in values                         |
 * | `\` and any other character     | this other character: `k\ x`, `k\:x`, `\\`                            |
 *
 * When two entries have the same name, the later one counts. The time for reading is proportional to the length of the text.
 *
 * RocketMQ: `java.util.Properties.load`, `MixAll.properties2Object`. Unlike Java, this file reads the text as UTF-8 and not
 * as Latin-1, and ignores a byte order mark at its start.
 */

import { javaTrim } from './java-text.ts'

/**
 * The error for a configuration that cannot be used. The message says where the mistake is, what is wrong, and what would be
 * right.
 */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

/**
 * Returns the entries of a properties text. `source` is the name of the text in error messages. Throws `ConfigError` when
 * `\u` is not followed by four hexadecimal digits.
 */
export function parseProperties(text: string, source: string): Map<string, string> {
  const entries = new Map<string, string>()
  for (const { number, line } of logicalLines(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)) {
    const nameEnds = endOfName(line)
    const name = unescaped(line.slice(0, nameEnds), source, number)
    entries.set(name, unescaped(line.slice(startOfValue(line, nameEnds)), source, number))
  }
  return entries
}

/** Returns a text from which `parseProperties` reads the same entries. Special characters are escaped. */
export function propertiesText(entries: Iterable<readonly [name: string, value: string]>): string {
  const lines: string[] = []
  for (const [name, value] of entries) lines.push(`${escaped(name, true)}=${escaped(value, false)}\n`)
  return lines.join('')
}

const WRITTEN: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\f': '\\f', '\\': '\\\\' }

/** Escapes a name or a value. A value keeps its `=`, `:`, `#`, `!` and spaces, except for a space at its start. */
function escaped(text: string, isName: boolean): string {
  const plain = text.replace(/[\t\n\r\f\\]/g, (letter) => WRITTEN[letter]!)
  return isName ? plain.replace(/[ =:#!]/g, '\\$&') : plain.replace(/^ /, '\\ ')
}

/** Returns true for a blank of `java.util.Properties`. A blank is a space, a tab, or a form feed. */
const isBlank = (letter: string | undefined) => letter === ' ' || letter === '\t' || letter === '\f'

// #region logical-lines
/**
 * Yields the lines of a properties text, without comments and leading blanks. A line that ends in a backslash is joined with
 * the next line. `number` is the number of the first of the joined lines, counted from 1.
 */
function* logicalLines(text: string): Generator<{ readonly number: number; readonly line: string }> {
  let parts: string[] = []
  let first = 0
  let number = 0
  for (const raw of text.split(/\r\n|\r|\n/)) {
    number++
    const line = raw.slice(skipBlanks(raw, 0))
    if (parts.length === 0) {
      if (line === '' || line.startsWith('#') || line.startsWith('!')) continue
      first = number
    }
    if (goesOn(line)) {
      if (line.length > 1 || parts.length > 0) parts.push(line.slice(0, -1)) // a line with only a backslash adds nothing
      continue
    }
    yield { number: first, line: parts.join('') + line }
    parts = []
  }
  if (parts.length > 0) yield { number: first, line: parts.join('') }
}

/** Returns true when a line continues in the next line, because it ends with an odd number of backslashes. */
function goesOn(line: string): boolean {
  let at = line.length
  while (at > 0 && line[at - 1] === '\\') at--
  return (line.length - at) % 2 === 1
}
// #endregion logical-lines

function skipBlanks(line: string, from: number): number {
  let at = from
  while (at < line.length && isBlank(line[at])) at++
  return at
}

/**
 * Returns the position at which the name in `line` ends. This is the position of the first `=`, `:` or blank that is not
 * escaped by a backslash.
 */
function endOfName(line: string): number {
  let at = 0
  while (at < line.length && line[at] !== '=' && line[at] !== ':' && !isBlank(line[at])) at += line[at] === '\\' ? 2 : 1
  return Math.min(at, line.length)
}

/**
 * Returns the position at which the value begins. Between name and value, the line may have blanks, one `=` or `:`, and more
 * blanks.
 */
function startOfValue(line: string, nameEnds: number): number {
  const at = skipBlanks(line, nameEnds)
  return line[at] === '=' || line[at] === ':' ? skipBlanks(line, at + 1) : at
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

// #region unescape
/**
 * Returns a name or a value with its escapes replaced. Throws `ConfigError` when `\u` is not followed by four hexadecimal
 * digits.
 */
function unescaped(text: string, source: string, line: number): string {
  if (!text.includes('\\')) return text
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('\\', at)
    if (next < 0 || next === text.length - 1) {
      parts.push(text.slice(at, next < 0 ? undefined : next))
      break
    }
    parts.push(text.slice(at, next))
    const letter = text[next + 1]!
    if (letter === 'u') parts.push(unicodeAt(text, next, source, line))
    else parts.push(ESCAPES[letter] ?? letter)
    at = next + (letter === 'u' ? 6 : 2)
  }
  return parts.join('')
}
// #endregion unescape

function unicodeAt(text: string, at: number, source: string, line: number): string {
  const digits = text.slice(at + 2, at + 6)
  if (!/^[0-9a-fA-F]{4}$/.test(digits))
    throw new ConfigError(`${source} line ${line}: "\\u${digits}" is no character; \\u needs four hexadecimal digits`)
  return String.fromCharCode(Number.parseInt(digits, 16))
}

/** The settings of a program. The caller has already combined the settings of the command line and of the file. */
export class Settings {
  readonly #entries: ReadonlyMap<string, string>
  readonly #source: string
  readonly #asked = new Set<string>()

  constructor(entries: ReadonlyMap<string, string>, source: string) {
    this.#entries = entries
    this.#source = source
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()]
  }

  /** The names of the settings that have no effect, because the program has not read them. */
  get unasked(): readonly string[] {
    return this.names.filter((name) => !this.#asked.has(name))
  }

  /** Returns true when the program has read the setting with this name, whether it is set or not. */
  isAsked(name: string): boolean {
    return this.#asked.has(name)
  }

  /** As in RocketMQ, returns a value without blanks at both ends. Returns undefined when the setting is not set. */
  #value(name: string): string | undefined {
    this.#asked.add(name)
    const value = this.#entries.get(name)
    return value === undefined ? undefined : javaTrim(value)
  }

  text(name: string, missing: string): string {
    return this.#value(name) ?? missing
  }

  /**
   * Returns a whole number from `min` to `max`. Returns `missing` when the setting is not set. Throws `ConfigError` for any
   * other value.
   */
  whole(name: string, missing: number, min: number, max: number): number {
    const text = this.#value(name)
    if (text === undefined) return missing
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new ConfigError(`${this.#source}: ${name} is "${text}"; it must be a whole number from ${min} to ${max}`)
  }

  flag(name: string, missing: boolean): boolean {
    const text = this.#value(name)
    if (text === undefined) return missing
    if (text === 'true' || text === 'false') return text === 'true'
    throw new ConfigError(`${this.#source}: ${name} is "${text}"; it must be true or false`)
  }

  oneOf<T extends string>(name: string, missing: T, choices: readonly T[]): T {
    const text = this.#value(name)
    if (text === undefined) return missing
    const found = choices.find((choice) => choice === text)
    if (found !== undefined) return found
    throw new ConfigError(`${this.#source}: ${name} is "${text}"; it must be one of ${choices.join(', ')}`)
  }
}
