/** The parts that all client programs have in common: the start, the refusal of wrong arguments, and the stop. */

import { ConfigError, type Settings } from '../../common/properties-file.ts'
import type { Host } from '../../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../host/program.ts'
import { readSettings } from '../../host/program-args.ts'
import { ClientError } from '../client-error.ts'

/**
 * Reads the arguments and calls `begin`. `begin` starts the program and returns a function that stops it. When an argument
 * is wrong (`ConfigError`, `ClientError`), `signals.failed` is called with the error's message, and the program ends.
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
