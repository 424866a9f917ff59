/** What a producer refuses by itself is a sentence, not an accident. */
import { expect, it } from 'vitest'
import { inSimulation, startCluster, startProducer } from '../support/sim.ts'

it('a message that may not leave is refused with a sentence, and the producer goes on', () =>
  inSimulation(1, async (cluster) => {
    await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
    await startProducer(cluster)
    const refused = await cluster.produce('shop', { topic: 'Orders', key: 'empty', body: '' })
    expect([refused.status, refused.error]).toEqual(['FAILED', 'the message body is empty'])
    const sent = await cluster.produce('shop', { topic: 'Orders', key: 'order-1', body: 'a book' })
    expect(sent.status).toBe('SEND_OK')
  }))
