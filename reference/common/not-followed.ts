/**
 * Reports the settings that have no effect, with the reason. RocketMQ ignores them silently.
 *
 * | a name in the file                            | at the start                              | an order to change it          |
 * | --------------------------------------------- | ----------------------------------------- | ------------------------------ |
 * | the server has read it (`Settings.unasked`)    |                                           | that server's list decides      |
 * | listed, with the value that it has here        |                                           | taken                           |
 * | listed                                        | not followed: NAME because REASON          | refused with the same           |
 * | not listed                                    | not followed: NAME because nobody has it   | refused with the same           |
 */
import { likeliestName } from './likeliest-name.ts'
import type { Settings } from './properties-file.ts'

/** Names that belong to the machine on which a server runs: its host reads them (`host/node/tls.ts`). */
const HOST_PREFIX = 'tls.'
/** The max of lines at the start: a file that is not a configuration has thousands. */
const LINES_MAX = 500

/** The settings of one server that have no effect. */
export class NotFollowed {
  /** The reason of each name. */
  readonly reasons: ReadonlyMap<string, string>
  /** The value that a name has here, whatever is set. */
  readonly holds: Readonly<Record<string, string>>
  readonly #server: string

  /** @param groups each reason with its names, separated by blanks */
  constructor(
    groups: readonly (readonly [reason: string, names: string])[],
    holds: Readonly<Record<string, string>>,
    server: string,
  ) {
    this.reasons = new Map(
      groups.flatMap(([reason, names]) => names.split(/[ \n]+/).map((name) => [name, reason] as const)),
    )
    this.holds = holds
    this.#server = server
  }

  // #region why-not-followed
  /** Returns why a setting has no effect; '' when it sets the value that holds in any case. `followed` are names to guess from. */
  why(name: string, value: string, followed: Iterable<string>): string {
    if (name.startsWith(HOST_PREFIX) || this.holds[name] === value) return ''
    const reason = this.reasons.get(name)
    if (reason !== undefined) return reason
    const meant = likeliestName(name, [...followed, ...this.reasons.keys()])
    return `neither RocketMQ nor this ${this.#server} has such a setting${meant === undefined ? '' : `; did you mean ${meant}?`}`
  }
  // #endregion why-not-followed

  /** Logs one line for each setting without an effect. */
  report(settings: Settings, followed: readonly string[], log: (line: string) => void): void {
    for (const name of settings.unasked.slice(0, LINES_MAX)) {
      const why = this.why(name, settings.text(name, ''), followed)
      if (why !== '') log(sentence(name, why))
    }
  }

  /** Returns the refusal of an order that changes such a setting; '' when it changes none. */
  refusal(settings: Settings, followed: readonly string[]): string {
    for (const name of settings.unasked) {
      const why = this.why(name, settings.text(name, ''), followed)
      if (why !== '') return sentence(name, why)
    }
    return ''
  }
}

function sentence(name: string, why: string): string {
  return `not followed: ${name.slice(0, 100)} because ${why}`
}
