/**
 * What a NameServer does when masters die, come back and are replaced: who is in the route afterwards, who may write, and who
 * is told. The brokers are simulated ones that only register.
 */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Host } from '../../reference/host/host.ts'
import type { Program } from '../../reference/host/program.ts'
import { NOTICES_MAX } from '../../reference/namesrv/limits.ts'
import { MinBrokerIdNotices } from '../../reference/namesrv/min-broker-id-notices.ts'
import { RequestCode as code } from '../../reference/remoting/request-code.ts'
import { MutableModules } from '../simulation/mutants/mutated-modules.ts'
import { NAMESRV_MUTANTS } from '../simulation/mutants/namesrv-mutants.ts'
import { BrokerGroup, groupBroker } from '../support/group-broker.ts'
import { inSimulation } from '../support/sim.ts'

interface Scenario {
  readonly name: string
  readonly script: (cluster: Cluster) => Promise<void>
}

const SUPPORT = ['supportActingMaster=true']
const NOTIFY = ['notifyMinBrokerIdChanged=true']
const acting = { enableActingMaster: true, heartbeatTimeoutMillis: 10_000 } as const
const ALL = { '0': 'master', '1': 'first', '2': 'second' }

/** A master and two slaves that allow an acting master. */
async function actingGroup(cluster: Cluster, settings: readonly string[]): Promise<BrokerGroup> {
  const names = ['master', 'first', 'second']
  const group = await BrokerGroup.start(cluster, names, settings)
  for (const [brokerId, name] of names.entries()) await group.register(name, { ...acting, brokerId })
  expect(await group.route()).toEqual({ ids: ALL, perm: 6 })
  return group
}

const FENCE: readonly Scenario[] = [
  {
    name: 'an old master that comes back is ignored, and gets the route neither by heartbeats nor by its death',
    async script(cluster) {
      const group = await BrokerGroup.start(cluster, ['old', 'new', 'slave'])
      await group.register('old', { brokerId: 0, stateVersion: 1 })
      await group.register('new', { brokerId: 0, stateVersion: 2 })
      expect(await group.route()).toEqual({ ids: { '0': 'new' }, perm: 6 })

      const ignored = await group.register('old', {
        brokerId: 0,
        stateVersion: 1,
        counter: 9,
        perm: 4,
        topics: ['A', 'B'],
      })
      expect(ignored).toMatchObject({ code: 0, extFields: {} })
      await group.heartbeat('old', 0, code.QUERY_DATA_VERSION)
      expect(await group.route()).toEqual({ ids: { '0': 'new' }, perm: 6 })
      expect(await group.route('A')).toBeUndefined()
      expect(await group.register('slave', { brokerId: 1 })).toMatchObject({
        extFields: { masterAddr: 'new:10911', haServerAddr: 'new:10912' },
      })
      await group.unregister('old', { brokerId: 0 })
      await group.kill('old')
      expect((await group.route())?.ids).toEqual({ '0': 'new', '1': 'slave' })
    },
  },
  {
    name: 'a NameServer that was just started lets an old master in, until the new one registers again',
    async script(cluster) {
      const group = await BrokerGroup.start(cluster, ['old', 'new'])
      await group.register('new', { brokerId: 0, stateVersion: 2 })
      await cluster.kill('namesrv')
      await cluster.restart('namesrv')
      const [old, young] = [
        { brokerId: 0, stateVersion: 1 },
        { brokerId: 0, stateVersion: 2 },
      ]
      await group.register('old', old)
      expect((await group.route())?.ids).toEqual({ '0': 'old' })
      await group.register('new', young)
      await group.register('old', old)
      expect((await group.route())?.ids).toEqual({ '0': 'new' })
    },
  },
  {
    name: 'the last one counts when state versions are equal or missing',
    async script(cluster) {
      const group = await BrokerGroup.start(cluster, ['old', 'new', 'plain'])
      await group.register('old', { brokerId: 0, stateVersion: 3 })
      await group.register('new', { brokerId: 0, stateVersion: 3 })
      expect((await group.route())?.ids).toEqual({ '0': 'new' })
      await group.register('plain', { brokerId: 0 })
      expect((await group.route())?.ids, 'no number is the number 0').toEqual({ '0': 'new' })
      await group.unregister('new', { brokerId: 0 })
      for (const name of ['plain', 'old']) {
        await group.register(name, { brokerId: 0 })
        expect((await group.route())?.ids).toEqual({ '0': name })
      }
    },
  },
  {
    name: 'a slave that claims to be master loses its entry as a slave, and may come back as one',
    async script(cluster) {
      const group = await BrokerGroup.start(cluster, ['new', 'old'])
      await group.register('new', { brokerId: 0, stateVersion: 5 })
      await group.register('old', { brokerId: 1, stateVersion: 5 })
      await group.register('old', { brokerId: 0, stateVersion: 4 })
      expect(await group.members()).toEqual({ '0': 'new' })
      const version = { code: code.QUERY_DATA_VERSION, body: '{"counter":1,"stateVersion":5,"timestamp":1}' }
      const fields = { brokerName: 'shop', brokerAddr: 'old:10911', clusterName: 'DefaultCluster', brokerId: 0 }
      expect(await group.send('old', { ...version, fields })).toMatchObject({
        extFields: { changed: 'true' },
        body: '',
      })
      await group.register('old', { brokerId: 1, stateVersion: 5 })
      expect(await group.members()).toEqual({ '0': 'new', '1': 'old' })
    },
  },
  {
    name: 'a promoted slave is master at once, with its topics, and is listed once',
    async script(cluster) {
      const group = await BrokerGroup.start(cluster, ['old', 'next'])
      await group.register('old', { brokerId: 0, stateVersion: 1 })
      await group.register('next', { brokerId: 2, stateVersion: 2 })
      await group.kill('old')
      await group.register('next', { brokerId: 0, stateVersion: 2, perm: 2 })
      expect(await group.route()).toEqual({ ids: { '0': 'next' }, perm: 2 })
      expect(await group.members()).toEqual({ '0': 'next' })
    },
  },
  {
    name: 'a broker of 5.x registers all of its topics before it registers one; 4.9 may begin with one, as it could with 4.9',
    async script(cluster) {
      const group = await BrokerGroup.start(cluster, ['master', 'four'])
      const one = { brokerId: 0, topics: ['Fresh'], enableActingMaster: false }
      const refused = await group.register('master', one)
      expect([refused.code, refused.remark]).toEqual([1, expect.stringContaining('register broker failed')])
      expect([await group.route('Fresh'), await group.members()]).toEqual([undefined, {}])
      await group.register('master', { brokerId: 0, enableActingMaster: false })
      expect((await group.register('master', one)).code).toBe(0)
      expect((await group.route('Fresh'))?.ids).toEqual({ '0': 'master' })
      await group.register('four', { brokerId: 0, brokerName: 'old-shop', topics: ['Old'] })
      expect((await group.route('Old'))?.ids).toEqual({ '0': 'four' })
    },
  },
]

const ALIVE: readonly Scenario[] = [
  {
    name: 'a broker that asks for ten seconds is gone within sixteen, and stays as long as it sends either heartbeat',
    async script(cluster) {
      const group = await actingGroup(cluster, [])
      for (let second = 1; second <= 30; second++) {
        await cluster.sleep(1_000)
        await group.heartbeat('first', 1, code.QUERY_DATA_VERSION)
        await group.heartbeat('second', 2, code.BROKER_HEARTBEAT)
        if (second === 9) expect(await group.members()).toEqual(ALL)
        if (second >= 16) expect(await group.members()).toEqual({ '1': 'first', '2': 'second' })
      }
      await cluster.sleep(16_000)
      expect([await group.members(), await group.route()]).toEqual([{}, undefined])
    },
  },
]

const ACTING: readonly Scenario[] = [
  {
    name: 'without a master, the smallest id is shown as 0 and cannot be written; the group keeps the real ids',
    async script(cluster) {
      const group = await actingGroup(cluster, SUPPORT)
      await group.kill('master')
      const left = { '1': 'first', '2': 'second' }
      expect(await group.route()).toEqual({ ids: { '0': 'first', '2': 'second' }, perm: 4 })
      expect((await group.route('rmq_sys_SYNC_BROKER_MEMBER_shop'))?.ids).toEqual(left)
      expect(await group.members()).toEqual(left)
      expect(await group.register('second', { ...acting, brokerId: 2 })).toMatchObject({ code: 0, extFields: {} })

      await group.register('first', { ...acting, brokerId: 1, counter: 2, topics: ['Orders', 'Late'] })
      expect(await group.route('Late')).toEqual({ ids: { '0': 'first', '2': 'second' }, perm: 4 })
      await group.register('second', { ...acting, brokerId: 2, counter: 3, topics: ['Orders', 'Later'] })
      expect(await group.route('Later')).toBeUndefined()

      await cluster.restart('master')
      await group.register('master', { ...acting, brokerId: 0 })
      expect(await group.route()).toEqual({ ids: ALL, perm: 6 })
    },
  },
  {
    name: 'each next slave acts when the one before dies, and the last death ends the route',
    async script(cluster) {
      const group = await actingGroup(cluster, SUPPORT)
      await group.kill('first')
      expect(await group.route()).toEqual({ ids: { '0': 'master', '2': 'second' }, perm: 6 })
      await group.unregister('master', { brokerId: 0 })
      expect(await group.route()).toEqual({ ids: { '0': 'second' }, perm: 4 })
      await group.kill('second')
      expect(await group.route()).toBeUndefined()
    },
  },
  {
    name: 'supportActingMaster is off by default, and an operator may set it while the NameServer runs',
    async script(cluster) {
      const group = await actingGroup(cluster, [])
      await group.kill('master')
      expect(await group.route()).toEqual({ ids: { '1': 'first', '2': 'second' }, perm: 4 })
      expect(await group.setting('supportActingMaster=true')).toBe(0)
      expect((await group.route())?.ids).toEqual({ '0': 'first', '2': 'second' })
    },
  },
  {
    name: 'a topic that may be written has no acting master: its producers would send to a slave',
    async script(cluster) {
      const group = await actingGroup(cluster, SUPPORT)
      await group.kill('master')
      await group.send('asker', { code: code.ADD_WRITE_PERM_OF_BROKER, fields: { brokerName: 'shop' } })
      expect(await group.route()).toEqual({ ids: { '1': 'first', '2': 'second' }, perm: 6 })
    },
  },
  {
    name: 'brokers that do not allow an acting master get none: a slave of 5.x still registers topics, one of 4.9 does not',
    async script(cluster) {
      const group = await BrokerGroup.start(cluster, ['five', 'four', 'other'], SUPPORT)
      await group.register('other', { brokerId: 0, enableActingMaster: false })
      await group.register('five', { brokerId: 1, enableActingMaster: false })
      await group.kill('other')
      await group.register('five', {
        brokerId: 1,
        enableActingMaster: false,
        counter: 2,
        perm: 4,
        topics: ['Orders', 'New'],
      })
      expect(await group.route()).toEqual({ ids: { '1': 'five' }, perm: 4 })
      expect(await group.route('New')).toEqual({ ids: { '1': 'five' }, perm: 4 })
      await group.register('four', { brokerId: 1, brokerName: 'old-shop', topics: ['X', 'Y'] })
      expect([await group.route('X'), await group.members('old-shop')]).toEqual([undefined, { '1': 'four' }])

      await group.register('five', { brokerId: 1, enableActingMaster: false, counter: 3, perm: 6 })
      await group.register('four', { brokerId: 2, enableActingMaster: false })
      await group.kill('five')
      expect(await group.route(), 'the loss of a slave, and no acting master').toEqual({
        ids: { '2': 'four' },
        perm: 6,
      })
    },
  },
]

const NOTICES: readonly Scenario[] = [
  {
    name: 'the brokers of a name are told of each other smallest id, and of nothing else',
    async script(cluster) {
      const group = await actingGroup(cluster, NOTIFY)
      for (const name of ['master', 'first', 'second']) expect(await group.notices(name)).toEqual([])
      await group.kill('second')
      for (const name of ['master', 'first']) expect(await group.notices(name), 'a slave is gone').toEqual([])
      await cluster.restart('second')
      await group.register('second', { ...acting, brokerId: 2 })

      await group.kill('master')
      const gone = { minBrokerId: '1', minBrokerAddr: 'first:10911', offlineBrokerAddr: 'master:10911' }
      for (const name of ['first', 'second']) expect(await group.notices(name)).toEqual([gone])
      await cluster.restart('master')
      await group.register('master', { ...acting, brokerId: 0 })
      const back = { minBrokerId: '0', minBrokerAddr: 'master:10911', haBrokerAddr: 'master:10912' }
      for (const name of ['first', 'second']) expect(await group.notices(name)).toEqual([back])
      expect(await group.notices('master')).toEqual([])
    },
  },
  {
    name: 'a slave alone that becomes master is told itself',
    async script(cluster) {
      const group = await BrokerGroup.start(cluster, ['only'], NOTIFY)
      await group.register('only', { ...acting, brokerId: 3 })
      await group.register('only', { ...acting, brokerId: 0 })
      expect((await group.notices('only')).map((notice) => notice['minBrokerId'])).toEqual(['0'])
    },
  },
  {
    name: 'nobody is told by default, nor when an acting master is not allowed',
    async script(cluster) {
      const group = await actingGroup(cluster, [])
      await group.kill('master')
      expect(await group.notices('first')).toEqual([])
      expect(await group.setting('notifyMinBrokerIdChanged=true')).toBe(0)
      for (const [brokerId, name] of ['first', 'second'].entries())
        await group.register(name, { brokerId, brokerName: 'plain', enableActingMaster: false })
      await group.notices('first')
      await group.unregister('first', { brokerId: 0, brokerName: 'plain' })
      expect(await group.notices('second')).toEqual([])
    },
  },
  {
    name: 'a broker that cannot be reached delays no answer of the NameServer',
    async script(cluster) {
      const group = await actingGroup(cluster, NOTIFY)
      await cluster.inject({ kind: 'pause', node: 'second' })
      await group.kill('master')
      const startedMs = cluster.nowMs()
      expect((await group.route())?.ids).toEqual({ '1': 'first', '2': 'second' })
      expect(cluster.nowMs() - startedMs).toBeLessThan(100)
      expect((await group.notices('first')).length).toBe(1)
    },
  },
]

const GROUP_BROKER = { 'group-broker': { program: groupBroker, usesPromises: false } }

for (const [what, scenarios] of Object.entries({ fence: FENCE, heartbeats: ALIVE, acting: ACTING, notices: NOTICES }))
  describe(what, () => {
    for (const { name, script } of scenarios) it(name, () => inSimulation(1, script, GROUP_BROKER))
  })

it('a NameServer opens a limited number of connections for notices, and says whom it passes over', () => {
  const tried: string[] = []
  const lines: string[] = []
  const host = {
    clock: { after: () => 1, cancel() {}, monotonicMs: () => 0 },
    network: { connect: (address: string) => tried.push(address) },
    trace: { log: (_level: string, line: string) => void lines.push(line) },
  } as unknown as Host
  const notices = new MinBrokerIdNotices(host)
  const change = { minBrokerId: 1, minBrokerAddr: 'b:1', offlineBrokerAddr: 'a:1', haBrokerAddr: undefined }
  const notified = Array.from({ length: NOTICES_MAX + 1 }, (_, i) => `b:${i}`)
  notices.send({ ...change, notified })
  expect([tried.length, lines]).toEqual([NOTICES_MAX, [expect.stringContaining(`b:${NOTICES_MAX} is not notified`)]])
  notices.send({ ...change, notified: ['b:0'] })
  expect(lines.length).toBe(2)
})

it('every mistake of the NameServer is noticed', async () => {
  const modules = await MutableModules.load('reference/namesrv/namesrv.ts', ['reference/namesrv/'])
  const isPlain = await isNoticed([...FENCE, ...ACTING, ...NOTICES, ...ALIVE], withNameServer(modules.link([])))
  expect(isPlain, 'without a mistake').toBe(false)
  const unnoticed: string[] = []
  for (const mutant of NAMESRV_MUTANTS) {
    const programs = withNameServer(modules.link([mutant]))
    if (!(await isNoticed([...FENCE, ...ACTING, ...NOTICES, ...ALIVE], programs))) unnoticed.push(mutant.name)
  }
  expect(unnoticed).toEqual([])
}, 60_000)

const withNameServer = (exports: Readonly<Record<string, unknown>>) => ({
  ...GROUP_BROKER,
  namesrv: { program: exports['main'] as Program, usesPromises: false },
})

async function isNoticed(
  scenarios: readonly Scenario[],
  programs: Parameters<typeof inSimulation>[2],
): Promise<boolean> {
  for (const { script } of scenarios) {
    try {
      await inSimulation(1, script, programs)
    } catch (error) {
      expect(`${error}`).not.toMatch(/TypeError|ReferenceError|SyntaxError/)
      return true
    }
  }
  return false
}
