/**
 * What all client programs share: how they begin, how they refuse their arguments, and how they end.
 */

import { ConfigError, type Settings } from '../../common/properties-file.ts'
import type { Host } from '../../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../host/program.ts'
import { readSettings } from '../../host/program-args.ts'
import { ClientError } from '../client-error.ts'

/**
 * Reads the arguments and runs `begin`, which starts the program and returns how to stop it. An invalid argument (`ConfigError`,
 * `ClientError`) fails the program with its sentence.
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
