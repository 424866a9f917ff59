/** A program that was told to stop, and has said that it has, does nothing any more, whatever it was doing before. */
import { expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { RequestCode as code } from '../../reference/remoting/request-code.ts'
import { withAsker } from '../support/asker.ts'
import { startControllerShape } from '../support/controller-shape.ts'
import { leftBehind } from '../support/left-behind.ts'
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
  const left = await leftBehind(() =>
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

it.each([3, 40, 700, 2_500])('a broker that was busy until %i ms ago, with everything that waits', async (restMs) => {
  const settings = [
    ...['flushDiskType=SYNC_FLUSH', 'glassmqSendLimiter=leakyBucket', 'glassmqSendLimit=2'],
    ...['mappedFileSizeCommitLog=16384', 'fileReservedTime=1', 'longPollingEnable=true'],
  ]
  const left = await leftBehind(() =>
    withAsker(async (cluster, ask) => {
      await startCluster(cluster, { brokers: ['broker-a'], queues: 1, settings })
      await startProducer(cluster)
      await startTransactionProducer(cluster, 'bank')
      await cluster.sleep(3_000)
      await sendMany(cluster, 'x'.repeat(900), 20)
      const call = (producer: string, how: object) =>
        cluster.call(producer, 'send', JSON.stringify({ topic: 'Orders', key: 'k', body: 'x'.repeat(2_000), ...how }))
      for (const how of [{ delayLevel: 1 }, { delayLevel: 4 }, { delayTimeMs: 1_000 }, { delayTimeMs: 9_000 }])
        await call('shop', how)
      await call('bank', {})
      const empty = { topic: 'Empty', readQueueNums: 1, writeQueueNums: 1, perm: 6 }
      await ask({ code: code.UPDATE_AND_CREATE_TOPIC, fields: empty })
      const place = { consumerGroup: 'g', topic: 'Orders', queueId: 0 }
      const pop = { ...place, maxMsgNums: 2, invisibleTime: 2_000, bornTime: 0, initMode: 0 }
      const popped = await ask({ code: code.POP_MESSAGE, fields: { ...pop, pollTime: 0 } })
      expect(popped.code).toBe(0)
      await ask({ code: code.POP_MESSAGE, fields: { ...pop, pollTime: 0, order: true, attemptId: 'a' } })
      await ask({ code: code.UPDATE_CONSUMER_OFFSET, fields: { ...place, commitOffset: 1 } })
      const held = { ...place, queueOffset: 1_000_000, maxMsgNums: 1, sysFlag: 6, subscription: '*' }
      const end = await ask({ code: code.GET_MAX_OFFSET, fields: place })
      const queueOffset = Number(end.fields['offset'])
      const waiting = [
        ask({ code: code.PULL_MESSAGE, fields: { ...held, queueOffset, suspendTimeoutMillis: 20_000 } }),
        ask({ code: code.POP_MESSAGE, fields: { ...pop, topic: 'Empty', pollTime: 20_000 } }),
        ask({ code: code.NOTIFICATION, fields: { ...pop, topic: 'Empty', pollTime: 20_000 } }),
        ...Array.from({ length: 9 }, () => call('shop', {})),
      ]
      await cluster.sleep(restMs)
      await stopAll(cluster, ['broker-a'])
      for (const one of waiting) one.catch(() => {}) // the broker has stopped
      await cluster.kill('asker')
      await stopAll(cluster, ['bank', 'shop', 'admin', 'namesrv'])
    }),
  )
  expect(left).toEqual([])
})

it('a slave and its master', async () => {
  const left = await leftBehind(() =>
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
  const left = await leftBehind(() =>
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

it('members that miss each other: a put that waits for a slave, a slave without its master, one that asks for its tables', async () => {
  const left = await leftBehind(() =>
    inSimulation(5, async (cluster) => {
      const warnings = (node: string, sinceMs: number) =>
        cluster.events.flatMap((event) =>
          event.kind === 'log.line' && event.node === node && event.level === 'warn' && event.atMs >= sinceMs
            ? [event.text]
            : [],
        )
      await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
      const member = (name: string, brokerRole: string, brokerId: number) => {
        const own = [NAMESRV, 'listenPort=10911', 'brokerName=pair', `brokerRole=${brokerRole}`, `brokerId=${brokerId}`]
        return cluster.start({
          name,
          program: 'broker',
          args: [...own, 'enableSlaveActingMaster=true', ...SMALL_FILES],
        })
      }
      await member('master', 'SYNC_MASTER', 0)
      await member('slave', 'SLAVE', 1)
      await startProducer(cluster)
      await sendMany(cluster, 'k', 5)
      await cluster.sleep(15_000)
      const pause = await cluster.inject({ kind: 'pause', node: 'master' })
      const waiting = sendMany(cluster, 'waits', 1)
      await cluster.sleep(3_100) // the slave has asked for offsets, and no answer comes
      const stoppedMs = cluster.nowMs()
      const stopping = stopAll(cluster, ['slave'])
      await cluster.sleep(50)
      const cut = await cluster.inject({ kind: 'partition', between: [['master'], ['slave']], held: 'reset' })
      await stopping
      expect(warnings('slave', stoppedMs), 'nobody asks again later').toEqual([])
      await cut.heal()
      await pause.heal()
      await stopAll(cluster, ['master'])
      await waiting
      await cluster.restart('slave')
      await cluster.sleep(4_000)
      await stopAll(cluster, ['slave'])
      await cluster.restart('master')
      await cluster.sleep(100)
      await stopAll(cluster, ['master', 'shop', 'namesrv'])
    }),
  )
  expect(left).toEqual([])
})

it('replicas whose master, and whose controller, is gone', async () => {
  const left = await leftBehind(() =>
    inSimulation(6, async (cluster) => {
      await startControllerShape(cluster, { settings: ['allAckInSyncStateSet=true', 'minInSyncReplicas=2'] })
      await cluster.sleep(5_000)
      await startProducer(cluster)
      await sendMany(cluster, 'k', 5)
      await cluster.kill('controller-0')
      await cluster.kill('broker-1')
      await cluster.sleep(2_500)
      await stopAll(cluster, ['broker-2'])
      await cluster.restart('broker-2')
      await cluster.sleep(1_300)
      await stopAll(cluster, ['broker-2', 'shop', 'namesrv'])
    }),
  )
  expect(left).toEqual([])
})
