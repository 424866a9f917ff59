/**
 * The command line: `npm run mq -- <command>`.
 *
 * A failed command prints one sentence: what was wrong with its input, where, and what the user can do. The exit code of a
 * failed command is 1 or higher. Long work shows its progress on a terminal, and prints plain lines elsewhere.
 */
import { Command, CommanderError } from 'commander'
import { adminCommand } from './admin.ts'
import { brokerCommand } from './broker.ts'
import { clusterCommand } from './cluster.ts'
import { controllerCommand } from './controller.ts'
import { dumpCommand } from './dump.ts'
import { gradeCommands } from './grade.ts'
import { namesrvCommand } from './namesrv.ts'
import { replayCommand } from './replay.ts'
import { SentenceError } from './sentence-error.ts'

const program = new Command('mq')
  .description('RocketMQ made of glass: NameServer, broker, controller, clients and grader on this machine')
  .showHelpAfterError('(add --help for the options)')
  .enablePositionalOptions()
  .exitOverride()

for (const command of [
  namesrvCommand(),
  brokerCommand(),
  controllerCommand(),
  clusterCommand(),
  adminCommand(),
  dumpCommand(),
  replayCommand(),
  ...gradeCommands(),
])
  program.addCommand(command.exitOverride())

try {
  await program.parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode // the command has already printed the reason
  else if (error instanceof SentenceError) fail(error.message)
  else throw error
}

function fail(sentence: string): void {
  console.error(`mq: ${sentence}`)
  process.exitCode = 1
}
