/**
 * Rows that need servers of their own: clusters of both makes, encrypted connections, signed requests. In the columns of
 * the Java clients the servers under test are GlassMQ's, in the others the official ones.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Settings } from '../../reference/common/properties-file.ts'
import { tlsClient } from '../../reference/host/node/tls.ts'
import { expectAllSent, expectExactlyOnce, expectThat } from './expect.ts'
import { glassmqBroker, glassmqNameServer } from './glassmq.ts'
import { glassmqClient } from './glassmq-client.ts'
import type { TestClient } from './messages.ts'
import {
  type BrokerProcess,
  type JavaClient,
  javaClient,
  officialBroker,
  officialNameServer,
  type Properties,
  type ServerProcess,
} from './peers.ts'
import type { Row, RowContext } from './rows.ts'

/** Ends everything that a row has started, last first. */
export async function withServers<T>(use: (keep: <S extends Stoppable>(started: S) => S) => Promise<T>): Promise<T> {
  const started: Stoppable[] = []
  try {
    return await use((each) => {
      started.push(each)
      return each
    })
  } finally {
    for (const each of started.reverse()) await ('kill' in each ? each.kill() : each.stop())
  }
}

type Stoppable = { kill(): Promise<void> } | { stop(): Promise<void> }

const isOurs = ({ column }: RowContext) => column.server === 'glassmq'

/** One broker of each make in one cluster: a topic lies on both, and clients of both makes use it. */
export const mixedRow: Row = {
  id: 'mixed',
  title: 'one cluster, a broker of each make, one topic on both',
  run: (context) =>
    withServers(async (keep) => {
      const { namesrv, broker } = context.server
      const config = { brokerName: 'other-broker' }
      // 5.3 compresses its registration and says that it did not: no name server can read that
      const theirs = { ...config, compressedRegister: context.column.tools === '4.9' }
      const other = keep(
        isOurs(context)
          ? await officialBroker({ version: context.column.tools, namesrv, config: theirs })
          : await glassmqBroker({ namesrv, config }),
      )
      const lines: string[] = []
      const clients: TestClient[] = isOurs(context)
        ? [context.client, keep(await glassmqClient({ namesrv }))]
        : [context.client, context.tools]
      for (const [i, client] of clients.entries()) {
        const topic = `mixed-topic-${i}`
        await context.tools.createTopic({ topic, queues: 4, brokers: [broker.address, other.address] })
        const consumer = client.consume({ group: `mixed-group-${i}`, topic, expected: 200 })
        const produced = await client.produce({ group: `mixed-producer-${i}`, topic, count: 200 })
        expectAllSent(produced, 200)
        const names = new Set(produced.messages.map((message) => message.brokerName))
        expectThat(names.size === 2, `${client.name} sent to ${[...names].join(', ')} only`)
        expectExactlyOnce(client.name, produced.messages, await consumer.finished)
        lines.push(`${client.name}: 200 over both`)
      }
      return `${other.name} beside ${broker.name}; ${lines.join('; ')}`
    }),
}

const file = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const TLS_SERVER: Properties = {
  'tls.server.mode': 'enforcing',
  'tls.server.certPath': file('server.crt'),
  'tls.server.keyPath': file('server.key'),
}

/** A name server and a broker of the make under test. */
async function startPair(
  context: RowContext,
  keep: <S extends Stoppable>(started: S) => S,
  settings: {
    namesrv?: Properties
    broker?: Properties
    homeFiles?: Readonly<Record<string, string>>
    /** Official servers accept encrypted connections, with a certificate of their own making. */
    tls?: boolean
  },
): Promise<{ nameServer: ServerProcess; broker: BrokerProcess }> {
  const version = context.column.tools
  const tls = settings.tls ?? false
  const nameServer = keep(
    isOurs(context) ? await glassmqNameServer(settings.namesrv) : await officialNameServer({ version, tls }),
  )
  const namesrv = nameServer.address
  const config = settings.broker ?? {}
  const broker = keep(
    isOurs(context)
      ? await glassmqBroker({ namesrv, config })
      : await officialBroker({ version, namesrv, config, tls, homeFiles: settings.homeFiles ?? {} }),
  )
  return { nameServer, broker }
}

async function sendAndConsume(client: TestClient, tools: JavaClient, broker: string): Promise<void> {
  const topic = 'secure-topic'
  await tools.createTopic({ topic, queues: 4, brokers: [broker] })
  const produced = await client.produce({ group: 'secure-producer', topic, count: 100, bodyBytes: 10_000 })
  expectAllSent(produced, 100)
  const consumer = client.consume({ group: 'secure-group', topic, expected: 100 })
  expectExactlyOnce(client.name, produced.messages, await consumer.finished)
}

export const tlsRow: Row = {
  id: 'tls',
  title: 'encrypted connections',
  run: (context) =>
    withServers(async (keep) => {
      const { nameServer, broker } = await startPair(context, keep, {
        tls: true,
        namesrv: TLS_SERVER,
        broker: { ...TLS_SERVER, ...(isOurs(context) ? { 'tls.enable': true } : {}) },
      })
      const namesrv = nameServer.address
      const version = context.column.tools
      const java = keep(await javaClient({ version, namesrv, flags: ['-Dtls.enable=true'] }))
      const client = isOurs(context)
        ? java
        : keep(
            await glassmqClient({
              namesrv,
              tls: { client: tlsClient(new Settings(new Map([['tls.enable', 'true']]), 'the test')) },
            }),
          )
      await sendAndConsume(client, java, broker.address)
      return `100 messages of 10 kB each way, ${isOurs(context) ? 'plain clients closed' : 'official certificate'}`
    }),
}

const USER = { accessKey: 'interop-user', secretKey: 'interop-secret' }

/** How a broker of each make is told to let in only USER. */
function aclSettings(context: RowContext): { broker: Properties; homeFiles?: Readonly<Record<string, string>> } {
  const { accessKey, secretKey } = USER
  const initAuthenticationUser = JSON.stringify({ username: accessKey, password: secretKey })
  if (isOurs(context)) return { broker: { authenticationEnabled: true, initAuthenticationUser } }
  if (context.column.tools === '4.9') {
    const account = `accounts:\n  - accessKey: ${accessKey}\n    secretKey: ${secretKey}\n    admin: true\n`
    return { broker: { aclEnable: true }, homeFiles: { 'conf/plain_acl.yml': account } }
  }
  const provider = 'org.apache.rocketmq.auth.authentication.provider'
  return {
    broker: {
      authenticationEnabled: true,
      authenticationProvider: `${provider}.DefaultAuthenticationProvider`,
      authenticationMetadataProvider: `${provider}.LocalAuthenticationMetadataProvider`,
      initAuthenticationUser,
      innerClientAuthenticationCredentials: JSON.stringify(USER),
    },
  }
}

export const signedRow: Row = {
  id: 'signed',
  title: 'signed requests; forged and unsigned ones are refused',
  run: (context) =>
    withServers(async (keep) => {
      const { nameServer } = await startPair(context, keep, aclSettings(context))
      const namesrv = nameServer.address
      const version = context.column.tools
      if (isOurs(context)) {
        const java = keep(await javaClient({ version, namesrv }))
        const options = { ...USER, group: 'signed-group', topic: 'signed-topic', count: 50 }
        const { received, forged, unsigned } = await java.signed(options)
        expectThat(received === 50, `${received} of 50 signed messages came`)
        expectThat(
          forged === 16 && unsigned === 16,
          `forged: code ${forged}, unsigned: code ${unsigned}; both should be 16`,
        )
        return '50 signed messages came; a forged and an unsigned send got NO_PERMISSION'
      }
      const group = 'signed-producer'
      const send = async (client: TestClient) => client.produce({ group, topic: 'signed-topic', count: 50 })
      const signing = keep(await glassmqClient({ namesrv, credentials: USER }))
      // a broker with users is ready before the name server knows its topics
      for (
        let tries = 0;
        tries < 60 && (await signing.produce({ group, topic: 'signed-first', count: 1 })).sent === 0;
        tries++
      )
        await sleep(500)
      const produced = await send(signing)
      expectAllSent(produced, 50)
      const consumer = signing.consume({ group: 'signed-group', topic: 'signed-topic', expected: 50 })
      expectExactlyOnce(signing.name, produced.messages, await consumer.finished)
      for (const credentials of [{ ...USER, secretKey: 'guessed' }, undefined]) {
        const stranger = keep(await glassmqClient({ namesrv, ...(credentials === undefined ? {} : { credentials }) }))
        const { sent, firstFailure = '' } = await stranger.produce({ group, topic: 'signed-topic', count: 1 })
        expectThat(sent === 0, `a stranger's message was taken`)
        expectThat(/refused/.test(firstFailure), `a stranger is told: ${firstFailure}`)
      }
      return '50 signed messages came; forged and unsigned sends were refused'
    }),
}
