/**
 * Columns of the interoperability table: which client talks to which server, and how both are started.
 *
 * `npm run interop` has the official clients against GlassMQ and GlassMQ's client against the official servers. The
 * self-test has the official ones among themselves: it proves the harness and the rows, and says nothing of GlassMQ.
 */
import { glassmqBroker, glassmqMissing, glassmqNameServer } from './glassmq.ts'
import { glassmqClient, glassmqClientMissing } from './glassmq-client.ts'
import type { TestClient } from './messages.ts'
import {
  type BrokerProcess,
  type JavaClient,
  type JvmTuning,
  javaClient,
  officialBroker,
  officialNameServer,
  type Properties,
  type RocketmqLine,
  type ServerProcess,
} from './peers.ts'

/** Who can be a server or a client: an official line, or GlassMQ. */
export type PeerKind = RocketmqLine | 'glassmq'

/** One column of the table. */
export interface Column {
  readonly id: string
  readonly title: string
  readonly client: PeerKind
  readonly server: PeerKind
  /** The other server of the store exchange, in the columns where that row runs. */
  readonly storePeer?: PeerKind
  /** The line whose admin client sets up topics and whose mqadmin is run. */
  readonly tools: RocketmqLine
}

const GLASSMQ_COLUMNS: readonly Column[] = [
  column('4.9', 'glassmq', '4.9'),
  column('5.3', 'glassmq', '5.3'),
  column('glassmq', '4.9'),
  column('glassmq', '5.3'),
]

const SELF_TEST_COLUMNS: readonly Column[] = [
  column('4.9', '4.9', '5.3'),
  column('5.3', '4.9'),
  column('4.9', '5.3'),
  column('5.3', '5.3'),
]

/** The columns of a run. */
export function columnsOf(selfTest: boolean): readonly Column[] {
  return selfTest ? SELF_TEST_COLUMNS : GLASSMQ_COLUMNS
}

function column(client: PeerKind, server: PeerKind, storePeer?: PeerKind): Column {
  const tools = client !== 'glassmq' ? client : server !== 'glassmq' ? server : '4.9'
  return {
    id: `${client}-to-${server}`,
    title: `${client === 'glassmq' ? 'GlassMQ client' : `Java client ${client}`} → ${titleOf(server)}`,
    client,
    server,
    ...(storePeer === undefined ? {} : { storePeer }),
    tools,
  }
}

function titleOf(server: PeerKind): string {
  return server === 'glassmq' ? 'GlassMQ' : `RocketMQ ${server}`
}

/** Why a column cannot run here, beyond Java itself; undefined when it can. */
export function columnMissing(column: Column): string | undefined {
  if (column.client === 'glassmq') return glassmqClientMissing() ?? undefined
  return column.server === 'glassmq' ? glassmqMissing() : undefined
}

/** One name server and one broker of a kind. */
export interface TestServer {
  readonly kind: PeerKind
  readonly namesrv: string
  /** The broker as it runs now. */
  readonly broker: BrokerProcess
  readonly nameServer: ServerProcess
  /** Ends the broker, orderly or by kill -9, and starts it again on its store. */
  restartBroker(how: 'stop' | 'kill'): Promise<void>
  /** Orderly: the store is closed and can be opened by another. */
  stop(): Promise<void>
  kill(): Promise<void>
}

/** Starts a name server and a broker of a kind; `storeDir` may hold a store that another server wrote. */
export async function startServer(
  kind: PeerKind,
  storeDir?: string,
  tuning: JvmTuning = 'quick',
  config: Properties = {},
): Promise<TestServer> {
  const nameServer =
    kind === 'glassmq' ? await glassmqNameServer() : await officialNameServer({ version: kind, tuning })
  try {
    const options = { namesrv: nameServer.address, config, ...(storeDir === undefined ? {} : { storeDir }) }
    let broker =
      kind === 'glassmq' ? await glassmqBroker(options) : await officialBroker({ version: kind, tuning, ...options })
    return {
      kind,
      namesrv: nameServer.address,
      nameServer,
      get broker() {
        return broker
      },
      async restartBroker(how) {
        await broker[how]()
        broker = await broker.startAgain()
      },
      async stop() {
        await broker.stop()
        await nameServer.kill()
      },
      async kill() {
        await Promise.all([broker.kill(), nameServer.kill()])
      },
    }
  } catch (error) {
    await nameServer.kill()
    throw error
  }
}

/** What is running for one column. */
export interface RunningColumn {
  readonly column: Column
  readonly server: TestServer
  readonly client: TestClient
  /** The official client that creates topics and runs mqadmin; the same JVM as `client` where that is Java's. */
  readonly tools: JavaClient
  stop(): Promise<void>
}

/** Starts the servers and clients of a column; `tuning` is `full` when a benchmark row is among its rows. */
export async function startColumn(column: Column, tuning: JvmTuning = 'quick'): Promise<RunningColumn> {
  const server = await startServer(column.server, undefined, tuning)
  let tools: JavaClient | undefined
  try {
    tools = await javaClient({ version: column.tools, namesrv: server.namesrv, tuning })
    const client = column.client === 'glassmq' ? await connectGlassmq(server.namesrv) : tools
    const both = tools
    return {
      column,
      server,
      client,
      tools,
      async stop() {
        if (client !== both) await client.stop()
        await both.kill()
        await server.kill()
      },
    }
  } catch (error) {
    await tools?.kill()
    await server.kill()
    throw error
  }
}

async function connectGlassmq(namesrv: string): Promise<TestClient> {
  if (!glassmqClient) throw new Error(glassmqClientMissing())
  return (glassmqClient as (options: { namesrv: string }) => Promise<TestClient>)({ namesrv })
}
