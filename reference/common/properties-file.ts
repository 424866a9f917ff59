/**
 * Configuration as RocketMQ's files have it: `broker.conf`, `namesrv.conf`.
 *
 * `name = value` or `name: value`, one on a line; `#` and `!` begin comments; a line may end in `\` and go on in the next.
 * Unknown names are kept, so that a file written for RocketMQ works unchanged; a value of the wrong kind is one sentence
 * with file, name and value.
 *
 * RocketMQ: `MixAll.properties2Object`, `java.util.Properties`. Not here: `\uXXXX` escapes in names.
 */

/** A configuration that cannot be used. The message says where, what is wrong and what would be right. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

/** The entries of a properties text; `source` names it in errors. Later ones win. */
export function parseProperties(text: string, source: string): Map<string, string> {
  const entries = new Map<string, string>()
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  for (let i = 0; i < lines.length; i++) {
    const number = i + 1
    let line = lines[i]!.trimStart()
    if (line === '' || line.startsWith('#') || line.startsWith('!')) continue
    if (goesOn(line) && i + 1 < lines.length) {
      // the pieces are put together once, at the end: a file of continued lines is read in one pass
      const pieces: string[] = []
      for (; goesOn(line) && i + 1 < lines.length; line = lines[++i]!.trimStart()) pieces.push(line.slice(0, -1))
      line = pieces.join('') + line
    }
    const split = splitEntry(line)
    if (split === undefined)
      throw new ConfigError(`${source} line ${number}: expected "name = value", found "${line.slice(0, 60)}"`)
    entries.set(split.name, split.value.replace(/\\([\\:=#!])/g, '$1'))
  }
  return entries
}

/** Whether a line ends in an odd number of backslashes, so that the next one belongs to it. */
function goesOn(line: string): boolean {
  let at = line.length
  while (at > 0 && line.charCodeAt(at - 1) === 0x5c) at--
  return (line.length - at) % 2 === 1
}

/** Name and value of `name = value` or `name: value`; undefined when the line is neither. */
function splitEntry(line: string): { readonly name: string; readonly value: string } | undefined {
  const name = /^[^\s=:]+/.exec(line)?.[0]
  if (name === undefined) return undefined
  const rest = line.slice(name.length).trimStart()
  return rest.startsWith('=') || rest.startsWith(':') ? { name, value: rest.slice(1).trim() } : undefined
}

/** The settings of a program: entries of its file under those of its command line. */
export class Settings {
  readonly #entries: ReadonlyMap<string, string>
  readonly #source: string

  constructor(entries: ReadonlyMap<string, string>, source: string) {
    this.#entries = entries
    this.#source = source
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()]
  }

  text(name: string, missing: string): string {
    return this.#entries.get(name) ?? missing
  }

  /** A whole number from `least` to `most`. */
  whole(name: string, missing: number, least: number, most: number): number {
    const text = this.#entries.get(name)
    if (text === undefined) return missing
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new ConfigError(`${this.#source}: ${name} is "${text}"; it must be a whole number from ${least} to ${most}`)
  }

  flag(name: string, missing: boolean): boolean {
    const text = this.#entries.get(name)
    if (text === undefined) return missing
    if (text === 'true' || text === 'false') return text === 'true'
    throw new ConfigError(`${this.#source}: ${name} is "${text}"; it must be true or false`)
  }

  oneOf<T extends string>(name: string, missing: T, choices: readonly T[]): T {
    const text = this.#entries.get(name)
    if (text === undefined) return missing
    const found = choices.find((choice) => choice === text)
    if (found !== undefined) return found
    throw new ConfigError(`${this.#source}: ${name} is "${text}"; it must be one of ${choices.join(', ')}`)
  }
}
