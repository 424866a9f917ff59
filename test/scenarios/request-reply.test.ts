/** A question goes through a queue, its answer comes back over the asker's own connection. */
import { expect, it } from 'vitest'
import { Producer } from '../../reference/client/producer/producer.ts'
import { PROPERTY } from '../../reference/common/message.ts'
import { decodeUtf8, encodeUtf8 } from '../../reference/common/utf8.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import { inSimulation, startCluster, startConsumer, startProducer } from '../support/sim.ts'
import { withClients } from '../support/sim-client.ts'

const ask = async (cluster: Cluster, key: string, timeoutMs = 3_000) =>
  JSON.parse(
    await cluster.call(
      'shop',
      'request',
      JSON.stringify({ topic: 'Orders', key, body: `price of ${key}?`, timeoutMs }),
    ),
  ) as { status: string; body: string; error: string }

it('every question gets its own answer, from any member of the group, for any seed', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    await inSimulation(seed, async (cluster) => {
      cluster.onDelivery(({ key }) => ({ status: 'CONSUME_SUCCESS', reply: `${key} costs ${key.length}` }))
      await startCluster(cluster)
      await startProducer(cluster)
      await startConsumer(cluster, 'desk-1', 'desk')
      await startConsumer(cluster, 'desk-2', 'desk')
      await cluster.sleep(30_000)
      const keys = Array.from({ length: 20 }, (_, i) => 'x'.repeat(i + 1))
      const answers = await Promise.all(keys.map((key) => ask(cluster, key)))
      expect(answers, `seed ${seed}`).toEqual(
        keys.map((key) => ({ status: 'REPLIED', body: `${key} costs ${key.length}`, error: '' })),
      )
    })
  }
})

it('a reply is a message: who wrote it, when it came, and which question it answers', async () => {
  await withClients(2, async (cluster, startClient) => {
    cluster.onDelivery(({ key }) => ({ status: 'CONSUME_SUCCESS', reply: `to ${key}` }))
    await startCluster(cluster, { brokers: ['broker-a'] })
    await startConsumer(cluster, 'desk-1', 'desk')
    await cluster.sleep(30_000)
    const shop = await startClient('shop')
    const { reply, startedMs, endedMs, clientId } = await shop.run(async (instance) => {
      const producer = new Producer(instance, 'shop')
      producer.start()
      const startedMs = instance.host.clock.nowMs()
      const body = encodeUtf8('price?')
      const reply = await producer.request({ topic: 'Orders', body, properties: new Map([['KEYS', 'tea']]) }, 3_000)
      return { reply, startedMs, endedMs: instance.host.clock.nowMs(), clientId: instance.clientId }
    })
    expect([decodeUtf8(reply.body), reply.topic]).toEqual(['to tea', 'DefaultCluster_REPLY_TOPIC'])
    const property = (name: string) => reply.properties.get(name)
    expect([property(PROPERTY.REPLY_TO_CLIENT), property(PROPERTY.ARRIVE_TIME)]).toEqual([clientId, String(endedMs)])
    expect(reply.bornTimestamp).toBeGreaterThanOrEqual(startedMs)
    expect(reply.storeTimestamp).toBeGreaterThanOrEqual(reply.bornTimestamp)
    expect(endedMs).toBeGreaterThanOrEqual(reply.storeTimestamp)
    const desk = await startClient('desk-2')
    const ipOf = (name: string) => desk.run(({ host }) => host.network.resolve(name))
    expect([reply.bornIp.join('.'), reply.storeIp.join('.')]).toEqual([await ipOf('desk-1'), await ipOf('broker-a')])
    expect(reply.storePort).toBe(10_911)
  })
})

it('nobody who answers: the asker is told when its time is over', async () => {
  await inSimulation(1, async (cluster) => {
    await startCluster(cluster)
    await startProducer(cluster)
    await startConsumer(cluster, 'desk-1', 'desk')
    await cluster.sleep(30_000)
    const askedAtMs = cluster.nowMs()
    const { status, error } = await ask(cluster, 'tea', 2_000)
    expect({ status, afterMs: cluster.nowMs() - askedAtMs }).toEqual({ status: 'FAILED', afterMs: 2_000 })
    expect(error).toContain('no reply came within 2000 ms')
  })
})

it('an answer for an asker who is gone is refused, kept in the reply topic, and disturbs nobody', async () => {
  await inSimulation(3, async (cluster) => {
    cluster.onDelivery(({ key }) => ({ status: 'CONSUME_SUCCESS', reply: `to ${key}` }))
    await startCluster(cluster, { brokers: ['broker-a'] })
    await startProducer(cluster)
    const waiting = ask(cluster, 'tea', 60_000).catch((error: Error) => error.message)
    await cluster.sleep(5_000)
    await cluster.kill('shop')
    await startConsumer(cluster, 'desk-1', 'desk', ['consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'])
    await cluster.sleep(60_000)
    expect(await waiting).toContain('shop')
    const logs = cluster.events.filter((event) => event.kind === 'log.line').map((event) => JSON.stringify(event))
    expect(logs.join('\n')).toContain('push reply message fail, channel of <')
    expect(await cluster.admin('admin', ['topicStatus', '-t', 'DefaultCluster_REPLY_TOPIC'])).toMatch(
      /broker-a\s+0\s+0\s+[1-9]/,
    )
  })
})
