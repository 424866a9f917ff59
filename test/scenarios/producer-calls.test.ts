/** Every call that an application can make to a producer node: what is stored, and what comes back. */
import { expect, it } from 'vitest'
import { encodeBase64 } from '../../reference/common/base64.ts'
import { encodeUtf8 } from '../../reference/common/utf8.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import { inSimulation, startCluster, startConsumer, startProducer } from '../support/sim.ts'

interface Answer {
  readonly status: string
  readonly outcome: string
  readonly brokerName: string
  readonly queueId: number
  readonly queueOffset: number
  readonly error: string
  readonly found: readonly string[]
}

const call = async (cluster: Cluster, name: string, about: object): Promise<Answer> =>
  JSON.parse(await cluster.call('shop', name, JSON.stringify({ topic: 'Orders', ...about })))

const place = ({ brokerName, queueId }: Answer) => `${brokerName} ${queueId}`

/** Two brokers and a producer. The function waits until `count` messages have come to a consumer, and gives them back. */
async function inShop(script: (cluster: Cluster, come: (count: number) => Promise<string[]>) => Promise<void>) {
  await inSimulation(1, async (cluster) => {
    await startCluster(cluster)
    await startProducer(cluster)
    await startConsumer(cluster, 'billing-1', 'billing', ['consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'])
    await cluster.sleep(30_000)
    await script(cluster, async (count) => {
      await cluster.sleep(2_000)
      const got = cluster.deliveries().map(({ key, body }) => `${key}=${body}`)
      expect(got).toHaveLength(count)
      return got.sort()
    })
  })
}

it.each(['send', 'sendAsync'])('%s stores a message; with a sharding key, all in one queue, in order', (name) =>
  inShop(async (cluster, come) => {
    const free: Answer[] = []
    const sharded: Answer[] = []
    for (let i = 0; i < 8; i++) {
      free.push(await call(cluster, name, { key: `free-${i}`, body: 'a' }))
      sharded.push(await call(cluster, name, { key: `sharded-${i}`, body: 'b', shardingKey: 'customer-7' }))
    }
    for (const answer of [...free, ...sharded])
      expect(answer).toMatchObject({ status: 'SEND_OK', outcome: 'stored', error: '' })
    expect(new Set(free.map(place)).size, 'one queue after the other').toBe(8)
    expect(new Set(sharded.map(place)).size).toBe(1)
    const offsets = sharded.map(({ queueOffset }) => queueOffset)
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b))
    expect((await come(16)).filter((one) => one.endsWith('=b'))).toEqual(sharded.map((_, i) => `sharded-${i}=b`))
  }),
)

it('sendOneway says only that the message has left; sendBatch stores all in one queue', () =>
  inShop(async (cluster, come) => {
    for (let i = 0; i < 8; i++)
      expect(await call(cluster, 'sendOneway', { key: `left-${i}`, body: 'c' })).toEqual({
        status: 'ONEWAY',
        outcome: 'unknown',
        error: '',
      })
    const messages = ['x', 'y', 'z'].map((key) => ({ topic: 'Orders', key, bodyBase64: encodeBase64(encodeUtf8('d')) }))
    expect(await call(cluster, 'sendBatch', { messages })).toMatchObject({ status: 'SEND_OK', outcome: 'stored' })
    expect(await come(11)).toEqual([...Array.from({ length: 8 }, (_, i) => `left-${i}=c`), 'x=d', 'y=d', 'z=d'])
    const batch = cluster.deliveries().filter(({ body }) => body === 'd')
    expect(new Set(batch.map(({ brokerName, queueId }) => `${brokerName} ${queueId}`)).size).toBe(1)
  }))

it('query finds the messages of a key on all brokers, the earliest first, and no more of a broker than asked', () =>
  inShop(async (cluster) => {
    for (let i = 0; i < 8; i++) {
      await call(cluster, 'send', { key: 'wanted', body: `${i}` })
      await call(cluster, 'send', { key: 'other', body: 'other' })
      await cluster.sleep(10)
    }
    await cluster.sleep(5_000)
    const query = (key: string, maxNum?: number) => call(cluster, 'query', { key, maxNum })
    expect(await query('wanted')).toEqual({ found: ['0', '1', '2', '3', '4', '5', '6', '7'], error: '' })
    expect((await query('wanted', 1)).found, 'one of each broker').toHaveLength(2)
    expect(await query('nobody')).toEqual({ found: [], error: '' })
    await cluster.inject({ kind: 'partition', between: [['shop'], ['broker-b']], held: 'reset' })
    expect((await query('wanted')).error).toContain('broker-b')
  }))

it.each(['send', 'sendAsync', 'sendOneway'])('%s that may not leave is FAILED, with a sentence', (name) =>
  inShop(async (cluster, come) => {
    expect(await call(cluster, name, { key: 'empty' })).toMatchObject({
      status: 'FAILED',
      outcome: 'refused',
      error: 'the message body is empty',
    })
    await cluster.kill('broker-a')
    await cluster.kill('broker-b')
    expect(await call(cluster, name, { topic: 'Unknown', key: 'k', body: 'b' })).toMatchObject({ status: 'FAILED' })
    await come(0)
  }),
)
