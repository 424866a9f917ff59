/**
 * Reports the settings that have no effect, with the reasons. RocketMQ ignores such settings without a message.
 *
 * | a name in the file                            | line in the log at the start              | answer to a request to change it |
 * | --------------------------------------------- | ----------------------------------------- | ------------------------------ |
 * | the server has read this setting (it is not in `Settings.unasked`) | no line | depends on the settings that the server can change |
 * | the setting is listed in `NotFollowed`, and has the fixed value | no line | the request is accepted |
 * | the setting is listed, and has another value | not followed: NAME because REASON | the request is refused with the same sentence |
 * | the setting is not listed | not followed: NAME because no server has it | the request is refused with the same sentence |
 */
import { likeliestName } from './likeliest-name.ts'
import type { Settings } from './properties-file.ts'

/** The prefix of settings for the machine of a server. The host reads these settings (`host/node/tls.ts`). */
const HOST_PREFIX = 'tls.'
/**
 * The max number of lines that are logged at the start. A file that is not a configuration, given by mistake, can have
 * thousands of lines.
 */
const LINES_MAX = 500

/** The settings of one server that have no effect. */
export class NotFollowed {
  /** For each listed setting, the reason why it has no effect. */
  readonly reasons: ReadonlyMap<string, string>
  /** The fixed values of some settings. A configuration cannot change these values. */
  readonly holds: Readonly<Record<string, string>>
  readonly #server: string

  /**
   * `groups` contains each reason with the names of its settings, separated by blanks. `server` is the kind of server, as it
   * is named in sentences.
   */
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
  /**
   * Returns the reason why a setting has no effect. Returns '' when the setting has the fixed value, or when the host reads
   * the setting. `followed` contains the names of settings that have an effect. One of these names may be the correct form
   * of a mistyped name.
   */
  why(name: string, value: string, followed: Iterable<string>): string {
    if (name.startsWith(HOST_PREFIX) || this.holds[name] === value) return ''
    const reason = this.reasons.get(name)
    if (reason !== undefined) return reason
    const meant = likeliestName(name, [...followed, ...this.reasons.keys()])
    return `neither RocketMQ nor this ${this.#server} has such a setting${meant === undefined ? '' : `; did you mean ${meant}?`}`
  }
  // #endregion why-not-followed

  /** Calls `log` with one line for each setting that has no effect, at most `LINES_MAX`. */
  report(settings: Settings, followed: readonly string[], log: (line: string) => void): void {
    for (const name of settings.unasked.slice(0, LINES_MAX)) {
      const why = this.why(name, settings.text(name, ''), followed)
      if (why !== '') log(sentence(name, why))
    }
  }

  /**
   * Returns the sentence that refuses a request to change a setting without effect. Returns '' when the request has no such
   * setting.
   */
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
