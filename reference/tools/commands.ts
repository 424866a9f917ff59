/**
 * Many of mqadmin's commands, with the same names and flags. Operators use these commands to inspect and change a cluster.
 * The files of `commands/` contain these commands by groups.
 *
 * RocketMQ: `MQAdminStartup`, `tools/command/**`. For example, GlassMQ has no commands for static topics, for controllers,
 * for the users and ACLs of RocketMQ 5.3, for RocksDB and for exports, and no `startMonitoring`. The output has most of RocketMQ's columns. Each column is as wide as its
 * content. Times are UTC.
 */

import { ClientError } from '../client/client-error.ts'
import { HeaderError } from '../remoting/request.ts'
import type { AdminClient } from './admin-client.ts'
import { CommandArgs, CommandLineError, flag } from './command-line.ts'
import { BROKER_COMMANDS } from './commands/brokers.ts'
import type { AdminCommand } from './commands/command.ts'
import { GROUP_COMMANDS } from './commands/groups.ts'
import { MESSAGE_COMMANDS } from './commands/messages.ts'
import { NAMESRV_COMMANDS } from './commands/namesrvs.ts'
import { OFFSET_COMMANDS } from './commands/offsets.ts'
import { READ_COMMANDS } from './commands/read-messages.ts'
import { SEND_COMMANDS } from './commands/send-messages.ts'
import { TOPIC_COMMANDS } from './commands/topics.ts'

const NAMESRV = flag('n', 'namesrvAddr', 'NameServers, such as 127.0.0.1:9876;127.0.0.1:9877')

/** All commands, ordered by subject. */
const FAMILIES: readonly (readonly [title: string, commands: readonly AdminCommand[]])[] = [
  ['Brokers', BROKER_COMMANDS],
  ['Topics', TOPIC_COMMANDS],
  ['Groups', GROUP_COMMANDS],
  ['Offsets', OFFSET_COMMANDS],
  ['Messages', [...MESSAGE_COMMANDS, ...READ_COMMANDS, ...SEND_COMMANDS]],
  ['NameServers', NAMESRV_COMMANDS],
]

export const ADMIN_COMMANDS: readonly AdminCommand[] = FAMILIES.flatMap(([, commands]) => commands)

/** Returns the text of `mqadmin help`. */
export function adminHelp(): string {
  const families = FAMILIES.map(([title, commands]) => {
    const lines = commands.map(({ name, help }) => `  ${name.padEnd(24)}${help}`)
    return `${title}\n${lines.join('\n')}`
  })
  return `${families.join('\n\n')}\n\nhelp COMMAND shows its options; -n, --namesrvAddr says where the NameServers are.\n`
}

/** Returns the text of `mqadmin help COMMAND`. */
function commandHelp({ name, help, flags }: AdminCommand): string {
  const lines = [...flags, NAMESRV].map(({ short, long, help: text, isSwitch, required }) => {
    const value = isSwitch === true ? '' : ' VALUE'
    return `  ${`-${short}, --${long}${value}`.padEnd(36)}${text}${required === true ? ' (needed)' : ''}`
  })
  return `${name}: ${help}\n${lines.join('\n')}\n`
}

function commandNamed(name: string): AdminCommand {
  const found = ADMIN_COMMANDS.find((each) => each.name === name)
  if (found !== undefined) return found
  const alike = ADMIN_COMMANDS.filter((each) => each.name.toLowerCase().startsWith(name.toLowerCase().slice(0, 5)))
  const known = (alike.length > 0 ? alike : ADMIN_COMMANDS).map((each) => each.name).join(', ')
  throw new CommandLineError(
    `unknown command "${name}"; ${alike.length > 0 ? 'did you mean' : 'the commands are'} ${known}`,
  )
}

const HELP = new Set(['help', '--help', '-h'])

/**
 * Runs one command line, such as `['topicRoute', '-t', 'T']`, and resolves with its output. `connect` creates the client for
 * the NameServers in `-n`. The argument of `connect` is '' when the command has no `-n`. Rejects with `CommandLineError`,
 * `ClientError` or `BodyError`.
 */
export async function runAdminCommand(
  words: readonly string[],
  connect: (namesrvAddr: string) => AdminClient,
): Promise<string> {
  const [name = 'help', ...rest] = words
  if (HELP.has(name)) return rest[0] === undefined ? adminHelp() : commandHelp(commandNamed(rest[0]))
  const command = commandNamed(name)
  if (rest.some((word) => word === '--help' || (word === '-h' && rest.length === 1))) return commandHelp(command)
  const args = new CommandArgs(name, rest, [...command.flags, NAMESRV])
  const admin = connect(args.text(NAMESRV))
  try {
    return await command.run(admin, args)
  } catch (error) {
    if (error instanceof HeaderError) throw new ClientError(error.message, 'definite')
    throw error
  } finally {
    admin.close()
  }
}
