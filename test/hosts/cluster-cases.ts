/**
 * What every `Cluster` must do, shown with the toy programs: a server that stores lines, a client, a consumer.
 *
 * A case never looks at how long something took, only at what came of it.
 */
import { expect } from 'vitest'
import { decodeUtf8, encodeUtf8 } from '../../reference/common/utf8.ts'
import { type Cluster, type Fault, ScenarioFailure } from '../../reference/host/cluster.ts'

export interface ClusterCase {
  readonly title: string
  run(cluster: Cluster): Promise<void>
}

/** Generous, because wall time is real in a real cluster. */
const SOON_MS = 60_000

const SERVER = { name: 'server', program: 'server', args: [], readyWithinMs: SOON_MS }
const CLIENT = { name: 'client', program: 'client', args: [], readyWithinMs: SOON_MS }
const CONSUMER = { name: 'consumer', program: 'consumer', args: [], readyWithinMs: SOON_MS }

async function startAll(cluster: Cluster): Promise<void> {
  await cluster.start(SERVER)
  await cluster.start(CLIENT)
}

async function errorOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return (error as Error).message
  }
  return 'no error'
}

const message = (key: string, body = 'text') => ({ topic: 'lines', key, body })

async function countOf(cluster: Cluster): Promise<number> {
  return Number(await cluster.call('client', 'ask', 'count'))
}

export const CLUSTER_CASES: readonly ClusterCase[] = [
  {
    title: 'a program answers calls of its application, with text of any kind',
    async run(cluster) {
      await startAll(cluster)
      expect(cluster.isRunning('server')).toBe(true)
      expect(await cluster.call('client', 'ask', 'echo hällo "Welt" \\ 𝄞')).toBe('hällo "Welt" \\ 𝄞')
      const long = 'ü"\\x'.repeat(20_000)
      expect(await cluster.call('client', 'ask', `echo ${long}`)).toBe(long)
      expect(await cluster.admin('client', ['topicList', '-n'])).toContain('topicList -n')
      expect(await errorOf(cluster.call('client', 'nonsense', ''))).toBe('unknown call nonsense')
      expect(await errorOf(cluster.call('server', 'ask', ''))).toContain('takes no calls')
      expect(await errorOf(cluster.call('nobody', 'ask', ''))).toContain('not running')
    },
  },
  {
    title: 'starting says clearly what is wrong',
    async run(cluster) {
      await cluster.start(SERVER)
      expect(await errorOf(cluster.start(SERVER))).toContain('already running')
      expect(await errorOf(cluster.start({ name: 'x', program: 'nonsense', args: [] }))).toContain(
        'no program nonsense',
      )
      expect(await errorOf(cluster.start({ name: 'y', program: 'server', args: ['nonsense'] }))).toContain(
        'not host:port',
      )
      expect(cluster.isRunning('y')).toBe(false)
      expect(await errorOf(cluster.restart('nobody'))).toContain('never started')
    },
  },
  {
    title: 'what a stopped node stored is there when it starts again',
    async run(cluster) {
      await startAll(cluster)
      expect((await cluster.produce('client', message('k1'))).queueOffset).toBe(0)
      expect(await cluster.stop('server')).toEqual({ how: 'returned', reason: '' })
      expect(cluster.isRunning('server')).toBe(false)
      const failed = await cluster.produce('client', message('k2'))
      expect([failed.status, failed.error]).toEqual(['FAILED', 'connection refused'])
      await cluster.restart('server')
      expect(await cluster.produce('client', message('k3'))).toMatchObject({
        status: 'SEND_OK',
        queueOffset: 1,
        error: 'stored 2',
      })
    },
  },
  {
    title: 'kill -9 keeps what was written',
    async run(cluster) {
      await startAll(cluster)
      for (const key of ['a', 'b', 'c']) await cluster.produce('client', message(key))
      expect((await cluster.kill('server')).how).toBe('killed')
      await cluster.restart('server')
      expect(await countOf(cluster)).toBe(3)
    },
  },
  {
    title: 'a power cut keeps what was acknowledged as synced',
    async run(cluster) {
      await startAll(cluster)
      for (const key of ['a', 'b', 'c']) expect((await cluster.produce('client', message(key))).status).toBe('SEND_OK')
      expect((await cluster.powerCut('server')).how).toBe('powercut')
      await cluster.restart('server')
      expect(await countOf(cluster)).toBe(3)
    },
  },
  {
    title: 'a power cut takes back what was never synced',
    async run(cluster) {
      await startAll(cluster)
      await cluster.produce('client', message('kept'))
      await cluster.inject({ kind: 'disk', node: 'server', fails: 'syncError' })
      expect(await cluster.produce('client', message('gone'))).toMatchObject({ status: 'FAILED', error: 'refused EIO' })
      expect(decodeUtf8((await cluster.readFile('server', 'store/log.txt'))!)).toContain('gone=text')
      await cluster.powerCut('server')
      expect(decodeUtf8((await cluster.readFile('server', 'store/log.txt'))!)).not.toContain('gone=text\n')
    },
  },
  {
    title: 'every message reaches the consumer, again when the application says later',
    async run(cluster) {
      const refused = new Set<string>()
      cluster.onDelivery(({ key }) => {
        if (key !== 'k2' || refused.has(key)) return 'CONSUME_SUCCESS'
        refused.add(key)
        return 'RECONSUME_LATER'
      })
      await startAll(cluster)
      await cluster.start(CONSUMER)
      for (const key of ['k1', 'k2', 'k3']) await cluster.produce('client', message(key, `body of ${key}`))
      await cluster.waitUntil('four deliveries', () => cluster.deliveries().length === 4, SOON_MS)
      const seen = cluster.deliveries().map((d) => `${d.key} ${d.reconsumeTimes} ${d.status} ${d.body}`)
      expect(seen.filter((line) => line.startsWith('k2'))).toEqual([
        'k2 0 RECONSUME_LATER body of k2',
        'k2 1 CONSUME_SUCCESS body of k2',
      ])
      expect(cluster.deliveries().every((d) => d.node === 'consumer' && d.group === 'toy')).toBe(true)
    },
  },
  {
    title: 'a consumer finds its server again after a restart',
    async run(cluster) {
      await startAll(cluster)
      await cluster.start(CONSUMER)
      await cluster.produce('client', message('before'))
      await cluster.waitUntil('the first one', () => cluster.deliveries().length === 1, SOON_MS)
      await cluster.kill('server')
      await cluster.restart('server')
      await cluster.produce('client', message('after'))
      await cluster.waitUntil('the second one', () => cluster.deliveries().length === 2, SOON_MS)
      expect(cluster.deliveries().map((d) => d.key)).toEqual(['before', 'after'])
    },
  },
  {
    title: 'a partition that resets breaks connections and lets nobody through until it heals',
    async run(cluster) {
      await startAll(cluster)
      const fault = await cluster.inject({ kind: 'partition', between: [['client'], ['server']], held: 'reset' })
      expect((await cluster.produce('client', message('k'))).error).toBe('host unreachable')
      await fault.heal()
      await fault.heal()
      expect((await cluster.produce('client', message('k'))).status).toBe('SEND_OK')
    },
  },
  {
    title: 'a partition that keeps delivers everything after it healed',
    async run(cluster) {
      await startAll(cluster)
      const fault = await cluster.inject({
        kind: 'partition',
        between: [['client'], ['server']],
        held: 'keep',
      })
      let answered = false
      const asked = cluster.call('client', 'ask', 'echo late').finally(() => (answered = true))
      await cluster.sleep(500)
      expect(answered).toBe(false)
      await fault.heal()
      expect(await asked).toBe('late')
    },
  },
  {
    title: 'a slow link delays, a refusing one refuses, only between the two it names',
    async run(cluster) {
      await startAll(cluster)
      const slow = await cluster.inject({ kind: 'link', from: 'client', to: 'server', delayMs: 300 })
      const beforeMs = cluster.nowMs()
      expect(await cluster.call('client', 'ask', 'echo slow')).toBe('slow')
      expect(cluster.nowMs() - beforeMs).toBeGreaterThanOrEqual(1_100) // two hops to open, two to ask
      await slow.heal()
      const refusing = await cluster.inject({ kind: 'link', from: 'client', to: 'server', refuse: true, oneWay: true })
      expect(await errorOf(cluster.call('client', 'ask', 'echo no'))).toBe('connection refused')
      await refusing.heal()
      const other = await cluster.inject({ kind: 'link', from: 'server', to: 'client', refuse: true, oneWay: true })
      expect(await cluster.call('client', 'ask', 'echo yes')).toBe('yes')
      await other.heal()
    },
  },
  {
    title: 'a link that holds lets bytes wait, in the one direction that it names, until it heals',
    async run(cluster) {
      await startAll(cluster)
      expect(await cluster.call('client', 'ask', 'echo first')).toBe('first')
      const fault = await cluster.inject({ kind: 'link', from: 'server', to: 'client', hold: true, oneWay: true })
      let answered = false
      const asked = cluster.call('client', 'ask', 'echo held').finally(() => (answered = true))
      await cluster.sleep(500)
      expect(answered).toBe(false)
      await fault.heal()
      expect(await asked).toBe('held')
    },
  },
  {
    title: 'a fault that names a node which was never started is refused, whatever its kind',
    async run(cluster) {
      await startAll(cluster)
      const faults: readonly Fault[] = [
        { kind: 'partition', between: [['client'], ['sever']], held: 'keep' },
        { kind: 'partition', between: [['cleint'], ['server']], held: 'reset' },
        { kind: 'link', from: 'client', to: 'sever', delayMs: 10 },
        { kind: 'link', from: 'cleint', to: 'server', hold: true },
        { kind: 'pause', node: 'sever' },
        { kind: 'clock', node: 'sever', skewMs: 1 },
        { kind: 'disk', node: 'sever', fails: 'EIO' },
      ]
      for (const fault of faults)
        expect(await errorOf(cluster.inject(fault))).toMatch(
          new RegExp(`^the fault ${fault.kind} names (sever|cleint), which was never started$`),
        )
      expect(await cluster.call('client', 'ask', 'echo still here')).toBe('still here')
    },
  },
  {
    title: 'a paused node answers nothing, and everything once it goes on',
    async run(cluster) {
      await startAll(cluster)
      const fault = await cluster.inject({ kind: 'pause', node: 'server' })
      let answered = false
      const asked = cluster.call('client', 'ask', 'echo at last').finally(() => (answered = true))
      await cluster.sleep(500)
      expect(answered).toBe(false)
      expect(cluster.isRunning('server')).toBe(true)
      await fault.heal()
      expect(await asked).toBe('at last')
    },
  },
  {
    title: 'a clock that is off is off by that much, and right again when healed',
    async run(cluster) {
      await startAll(cluster)
      const time = async () => Number(await cluster.call('client', 'ask', 'time'))
      const before = await time()
      const fault = await cluster.inject({ kind: 'clock', node: 'server', skewMs: -3_600_000 })
      expect(await time()).toBeLessThan(before - 3_000_000)
      await fault.heal()
      expect(await time()).toBeGreaterThanOrEqual(before)
    },
  },
  {
    title: 'a broken disk refuses, and works again when healed',
    async run(cluster) {
      await startAll(cluster)
      await cluster.produce('client', message('before'))
      for (const [fails, reply] of [
        ['EIO', 'refused EIO'],
        ['ENOSPC', 'refused ENOSPC'],
      ] as const) {
        const fault = await cluster.inject({ kind: 'disk', node: 'server', fails })
        expect((await cluster.produce('client', { ...message('x'), body: 'y'.repeat(9_000) })).error).toBe(reply)
        await fault.heal()
      }
      expect((await cluster.produce('client', message('after'))).status).toBe('SEND_OK')
      expect(await countOf(cluster)).toBe(2)
    },
  },
  {
    title: 'a slow sync delays the acknowledgement',
    async run(cluster) {
      await startAll(cluster)
      const fault = await cluster.inject({ kind: 'disk', node: 'server', fails: 'slowSync', delayMs: 700 })
      const beforeMs = cluster.nowMs()
      expect((await cluster.produce('client', message('slow'))).status).toBe('SEND_OK')
      expect(cluster.nowMs() - beforeMs).toBeGreaterThanOrEqual(699)
      await fault.heal()
    },
  },
  {
    title: 'faults are refused when they name nobody',
    async run(cluster) {
      expect(await errorOf(cluster.inject({ kind: 'pause', node: 'nobody' }))).toContain(
        'nobody, which was never started',
      )
    },
  },
  {
    title: 'a call to a node that ends is answered with an error, not with silence',
    async run(cluster) {
      await startAll(cluster)
      await cluster.inject({ kind: 'pause', node: 'server' })
      const asked = errorOf(cluster.call('client', 'ask', 'echo x'))
      await cluster.sleep(100)
      await cluster.kill('client')
      expect(await asked).toContain('killed')
    },
  },
  {
    title: 'files can be put on a disk, read and listed by the operator',
    async run(cluster) {
      await cluster.start({ ...SERVER, files: { 'store/log.txt': 'k=first line\n', 'toy.conf': 'ä=1\n' } })
      await cluster.start(CLIENT)
      expect(await countOf(cluster)).toBe(1)
      expect(decodeUtf8((await cluster.readFile('server', 'toy.conf'))!)).toBe('ä=1\n')
      expect(await cluster.readFile('server', 'missing')).toBeUndefined()
      await cluster.stop('server')
      await cluster.writeFile('server', 'store/log.txt', encodeUtf8('one=1\ntwo=2\ntorn'))
      await cluster.restart('server')
      expect(await countOf(cluster)).toBe(2)
      const files = await cluster.listFiles('server')
      expect(files.map((file) => file.path)).toEqual(['lock', 'store/log.txt', 'toy.conf'])
      expect(files[1]!.sizeBytes).toBe(12)
      await cluster.powerCut('server')
      expect(decodeUtf8((await cluster.readFile('server', 'toy.conf'))!)).toBe('ä=1\n')
    },
  },
  {
    title: 'waiting in vain ends with a sentence',
    async run(cluster) {
      const failure = await cluster.waitUntil('pigs fly', () => false, 200).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(ScenarioFailure)
      expect((failure as Error).message).toContain('pigs fly')
      await cluster.waitUntil('it holds at once', () => true, 200)
      const broken = cluster.waitUntil(
        'x',
        () => {
          throw new Error('a broken condition')
        },
        200,
      )
      expect(await errorOf(broken)).toBe('a broken condition')
    },
  },
  {
    title: 'the log says what the script did and what crossed to the application',
    async run(cluster) {
      cluster.step('start both')
      await startAll(cluster)
      await cluster.start(CONSUMER)
      await cluster.produce('client', message('k'))
      await cluster.waitUntil('delivered', () => cluster.deliveries().length === 1, SOON_MS)
      const fault = await cluster.inject({ kind: 'pause', node: 'server' })
      await fault.heal()
      await cluster.kill('server')
      const kinds = new Set(cluster.events.map((event) => event.kind))
      for (const kind of [
        'script.step',
        'node.started',
        'node.ready',
        'app.called',
        'app.answered',
        'app.handed',
        'app.replied',
        'fault.began',
        'fault.healed',
        'node.stopped',
        'log.line',
      ] as const) {
        expect(kinds.has(kind), kind).toBe(true)
      }
      expect(cluster.events.map((event) => event.n)).toEqual(cluster.events.map((_, index) => index + 1))
    },
  },
]
