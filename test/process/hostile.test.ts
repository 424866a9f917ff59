/**
 * The attacks of `npm run bench -- hostile` in small, on real servers: both live, answer, and have taken every send of a
 * well-behaved client that worked beside them. How quick they were is the bench's question, not this test's.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createNodeHost, type NodeHost } from '../../reference/host/node/node-host.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { sendMessageV2 } from '../../reference/remoting/requests/send-message.ts'
import { glassmqBroker, glassmqNameServer } from '../interop/glassmq.ts'
import type { BrokerProcess, ServerProcess } from '../interop/peers.ts'
import { ATTACKS } from '../support/hostile-attacks.ts'
import { temporaryFolder } from '../support/temp.ts'

const TOPIC = 'WellBehaved'
/** A part of the bench's size: the attacks do the same, with fewer connections. */
const SIZE = 0.05
/** Sends beside each attack. */
const SENDS = 15
/** A hang is what this finds: one of the old readers took minutes for its frame. */
const TIMEOUT_MS = 30_000

const folder = temporaryFolder('hostile')
let nameServer: ServerProcess
let broker: BrokerProcess
let host: NodeHost
let client: RemotingClient

beforeAll(async () => {
  nameServer = await glassmqNameServer()
  broker = await glassmqBroker({ namesrv: nameServer.address, config: { enablePropertyFilter: 'true' } })
  host = createNodeHost({ name: 'client', directory: folder.path })
  client = new RemotingClient(host)
})
afterAll(async () => {
  client?.close()
  host?.dispose()
  await broker?.kill()
  await nameServer?.kill()
  folder.remove()
})

function ask(to: string, code: number, extFields: Record<string, string>, body?: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    client.invoke(to, { code, extFields, body }, TIMEOUT_MS, ({ response, error }) =>
      resolve(error?.message ?? `${response?.code} ${response?.remark ?? ''}`),
    )
  })
}

const who = { producerGroup: 'well', topic: TOPIC, defaultTopic: 'TBW102', defaultTopicQueueNums: 1, queueId: 0 }
const fields = { ...sendMessageV2.encode({ ...who, sysFlag: 0, bornTimestamp: 1, flag: 0, properties: '' }) }
const send = () => ask(broker.address, sendMessageV2.code, fields, new Uint8Array(10))

it.each(ATTACKS.map((attack) => [attack.name, attack] as const))('%s', async (_name, attack) => {
  expect(await send()).toMatch(/^0 /)
  let isOver = false
  const running = attack.run({ broker: broker.address, namesrv: nameServer.address, topic: TOPIC }, SIZE, () => isOver)
  for (let i = 0; i < SENDS; i++) {
    expect(await send(), 'a send beside the attack').toMatch(/^0 /)
    expect(await ask(nameServer.address, RequestCode.GET_BROKER_CLUSTER_INFO, {})).toMatch(/^0 /)
  }
  isOver = true
  await running
  expect(await send(), 'a send after the attack').toMatch(/^0 /)
})
