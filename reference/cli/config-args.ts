/**
 * Reads the configuration files of servers on this machine. A node cannot read these files, because it sees only its own
 * directory.
 */
import { readFileSync } from 'node:fs'
import { ConfigError, parseProperties } from '../common/properties-file.ts'
import { SentenceError } from './sentence-error.ts'

/**
 * Returns the settings of a file and of `name=value` words. A word replaces the setting with the same name in the file.
 * Throws `SentenceError` when the file cannot be read or a word is not a setting.
 */
export function readConfig(path: string | undefined, words: readonly string[]): Map<string, string> {
  const settings = new Map<string, string>()
  if (path !== undefined) {
    try {
      for (const [name, value] of parseProperties(readFileSync(path, 'utf8'), path)) settings.set(name, value)
    } catch (error) {
      if (error instanceof ConfigError) throw new SentenceError(error.message)
      const { code } = error as NodeJS.ErrnoException
      throw new SentenceError(
        `the configuration file ${path} cannot be read (${code ?? 'unknown error'}): check the path after -c`,
      )
    }
  }
  for (const word of words) {
    const split = word.indexOf('=')
    if (split <= 0) throw new SentenceError(`"${word}" is no setting: write name=value, such as listenPort=10911`)
    settings.set(word.slice(0, split), word.slice(split + 1))
  }
  return settings
}

/** Returns settings as the arguments of a program. */
export function asArgs(settings: ReadonlyMap<string, string>): string[] {
  return [...settings].map(([name, value]) => `${name}=${value}`)
}
