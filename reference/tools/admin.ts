/**
 * The operator's console as a node. This node runs mqadmin commands that the application types.
 *
 * | application calls | with                               | answer            |
 * | ----------------- | ---------------------------------- | ----------------- |
 * | admin             | ["topicRoute", "-t", "T"]          | the output of the command |
 *
 * The arguments are `namesrvAddr=…`, `accessKey=…` and `secretKey=…`. `namesrvAddr` is used for a command without the flag
 * `-n`.
 */

import { clientProgram } from '../client/apps/client-program.ts'
import { namesrvAddresses, sessionCredentials } from '../client/apps/namesrv-addresses.ts'
import { ClientError } from '../client/client-error.ts'
import { parseJson } from '../common/lax-json.ts'
import { list, text } from '../common/shape.ts'
import type { Host } from '../host/host.ts'
import type { ProgramSignals, RunningProgram } from '../host/program.ts'
import { BodyError } from '../remoting/bodies/json-body.ts'
import { AdminClient } from './admin-client.ts'
import { CommandLineError } from './command-line.ts'
import { runAdminCommand } from './commands.ts'

/** Starts the console. The table at the start of this file lists its calls. */
export function main(host: Host, args: readonly string[], signals: ProgramSignals): RunningProgram {
  return clientProgram(host, args, signals, (settings) => {
    const known = namesrvAddresses(settings)
    const credentials = sessionCredentials(settings)
    host.application.serve((name, json, answer) => {
      if (name !== 'admin') return answer('', `an admin node answers "admin", not "${name}"`)
      const words = list(text())(parseJson(json), 'admin')
      const connect = (given: string) => new AdminClient(host, given === '' ? known : given.split(';'), credentials)
      runAdminCommand(words, connect).then(
        (printed) => answer(printed),
        (error: unknown) => {
          const isSentence = [ClientError, CommandLineError, BodyError].some((kind) => error instanceof kind)
          if (!isSentence) throw error
          answer('', (error as Error).message)
        },
      )
    })
    host.clock.after(0, () => signals.ready())
    return () => {}
  })
}
