/** Broadcasting: every member has all queues and its own offsets; what fails in one is nobody else's business. */
import { expect, it } from 'vitest'
import { decodeUtf8 } from '../../reference/common/utf8.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'
import { inSimulation, sendMany, startCluster, startConsumer, startProducer } from '../support/sim.ts'

const ONE = { brokers: ['broker-a'], queues: 2 }
const MODEL = ['messageModel=BROADCASTING']

const keysAt = (cluster: Cluster, node: string) =>
  cluster
    .deliveries()
    .filter((delivery) => delivery.node === node)
    .map((delivery) => delivery.key)

async function begin(cluster: Cluster) {
  await startCluster(cluster, ONE)
  await startProducer(cluster)
  for (const name of ['screen-1', 'screen-2']) await startConsumer(cluster, name, 'screens', MODEL)
  await cluster.sleep(5_000)
}

/** The file of a member, found by its name: the path holds the member's address. */
async function offsetsFile(cluster: Cluster, node: string, suffix = '') {
  const files = await cluster.listFiles(node)
  const file = files.find(({ path }) => path.endsWith(`/screens/offsets.json${suffix}`))
  return file === undefined
    ? undefined
    : { path: file.path, text: decodeUtf8((await cluster.readFile(node, file.path))!) }
}

it('every member gets every message once', async () => {
  await inSimulation(1, async (cluster) => {
    await begin(cluster)
    const sent = await sendMany(cluster, 'news', 30)
    await cluster.sleep(10_000)
    for (const node of ['screen-1', 'screen-2']) expect(keysAt(cluster, node).sort(), node).toEqual([...sent].sort())
  })
})

it('a message that fails is not repeated, disturbs nobody, and is not given back', async () => {
  await inSimulation(2, async (cluster) => {
    cluster.onDelivery(({ node, key }) =>
      node === 'screen-1' && key === 'news-2' ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS',
    )
    await begin(cluster)
    const sent = await sendMany(cluster, 'news', 6)
    await cluster.sleep(60_000)
    for (const node of ['screen-1', 'screen-2']) expect(keysAt(cluster, node).sort(), node).toEqual([...sent].sort())
    await cluster.stop('screen-1')
    await cluster.restart('screen-1')
    await cluster.sleep(30_000)
    expect(keysAt(cluster, 'screen-1'), 'nor after a restart').toHaveLength(6)
    const asked = cluster.events.filter(
      (event): event is Extract<TraceEvent, { kind: 'frame.sent' }> =>
        event.kind === 'frame.sent' && event.node.startsWith('screen-') && event.type !== 'response',
    )
    expect(new Set(asked.map((event) => event.name)), 'no offsets, no group, no send-back').toEqual(
      new Set(['GET_ROUTEINFO_BY_TOPIC', 'HEART_BEAT', 'GET_MAX_OFFSET', 'PULL_MESSAGE', 'UNREGISTER_CLIENT']),
    )
  })
})

it('a member that comes back goes on where it stopped, by its own file, in the form of Java’s', async () => {
  await inSimulation(3, async (cluster) => {
    await begin(cluster)
    await sendMany(cluster, 'first', 10)
    await cluster.sleep(10_000)
    await cluster.stop('screen-1')
    const file = await offsetsFile(cluster, 'screen-1')
    expect(file!.path).toMatch(/^\.rocketmq_offsets\/[\d.]+@screen-1\/screens\/offsets\.json$/)
    expect(file!.text).toBe(
      [
        '{',
        '\t"offsetTable":{',
        '\t\t{"brokerName":"broker-a","queueId":0,"topic":"Orders"}:5,',
        '\t\t{"brokerName":"broker-a","queueId":1,"topic":"Orders"}:5',
        '\t}',
        '}',
      ].join('\n'),
    )
    const second = await sendMany(cluster, 'second', 10)
    await cluster.restart('screen-1')
    await cluster.sleep(30_000)
    expect(keysAt(cluster, 'screen-1').slice(10).sort(), 'only what it missed').toEqual([...second].sort())
    expect(keysAt(cluster, 'screen-2'), 'the other one never noticed').toHaveLength(20)
  })
})

it('a member that is killed repeats at most what came since its last note', async () => {
  await inSimulation(4, async (cluster) => {
    await begin(cluster)
    const first = await sendMany(cluster, 'first', 10)
    await cluster.sleep(20_000)
    const second = await sendMany(cluster, 'second', 4)
    await cluster.kill('screen-1')
    await cluster.restart('screen-1')
    await cluster.sleep(30_000)
    const keys = keysAt(cluster, 'screen-1')
    for (const key of first)
      expect(
        keys.filter((one) => one === key),
        key,
      ).toHaveLength(1)
    for (const key of second) expect(keys, key).toContain(key)
  })
})

it('a damaged file is replaced by the one before it', async () => {
  await inSimulation(5, async (cluster) => {
    await begin(cluster)
    await sendMany(cluster, 'first', 10)
    await cluster.sleep(20_000)
    await sendMany(cluster, 'second', 2)
    await cluster.sleep(20_000)
    await cluster.stop('screen-1')
    expect((await offsetsFile(cluster, 'screen-1', '.bak'))!.text).toContain('}:5')
    const { path } = (await offsetsFile(cluster, 'screen-1'))!
    await cluster.writeFile('screen-1', path, new TextEncoder().encode('{"offsetTable":{{"broker'))
    await cluster.restart('screen-1')
    await cluster.sleep(30_000)
    expect(keysAt(cluster, 'screen-1').slice(12).sort(), 'what came after the older note').toEqual([
      'second-1',
      'second-2',
    ])
  })
})
