/**
 * Transactional messages: seen when their producer commits, never when it rolls back, asked about when it says nothing.
 *
 * Method: one broker, producers whose application decides by the message's key, a consumer. Evidence is what consumers
 * were handed; the broker's own events tell why.
 */
import { describe, expect, it } from 'vitest'
import { offsetMessageId } from '../../reference/common/message-id.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { TraceEvent } from '../../reference/host/trace.ts'
import { invoke } from '../support/raw-client.ts'
import { inSimulation, keysOf, startCluster, startConsumer, startTransactionProducer } from '../support/sim.ts'

const ofKind = <K extends TraceEvent['kind']>(cluster: Cluster, kind: K) =>
  cluster.events.filter((event): event is Extract<TraceEvent, { kind: K }> => event.kind === kind)

const answer = (state: string, afterMs = 0) => JSON.stringify({ state, afterMs })

const keyIn = (text: string) => (JSON.parse(text) as { key: string }).key

/** The application: `commit-…`, `rollback-…`, anything else is unknown at first; checks are answered by `check`. */
function decide(cluster: Cluster, check: (key: string, times: number) => string): void {
  const asked = new Map<string, number>()
  cluster.onHanded('executeLocalTransaction', (_, text) => {
    const key = keyIn(text)
    if (key.startsWith('commit')) return answer('COMMIT_MESSAGE')
    return answer(key.startsWith('rollback') ? 'ROLLBACK_MESSAGE' : 'UNKNOW')
  })
  cluster.onHanded('checkLocalTransaction', (_, text) => {
    const key = keyIn(text)
    asked.set(key, (asked.get(key) ?? 0) + 1)
    return answer(check(key, asked.get(key)!))
  })
}

async function start(cluster: Cluster, settings: readonly string[] = []): Promise<void> {
  await startCluster(cluster, { brokers: ['broker-a'], queues: 2, settings })
  await startTransactionProducer(cluster, 'shop', ['group=shops'])
  await startConsumer(cluster, 'billing', 'billing', ['consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'])
  await cluster.sleep(5_000)
}

const send = (cluster: Cluster, key: string, more: object = {}, node = 'shop') =>
  cluster.produce(node, { topic: 'Orders', key, body: `body of ${key}`, ...more })

describe('a transaction', () => {
  it('is seen when it is committed and never when it is rolled back', () =>
    inSimulation(1, async (cluster) => {
      decide(cluster, () => 'UNKNOW')
      await start(cluster)
      expect((await send(cluster, 'commit-1')).status).toBe('SEND_OK')
      expect((await send(cluster, 'rollback-1')).status).toBe('SEND_OK')
      await cluster.sleep(1_000)
      expect(keysOf(cluster, 'billing')).toEqual(['commit-1'])
      await cluster.sleep(600_000)
      expect(keysOf(cluster, 'billing')).toEqual(['commit-1'])
      expect(ofKind(cluster, 'transaction.checked'), 'nobody had to be asked').toEqual([])
      expect(ofKind(cluster, 'transaction.ended').map(({ key, outcome }) => [key, outcome])).toEqual([
        ['commit-1', 'committed'],
        ['rollback-1', 'rolled back'],
      ])
    }))

  it('notes several ends in one op message, as 5.x does', () =>
    inSimulation(2, async (cluster) => {
      decide(cluster, () => 'UNKNOW')
      await start(cluster)
      for (const key of ['commit-1', 'rollback-1', 'commit-2']) await send(cluster, key)
      await cluster.sleep(10_000)
      expect(ofKind(cluster, 'transaction.noted').map((event) => event.halfOffsets)).toEqual(['0,1,2'])
    }))

  it('is asked about when its producer does not know, and ends by the answer', () =>
    inSimulation(3, async (cluster) => {
      decide(cluster, (key, times) => {
        if (times < 2) return 'UNKNOW'
        return key === 'maybe-1' ? 'COMMIT_MESSAGE' : 'ROLLBACK_MESSAGE'
      })
      await start(cluster)
      await send(cluster, 'maybe-1')
      await send(cluster, 'maybe-2')
      await cluster.sleep(120_000)
      expect(keysOf(cluster, 'billing')).toEqual(['maybe-1'])
      expect(ofKind(cluster, 'transaction.checked').map(({ key, times }) => [key, times])).toEqual([
        ['maybe-1', 1],
        ['maybe-2', 1],
        ['maybe-1', 2],
        ['maybe-2', 2],
      ])
    }))

  it('is given up after fifteen questions, and can be taken up again', () =>
    inSimulation(4, async (cluster) => {
      let state = 'UNKNOW'
      decide(cluster, () => state)
      await start(cluster)
      await send(cluster, 'maybe-1')
      await cluster.sleep(600_000)
      expect(ofKind(cluster, 'transaction.checked')).toHaveLength(15)
      const given = ofKind(cluster, 'record.appended').filter((event) => event.topic === 'TRANS_CHECK_MAX_TIME_TOPIC')
      expect(given.map((event) => event.key)).toEqual(['maybe-1'])
      expect(ofKind(cluster, 'transaction.ended').map(({ outcome }) => outcome)).toEqual(['given up'])
      state = 'COMMIT_MESSAGE'
      await cluster.sleep(120_000)
      expect(keysOf(cluster, 'billing'), 'given up is an end').toEqual([])

      await cluster.start({ name: 'operator', program: 'raw-client', args: [] })
      const resume = async (physicalOffset: number) => {
        const msgId = offsetMessageId(Uint8Array.of(127, 0, 0, 1), 10911, physicalOffset)
        return (await invoke(cluster, 'operator', { code: 323, extFields: { topic: 'Orders', msgId } })).code
      }
      const [half] = ofKind(cluster, 'record.appended').filter((event) => event.topic === 'RMQ_SYS_TRANS_HALF_TOPIC')
      expect(await resume(half!.physicalOffset), 'a half message that has ended').toBe(1)
      expect(await resume(given[0]!.physicalOffset)).toBe(0)
      await cluster.sleep(60_000)
      expect(keysOf(cluster, 'billing')).toEqual(['maybe-1'])
    }))

  it('is asked about after its producer has been restarted', () =>
    inSimulation(5, async (cluster) => {
      decide(cluster, () => 'COMMIT_MESSAGE')
      await start(cluster)
      await send(cluster, 'maybe-1')
      await cluster.kill('shop')
      await cluster.restart('shop')
      await cluster.sleep(70_000)
      expect(keysOf(cluster, 'billing')).toEqual(['maybe-1'])
    }))

  it('is asked about in the group, whoever sent it', () =>
    inSimulation(6, async (cluster) => {
      decide(cluster, () => 'COMMIT_MESSAGE')
      await start(cluster)
      await startTransactionProducer(cluster, 'shop-2', ['group=shops'])
      await cluster.sleep(2_000)
      await send(cluster, 'maybe-1')
      await cluster.kill('shop')
      await cluster.sleep(70_000)
      expect(keysOf(cluster, 'billing')).toEqual(['maybe-1'])
      expect(ofKind(cluster, 'transaction.answered').map((event) => event.node)).toEqual(['shop-2'])
    }))

  it('ends once: a decision that comes after the end changes nothing', () =>
    inSimulation(7, async (cluster) => {
      decide(cluster, () => 'COMMIT_MESSAGE')
      await start(cluster)
      cluster.onHanded('executeLocalTransaction', () => answer('ROLLBACK_MESSAGE', 65_000))
      const sending = send(cluster, 'slow-1')
      await cluster.sleep(120_000)
      await sending
      expect(keysOf(cluster, 'billing'), 'the check committed it').toEqual(['slow-1'])
      expect(ofKind(cluster, 'transaction.ended').map(({ outcome }) => outcome)).toEqual(['committed'])
      expect(ofKind(cluster, 'transaction.ignored').map(({ outcome }) => outcome)).toEqual(['rolled back'])
    }))

  it('is decided by the first word, also when a check has put a copy behind it meanwhile', () =>
    inSimulation(8, async (cluster) => {
      decide(cluster, () => 'UNKNOW')
      await start(cluster)
      cluster.onHanded('executeLocalTransaction', () => answer('COMMIT_MESSAGE', 45_000))
      const sending = send(cluster, 'slow-1')
      await cluster.sleep(300_000)
      await sending
      expect(keysOf(cluster, 'billing')).toEqual(['slow-1'])
      expect(ofKind(cluster, 'transaction.checked').length, 'it is not asked about once it has ended').toBeLessThan(3)
    }))
})

describe('check immunity', () => {
  it('keeps a message from being asked about, to the millisecond and not longer (#544)', () =>
    inSimulation(9, async (cluster) => {
      decide(cluster, () => 'COMMIT_MESSAGE')
      await start(cluster)
      await send(cluster, 'maybe-1', { immunitySeconds: 100 })
      await cluster.sleep(300_000)
      const [prepared] = ofKind(cluster, 'transaction.prepared')
      const [checked] = ofKind(cluster, 'transaction.checked')
      expect(checked!.atMs - prepared!.atMs).toBeGreaterThanOrEqual(100_000)
      expect(checked!.atMs - prepared!.atMs).toBeLessThan(131_000)
      expect(keysOf(cluster, 'billing')).toEqual(['maybe-1'])
    }))
})

describe('after a crash', () => {
  it('what is open is known from the log: a commit is neither lost nor done twice', () =>
    inSimulation(10, async (cluster) => {
      decide(cluster, () => 'COMMIT_MESSAGE')
      await start(cluster)
      for (const key of ['commit-1', 'maybe-1', 'commit-2', 'maybe-2']) await send(cluster, key)
      await cluster.sleep(500)
      expect(ofKind(cluster, 'transaction.noted'), 'the ends are not noted yet').toEqual([])
      await cluster.kill('broker-a')
      await cluster.restart('broker-a')
      await cluster.sleep(120_000)
      expect(keysOf(cluster, 'billing').sort()).toEqual(['commit-1', 'commit-2', 'maybe-1', 'maybe-2'])
      expect(ofKind(cluster, 'transaction.checked').map(({ key }) => key)).toEqual(['maybe-1', 'maybe-2'])
    }))

  it('the progress is not read again, and what was counted stays counted', () =>
    inSimulation(11, async (cluster) => {
      decide(cluster, () => 'UNKNOW')
      await start(cluster)
      for (let i = 0; i < 10; i++) await send(cluster, `commit-${i}`)
      await send(cluster, 'maybe-1')
      await cluster.sleep(100_000)
      const { offsetTable } = JSON.parse(
        new TextDecoder().decode(await cluster.readFile('broker-a', 'store/config/consumerOffset.json')),
      ) as { offsetTable: Record<string, Record<string, number>> }
      expect(offsetTable['RMQ_SYS_TRANS_HALF_TOPIC@CID_RMQ_SYS_TRANS']!['0']).toBeGreaterThanOrEqual(10)
      await cluster.kill('broker-a')
      await cluster.restart('broker-a')
      await cluster.sleep(600_000)
      expect(ofKind(cluster, 'transaction.checked').filter(({ times }) => times === 15)).toHaveLength(1)
      expect(ofKind(cluster, 'transaction.ended').filter(({ outcome }) => outcome === 'given up')).toHaveLength(1)
    }))
})

it('a cluster without open transactions does nothing for them', () =>
  inSimulation(12, async (cluster) => {
    decide(cluster, () => 'UNKNOW')
    await start(cluster)
    await send(cluster, 'commit-1')
    await cluster.sleep(120_000)
    const since = cluster.events.length
    await cluster.sleep(600_000)
    const own = cluster.events
      .slice(since)
      .filter((event) => event.node === 'broker-a' && /^(record|transaction|disk)\./.test(event.kind))
    expect(own).toEqual([])
  }))
