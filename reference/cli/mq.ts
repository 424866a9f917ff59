/**
 * The command line: `npm run mq -- <command>`.
 *
 * A failed command prints one sentence: what was wrong with its input, where, and what the user can do. The exit code of a
 * failed command is 1 or higher. Long work shows its progress on a terminal, and prints plain lines elsewhere.
 */
import { Command, CommanderError } from 'commander'
import { SentenceError } from './sentence-error.ts'

/**
 * The commands in the order of the help, each with the file that creates it. Only the file of the command that runs is
 * loaded: a broker that loads all files needs 30 MiB and 0.1 s more. The help needs all files.
 */
const COMMANDS: readonly { readonly names: readonly string[]; readonly load: () => Promise<readonly Command[]> }[] = [
  { names: ['namesrv'], load: async () => [(await import('./namesrv.ts')).namesrvCommand()] },
  { names: ['broker'], load: async () => [(await import('./broker.ts')).brokerCommand()] },
  { names: ['controller'], load: async () => [(await import('./controller.ts')).controllerCommand()] },
  { names: ['cluster'], load: async () => [(await import('./cluster.ts')).clusterCommand()] },
  { names: ['admin'], load: async () => [(await import('./admin.ts')).adminCommand()] },
  { names: ['dump'], load: async () => [(await import('./dump.ts')).dumpCommand()] },
  { names: ['replay'], load: async () => [(await import('./replay.ts')).replayCommand()] },
  { names: ['assignment', 'grade', 'verify'], load: async () => (await import('./grade.ts')).gradeCommands() },
]

/**
 * Runs the command that the arguments of this process name. Prints what is wrong with its input as one sentence and sets the
 * exit code. Rejects when the code itself is wrong.
 */
export async function run(): Promise<void> {
  const program = new Command('mq')
    .description('RocketMQ made of glass: NameServer, broker, controller, clients and grader on this machine')
    .showHelpAfterError('(add --help for the options)')
    .enablePositionalOptions()
    .exitOverride()

  const wanted = COMMANDS.filter(({ names }) => names.includes(process.argv[2] ?? ''))
  for (const { load } of wanted.length > 0 ? wanted : COMMANDS)
    for (const command of await load()) program.addCommand(command.exitOverride())

  try {
    await program.parseAsync(process.argv)
  } catch (error) {
    if (error instanceof CommanderError)
      process.exitCode = error.exitCode // the command has already printed the reason
    else if (error instanceof SentenceError) fail(error.message)
    else throw error
  }
}

function fail(sentence: string): void {
  console.error(`mq: ${sentence}`)
  process.exitCode = 1
}
