/** A slave that acts as the master: what goes on while the master is gone, and what the master knows when it is back. */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { writeTable } from '../simulation/campaign.ts'
import { ACTING_MUTANTS } from '../simulation/mutants/replica-step-mutants.ts'
import { type Scenario, scenarioKills, scenarioTable } from '../simulation/mutants/scenario-kills.ts'
import { inSimulation, NAMESRV, SMALL_FILES, sendMany, startBroker } from '../support/sim.ts'

const ACTING = [
  'brokerName=pair',
  'enableSlaveActingMaster=true',
  'enableRemoteEscape=true',
  'totalReplicas=2',
  'slaveReadEnable=true',
]

const startMember = (cluster: Cluster, name: string, settings: readonly string[]) =>
  cluster.start({
    name,
    program: 'broker',
    args: [NAMESRV, 'listenPort=10911', ...SMALL_FILES, ...ACTING, ...settings],
  })

/** A NameServer, the topic `Orders`, and the brokers `pair` (a master and a slave) and `other`. */
async function startAll(cluster: Cluster, more: readonly string[] = []): Promise<void> {
  await cluster.start({
    name: 'namesrv',
    program: 'namesrv',
    args: ['listenPort=9876', 'supportActingMaster=true', 'notifyMinBrokerIdChanged=true'],
  })
  await startMember(cluster, 'master', ['brokerRole=ASYNC_MASTER', ...more])
  await startMember(cluster, 'slave', ['brokerRole=SLAVE', 'brokerId=1', ...more])
  await startBroker(cluster, 'other')
  await cluster.start({ name: 'admin', program: 'admin', args: [NAMESRV] })
  await cluster.admin('admin', ['updateTopic', '-t', 'Orders', '-c', 'DefaultCluster', '-r', '4', '-w', '4'])
  await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, 'sendMsgTimeout=3000'] })
}

const SCENARIOS: Scenario[] = []

/** A test that also shows mistakes. */
function holds(name: string, seed: number, script: Scenario['script']): void {
  SCENARIOS.push({ name, seed, script })
  it(name, () => inSimulation(seed, script))
}

const reader = (cluster: Cluster) =>
  cluster.start({
    name: 'billing',
    program: 'consumer',
    args: [NAMESRV, 'group=billing', 'topic=Orders', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'],
  })

const kinds = (cluster: Cluster, kind: string) => cluster.events.filter((event) => event.kind === kind)

const timesOf = (cluster: Cluster, prefix: string) => {
  const times = new Map<string, number>()
  for (const { key } of cluster.deliveries()) if (key.startsWith(prefix)) times.set(key, (times.get(key) ?? 0) + 1)
  return times
}

describe('a slave acts as the master', () => {
  holds('while the master is gone, and no longer when the master is back', 1, async (cluster) => {
    await startAll(cluster)
    await cluster.sleep(5_000)
    expect(kinds(cluster, 'acting.began')).toEqual([])
    await cluster.kill('master')
    await cluster.sleep(2_000)
    expect(kinds(cluster, 'acting.began').map(({ node }) => node)).toEqual(['slave'])
    expect(kinds(cluster, 'acting.ended')).toEqual([])
    await cluster.restart('master')
    await cluster.sleep(3_000)
    expect(kinds(cluster, 'acting.ended')).toMatchObject([{ node: 'slave', brokerName: 'pair', minBrokerId: 0 }])
    expect(kinds(cluster, 'master.prepared')).toMatchObject([{ node: 'master', slave: 'slave:10911' }])
  })

  holds(
    'also when its master only stops to answer: NameServers notice it in 15 s instead of two minutes',
    2,
    async (cluster) => {
      await startAll(cluster)
      await cluster.sleep(40_000)
      expect(kinds(cluster, 'acting.began'), 'heartbeats show that the master is alive').toEqual([])
      const pause = await cluster.inject({ kind: 'pause', node: 'master' })
      await cluster.sleep(17_000)
      expect(kinds(cluster, 'acting.began').map(({ node }) => node)).toEqual(['slave'])
      await pause.heal()
    },
  )

  holds('a group goes on reading, and its offsets are not lost when the master is back', 3, async (cluster) => {
    await startAll(cluster)
    await reader(cluster)
    await sendMany(cluster, 'zero', 16)
    await cluster.sleep(12_000)
    await cluster.kill('billing')
    await sendMany(cluster, 'first', 40)
    await cluster.sleep(12_000)
    await cluster.kill('master')
    await cluster.sleep(3_000)
    await cluster.restart('billing')
    await cluster.sleep(60_000)
    expect(timesOf(cluster, 'first').size, 'all that was sent').toBe(40)
    await cluster.kill('billing')
    await cluster.restart('master')
    await cluster.sleep(40_000)
    await cluster.restart('billing')
    await cluster.sleep(60_000)
    expect(
      [...timesOf(cluster, 'first').values()].every((times) => times === 1),
      'nothing is consumed twice',
    ).toBe(true)
    const sent = await sendMany(cluster, 'second', 40)
    await cluster.sleep(60_000)
    expect(timesOf(cluster, 'second').size).toBe(sent.length)
  })

  holds(
    'of two slaves, the one with the smaller id; the other one when this slave is gone, too',
    8,
    async (cluster) => {
      await startAll(cluster)
      await startMember(cluster, 'second', ['brokerRole=SLAVE', 'brokerId=2'])
      await cluster.sleep(5_000)
      const acting = () => kinds(cluster, 'acting.began').map(({ node }) => node)
      await cluster.kill('master')
      await cluster.sleep(3_000)
      expect(acting()).toEqual(['slave'])
      await cluster.kill('slave')
      await cluster.sleep(3_000)
      expect(acting()).toEqual(['slave', 'second'])
      await cluster.restart('slave')
      await cluster.sleep(12_000)
      expect(acting()).toEqual(['slave', 'second', 'slave'])
      expect(kinds(cluster, 'acting.ended')).toMatchObject([{ node: 'second', minBrokerId: 1 }])
    },
  )

  holds('takes no messages: producers send to the other broker', 4, async (cluster) => {
    await startAll(cluster)
    await sendMany(cluster, 'first', 8)
    await cluster.kill('master')
    await cluster.sleep(40_000)
    const before = cluster.events.filter((event) => event.kind === 'record.appended' && event.node === 'slave').length
    expect(await sendMany(cluster, 'second', 20)).toHaveLength(20)
    expect(cluster.events.filter((event) => event.kind === 'record.appended' && event.node === 'slave')).toHaveLength(
      before,
    )
  })
})

/** Sends twelve messages, of which some go to the master. */
async function sendLate(cluster: Cluster, prefix: string, how: object): Promise<void> {
  for (let i = 0; i < 12; i++)
    await cluster.call('shop', 'send', JSON.stringify({ topic: 'Orders', key: `${prefix}-${i}`, body: 'x', ...how }))
}

describe('messages that are due while the master is gone', () => {
  const DELAYED = { level: { delayLevel: 5 }, timer: { delayTimeMs: 60_000 } } as const

  for (const kind of ['level', 'timer'] as const)
    holds(`escape to another broker once (${kind}), and not again when the master is back`, 5, async (cluster) => {
      await startAll(cluster)
      await reader(cluster)
      for (let i = 0; i < 12; i++)
        await cluster.call(
          'shop',
          'send',
          JSON.stringify({ topic: 'Orders', key: `late-${i}`, body: 'x', ...DELAYED[kind] }),
        )
      const atMaster = cluster.events.filter(
        (event) => event.kind === 'message.delayed' && event.node === 'master',
      ).length
      expect(atMaster).toBeGreaterThan(0)
      await cluster.sleep(8_000)
      await cluster.kill('master')
      await cluster.sleep(80_000)
      expect(kinds(cluster, 'message.escaped')).toHaveLength(atMaster)
      expect(timesOf(cluster, 'late').size, 'no message waits for the master').toBe(12)
      await cluster.restart('master')
      await cluster.sleep(60_000)
      expect([...timesOf(cluster, 'late').values()]).toEqual(Array(12).fill(1))
    })

  holds('wait for the master without enableRemoteEscape', 6, async (cluster) => {
    await startAll(cluster, ['enableRemoteEscape=false'])
    await reader(cluster)
    await sendLate(cluster, 'late', { delayLevel: 5 })
    await cluster.sleep(8_000)
    await cluster.kill('master')
    await cluster.sleep(80_000)
    expect(timesOf(cluster, 'late').size).toBeLessThan(12)
    await cluster.restart('master')
    await cluster.sleep(60_000)
    expect([...timesOf(cluster, 'late').values()]).toEqual(Array(12).fill(1))
  })

  holds('only the copied ones: what was not copied is delivered by the master when it is back', 9, async (cluster) => {
    await startAll(cluster)
    await reader(cluster)
    await sendLate(cluster, 'early', { delayTimeMs: 3_000 })
    await cluster.sleep(12_000)
    await sendLate(cluster, 'copied', { delayTimeMs: 40_000 })
    await cluster.sleep(8_000)
    const cut = await cluster.inject({ kind: 'partition', between: [['master'], ['slave']], held: 'reset' })
    await sendLate(cluster, 'uncopied', { delayTimeMs: 30_000 })
    await cluster.sleep(2_000)
    await cluster.kill('master')
    await cut.heal()
    await cluster.sleep(60_000)
    expect(timesOf(cluster, 'copied').size).toBe(12)
    expect(timesOf(cluster, 'uncopied').size, 'half of them went to the other broker').toBeLessThan(12)
    await cluster.restart('master')
    await cluster.sleep(60_000)
    expect(timesOf(cluster, 'uncopied').size, 'none is lost').toBe(12)
    for (const prefix of ['early', 'copied'])
      expect([...timesOf(cluster, prefix).values()], prefix).toEqual(Array(12).fill(1))
  })

  holds('a message far in the future goes on waiting in the timer of the other broker', 10, async (cluster) => {
    await startAll(cluster, ['timerRollWindowSlot=60'])
    await reader(cluster)
    await sendLate(cluster, 'far', { delayTimeMs: 300_000 })
    await cluster.sleep(8_000)
    await cluster.kill('master')
    await cluster.sleep(200_000)
    expect(timesOf(cluster, 'far').size, 'none is early').toBe(0)
    await cluster.sleep(150_000)
    expect([...timesOf(cluster, 'far').values()]).toEqual(Array(12).fill(1))
  })
})

describe('a transaction that is open when the master dies', () => {
  for (const state of ['COMMIT_MESSAGE', 'ROLLBACK_MESSAGE'] as const)
    holds(`ends on another broker by the answer of its producer: ${state}`, 11, async (cluster) => {
      cluster.onHanded('executeLocalTransaction', () => JSON.stringify({ state: 'UNKNOW', afterMs: 0 }))
      cluster.onHanded('checkLocalTransaction', () => JSON.stringify({ state, afterMs: 0 }))
      await startAll(cluster)
      await reader(cluster)
      await cluster.start({ name: 'bank', program: 'transaction-producer', args: [NAMESRV, 'group=banks'] })
      await cluster.sleep(3_000)
      for (let i = 0; i < 12; i++) await cluster.produce('bank', { topic: 'Orders', key: `pay-${i}`, body: 'x' })
      await cluster.sleep(1_000)
      await cluster.kill('master')
      await cluster.sleep(120_000)
      const escaped = kinds(cluster, 'message.escaped').length
      expect(escaped).toBeGreaterThan(0)
      const ended = kinds(cluster, 'transaction.ended').map(({ node }) => node)
      expect(ended).toEqual(Array(12).fill('other'))
      await cluster.restart('master')
      await cluster.sleep(120_000)
      expect(kinds(cluster, 'transaction.ended'), 'the master asks nobody again').toHaveLength(12)
      expect([...timesOf(cluster, 'pay').values()]).toEqual(state === 'COMMIT_MESSAGE' ? Array(12).fill(1) : [])
    })
})

/** A group that pops `Orders`. A message whose key begins with `held` fails once: it is not acknowledged, and comes again. */
async function popping(cluster: Cluster, hiddenMs: number): Promise<void> {
  cluster.onDelivery(({ key, reconsumeTimes }) =>
    key.startsWith('held') && reconsumeTimes === 0 ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS',
  )
  const mode = ['-c', 'DefaultCluster', '-t', 'Orders', '-g', 'billing', '-m', 'POP', '-q', '0']
  await cluster.admin('admin', ['setConsumeMode', ...mode])
  const args = [NAMESRV, 'group=billing', 'topic=Orders', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET']
  await cluster.start({
    name: 'billing',
    program: 'consumer',
    args: [...args, 'clientRebalance=false', `popInvisibleTime=${hiddenMs}`],
  })
}

const times = (count: number) => Array(12).fill(count)

describe('a group that pops', () => {
  holds('gets popped messages again although their master is gone, and not once more from it', 21, async (cluster) => {
    await startAll(cluster)
    await popping(cluster, 30_000)
    await cluster.sleep(12_000)
    await sendLate(cluster, 'held', {})
    await cluster.sleep(5_000)
    expect([...timesOf(cluster, 'held').values()], 'all are popped').toEqual(times(1))
    await cluster.kill('master')
    await cluster.sleep(60_000)
    expect([...timesOf(cluster, 'held').values()]).toEqual(times(2))
    await cluster.restart('master')
    await cluster.sleep(90_000)
    expect([...timesOf(cluster, 'held').values()]).toEqual(times(2))
  })

  holds('gets them later, when the acting slave cannot be reached at first', 25, async (cluster) => {
    await startAll(cluster)
    await popping(cluster, 30_000)
    await cluster.sleep(12_000)
    await sendLate(cluster, 'held', {})
    await cluster.sleep(5_000)
    await cluster.kill('master')
    await cluster.sleep(6_000) // a failed message is hidden for 10 s; its check point is at the other broker now
    const escaped = kinds(cluster, 'message.escaped').length
    expect(escaped).toBeGreaterThan(0)
    const cut = await cluster.inject({ kind: 'partition', between: [['slave'], ['other']], held: 'reset' })
    await cluster.sleep(40_000)
    expect([...timesOf(cluster, 'held').values()].filter((count) => count === 1).length).toBeGreaterThan(0)
    await cut.heal()
    await cluster.sleep(150_000)
    expect([...timesOf(cluster, 'held').values()]).toEqual(times(2))
  })

  holds('gets them from the master when it is back, without enableRemoteEscape', 22, async (cluster) => {
    await startAll(cluster, ['enableRemoteEscape=false'])
    await popping(cluster, 30_000)
    await cluster.sleep(12_000)
    await sendLate(cluster, 'held', {})
    await cluster.sleep(5_000)
    await cluster.kill('master')
    await cluster.sleep(60_000)
    expect([...timesOf(cluster, 'held').values()].filter((count) => count === 1).length).toBeGreaterThan(0)
    await cluster.restart('master')
    await cluster.sleep(90_000)
    expect([...timesOf(cluster, 'held').values()]).toEqual(times(2))
  })

  holds('pops from the acting slave, and acknowledges there', 23, async (cluster) => {
    await startAll(cluster)
    await popping(cluster, 30_000)
    await cluster.sleep(12_000)
    await cluster.kill('billing')
    await sendLate(cluster, 'new', {})
    await cluster.sleep(5_000)
    await cluster.kill('master')
    await cluster.sleep(3_000)
    await cluster.restart('billing')
    await cluster.sleep(90_000)
    expect([...timesOf(cluster, 'new').values()]).toEqual(times(1))
    expect(kinds(cluster, 'message.popped').some(({ node }) => node === 'slave')).toBe(true)
    expect(kinds(cluster, 'message.acked').some(({ node }) => node === 'slave')).toBe(true)
    await cluster.restart('master')
    await cluster.sleep(90_000)
    expect([...timesOf(cluster, 'new').values()], 'the master knows how far the group is').toEqual(times(1))
  })

  holds('gets a message again that it popped from the acting slave and did not acknowledge', 24, async (cluster) => {
    await startAll(cluster)
    await popping(cluster, 30_000)
    await cluster.sleep(12_000)
    await cluster.kill('billing')
    await sendLate(cluster, 'held', {})
    await cluster.sleep(5_000)
    await cluster.kill('master')
    await cluster.sleep(3_000)
    await cluster.restart('billing')
    await cluster.sleep(90_000)
    expect([...timesOf(cluster, 'held').values()]).toEqual(times(2))
    await cluster.restart('master')
    await cluster.sleep(90_000)
    expect([...timesOf(cluster, 'held').values()]).toEqual(times(2))
  })
})

it('every mistake is noticed', async () => {
  const kills = await scenarioKills(ACTING_MUTANTS, SCENARIOS)
  writeTable('acting', scenarioTable(kills))
  expect(kills.filter(({ noticedBy }) => noticedBy === '').map(({ mutant }) => mutant.name)).toEqual([])
})
