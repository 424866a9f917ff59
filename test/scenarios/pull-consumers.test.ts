/** Consumers that fetch for themselves: lite pull, which has a cache and offsets, and pulls by hand. */
import { describe, expect, it } from 'vitest'
import { LitePullConsumer } from '../../reference/client/consumer/lite-pull-consumer.ts'
import { PullConsumer } from '../../reference/client/consumer/pull-consumer.ts'
import { type MessageExt, PROPERTY } from '../../reference/common/message.ts'
import { CONSUME_FROM } from '../../reference/remoting/bodies/heartbeat.ts'
import { sendMany, startCluster, startProducer } from '../support/sim.ts'
import { type SimClient, withClients } from '../support/sim-client.ts'

const keyOf = (message: MessageExt) => message.properties.get(PROPERTY.KEYS)!
const FIRST = CONSUME_FROM.FIRST_OFFSET

/** A started lite pull consumer of `Orders` in a node of its own. */
async function litePull(client: SimClient, autoCommit = true): Promise<LitePullConsumer> {
  return client.run(async (instance) => {
    const consumer = new LitePullConsumer(instance, { group: 'billing', consumeFromWhere: FIRST, autoCommit })
    consumer.subscribe('Orders')
    await consumer.start()
    return consumer
  })
}

/** Polls until nothing comes for two seconds. */
const pollAll = (client: SimClient, consumer: LitePullConsumer) =>
  client.run(async () => {
    const keys: string[] = []
    for (;;) {
      const messages = await consumer.poll(2_000)
      if (messages.length === 0) return keys
      keys.push(...messages.map(keyOf))
    }
  })

describe('lite pull', () => {
  it('two members share the queues; what one committed the other does not get again', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      await withClients(seed, async (cluster, startClient) => {
        await startCluster(cluster)
        await startProducer(cluster)
        const sent = await sendMany(cluster, 'order', 40)
        const [one, two] = [await startClient('one'), await startClient('two')]
        const first = await litePull(one)
        const second = await litePull(two)
        await cluster.sleep(30_000)
        expect(first.assignment.length + second.assignment.length, `seed ${seed}`).toBe(8)
        const got = [...(await pollAll(one, first)), ...(await pollAll(two, second))]
        expect(got.sort(), `seed ${seed}`).toEqual(sent.sort())
        await one.run(() => first.shutdown())
        await cluster.sleep(30_000)
        expect(second.assignment, 'the one that stays has all queues').toHaveLength(8)
        expect(await pollAll(two, second), 'nothing comes twice').toEqual([])
      })
    }
  })

  it('without auto commit, what was not committed comes again after a crash, and nothing else', async () => {
    await withClients(7, async (cluster, startClient) => {
      await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
      await startProducer(cluster)
      const client = await startClient('one')
      const consumer = await litePull(client, false)
      await cluster.sleep(25_000)
      const before = await sendMany(cluster, 'done', 5)
      expect(await pollAll(client, consumer)).toEqual(before)
      await client.run(() => consumer.commit(true))
      const after = await sendMany(cluster, 'open', 5)
      expect(await pollAll(client, consumer)).toEqual(after)
      await cluster.sleep(20_000)
      await cluster.kill('one')
      await cluster.sleep(130_000) // until the broker has noticed
      const again = await startClient('again')
      const successor = await litePull(again, false)
      await cluster.sleep(25_000)
      expect(await pollAll(again, successor)).toEqual(after)
    })
  })

  it('seek goes back and forth; pause stops what is pulled, not what is polled', async () => {
    await withClients(3, async (cluster, startClient) => {
      await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
      await startProducer(cluster)
      const sent = await sendMany(cluster, 'order', 12)
      const client = await startClient('one')
      const consumer = await litePull(client)
      await cluster.sleep(25_000)
      const [queue] = consumer.assignment
      expect(await pollAll(client, consumer)).toEqual(sent)
      await client.run(() => consumer.seek(queue!, 7))
      expect(await pollAll(client, consumer)).toEqual(sent.slice(7))
      await client.run(() => consumer.seekToBegin(queue!))
      expect(await pollAll(client, consumer)).toEqual(sent)
      await expect(client.run(() => consumer.seek(queue!, 13))).rejects.toThrow('has offsets 0 to 12, not 13')
      await expect(client.run(() => consumer.seek(queue!, -1))).rejects.toThrow('has offsets 0 to 12, not -1')
      await client.run(() => consumer.seek(queue!, 11))
      await client.run(() => consumer.seek(queue!, 12))
      expect(await pollAll(client, consumer), 'the end is a place to go on').toEqual([])
      const next = await sendMany(cluster, 'next', 1)
      expect(await pollAll(client, consumer)).toEqual(next)
      await client.run(() => consumer.seek(queue!, 0))
      await client.run(() => consumer.seekToEnd(queue!))
      expect(await pollAll(client, consumer)).toEqual([])

      await client.run(() => consumer.pause([queue!]))
      await cluster.sleep(21_000) // the pull that the broker still holds ends
      const late = await sendMany(cluster, 'late', 3)
      expect(await pollAll(client, consumer)).toEqual([])
      await client.run(() => consumer.pause([queue!], false))
      expect(await pollAll(client, consumer)).toEqual(late)
    })
  })

  it('assigned queues are nobody else’s business, and can be others at any time', async () => {
    await withClients(5, async (cluster, startClient) => {
      await startCluster(cluster, { brokers: ['broker-a'], queues: 4 })
      await startProducer(cluster)
      const sent = await sendMany(cluster, 'order', 20)
      const client = await startClient('one')
      const { consumer, queues } = await client.run(async (instance) => {
        const lite = new LitePullConsumer(instance, { group: 'billing', consumeFromWhere: FIRST })
        const all = await lite.fetchMessageQueues('Orders')
        lite.assign(all.slice(0, 1))
        await lite.start()
        return { consumer: lite, queues: all }
      })
      await cluster.sleep(2_000)
      const first = await pollAll(client, consumer)
      expect(first).toHaveLength(5)
      await client.run(() => consumer.assign(queues.slice(1)))
      await cluster.sleep(2_000)
      const rest = await pollAll(client, consumer)
      expect([...first, ...rest].sort()).toEqual(sent.sort())
      expect(() => consumer.subscribe('Orders')).toThrow('subscribe or assign')
    })
  })
})

it('by hand: each status says where to go on', async () => {
  await withClients(2, async (cluster, startClient) => {
    await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
    await startProducer(cluster)
    await sendMany(cluster, 'order', 3)
    const client = await startClient('one')
    await client.run(async (instance) => {
      const consumer = new PullConsumer(instance, 'tools')
      consumer.start()
      const [queue] = await consumer.fetchSubscribeMessageQueues('Orders')
      const pull = async (offset: number, expression?: string) => {
        const { status, nextBeginOffset, messages } = await consumer.pull(queue!, offset, {
          ...(expression === undefined ? {} : { expression }),
        })
        return [status, nextBeginOffset, messages.map(keyOf).join(' ')]
      }
      expect(await pull(1)).toEqual(['FOUND', 3, 'order-2 order-3'])
      expect(await pull(3)).toEqual(['NO_NEW_MSG', 3, ''])
      expect(await pull(0, 'nobody')).toEqual(['NO_MATCHED_MSG', 3, ''])
      expect(await pull(9)).toEqual(['OFFSET_ILLEGAL', 3, ''])
      expect(await consumer.fetchConsumeOffset(queue!)).toBe(0)
      consumer.updateConsumeOffset(queue!, 2)
      expect(await consumer.fetchConsumeOffset(queue!)).toBe(2)
      consumer.shutdown()
    })
  })
})
