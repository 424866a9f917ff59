/**
 * mqadmin's flags: `-t T`, `--topic T`, and switches without a value.
 *
 * Ours, because the same commands are typed into the page's console, where there is no command-line library.
 */

/** A flag: its letters, the long name, whether it takes a value, and its help. */
export interface Flag {
  readonly short: string
  readonly long: string
  readonly value: boolean
  readonly help: string
}

/** A command line that cannot be understood; the message says what is wrong and what would be right. */
export class CommandLineError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CommandLineError'
  }
}

/** The values by long name; a switch has the value `true`. */
export function parseFlags(
  command: string,
  words: readonly string[],
  flags: readonly Flag[],
): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const flag = flags.find(({ short, long }) => word === `-${short}` || word === `--${long}`)
    if (flag === undefined)
      throw new CommandLineError(
        `${command}: unknown option "${word}"; options are ${flags.map(({ short, long }) => `-${short} (${long})`).join(', ')}`,
      )
    if (!flag.value) {
      values.set(flag.long, 'true')
      continue
    }
    const value = words[++i]
    if (value === undefined) throw new CommandLineError(`${command}: ${word} needs a value (${flag.help})`)
    values.set(flag.long, value)
  }
  return values
}

/** The value of a flag that must be there. */
export function required(command: string, values: ReadonlyMap<string, string>, flag: Flag): string {
  const value = values.get(flag.long)
  if (value === undefined) throw new CommandLineError(`${command}: -${flag.short} is missing (${flag.help})`)
  return value
}

/** A whole number from `least` to `most`, or `missing`. */
export function wholeFlag(
  command: string,
  values: ReadonlyMap<string, string>,
  flag: Flag,
  missing: number,
  least: number,
  most: number,
): number {
  const text = values.get(flag.long)
  if (text === undefined) return missing
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw new CommandLineError(
    `${command}: -${flag.short} is "${text}"; it must be a whole number from ${least} to ${most}`,
  )
}
