/** Stores whose master is elected: what they copy, confirm, show and cut off. The five traps of such a store have a test each. */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../../reference/host/cluster.ts'
import { SimCluster } from '../../../reference/host/sim/cluster.ts'
import { AutoSwitchService } from '../../../reference/store/ha/auto-switch-service.ts'
import { InSyncSet } from '../../../reference/store/ha/in-sync-set.ts'
import { Replica, replicaStore } from '../../support/replica-store.ts'
import { SimHost } from '../../support/sim-host.ts'

/** Runs a script with the replicas `a` and `b`. */
async function withReplicas(
  seed: number,
  settings: readonly string[],
  script: (cluster: Cluster, a: Replica, b: Replica) => Promise<void>,
): Promise<void> {
  const cluster = new SimCluster({ seed, programs: { 'replica-store': replicaStore }, record: true })
  try {
    await cluster.driver.run(async () => {
      const [a, b] = [new Replica(cluster, 'a'), new Replica(cluster, 'b')]
      for (const one of [a, b]) await one.start(...settings)
      await script(cluster, a, b)
    })
  } finally {
    await cluster.dispose()
  }
}

async function logOf(cluster: Cluster, node: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const { path } of await cluster.listFiles(node))
    if (path.startsWith('store/commitlog/'))
      files[path] = Buffer.from((await cluster.readFile(node, path)) ?? []).toString('latin1')
  return files
}

async function expectEqualLogs(cluster: Cluster): Promise<void> {
  const [a, b] = [await logOf(cluster, 'a'), await logOf(cluster, 'b')]
  expect(Object.keys(b)).toEqual(Object.keys(a))
  for (const [path, bytes] of Object.entries(a)) expect(b[path] === bytes, path).toBe(true)
}

/** `a` is the master of epoch 1, and `b` copies it and is in the in-sync set. */
async function pair(cluster: Cluster, a: Replica, b: Replica): Promise<void> {
  expect(await a.master(1, 1)).toBe('')
  await b.slave(2, 'a')
  await cluster.sleep(50)
  await a.useSet([1, 2])
}

const cutOff = (cluster: Cluster) => cluster.inject({ kind: 'partition', between: [['a'], ['b']], held: 'reset' })

describe('copies under a controller', () => {
  it('have the master’s log byte for byte, over many files and pieces of records (trap 1)', () =>
    withReplicas(1, [], async (cluster, a, b) => {
      await pair(cluster, a, b)
      const body = 'x'.repeat(40_000) // longer than one frame, and no two fit one file
      for (let i = 0; i < 4; i++) expect((await a.put(`big-${i}`, body)).status).toBe('PUT_OK')
      await a.put('small')
      await cluster.sleep(6_000)
      await expectEqualLogs(cluster)
      expect((await b.state()).keys).toEqual(['big-0', 'big-1', 'big-2', 'big-3', 'small'])
      expect((await b.state()).indexed).toEqual((await b.state()).keys)
    }))

  it('show no record before its last byte is confirmed, however the frames are cut (trap 1)', () =>
    withReplicas(2, [], async (cluster, a, b) => {
      await pair(cluster, a, b)
      await a.put('first')
      const before = await b.state()
      const slow = await cluster.inject({ kind: 'link', from: 'a', to: 'b', hold: true })
      void a.put('long', 'x'.repeat(50_000))
      await cluster.sleep(1_000)
      expect((await a.state()).keys, 'the master shows nothing that its slave lacks').toEqual(['first'])
      await slow.heal()
      await cluster.sleep(6_000)
      expect((await a.state()).keys).toEqual(['first', 'long'])
      expect((await b.state()).keys).toEqual(['first', 'long'])
      expect(before.keys.length).toBeLessThanOrEqual(1)
    }))

  it('are told of once: what a slave reports grows from one report to the next', () =>
    withReplicas(13, [], async (cluster, a, b) => {
      await pair(cluster, a, b)
      for (const key of ['one', 'two', 'three']) await a.put(key)
      await cluster.sleep(30_000) // reports go on, and say the same
      const acked = cluster.events.flatMap((event) => (event.kind === 'ha.acked' ? [event.physicalOffset] : []))
      expect(acked.at(-1)).toBe((await a.state()).maxOffset)
      expect(acked).toEqual([...new Set(acked)].toSorted((one, other) => one - other))
    }))

  it('an empty slave receives the whole history, or the last file when it asks for that', () =>
    withReplicas(3, [], async (cluster, a, b) => {
      await a.master(1, 1)
      for (let i = 0; i < 4; i++) await a.put(`big-${i}`, 'x'.repeat(40_000))
      await b.slave(2, 'a')
      await cluster.sleep(2_000)
      await expectEqualLogs(cluster)
      const c = new Replica(cluster, 'c')
      await c.start('syncFromLastFile=true')
      await c.slave(3, 'a')
      await cluster.sleep(6_000)
      expect(Object.keys(await logOf(cluster, 'c'))).toEqual(Object.keys(await logOf(cluster, 'a')).slice(-1))
    }))
})

describe('the tail of an old master', () => {
  /** `a` has records that `b` never received; then `b` is elected, and writes other records in their place. */
  async function diverge(cluster: Cluster, a: Replica, b: Replica): Promise<void> {
    await pair(cluster, a, b)
    for (const key of ['one', 'two']) expect((await a.put(key)).status).toBe('PUT_OK')
    await cluster.sleep(6_000)
    const cut = await cutOff(cluster)
    for (const key of ['lost-1', 'lost-2', 'lost-3', 'lost-4']) void a.put(key)
    await cluster.sleep(100)
    expect(await b.master(2, 2)).toBe('')
    expect((await b.put('three')).queueOffset).toBe(2)
    await cut.heal()
  }
  const isGone = (cluster: Cluster, node: string) =>
    logOf(cluster, node).then((log) => !Object.values(log).some((bytes) => bytes.includes('lost-')))

  it('is cut off, and two seconds later the checkpoint no longer counts it, for the log nor for the queues', () =>
    withReplicas(15, ['allAckInSyncStateSet=false'], async (cluster, a, b) => {
      const times = async () => {
        const checkpoint = Buffer.from((await cluster.readFile('a', 'store/checkpoint'))!)
        return [checkpoint.readBigInt64BE(0), checkpoint.readBigInt64BE(8)]
      }
      await pair(cluster, a, b)
      for (const key of ['one', 'two']) await a.put(key)
      await cluster.sleep(15_000)
      const before = await times()
      expect(before[0]).toBeGreaterThan(0n)
      const cut = await cutOff(cluster)
      await a.put('lost')
      await cluster.sleep(15_000)
      expect((await times())[1]).toBeGreaterThan(before[1]!)
      await b.master(2, 2)
      await cut.heal()
      await a.slave(1, 'b')
      await cluster.sleep(2_500)
      expect((await a.state()).keys).toEqual(['one', 'two'])
      expect(await times()).toEqual(before)
    }))

  it('is cut off, with its queue entries and keys, and the put is answered as not certain', () =>
    withReplicas(4, [], async (cluster, a, b) => {
      await pair(cluster, a, b)
      await a.put('one')
      const cut = await cutOff(cluster)
      const lost = a.put('lost')
      await cluster.sleep(100)
      await b.master(2, 2)
      await b.put('two')
      await cut.heal()
      await a.slave(1, 'b')
      expect((await lost).status).toBe('FLUSH_SLAVE_TIMEOUT')
      await cluster.sleep(8_000)
      const state = await a.state()
      expect(state.keys).toEqual(['one', 'two'])
      expect(state.indexed).toEqual(['one', 'two'])
      expect(state.epochs).toEqual((await b.state()).epochs)
      await expectEqualLogs(cluster)
      expect(await isGone(cluster, 'a')).toBe(true)
    }))

  it('never comes back, whenever the power fails during or after the cut (trap 2, apache/rocketmq#10666)', async () => {
    for (let seed = 1; seed <= 24; seed++)
      await withReplicas(seed, [], async (cluster, a, b) => {
        await diverge(cluster, a, b)
        await a.slave(1, 'b')
        await cluster.sleep(seed) // before, during and after the cut
        await cluster.powerCut('a')
        await cluster.restart('a')
        await a.slave(1, 'b')
        await b.put('four')
        await cluster.sleep(200)
        await cluster.powerCut('a')
        await cluster.restart('a')
        await a.slave(1, 'b')
        await cluster.sleep(8_000)
        expect(await isGone(cluster, 'a'), `seed ${seed}`).toBe(true)
        expect((await a.state()).keys).toEqual(['one', 'two', 'three', 'four'])
        await expectEqualLogs(cluster)
      })
  })

  it('takes no part in the next mastership: offsets and times go on behind what stayed (trap 2)', () =>
    withReplicas(6, [], async (cluster, a, b) => {
      await diverge(cluster, a, b)
      await a.slave(1, 'b')
      await cluster.sleep(8_000)
      await cluster.kill('b')
      expect(await a.master(1, 3)).toBe('')
      expect((await a.put('five')).queueOffset).toBe(3)
      expect((await a.state()).keys).toEqual(['one', 'two', 'three', 'five'])
    }))
})

describe('a start after a crash', () => {
  it('shows no record that was not confirmed, and shows it when this store is elected (trap 3)', async () => {
    for (const end of ['kill', 'powerCut', 'stop'] as const)
      await withReplicas(7, ['flushDiskType="SYNC_FLUSH"'], async (cluster, a, b) => {
        await pair(cluster, a, b)
        await a.put('one')
        await cluster.sleep(6_000)
        await cutOff(cluster)
        void a.put('hidden-1')
        void a.put('hidden-2')
        await cluster.sleep(1_000)
        expect((await a.state()).keys).toEqual(['one'])
        await cluster[end]('a')
        await cluster.restart('a')
        const state = await a.state()
        expect(state.keys, `after ${end}`).toEqual(['one'])
        expect(state.maxOffset).toBeGreaterThan(state.dispatchedAt)
        expect(await a.master(1, 2)).toBe('')
        expect((await a.state()).keys).toEqual(['one', 'hidden-1', 'hidden-2'])
        expect((await a.put('next')).queueOffset, 'offsets go on behind the hidden records').toBe(3)
        expect((await a.state()).indexed).toEqual(['one', 'hidden-1', 'hidden-2', 'next'])
      })
  })

  it('refuses puts until the store has a role', () =>
    withReplicas(8, [], async (_cluster, a) => {
      expect((await a.put('early')).status).toBe('SERVICE_NOT_AVAILABLE')
      await a.master(1, 1)
      expect((await a.put('late')).status).toBe('PUT_OK')
      expect(await a.master(1, 0), 'an epoch that is over').toMatch(/^epoch 0 is over/)
    }))
})

describe('epochs', () => {
  it('that begin at the same position have an entry each, so different bytes never look equal (trap 4)', () =>
    withReplicas(9, [], async (cluster, a, b) => {
      await pair(cluster, a, b)
      await a.put('one')
      await cluster.sleep(6_000)
      const { maxOffset } = await a.state()
      await b.slave(2, '')
      await a.master(1, 2) // no bytes in epoch 2 yet
      const cut = await cutOff(cluster)
      await b.master(2, 3)
      expect((await b.state()).epochs).toEqual([
        { epoch: 1, startOffset: 0 },
        { epoch: 3, startOffset: maxOffset },
      ])
      void a.put('of-a') // both write at the same position, in different epochs
      await b.put('of-b')
      await cut.heal()
      await a.slave(1, 'b')
      await cluster.sleep(8_000)
      expect((await a.state()).keys).toEqual(['one', 'of-b'])
      expect((await a.state()).epochs).toEqual((await b.state()).epochs)
      await expectEqualLogs(cluster)
    }))

  it('are compared also when the first of them had no bytes for one of two masters (trap 4)', () =>
    withReplicas(12, [], async (cluster, a, b) => {
      await pair(cluster, a, b)
      const cut = await cutOff(cluster)
      void a.put('of-a') // the first record of all, and nobody has it
      await cluster.sleep(100)
      await b.master(2, 2)
      expect((await b.state()).epochs).toEqual([
        { epoch: 1, startOffset: 0 },
        { epoch: 2, startOffset: 0 },
      ])
      await b.put('of-b')
      await cut.heal()
      await a.slave(1, 'b')
      await cluster.sleep(8_000)
      expect((await a.state()).keys).toEqual(['of-b'])
      await expectEqualLogs(cluster)
    }))

  it('begin when every record before them is on the disk: the old master may be gone for good', async () => {
    for (let seed = 1; seed <= 8; seed++)
      await withReplicas(seed, [], async (cluster, a, b) => {
        await pair(cluster, a, b)
        for (const key of ['one', 'two']) expect((await a.put(key)).status).toBe('PUT_OK')
        await cluster.powerCut('a') // `b` has not flushed yet
        expect(await b.master(2, 2)).toBe('')
        await cluster.powerCut('b')
        await cluster.restart('b')
        expect(await b.master(2, 3)).toBe('')
        expect((await b.state()).keys, `seed ${seed}`).toEqual(['one', 'two'])
      })
  })

  it('survive a power cut before their bytes are reported (trap 4)', async () => {
    for (let seed = 1; seed <= 8; seed++)
      await withReplicas(seed, [], async (cluster, a, b) => {
        await pair(cluster, a, b)
        await a.put('one')
        await cluster.powerCut('a')
        await b.master(2, 2)
        await cluster.restart('a')
        await a.slave(1, 'b')
        await cluster.sleep(200)
        await b.useSet([1, 2])
        expect((await b.put('two')).status).toBe('PUT_OK')
        await cluster.powerCut('a')
        await cluster.restart('a')
        const { epochs, maxOffset } = await a.state()
        const second = epochs.find(({ epoch }) => epoch === 2)
        if (maxOffset > (second?.startOffset ?? 0)) expect(second, `seed ${seed}`).toBeDefined()
        await a.slave(1, 'b')
        await cluster.sleep(8_000)
        await expectEqualLogs(cluster)
      })
  })
})

describe('the in-sync set of a master', () => {
  /** The set of the master 1, with these slaves: [id, acknowledged position]. */
  function setOf(slaves: readonly (readonly [number, number])[], members: readonly number[]) {
    let nowMs = 0
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, after: () => 1, cancel: () => {} }
    const rules = {
      allAckInSyncStateSet: true,
      minInSyncReplicas: 1,
      inSyncReplicas: 1,
      haMaxTimeSlaveNotCatchupMs: 15_000,
    }
    const replicas = slaves.map(([brokerId, ackedAt]) => ({ brokerId, ackedAt, isAsyncLearner: brokerId === 9 }))
    const proposed: (readonly number[])[] = []
    const set = new InSyncSet(
      clock,
      rules,
      () => replicas,
      (one) => proposed.push(one),
    )
    set.begin(1, members)
    const pass = (ms: number) => void (nowMs += ms)
    return { set, proposed, replicas, pass }
  }

  it('takes a slave that has every confirmed byte and bytes of the epoch, and no learner', () => {
    for (const [id, ackedAt, isTaken] of [
      [2, 99, false],
      [2, 100, true],
      [9, 100, false],
    ] as const) {
      const { set, proposed, replicas } = setOf([[id, ackedAt]], [1])
      set.reported(replicas[0]!, 120, 100, 50)
      expect(proposed, `${id} at ${ackedAt}`).toEqual(isTaken ? [[1, 2]] : [])
    }
    const { set, proposed, replicas } = setOf([[2, 100]], [1])
    set.reported(replicas[0]!, 120, 100, 110)
    expect(proposed, 'it has no byte of this epoch').toEqual([])
  })

  it('waits for a proposed member from the proposal on, and makes one proposal at a time', () => {
    const { set, proposed, replicas } = setOf(
      [
        [2, 100],
        [3, 100],
      ],
      [1],
    )
    for (const one of replicas) set.reported(one, 100, 100, 0)
    expect(proposed).toEqual([[1, 2]])
    expect([...set.required]).toEqual([1, 2])
    expect(set.copiedByAll(500)).toBe(100)
    set.notAccepted()
    expect(set.copiedByAll(500)).toBe(500)
  })

  it('gives up a member that has lost confirmed bytes, that has left, or that stays behind for 15 s', () => {
    const lost = setOf([[2, 80]], [1, 2])
    lost.set.reported(lost.replicas[0]!, 120, 100, 0)
    expect(lost.proposed).toEqual([[1]])
    const gone = setOf([], [1, 2])
    gone.set.left(2)
    expect(gone.proposed).toEqual([[1]])
    const late = setOf([[2, 100]], [1, 2])
    late.pass(15_000)
    late.set.check(120)
    expect(late.proposed).toEqual([])
    late.pass(1)
    late.set.check(120)
    expect(late.proposed).toEqual([[1]])
  })
})

describe('a master', () => {
  it('proposes the set without a slave that stays connected and lacks bytes for 15 s, and not before', () =>
    withReplicas(14, [], async (cluster, a, b) => {
      await pair(cluster, a, b)
      const proposed = () =>
        cluster.events.flatMap((event) =>
          event.kind === 'app.handed' && event.node === 'a' && event.name === 'proposed' ? [event.text] : [],
        )
      const before = proposed().length
      await a.put('one')
      await cluster.sleep(1_000)
      await cluster.inject({ kind: 'link', from: 'a', to: 'b', hold: true })
      void a.put('two')
      await cluster.sleep(14_000)
      await a.check()
      expect(proposed().slice(before)).toEqual([])
      await cluster.sleep(2_000)
      await a.check()
      expect(proposed().slice(before)).toEqual(['[1]'])
      await a.useSet([1])
      expect((await a.put('three')).status, 'nobody waits for the slave any more').toBe('PUT_OK')
    }))
})

describe('puts under a controller', () => {
  it('wait for every member of the in-sync set, and are refused when the set is too small', () =>
    withReplicas(10, ['minInSyncReplicas=2'], async (cluster, a, b) => {
      await a.master(1, 1)
      expect((await a.put('alone')).status).toBe('IN_SYNC_REPLICAS_NOT_ENOUGH')
      await b.slave(2, 'a')
      await cluster.sleep(50)
      await a.useSet([1, 2])
      expect((await a.put('both')).status).toBe('PUT_OK')
      await cutOff(cluster)
      const waiting = a.put('cut')
      await cluster.sleep(100)
      await a.useSet([1]) // the slave has left: one copy is not enough, although all members have it
      expect((await waiting).status).toBe('FLUSH_SLAVE_TIMEOUT')
    }))

  it('wait for a proposed member, too', () =>
    withReplicas(11, [], async (cluster, a, b) => {
      await a.master(1, 1)
      await a.put('one')
      await b.slave(2, 'a')
      await cluster.sleep(50) // proposed, and no controller has answered
      await cutOff(cluster)
      expect((await a.put('two')).status).toBe('FLUSH_SLAVE_TIMEOUT')
      expect((await a.state()).keys, 'consumers see no more than both have').toEqual(['one'])
    }))
})

it('a store that cannot dispatch its last records says why it is not the master, and takes no puts', () => {
  const machine = new SimHost()
  const events: string[] = []
  const log = {
    writtenAt: 100,
    files: { startsAt: 0 },
    sync: (done: (error: string) => void) => done(''),
    writeOut() {},
  }
  const service = new AutoSwitchService(
    { host: machine.start(), log, dispatcher: { dispatchUpTo: () => 'cannot write to queue: EIO' } } as never,
    { storePathEpochFile: 'epochs', haListenAddress: 'node:1', allAckInSyncStateSet: true } as never,
    {
      onDiskFailed: (reason: string) => events.push(`disk ${reason}`),
      onPutsRefused: (reason: string) => events.push(`puts ${reason}`),
    } as never,
  )
  service.opened(100, 100)
  service.start()
  service.becomeMaster(1, 5, [1], (fault) => events.push(`done ${fault}`))
  machine.pass(1_000)
  expect(events).toEqual(['disk cannot write to queue: EIO', 'done cannot write to queue: EIO'])
  expect(service.isSlave).toBe(true)
})
