/** Stores of replicas in single steps that a random run seldom draws, and mistakes that show only there. */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { TraceEventOf } from '../../reference/host/trace.ts'
import { writeTable } from '../simulation/campaign.ts'
import { STEP_MUTANTS } from '../simulation/mutants/replica-step-mutants.ts'
import { type Scenario, scenarioKills, scenarioTable } from '../simulation/mutants/scenario-kills.ts'
import { Replica, replicaStore } from '../support/replica-store.ts'
import { inSimulation } from '../support/sim.ts'

const REPLICA_STORE = { 'replica-store': { program: replicaStore, usesPromises: false } }

type Script = (cluster: Cluster, a: Replica, b: Replica) => Promise<void>

/** A script with the replicas `a` (id 1) and `b` (id 2). */
const scenario = (name: string, settings: readonly string[], script: Script, seed = 1): Scenario => ({
  name,
  seed,
  script: async (cluster) => {
    const [a, b] = [new Replica(cluster, 'a'), new Replica(cluster, 'b')]
    for (const one of [a, b]) await one.start(...settings)
    await script(cluster, a, b)
  },
})

/** `a` is the master of epoch 1, and `b` copies it and is in the in-sync set. */
async function pair(cluster: Cluster, a: Replica, b: Replica): Promise<void> {
  expect(await a.master(1, 1)).toBe('')
  await b.slave(2, 'a')
  await cluster.sleep(50)
  await a.useSet([1, 2])
}

const cutOff = (cluster: Cluster) => cluster.inject({ kind: 'partition', between: [['a'], ['b']], held: 'reset' })

const eventsOf = <K extends 'log.truncated' | 'ha.appended' | 'epoch.began' | 'app.handed'>(
  cluster: Cluster,
  kind: K,
  node: string,
) => cluster.events.filter((event) => event.kind === kind && event.node === node) as unknown as TraceEventOf<K>[]

const proposalsOf = (cluster: Cluster, node: string) =>
  eventsOf(cluster, 'app.handed', node).flatMap((event) => (event.name === 'proposed' ? [event.text] : []))

const BIG = 'x'.repeat(40_000)

const SCENARIOS: readonly Scenario[] = [
  scenario('a slave is proposed when it has every confirmed byte, and not before', [], async (cluster, a, b) => {
    await a.master(1, 1)
    for (let i = 0; i < 4; i++) await a.put(`big-${i}`, BIG)
    const slow = await cluster.inject({ kind: 'link', from: 'a', to: 'b', delayMs: 50 })
    await b.slave(2, 'a')
    await cluster.sleep(2_000)
    await slow.heal()
    const proposed = eventsOf(cluster, 'app.handed', 'a').find(({ name }) => name === 'proposed')!
    const appended = eventsOf(cluster, 'ha.appended', 'b').filter(({ atMs }) => atMs < proposed.atMs)
    const end = Math.max(0, ...appended.map(({ physicalOffset, sizeBytes }) => physicalOffset + sizeBytes))
    expect(end).toBe((await a.state()).maxOffset)
  }),

  scenario('a put waits for a member that is only proposed', [], async (cluster, a, b) => {
    await a.master(1, 1)
    await a.put('one')
    await b.slave(2, 'a')
    await cluster.sleep(50) // proposed, and no controller has answered
    await cutOff(cluster)
    expect((await a.put('two')).status).toBe('FLUSH_SLAVE_TIMEOUT')
  }),

  scenario('a member that has lost confirmed bytes with its power leaves the set', [], async (cluster, a, b) => {
    await pair(cluster, a, b)
    for (let i = 0; i < 4; i++) expect((await a.put(`m${i}`, BIG)).status).toBe('PUT_OK')
    const { confirmOffset } = await a.state()
    await cluster.powerCut('b')
    await cluster.restart('b')
    expect((await b.state()).maxOffset, 'what its disk had not written').toBeLessThan(confirmOffset)
    await b.slave(2, 'a')
    await cluster.sleep(50)
    expect(proposalsOf(cluster, 'a')).toContain('[1]')
  }),

  scenario('a slave that equals its new master is not cut', [], async (cluster, a, b) => {
    await pair(cluster, a, b)
    for (const key of ['one', 'two', 'three']) await a.put(key)
    await cluster.sleep(100)
    await a.slave(1, '')
    expect(await b.master(2, 2)).toBe('')
    await b.put('four')
    await a.slave(1, 'b')
    await cluster.sleep(200)
    expect(eventsOf(cluster, 'log.truncated', 'a')).toEqual([])
    expect((await a.state()).maxOffset).toBe((await b.state()).maxOffset)
  }),

  scenario('exactly what the new master does not have is cut off', [], async (cluster, a, b) => {
    await pair(cluster, a, b)
    await a.put('one')
    const { maxOffset } = await a.state()
    const cut = await cutOff(cluster)
    for (const key of ['lost-1', 'lost-2']) void a.put(key)
    await cluster.sleep(100)
    const removedBytes = (await a.state()).maxOffset - maxOffset
    expect(await b.master(2, 2)).toBe('')
    await b.put('two')
    await cut.heal()
    await a.slave(1, 'b')
    await cluster.sleep(500)
    expect(eventsOf(cluster, 'log.truncated', 'a')).toMatchObject([{ physicalOffset: maxOffset, removedBytes }])
  }),

  scenario('no byte of an epoch is in the log before its entry', [], async (cluster, a, b) => {
    await a.master(1, 1)
    for (let i = 0; i < 3; i++) await a.put(`one-${i}`)
    await a.master(1, 2)
    for (let i = 0; i < 3; i++) await a.put(`two-${i}`)
    const start = (await a.state()).epochs.at(-1)!.startOffset
    await b.slave(2, 'a')
    await cluster.sleep(2_000)
    const ofB = cluster.events.filter(({ node }) => node === 'b')
    const began = ofB.findIndex((event) => event.kind === 'epoch.began' && event.epoch === 2)
    const beyond = ofB.findIndex(
      (event) => event.kind === 'ha.appended' && event.physicalOffset + event.sizeBytes > start,
    )
    expect(began).toBeGreaterThanOrEqual(0)
    expect(beyond).toBeGreaterThan(began)
    expect((await b.state()).epochs).toEqual((await a.state()).epochs)
  }),

  ...[1, 2, 3, 4].map((seed) =>
    scenario(
      `an epoch is on the disk before bytes of it are in the log (power cut ${seed})`,
      [],
      async (cluster, a, b) => {
        await pair(cluster, a, b)
        await a.put('one')
        await cluster.sleep(12_000) // it is durable
        await b.slave(2, '')
        expect(await b.master(2, 2)).toBe('')
        await b.put('two')
        await a.slave(1, 'b')
        const hasAppended = () => eventsOf(cluster, 'ha.appended', 'a').length > 0
        for (let i = 0; i < 500 && !hasAppended(); i++) await cluster.sleep(1)
        await cluster.powerCut('a')
        await cluster.restart('a')
        const { epochs, maxOffset } = await a.state()
        const start = (await b.state()).epochs.at(-1)!.startOffset
        if (maxOffset > start) expect(epochs.at(-1)).toEqual({ epoch: 2, startOffset: start })
      },
      seed,
    ),
  ),

  scenario(
    'a master that is elected again proposes nothing before its new epoch has begun',
    [],
    async (cluster, a, b) => {
      await pair(cluster, a, b)
      await a.put('one')
      await cluster.sleep(1_000)
      await cluster.kill('b')
      await cluster.sleep(100)
      await a.useSet([1])
      const slow = await cluster.inject({ kind: 'disk', node: 'a', fails: 'slowSync', delayMs: 8_000 })
      const proposals = proposalsOf(cluster, 'a').length
      const began = a.master(1, 2)
      began.catch(() => {}) // with a mistake, the run ends before
      await cluster.restart('b')
      await b.slave(2, 'a')
      await cluster.sleep(3_000) // the slave has everything, and has reported it
      expect(proposalsOf(cluster, 'a').slice(proposals)).toEqual([])
      expect(await began).toBe('')
      await slow.heal()
      await cluster.sleep(12_000)
      expect(proposalsOf(cluster, 'a').slice(proposals)).toEqual(['[1,2]'])
    },
  ),

  scenario('a slave whose disk cannot be read stops with a sentence', [], async (cluster, a, b) => {
    await pair(cluster, a, b)
    await a.put('one')
    await cluster.sleep(6_000)
    const before = eventsOf(cluster, 'ha.appended', 'b').length
    void a.put('two')
    while (eventsOf(cluster, 'ha.appended', 'b').length === before) await cluster.sleep(1)
    // the record is in its log, and it reads the record when the record is confirmed
    const broken = await cluster.inject({ kind: 'disk', node: 'b', fails: 'EIO' })
    await cluster.sleep(6_000)
    await broken.heal()
    expect(proposalsOf(cluster, 'a'), 'it no longer copies').toContain('[1]')
  }),

  scenario(
    'a master that cannot read its log drops the slave, and serves it when the disk is well',
    [],
    async (cluster, a, b) => {
      await a.master(1, 1)
      for (let i = 0; i < 3; i++) await a.put(`big-${i}`, BIG)
      const broken = await cluster.inject({ kind: 'disk', node: 'a', fails: 'EIO' })
      await b.slave(2, 'a')
      await cluster.sleep(2_000)
      await broken.heal()
      await cluster.sleep(20_000)
      expect((await b.state()).maxOffset).toBe((await a.state()).maxOffset)
    },
  ),

  ...[1, 2, 3].map((seed) =>
    scenario(
      `a power cut soon after a tail was cut leaves no hole in the log (${seed})`,
      ['allAckInSyncStateSet=false'],
      async (cluster, a, b) => {
        await pair(cluster, a, b)
        for (const key of ['one', 'two']) await a.put(key)
        await cluster.sleep(3_000)
        const cut = await cutOff(cluster)
        expect(await b.master(2, 2)).toBe('')
        for (let i = 0; i < 3; i++) await b.put(`new-${i}`, BIG)
        // the old master does not know of it, writes later, and notes in its checkpoint that all up to now is durable
        await cluster.sleep(8_000)
        for (let i = 0; i < 4; i++) await a.put(`lost-${i}`, BIG)
        await cluster.sleep(4_000)
        await cut.heal()
        await a.slave(1, 'b')
        const newFiles = () => eventsOf(cluster, 'ha.appended', 'a').reduce((sum, one) => sum + one.sizeBytes, 0)
        for (let i = 0; i < 500 && newFiles() < 3 * BIG.length; i++) await cluster.sleep(1)
        await cluster.powerCut('a')
        await cluster.restart('a')
        await a.slave(1, 'b')
        await cluster.sleep(8_000)
        const state = await a.state()
        expect(state.keys).toEqual(['one', 'two', 'new-0', 'new-1', 'new-2'])
        expect(state.indexed).toEqual(state.keys)
      },
      seed,
    ),
  ),
]

describe('the store of a replica', () => {
  for (const { name, seed, script } of SCENARIOS) it(name, () => inSimulation(seed, script, REPLICA_STORE))

  it('every mistake is noticed', async () => {
    const kills = await scenarioKills(STEP_MUTANTS, SCENARIOS)
    writeTable('replica-steps', scenarioTable(kills))
    expect(kills.filter(({ noticedBy }) => noticedBy === '').map(({ mutant }) => mutant.name)).toEqual([])
  })
})
