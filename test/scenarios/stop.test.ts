/** A program that was told to stop, and has said that it has, does nothing any more, whatever it was doing before. */
import { expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { RequestCode as code } from '../../reference/remoting/request-code.ts'
import { withAsker } from '../support/asker.ts'
import { startControllerShape } from '../support/controller-shape.ts'
import { timersLeftBehind } from '../support/left-behind.ts'
import {
  inSimulation,
  NAMESRV,
  SMALL_FILES,
  sendMany,
  startCluster,
  startConsumer,
  startProducer,
  startTransactionProducer,
} from '../support/sim.ts'

async function stopAll(cluster: Cluster, nodes: readonly string[]): Promise<void> {
  for (const node of nodes) await cluster.stop(node)
}

it('a broker with messages that wait, open transactions, held requests and popped messages; and its clients', async () => {
  const left = await timersLeftBehind(() =>
    withAsker(async (cluster, ask) => {
      await startCluster(cluster, { brokers: ['broker-a'], queues: 4 })
      await startProducer(cluster)
      await startTransactionProducer(cluster, 'bank')
      await startConsumer(cluster, 'billing-1', 'billing')
      await startConsumer(cluster, 'orderly-1', 'orderly', ['orderly=true'])
      await startConsumer(cluster, 'popper-1', 'popping', ['clientRebalance=false'])
      cluster.onHanded('executeLocalTransaction', () => JSON.stringify({ state: 'UNKNOW' }))
      cluster.onDelivery(({ key }) => (key === 'k-3' ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS'))
      await cluster.sleep(35_000)
      await sendMany(cluster, 'k', 12)
      const send = (producer: string, how: object) =>
        cluster.call(producer, 'send', JSON.stringify({ topic: 'Orders', key: 'later', body: 'x', ...how }))
      await send('shop', { delayLevel: 4 })
      await send('shop', { delayTimeMs: 60_000 })
      await send('bank', {})
      const place = { consumerGroup: 'g', topic: 'Orders', queueId: 0 }
      const pop = { ...place, maxMsgNums: 2, invisibleTime: 60_000, bornTime: 0, initMode: 0 }
      await ask({ code: code.POP_MESSAGE, fields: { ...pop, pollTime: 0 } })
      await ask({ code: code.POP_MESSAGE, fields: { ...pop, pollTime: 0, order: true, attemptId: 'a' } })
      const commit = { consumerGroup: 'billing', topic: 'Orders', queueId: 0, commitOffset: 1 }
      await ask({ code: code.UPDATE_CONSUMER_OFFSET, fields: commit })
      await cluster.sleep(1_700)
      await stopAll(cluster, ['billing-1', 'orderly-1', 'popper-1', 'bank', 'shop', 'admin', 'broker-a', 'namesrv'])
    }),
  )
  expect(left).toEqual([])
})

it('a slave and its master', async () => {
  const left = await timersLeftBehind(() =>
    inSimulation(3, async (cluster) => {
      await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
      for (const [name, role, id] of [
        ['master', 'SYNC_MASTER', 0],
        ['slave', 'SLAVE', 1],
      ] as const) {
        const args = [NAMESRV, 'listenPort=10911', 'brokerName=pair', `brokerRole=${role}`, `brokerId=${id}`]
        await cluster.start({
          name,
          program: 'broker',
          args: [...args, 'enableSlaveActingMaster=true', ...SMALL_FILES],
        })
      }
      await startProducer(cluster)
      await sendMany(cluster, 'k', 5)
      await cluster.sleep(15_000)
      await stopAll(cluster, ['slave', 'master', 'shop', 'namesrv'])
    }),
  )
  expect(left).toEqual([])
})

it('replicas and their controllers', async () => {
  const left = await timersLeftBehind(() =>
    inSimulation(4, async (cluster) => {
      await startControllerShape(cluster, { controllers: 3, settings: [] })
      await startProducer(cluster)
      await sendMany(cluster, 'k', 5)
      await cluster.sleep(15_000)
      await stopAll(cluster, ['broker-2', 'broker-1', 'controller-0', 'controller-1', 'controller-2'])
    }),
  )
  expect(left).toEqual([])
})
