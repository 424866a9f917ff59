/** The common parts of all client programs: how they start, refuse invalid arguments, and stop. */

import { ConfigError, type Settings } from '../../common/properties-file.ts'
import type { Host } from '../../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../host/program.ts'
import { readSettings } from '../../host/program-args.ts'
import { ClientError } from '../client-error.ts'

/**
 * Reads the arguments and calls `begin`. `begin` starts the program and returns the function that stops the program. An
 * invalid argument (`ConfigError`, `ClientError`) ends the program through `signals.failed` with the sentence of the error.
 */
export function clientProgram(
  host: Host,
  args: readonly string[],
  signals: ProgramSignals,
  begin: (settings: Settings) => () => void,
): RunningProgram {
  try {
    const settings = readSettings(host, args)
    const stop = begin(settings)
    for (const name of settings.unasked)
      host.trace.log('warn', `not followed: ${name} because this program has no such option`)
    return {
      stop(done) {
        stop()
        host.clock.after(0, done)
      },
    }
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof ClientError)) throw error
    signals.failed(error.message)
    return { stop: (done) => done() }
  }
}
