/** Three controllers as processes on this machine: one is killed with -9, the others go on, and it comes back with its journal. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createNodeHost, type NodeHost } from '../../reference/host/node/node-host.ts'
import { RemotingClient } from '../../reference/remoting/remoting-client.ts'
import type { RemotingCommand } from '../../reference/remoting/remoting-command.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { type ControllerProcess, glassmqControllers } from '../interop/glassmq.ts'
import { temporaryFolder } from '../support/temp.ts'

/** An election takes one to two seconds. The machine may be busy: this is a limit, nothing is measured. */
const ELECTED_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 100

const folder = temporaryFolder('controllers')
let host: NodeHost
let client: RemotingClient
let controllers: readonly ControllerProcess[]
const started: ControllerProcess[] = []

beforeAll(async () => {
  host = createNodeHost({ name: 'asker', directory: folder.path })
  client = new RemotingClient(host)
  controllers = await glassmqControllers(3)
  started.push(...controllers)
})
afterAll(async () => {
  client?.close()
  for (const controller of started) await controller.kill()
  host?.dispose()
  folder.remove()
})

function ask(address: string, code: number, extFields: Readonly<Record<string, string>> = {}) {
  return new Promise<RemotingCommand | undefined>((resolve) => {
    client.invoke(address, { code, extFields }, 3_000, ({ response }) => resolve(response))
  })
}

/** Waits until each of these controllers names the same leader, which is one of them; returns its address. */
async function leaderOf(addresses: readonly string[]): Promise<string> {
  for (const untilMs = Date.now() + ELECTED_WITHIN_MS; Date.now() < untilMs; ) {
    const answers = await Promise.all(addresses.map((each) => ask(each, RequestCode.CONTROLLER_GET_METADATA_INFO)))
    const named = new Set(answers.map((answer) => answer?.extFields?.['controllerLeaderAddress'] ?? ''))
    const [leader = ''] = named
    if (named.size === 1 && addresses.includes(leader)) return leader
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  throw new Error(`${addresses.join(', ')} have no leader`)
}

const nextId = async (leader: string) => {
  for (const untilMs = Date.now() + ELECTED_WITHIN_MS; Date.now() < untilMs; ) {
    const answer = await ask(leader, RequestCode.CONTROLLER_GET_NEXT_BROKER_ID, { clusterName: 'c', brokerName: 'b' })
    if (answer?.code === 0) return answer.extFields?.['nextBrokerId']
  }
  throw new Error(`${leader} does not decide`)
}

it('what a majority has confirmed outlives kill -9 of the leader, and the killed one catches up', async () => {
  const addresses = controllers.map(({ address }) => address)
  const first = await leaderOf(addresses)
  expect(await nextId(first)).toBe('1')
  const id = { clusterName: 'c', brokerName: 'b', appliedBrokerId: '1', registerCheckCode: '127.0.0.1:1;1' }
  expect((await ask(first, RequestCode.CONTROLLER_APPLY_BROKER_ID, id))?.code).toBe(0)

  const killed = controllers.find(({ address }) => address === first)!
  await killed.kill()
  const others = addresses.filter((address) => address !== first)
  expect(await nextId(await leaderOf(others))).toBe('2')

  started.push(await killed.startAgain())
  const third = await leaderOf(addresses)
  expect(await nextId(third)).toBe('2')
  // with the one that came back, a majority goes on without another
  const next = started.findLast(({ address }) => address === third)!
  await next.kill()
  expect(await nextId(await leaderOf(addresses.filter((address) => address !== third)))).toBe('2')
})
