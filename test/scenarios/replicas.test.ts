/** Brokers under a controller: ids, elections, what survives them, and what operators see. */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { startControllerShape, startReplica } from '../support/controller-shape.ts'
import { invoke } from '../support/raw-client.ts'
import { expectSameLogs } from '../support/same-logs.ts'
import { inSimulation, NAMESRV, sendMany } from '../support/sim.ts'

const SAFE = ['allAckInSyncStateSet=true', 'minInSyncReplicas=2']

const simulated = async (seed: number, script: (cluster: Cluster) => Promise<void>): Promise<void> =>
  void (await inSimulation(seed, script))

const startShop = (cluster: Cluster) =>
  cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, 'sendMsgTimeout=10000'] })

async function textOf(cluster: Cluster, node: string, path: string): Promise<string> {
  return new TextDecoder().decode(await cluster.readFile(node, path))
}

/** The epochs and ids of all masters that a controller has elected. */
const mastersOf = (cluster: Cluster) => {
  const masters = new Map<number, number>()
  for (const event of cluster.events)
    if (event.kind === 'master.elected' && event.brokerId > 0) masters.set(event.masterEpoch, event.brokerId)
  return masters
}

/** The last in-sync set that a controller has applied. */
const setOf = (cluster: Cluster) => {
  const all = cluster.events.flatMap((event) =>
    event.kind === 'syncset.changed' || event.kind === 'master.elected' ? [event.syncStateSet] : [],
  )
  return all.at(-1)
}

const ask = (cluster: Cluster, to: string, code: number, extFields: Record<string, string> = {}) =>
  invoke(cluster, 'asker', { to: `${to}:10911`, code, extFields })

describe('a broker under a controller', () => {
  it('receives an id, keeps it over a restart, and is a slave of the elected master', () =>
    simulated(1, async (cluster) => {
      await startControllerShape(cluster, { settings: SAFE })
      await cluster.sleep(5_000)
      expect(await textOf(cluster, 'broker-1', 'store/brokerIdentity')).toBe('DefaultCluster#pair#1')
      expect(await textOf(cluster, 'broker-2', 'store/brokerIdentity')).toBe('DefaultCluster#pair#2')
      expect(await cluster.readFile('broker-1', 'store/brokerIdentity-temp')).toBeUndefined()
      expect(setOf(cluster)).toBe('1,2')
      await cluster.stop('broker-2')
      await cluster.restart('broker-2')
      await cluster.sleep(10_000)
      expect(await textOf(cluster, 'broker-2', 'store/brokerIdentity')).toBe('DefaultCluster#pair#2')
      expect([...mastersOf(cluster)]).toEqual([[1, 1]])
      expect(setOf(cluster)).toBe('1,2')
    }))

  it('has the same id when the power fails at any moment of its first start', async () => {
    for (let seed = 1; seed <= 12; seed++)
      await simulated(seed, async (cluster) => {
        await startControllerShape(cluster, { replicas: 1 })
        await cluster.sleep(2_000)
        const starting = startReplica(cluster, 'broker-2', 1)
        await cluster.sleep(1 + seed * 2)
        await cluster.powerCut('broker-2')
        await starting.catch(() => {})
        await cluster.restart('broker-2')
        await cluster.sleep(8_000)
        expect(await textOf(cluster, 'broker-2', 'store/brokerIdentity'), `seed ${seed}`).toBe('DefaultCluster#pair#2')
      })
  })

  it('takes no messages and is not in the route while no controller answers', () =>
    simulated(2, async (cluster) => {
      await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
      await startReplica(cluster, 'broker-1')
      await cluster.sleep(10_000)
      expect(cluster.isRunning('broker-1')).toBe(true)
      expect(cluster.events.filter(({ kind }) => kind === 'route.registered')).toEqual([])
    }))

  it.each([
    [['enableControllerMode=true'], /controllerAddr is empty: name the controllers/],
    [['enableControllerMode=true', 'controllerAddr=here'], /controllerAddr has "here"; it must be addresses like/],
    [['enableControllerMode=true', 'controllerAddr=c:1', 'storePathEpochFile=../x'], /inside the node's own directory/],
  ] as const)('says what is wrong with %s', (settings, says) =>
    simulated(3, async (cluster) => {
      await expect(cluster.start({ name: 'b', program: 'broker', args: [...settings] })).rejects.toThrow(says)
    }),
  )

  it('does not start with the store of another broker name', () =>
    simulated(4, async (cluster) => {
      await startControllerShape(cluster, { replicas: 1 })
      await cluster.sleep(3_000)
      await cluster.stop('broker-1')
      const args = ['brokerName=other', 'enableControllerMode=true', 'controllerAddr=controller-0:9878']
      await expect(cluster.start({ name: 'broker-1', program: 'broker', args })).rejects.toThrow(
        /this store belongs to DefaultCluster#pair, but the settings say DefaultCluster#other/,
      )
    }))
})

describe('the death of the master', () => {
  it.each(['kill', 'powerCut'] as const)(
    '(%s) loses no acknowledged message, and the route leads to the new master',
    (end) =>
      simulated(5, async (cluster) => {
        await startControllerShape(cluster, { settings: SAFE })
        await cluster.sleep(5_000)
        await startShop(cluster)
        await cluster.start({
          name: 'billing',
          program: 'consumer',
          args: [NAMESRV, 'group=billing', 'topic=Orders', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'],
        })
        const sent = await sendMany(cluster, 'before', 40)
        await cluster.sleep(12_000)
        await cluster[end]('broker-1')
        await cluster.sleep(1_000)
        const registered = cluster.events.findLast(({ kind }) => kind === 'route.registered')
        expect(registered).toMatchObject({ node: 'namesrv', brokerId: 0, address: 'broker-2:10911' })
        await cluster.restart('broker-1')
        await cluster.sleep(40_000)
        sent.push(...(await sendMany(cluster, 'after', 20)))
        await cluster.sleep(40_000)
        expect(sent).toHaveLength(60)
        const delivered = new Set(cluster.deliveries().map(({ key }) => key))
        expect(sent.filter((key) => !delivered.has(key))).toEqual([])
        expect([...mastersOf(cluster)]).toEqual([
          [1, 1],
          [2, 2],
        ])
        expect(setOf(cluster)).toBe('1,2')
        await expectSameLogs(cluster, ['broker-1', 'broker-2'])
      }),
  )

  it('(paused) is noticed after ten seconds, and the old master does not take the route back', () =>
    simulated(6, async (cluster) => {
      await startControllerShape(cluster, { settings: SAFE })
      await cluster.sleep(5_000)
      await startShop(cluster)
      await sendMany(cluster, 'before', 10)
      const pause = await cluster.inject({ kind: 'pause', node: 'broker-1' })
      await cluster.sleep(20_000)
      expect([...mastersOf(cluster).values()]).toEqual([1, 2])
      await pause.heal()
      await cluster.sleep(40_000)
      const route = cluster.events.filter((event) => event.kind === 'route.registered' && event.brokerId === 0)
      expect(route.at(-1)).toMatchObject({ address: 'broker-2:10911' })
      expect(await sendMany(cluster, 'after', 10)).toHaveLength(10)
      await cluster.sleep(10_000)
      await expectSameLogs(cluster, ['broker-1', 'broker-2'])
    }))

  it('lets the new master deliver delayed and timed messages, and no message again', () =>
    simulated(7, async (cluster) => {
      await startControllerShape(cluster, { settings: SAFE })
      await cluster.sleep(5_000)
      await startShop(cluster)
      await cluster.start({
        name: 'billing',
        program: 'consumer',
        args: [NAMESRV, 'group=billing', 'topic=Orders', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'],
      })
      await sendMany(cluster, 'plain', 1)
      const send = (fields: object) =>
        cluster.call('shop', 'send', JSON.stringify({ topic: 'Orders', body: 'x', ...fields }))
      await send({ key: 'level', delayLevel: 4 }) // 30 s
      await send({ key: 'timed', delayTimeMs: 35_000 })
      await send({ key: 'early', delayTimeMs: 4_000 })
      await cluster.sleep(14_000)
      await cluster.kill('broker-1')
      await cluster.sleep(5_000)
      await cluster.restart('broker-1')
      await cluster.sleep(70_000)
      const keys = cluster.deliveries().map(({ key }) => key)
      expect(keys.toSorted(), 'each once').toEqual(['early', 'level', 'plain-1', 'timed'])
    }))

  it('(with one controller of three dead) elects all the same', () =>
    simulated(8, async (cluster) => {
      await startControllerShape(cluster, { controllers: 3, replicas: 3, settings: SAFE })
      await cluster.sleep(12_000)
      await startShop(cluster)
      const sent = await sendMany(cluster, 'before', 10)
      expect(setOf(cluster)).toBe('1,2,3')
      await cluster.kill('controller-0')
      await cluster.sleep(15_000)
      await cluster.kill('broker-1')
      await cluster.sleep(35_000)
      sent.push(...(await sendMany(cluster, 'after', 10)))
      expect(sent).toHaveLength(20)
      await cluster.sleep(10_000)
      await expectSameLogs(cluster, ['broker-2', 'broker-3'])
    }))
})

describe('the in-sync set', () => {
  it('shrinks when a slave dies or stalls, and grows when it has everything again', () =>
    simulated(9, async (cluster) => {
      await startControllerShape(cluster, { settings: ['allAckInSyncStateSet=true'] })
      await cluster.sleep(5_000)
      await startShop(cluster)
      await cluster.kill('broker-2')
      await cluster.sleep(1_000)
      expect(setOf(cluster)).toBe('1')
      expect(await sendMany(cluster, 'alone', 5), 'one member is enough by default').toHaveLength(5)
      await cluster.restart('broker-2')
      await cluster.sleep(10_000)
      expect(setOf(cluster)).toBe('1,2')
      const pause = await cluster.inject({ kind: 'pause', node: 'broker-2' })
      void cluster.produce('shop', { topic: 'Orders', key: 'waits', body: 'x' })
      await cluster.sleep(30_000)
      expect(setOf(cluster)).toBe('1')
      await pause.heal()
      await cluster.sleep(30_000)
      expect(setOf(cluster)).toBe('1,2')
    }))

  it('refuses sends with code 1 while it has too few members', () =>
    simulated(10, async (cluster) => {
      await startControllerShape(cluster, { replicas: 1, settings: SAFE })
      await cluster.sleep(5_000)
      await startShop(cluster)
      const { status, error } = await cluster.produce('shop', { topic: 'Orders', key: 'few', body: 'x' })
      expect([status, error]).toEqual(['FAILED', expect.stringContaining('in-sync replicas not enough')])
    }))
})

describe('operators', () => {
  it('read epochs and the state of copies, and set the flushed offset of the master', () =>
    simulated(11, async (cluster) => {
      await startControllerShape(cluster, { settings: SAFE })
      await cluster.sleep(5_000)
      await startShop(cluster)
      await sendMany(cluster, 'order', 10)
      await cluster.start({ name: 'asker', program: 'raw-client', args: [] })
      const body = async (to: string, code: number) => JSON.parse((await ask(cluster, to, code)).body ?? '')
      const epochs = await body('broker-1', RequestCode.GET_BROKER_EPOCH_CACHE)
      expect(epochs).toMatchObject({ clusterName: 'DefaultCluster', brokerName: 'pair', brokerId: 0 })
      expect(epochs.epochList).toEqual([{ epoch: 1, startOffset: 0, endOffset: epochs.maxOffset }])
      expect(await body('broker-2', RequestCode.GET_BROKER_EPOCH_CACHE)).toEqual({ ...epochs, brokerId: 2 })
      const master = await body('broker-1', RequestCode.GET_BROKER_HA_STATUS)
      expect(master).toMatchObject({ master: true, inSyncSlaveNums: 1, masterCommitLogMaxOffset: epochs.maxOffset })
      expect(master.haConnectionInfo).toMatchObject([{ slaveAckOffset: epochs.maxOffset, diff: 0, inSync: true }])
      const set = await ask(cluster, 'broker-2', RequestCode.RESET_MASTER_FLUSH_OFFSET, { masterFlushOffset: '77' })
      expect(set.code).toBe(0)
      const slave = await body('broker-2', RequestCode.GET_BROKER_HA_STATUS)
      expect(slave).toMatchObject({ master: false })
      expect(slave.haClientRuntimeInfo).toMatchObject({ masterAddr: 'broker-1:10912', masterFlushOffset: 77 })
    }))
})
