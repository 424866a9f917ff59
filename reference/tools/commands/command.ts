/** The type of an admin command, and functions that several commands use. */
import { list, record, type Shape, text } from '../../common/shape.ts'
import { queryTopicConsumeByWho } from '../../remoting/requests/consume-stats.ts'
import { type AdminClient, masters } from '../admin-client.ts'
import { type CommandArgs, CommandLineError, type Flag, flag, requiredFlag } from '../command-line.ts'

/** A command of mqadmin, with its name and flags. */
export interface AdminCommand {
  readonly name: string
  readonly help: string
  readonly flags: readonly Flag[]
  /**
   * Resolves with the output of the command. Rejects with an error whose message is one sentence.
   */
  run(admin: AdminClient, args: CommandArgs): Promise<string>
}

export const TOPIC = requiredFlag('t', 'topic', 'topic name')
export const BROKER = flag('b', 'brokerAddr', 'this broker, host:port')
export const CLUSTER = flag('c', 'clusterName', 'every master of this cluster')

/**
 * With `-b`, resolves with its address, and ignores `-c`. With `-c` alone, resolves with the addresses of the masters of this
 * cluster. Rejects with `CommandLineError` when both flags are absent.
 */
export async function targets(admin: AdminClient, args: CommandArgs): Promise<readonly string[]> {
  const broker = args.find(BROKER)
  if (broker !== undefined) return [broker]
  const cluster = args.find(CLUSTER)
  if (cluster === undefined)
    throw new CommandLineError(`${args.command}: say where, with -b (a broker) or -c (a cluster)`)
  return masters(await admin.brokersOf(cluster))
}

/**
 * With `-b`, resolves with its address, and ignores `-c`. With `-c` alone, resolves with the addresses of the masters of this
 * cluster. Without both, resolves with the addresses of the masters of all clusters.
 */
export async function targetsOrAll(admin: AdminClient, args: CommandArgs): Promise<readonly string[]> {
  if (args.isSet(BROKER) || args.isSet(CLUSTER)) return targets(admin, args)
  return masters([...(await admin.clusterInfo()).brokerAddrTable.values()])
}

/** Reads the answer to QUERY_TOPIC_CONSUME_BY_WHO: the names of consumer groups. */
const groupListShape: Shape<readonly string[]> = (value, path) =>
  record<{ groupList: string[] }>({ groupList: list(text()) })(value, path).groupList

/** Resolves with the sorted names of the groups that subscribe to a topic at `addresses`, or have offsets of it there. */
export async function groupsOf(
  admin: AdminClient,
  addresses: readonly string[],
  topic: string,
): Promise<readonly string[]> {
  const lists = addresses.map((address) => admin.askFor(address, queryTopicConsumeByWho, { topic }, groupListShape))
  return [...new Set((await Promise.all(lists)).flat())].sort()
}

/** Calls `act` for each address, one after the other. Resolves with the texts of all addresses, one below the other. */
export async function atEach(addresses: readonly string[], act: (address: string) => Promise<string>): Promise<string> {
  const lines: string[] = []
  for (const address of addresses) lines.push(await act(address))
  return `${lines.join('\n')}\n`
}
