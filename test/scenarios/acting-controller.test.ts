/** A slave that acts as the master under a controller, and a slave that returns: what runs, and what does not run twice. */
import { expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { startControllers, startReplica } from '../support/controller-shape.ts'
import { inSimulation, NAMESRV, SMALL_FILES, startBroker } from '../support/sim.ts'

const kinds = (cluster: Cluster, kind: string) => cluster.events.filter((event) => event.kind === kind)

const LATE = 12
const timesOf = (cluster: Cluster) => {
  const times = new Map<string, number>()
  for (const { key } of cluster.deliveries()) times.set(key, (times.get(key) ?? 0) + 1)
  return [...times.values()]
}

/** The replicas broker-1 and broker-2 under a controller, and a broker with another name. */
async function startAll(cluster: Cluster): Promise<void> {
  const args = ['listenPort=9876', 'supportActingMaster=true', 'notifyMinBrokerIdChanged=true']
  await cluster.start({ name: 'namesrv', program: 'namesrv', args })
  await startControllers(cluster, 1)
  await cluster.sleep(500)
  const acting = ['enableSlaveActingMaster=true', 'enableRemoteEscape=true', 'totalReplicas=2', 'slaveReadEnable=true']
  for (const name of ['broker-1', 'broker-2']) {
    await startReplica(cluster, name, 1, acting)
    await cluster.sleep(1_500)
  }
  await startBroker(cluster, 'other')
  await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
  await cluster.admin('admin', ['updateTopic', '-t', 'Orders', '-c', 'DefaultCluster', '-r', '4', '-w', '4'])
  await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV] })
  await cluster.start({
    name: 'billing',
    program: 'consumer',
    args: [NAMESRV, 'group=billing', 'topic=Orders', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'],
  })
  await cluster.sleep(12_000)
}

async function sendLate(cluster: Cluster): Promise<void> {
  for (let i = 0; i < LATE; i++)
    await cluster.call('shop', 'send', JSON.stringify({ topic: 'Orders', key: `late-${i}`, body: 'x', delayLevel: 5 }))
}

it('a slave that may not be elected acts: due messages escape, and the old master does not deliver them again', () =>
  inSimulation(1, async (cluster) => {
    await startAll(cluster)
    await sendLate(cluster)
    await cluster.sleep(12_000) // the delayed messages and their progress are copied
    const cut = await cluster.inject({ kind: 'partition', between: [['broker-1'], ['broker-2']], held: 'reset' })
    await cluster.sleep(35_000) // broker-2 is no longer in the in-sync set
    expect(kinds(cluster, 'syncset.changed').at(-1)).toMatchObject({ syncStateSet: '1' })
    expect(kinds(cluster, 'acting.began')).toEqual([])
    await cluster.kill('broker-1')
    await cut.heal()
    await cluster.sleep(40_000)
    expect(kinds(cluster, 'acting.began').map(({ node }) => node)).toEqual(['broker-2'])
    expect(kinds(cluster, 'master.elected').at(-1), 'nobody can be elected').toMatchObject({ brokerId: 0 })
    expect(kinds(cluster, 'message.escaped').length).toBeGreaterThan(0)
    expect(timesOf(cluster).length, 'no message waits for the master').toBe(LATE)
    await cluster.restart('broker-1')
    await cluster.sleep(40_000)
    expect(kinds(cluster, 'acting.ended').map(({ node }) => node)).toEqual(['broker-2'])
    expect(kinds(cluster, 'role.taken').at(-1)).toMatchObject({ node: 'broker-2', role: 'slave' })
    expect(timesOf(cluster)).toEqual(Array(LATE).fill(1))
  }))

it('a slave that acts until it is elected becomes the master, and delivers what is due itself', () =>
  inSimulation(2, async (cluster) => {
    await startAll(cluster)
    await sendLate(cluster)
    await cluster.sleep(12_000)
    // The controller is gone, so nobody is elected for a while.
    await cluster.kill('controller-0')
    await cluster.kill('broker-1')
    await cluster.sleep(20_000)
    expect(kinds(cluster, 'acting.began').map(({ node }) => node)).toEqual(['broker-2'])
    await cluster.restart('controller-0')
    await cluster.sleep(60_000)
    expect(kinds(cluster, 'acting.ended').map(({ node }) => node)).toEqual(['broker-2'])
    expect(kinds(cluster, 'role.taken').at(-1)).toMatchObject({ node: 'broker-2', role: 'master' })
    expect(timesOf(cluster).length, 'all are delivered').toBe(LATE)
    const { status } = await cluster.produce('shop', { topic: 'Orders', key: 'now', body: 'x' })
    expect(status).toBe('SEND_OK')
  }))

it('a slave that returns copies the log of its master before a NameServer knows it', () =>
  inSimulation(3, async (cluster) => {
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876', 'supportActingMaster=true'] })
    const settings = ['brokerName=pair', 'enableSlaveActingMaster=true', 'totalReplicas=2', ...SMALL_FILES]
    const start = (name: string, more: readonly string[]) =>
      cluster.start({ name, program: 'broker', args: [NAMESRV, 'listenPort=10911', ...settings, ...more] })
    await start('slave', ['brokerRole=SLAVE', 'brokerId=1'])
    expect(kinds(cluster, 'ha.connected'), 'without a master it serves at once').toEqual([])
    await start('master', ['brokerRole=ASYNC_MASTER'])
    await cluster.sleep(5_000)
    await cluster.kill('slave')
    await cluster.sleep(2_000)
    const before = cluster.events.length
    await cluster.restart('slave')
    const own = cluster.events.slice(before).filter(({ node }) => node === 'slave')
    const first = (kind: string) => own.findIndex((event) => event.kind === kind)
    expect(first('ha.connected')).toBeGreaterThan(0)
    expect(first('broker.registered')).toBeGreaterThan(first('ha.connected'))
  }))
