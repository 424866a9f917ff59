/**
 * Reads mqadmin's flags: `-t T`, `--topic T`, and switches without a value.
 *
 * The parser uses no command-line library, because the console in the browser runs the same commands and has no such
 * library.
 */

/**
 * A flag: its letter, its long name, and its help text. A switch is a flag without a value. A required flag must be present.
 */
export interface Flag {
  readonly short: string
  readonly long: string
  readonly help: string
  readonly isSwitch?: boolean
  readonly required?: boolean
}

/** Returns a flag with a value. */
export function flag(short: string, long: string, help: string): Flag {
  return { short, long, help }
}

/** Returns a required flag with a value. */
export function requiredFlag(short: string, long: string, help: string): Flag {
  return { short, long, help, required: true }
}

/** Returns a flag without a value. */
export function toggle(short: string, long: string, help: string): Flag {
  return { short, long, help, isSwitch: true }
}

/**
 * The error for a command line that is not valid. The text of the error says what is wrong and how to correct the command
 * line.
 */
export class CommandLineError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CommandLineError'
  }
}

/** The values of one command line. */
export class CommandArgs {
  readonly command: string
  readonly #values: ReadonlyMap<string, string>

  /** Reads the words after the name of a command. Throws `CommandLineError` when a word or a value is wrong or missing. */
  constructor(command: string, words: readonly string[], flags: readonly Flag[]) {
    this.command = command
    const values = new Map<string, string>()
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!
      const found = flags.find(({ short, long }) => word === `-${short}` || word === `--${long}`)
      if (found === undefined) {
        const known = flags.map(({ short, long }) => `-${short} (${long})`).join(', ')
        throw new CommandLineError(`${command}: unknown option "${word}"; options are ${known}`)
      }
      const value = found.isSwitch === true ? 'true' : words[++i]
      if (value === undefined) throw new CommandLineError(`${command}: ${word} needs a value (${found.help})`)
      values.set(found.long, value.trim())
    }
    for (const { short, long, help, required } of flags)
      if (required === true && !values.has(long))
        throw new CommandLineError(`${command}: -${short} is missing (${help})`)
    this.#values = values
  }

  /** Returns the value of a flag, or undefined when the flag is absent. */
  find(flag: Flag): string | undefined {
    return this.#values.get(flag.long)
  }

  /** Returns the value of a flag. Returns '' when the flag is absent, but a required flag is never absent. */
  text(flag: Flag): string {
    return this.#values.get(flag.long) ?? ''
  }

  isSet(flag: Flag): boolean {
    return this.#values.has(flag.long)
  }

  /**
   * Returns true for a switch that is present, or for the value `true`. Returns `missing` when the flag is absent. Throws
   * `CommandLineError` for any value except `true` and `false`.
   */
  isTrue(flag: Flag, missing = false): boolean {
    const value = this.find(flag)
    if (value === undefined) return missing
    if (value === 'true' || value === 'false') return value === 'true'
    throw new CommandLineError(`${this.command}: -${flag.short} is "${value}"; it must be true or false`)
  }

  /**
   * Returns a whole number from `min` to `max`, or `missing` when the flag is absent. Throws `CommandLineError` for any
   * other value.
   */
  whole(flag: Flag, missing: number, min: number, max: number): number {
    const text = this.find(flag)
    if (text === undefined) return missing
    const number = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (number >= min && number <= max) return number
    throw new CommandLineError(
      `${this.command}: -${flag.short} is "${text}"; it must be a whole number from ${min} to ${max}`,
    )
  }

  /**
   * Returns the value of a flag. Throws `CommandLineError` when the value is not in `choices`, or when the flag is absent.
   */
  oneOf(flag: Flag, choices: readonly string[]): string {
    const text = this.text(flag)
    if (choices.includes(text)) return text
    throw new CommandLineError(`${this.command}: -${flag.short} is "${text}"; it must be one of ${choices.join(', ')}`)
  }
}
