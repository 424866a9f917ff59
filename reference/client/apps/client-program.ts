/**
 * What all client programs have in common: how they begin, refuse and end.
 */
import { ConfigError } from '../../common/properties-file.ts'
import type { Host } from '../../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../../host/program.ts'
import { ClientError } from '../client-error.ts'

/**
 * Runs `begin`, which starts the program and gives the way to stop it. An argument that cannot be meant (`ConfigError`,
 * `ClientError`) fails the program with its sentence.
 */
export function clientProgram(host: Host, signals: ProgramSignals, begin: () => () => void): RunningProgram {
  try {
    const stop = begin()
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
