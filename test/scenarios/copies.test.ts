/** Copies of a broker: what a slave has, what a SYNC_MASTER answers, and what a broken link or a killed node changes. */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Program } from '../../reference/host/program.ts'
import { RequestCode as code } from '../../reference/remoting/request-code.ts'
import { encodeTransfer } from '../../reference/store/ha/ha-frames.ts'
import { withAsker } from '../support/asker.ts'
import { inSimulation, NAMESRV, SMALL_FILES, sendMany } from '../support/sim.ts'

const FILES = ['mappedFileSizeCommitLog=16384', ...SMALL_FILES.slice(1)]

/** A NameServer, a master and its slave; both have the broker name `pair`. */
async function startPair(cluster: Cluster, master: readonly string[] = [], slave: readonly string[] = []) {
  await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
  await startMaster(cluster, master)
  await startSlave(cluster, slave)
  await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, 'sendMsgTimeout=10000'] })
}

const startMaster = (cluster: Cluster, settings: readonly string[]) =>
  cluster.start({
    name: 'master',
    program: 'broker',
    args: [NAMESRV, 'listenPort=10911', 'brokerName=pair', 'brokerRole=ASYNC_MASTER', ...FILES, ...settings],
  })

const startSlave = (cluster: Cluster, settings: readonly string[]) =>
  cluster.start({
    name: 'slave',
    program: 'broker',
    args: [NAMESRV, 'listenPort=10911', 'brokerName=pair', 'brokerRole=SLAVE', 'brokerId=1', ...FILES, ...settings],
  })

/** The bytes of a node's commit log, file by file. */
async function logOf(cluster: Cluster, node: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const { path } of await cluster.listFiles(node))
    if (path.includes('/commitlog/'))
      files.set(path, Buffer.from((await cluster.readFile(node, path)) ?? []).toString('latin1'))
  return files
}

/** Runs a script; for tests, which return nothing. */
const simulated = async (seed: number, script: (cluster: Cluster) => Promise<void>): Promise<void> =>
  void (await inSimulation(seed, script))

async function expectSameLogs(cluster: Cluster): Promise<void> {
  const [master, slave] = [await logOf(cluster, 'master'), await logOf(cluster, 'slave')]
  expect(slave.size).toBeGreaterThan(0)
  expect([...slave.keys()]).toEqual([...master.keys()])
  for (const [path, bytes] of master) expect(slave.get(path) === bytes, `${path} is the same on both`).toBe(true)
}

const entriesOf = (cluster: Cluster, node: string) =>
  cluster.events.flatMap((event) =>
    event.kind === 'entry.dispatched' && event.node === node
      ? [`${event.topic}/${event.queueId}/${event.queueOffset} at ${event.physicalOffset}`]
      : [],
  )

describe('a slave', () => {
  it('has the log of its master byte for byte, over many files, and the same queues', () =>
    simulated(1, async (cluster) => {
      await startPair(cluster)
      const sent = await sendMany(cluster, 'order', 300)
      expect(sent).toHaveLength(300)
      await cluster.sleep(10_000)
      await expectSameLogs(cluster)
      expect((await logOf(cluster, 'slave')).size).toBeGreaterThan(3)
      expect(entriesOf(cluster, 'slave').sort()).toEqual(entriesOf(cluster, 'master').sort())
    }))

  it.each(['kill', 'powerCut'] as const)('goes on where it was after a %s, its own or its master’s', (end) =>
    simulated(2, async (cluster) => {
      await startPair(cluster)
      await sendMany(cluster, 'before', 60)
      await cluster.sleep(12_000)
      for (const node of ['slave', 'master']) {
        await cluster[end](node)
        await cluster.sleep(3_000)
        await cluster.restart(node)
        await cluster.sleep(5_000)
        await sendMany(cluster, `after-${node}`, 60)
        await cluster.sleep(40_000)
        await expectSameLogs(cluster)
      }
    }),
  )

  it('catches up after a broken link', () =>
    simulated(3, async (cluster) => {
      await startPair(cluster)
      await sendMany(cluster, 'before', 20)
      const cut = await cluster.inject({ kind: 'partition', between: [['master'], ['slave']], held: 'keep' })
      await sendMany(cluster, 'during', 100)
      await cluster.sleep(60_000)
      await cut.heal()
      await cluster.sleep(40_000)
      await expectSameLogs(cluster)
    }))

  it('has every table of its master: topics, groups, modes, offsets', () =>
    withAsker(async (cluster, ask) => {
      await startPair(cluster)
      const to = 'master:10911'
      const topic = { topic: 'Made', readQueueNums: 3, writeQueueNums: 2, perm: 6, attributes: '+message.type=DELAY' }
      await ask({ to, code: code.UPDATE_AND_CREATE_TOPIC, fields: topic })
      const group = { groupName: 'billing', retryMaxTimes: 3 }
      await ask({ to, code: code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: JSON.stringify(group) })
      const forbid = { group: 'billing', topic: 'Made', readable: false }
      await ask({ to, code: code.UPDATE_AND_GET_GROUP_FORBIDDEN, fields: forbid })
      const mode = { topic: 'Made', consumerGroup: 'billing', mode: 'POP', popShareQueueNum: 1 }
      await ask({ to, code: code.SET_MESSAGE_REQUEST_MODE, body: JSON.stringify(mode) })
      const delayed = { topic: 'Made', key: 'k', body: 'x', delayLevel: 1 }
      await cluster.call('shop', 'send', JSON.stringify(delayed))
      await cluster.sleep(3_000)
      const commit = { consumerGroup: 'billing', topic: 'Made', queueId: 1, commitOffset: 0 }
      await ask({ to, code: code.UPDATE_CONSUMER_OFFSET, fields: commit })
      await cluster.sleep(25_000)
      const tables = {
        topics: code.GET_ALL_TOPIC_CONFIG,
        groups: code.GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
        modes: code.GET_ALL_MESSAGE_REQUEST_MODE,
        offsets: code.GET_ALL_CONSUMER_OFFSET,
        delays: code.GET_ALL_DELAY_OFFSET,
      }
      for (const [table, which] of Object.entries(tables)) {
        const [master, slave] = [await ask({ to, code: which }), await ask({ to: 'slave:10911', code: which })]
        expect(JSON.parse(slave.body), table).toEqual(JSON.parse(master.body))
        if (table !== 'delays') expect(slave.body, table).toContain('Made')
      }
    }))

  it('that begins empty gets the last file only, as in RocketMQ', () =>
    simulated(4, async (cluster) => {
      await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
      await startMaster(cluster, [])
      await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV] })
      await sendMany(cluster, 'order', 300)
      await startSlave(cluster, [])
      await cluster.sleep(10_000)
      const [master, slave] = [await logOf(cluster, 'master'), await logOf(cluster, 'slave')]
      expect([...slave.keys()]).toEqual([...master.keys()].slice(-1))
      expect([...slave.values()].every((bytes, i) => bytes === [...master.values()].slice(-1)[i])).toBe(true)
    }))

  it('that is ahead of its master, which has lost its last records with its power, is refused with a sentence', async () => {
    const reasons: string[] = []
    for (let seed = 1; seed <= 8; seed++)
      await simulated(seed, async (cluster) => {
        await startPair(cluster)
        await cluster.sleep(6_000)
        await sendMany(cluster, 'order', 20)
        await cluster.powerCut('master') // what was not flushed yet was sent all the same
        await cluster.restart('master')
        await cluster.sleep(40_000)
        const refused = cluster.events.flatMap((event) => (event.kind === 'ha.refused' ? [event.reason] : []))
        if (refused.length === 0) await expectSameLogs(cluster)
        else reasons.push(refused[0]!)
      })
    expect(reasons.length, 'a power cut takes some of the records in some of the runs').toBeGreaterThan(0)
    for (const reason of reasons) expect(reason).toMatch(/it has records that this master has lost; give the slave/)
  })

  it('knows topics and offsets of groups some seconds later', () =>
    simulated(6, async (cluster) => {
      await startPair(cluster)
      await sendMany(cluster, 'order', 40)
      await cluster.start({
        name: 'billing',
        program: 'consumer',
        args: [NAMESRV, 'group=billing', 'topic=Orders', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET'],
      })
      await cluster.sleep(30_000)
      const table = async (node: string, file: string) =>
        JSON.parse(new TextDecoder().decode(await cluster.readFile(node, `store/config/${file}`))) as {
          offsetTable: Record<string, unknown>
          topicConfigTable: Record<string, unknown>
        }
      const [master, slave] = [
        await table('master', 'consumerOffset.json'),
        await table('slave', 'consumerOffset.json'),
      ]
      expect(Object.keys(master.offsetTable)).toContain('Orders@billing')
      expect(slave.offsetTable).toEqual(master.offsetTable)
      expect((await table('slave', 'topics.json')).topicConfigTable).toHaveProperty('Orders')
    }))

  it('takes no messages', () =>
    simulated(7, async (cluster) => {
      await startPair(cluster)
      await sendMany(cluster, 'order', 5)
      await cluster.kill('master')
      await cluster.sleep(130_000)
      const { status, error } = await cluster.produce('shop', { topic: 'Orders', key: 'late', body: 'x' })
      expect([status, error]).toEqual(['FAILED', expect.any(String)])
    }))
})

describe('what a SYNC_MASTER answers', () => {
  const status = async (cluster: Cluster, key: string) =>
    (await cluster.produce('shop', { topic: 'Orders', key, body: 'x' })).status

  it.each([
    ['5.x, its defaults: it waits for nobody', [], 'SEND_OK', 'SEND_OK'],
    ['5.x, two replicas', ['inSyncReplicas=2'], 'SEND_OK', 'FLUSH_SLAVE_TIMEOUT'],
    ['4.9: it always waits for one slave', ['glassmqHaStatuses=4.9'], 'SEND_OK', 'FLUSH_SLAVE_TIMEOUT'],
  ] as const)('%s', (_rule, settings, whole, cut) =>
    simulated(8, async (cluster) => {
      await startPair(cluster, ['brokerRole=SYNC_MASTER', ...settings])
      await cluster.sleep(6_000)
      expect(await status(cluster, 'whole'), 'the slave is there').toBe(whole)
      await cluster.inject({ kind: 'partition', between: [['master'], ['slave']], held: 'keep' })
      expect(await status(cluster, 'cut'), 'the slave is cut off, and nothing has closed yet').toBe(cut)
    }),
  )

  it.each([
    ['5.x', ['inSyncReplicas=2'], 'FLUSH_SLAVE_TIMEOUT'],
    ['4.9', ['glassmqHaStatuses=4.9'], 'SLAVE_NOT_AVAILABLE'],
  ] as const)('without a slave: %s', (_rule, settings, expected) =>
    simulated(9, async (cluster) => {
      await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
      await startMaster(cluster, ['brokerRole=SYNC_MASTER', ...settings])
      await cluster.start({ name: 'shop', program: 'producer', args: [NAMESRV, 'sendMsgTimeout=10000'] })
      expect(await status(cluster, 'alone')).toBe(expected)
    }),
  )

  it('no SEND_OK of two replicas is lost when the master’s disk is gone: the slave has it', () =>
    simulated(10, async (cluster) => {
      await startPair(cluster, ['brokerRole=SYNC_MASTER', 'inSyncReplicas=2'])
      await cluster.sleep(6_000)
      const acknowledged = await sendMany(cluster, 'order', 50)
      await cluster.kill('master')
      const here = new TextDecoder('latin1').decode(
        new Uint8Array(
          [...(await logOf(cluster, 'slave')).values()].flatMap((text) => [...Buffer.from(text, 'latin1')]),
        ),
      )
      expect(acknowledged.filter((key) => !here.includes(`body of ${key}`))).toEqual([])
      expect(acknowledged).toHaveLength(50)
    }))
})

describe('strangers at the port for copies', () => {
  /** Listens as a master would, and sends every slave one frame of these bytes. */
  const falseMaster =
    (bytes: Uint8Array): Program =>
    (host, _args, signals) => {
      host.network.listen(`${host.name}:10912`, {
        onListening: () => signals.ready(),
        onFailed: (reason) => signals.failed(reason),
        onConnection: (connection) => {
          host.clock.after(1, () => host.network.send(connection, encodeTransfer({ physicalOffset: 0, bytes })))
          return { onBytes() {}, onClosed() {} }
        },
      })
      return { stop: (done) => host.clock.after(0, done) }
    }

  it.each([
    ['no record, but zeros', new Uint8Array(64), /a record at 0 has 0 bytes/],
    ['a size that no file can hold', new Uint8Array(64).fill(0x7f), /a record at 0 has 2139062143 bytes/],
    [
      'a size and no record',
      Uint8Array.from({ length: 64 }, (_, i) => (i === 3 ? 40 : 0)),
      /the copied log is damaged/,
    ],
  ] as const)('a master that sends %s: the slave says so, and lives', async (_what, bytes, says) => {
    await inSimulation(
      11,
      async (cluster) => {
        await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
        await cluster.start({ name: 'false', program: 'false-master', args: [] })
        await startSlave(cluster, ['haMasterAddress=false:10912'])
        await cluster.sleep(12_000)
        const lines = cluster.events.flatMap((event) => (event.kind === 'log.line' ? [event.text] : []))
        expect(lines.filter((line) => line.startsWith('copying from false:10912 stops'))[0]).toMatch(says)
        expect(cluster.isRunning('slave')).toBe(true)
      },
      { 'false-master': falseMaster(bytes) },
    )
  })

  it('a slave that sends no position is refused, and the master serves others', async () => {
    const stranger: Program = (host, _args, signals) => {
      const connection: number = host.network.connect('master:10912', {
        onOpened: () => void host.network.send(connection, new Uint8Array(24).fill(0xff)),
        onBytes() {},
        onClosed() {},
      })
      host.clock.after(0, () => signals.ready())
      return { stop: (done) => host.clock.after(0, done) }
    }
    await inSimulation(
      12,
      async (cluster) => {
        await startPair(cluster)
        await cluster.start({ name: 'stranger', program: 'stranger', args: [] })
        await sendMany(cluster, 'order', 20)
        await cluster.sleep(10_000)
        const refused = cluster.events.flatMap((event) => (event.kind === 'ha.refused' ? [event.reason] : []))
        expect(refused).toEqual(['a slave reports that its log ends at -1'])
        await expectSameLogs(cluster)
      },
      { stranger },
    )
  })
})

describe('reading from a slave', () => {
  const reader = (cluster: Cluster, ...settings: string[]) =>
    cluster.start({
      name: 'billing',
      program: 'consumer',
      args: [NAMESRV, 'group=billing', 'topic=Orders', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET', ...settings],
    })
  const keysAt = (cluster: Cluster) => new Set(cluster.deliveries().map(({ key }) => key))
  /** Pulls that a node has answered with messages. */
  const answeredBy = (cluster: Cluster, node: string) =>
    cluster.events.filter((event) => event.kind === 'pull.answered' && event.node === node && event.messages > 0).length

  it('a group goes on when the master is gone, and where it was when the master is back', () =>
    simulated(31, async (cluster) => {
      await startPair(cluster, ['slaveReadEnable=true'], ['slaveReadEnable=true'])
      await sendMany(cluster, 'first', 20)
      await cluster.sleep(15_000)
      await cluster.kill('master')
      await cluster.sleep(1_000)
      await reader(cluster)
      await cluster.sleep(60_000)
      expect(keysAt(cluster).size, 'all that was copied').toBe(20)
      expect(answeredBy(cluster, 'slave')).toBeGreaterThan(0)
      const before = cluster.deliveries().length
      await cluster.restart('master')
      await cluster.sleep(60_000)
      await sendMany(cluster, 'second', 20)
      await cluster.sleep(60_000)
      expect(keysAt(cluster).size).toBe(40)
      expect(cluster.deliveries().length - before, 'nothing is consumed twice').toBe(20)
      const slaveReads = answeredBy(cluster, 'slave')
      await sendMany(cluster, 'third', 5)
      await cluster.sleep(30_000)
      expect(answeredBy(cluster, 'slave'), 'the master is read again').toBe(slaveReads)
    }))

  it('a group that is far behind reads the old messages from the slave, and the new ones from the master', () =>
    simulated(32, async (cluster) => {
      const small = ['slaveReadEnable=true', 'glassmqMessageInMemoryBytes=4000', 'maxTransferCountOnMessageInDisk=4']
      await startPair(cluster, small, small)
      await sendMany(cluster, 'order', 100)
      await cluster.sleep(15_000)
      await reader(cluster)
      await cluster.sleep(60_000)
      expect(keysAt(cluster).size).toBe(100)
      expect(answeredBy(cluster, 'slave')).toBeGreaterThan(2)
      const slaveReads = answeredBy(cluster, 'slave')
      await sendMany(cluster, 'new', 10)
      await cluster.sleep(30_000)
      expect(keysAt(cluster).size).toBe(110)
      expect(answeredBy(cluster, 'slave'), 'new messages come from the master').toBe(slaveReads)
    }))

  it('a slave refuses pulls, and a master suggests none, unless slaveReadEnable is set', () =>
    simulated(33, async (cluster) => {
      await startPair(cluster)
      await sendMany(cluster, 'order', 10)
      await cluster.sleep(15_000)
      await cluster.kill('master')
      await reader(cluster)
      await cluster.sleep(60_000)
      expect(keysAt(cluster).size).toBe(0)
      await cluster.restart('master')
      await cluster.sleep(60_000)
      expect(keysAt(cluster).size).toBe(10)
      expect(answeredBy(cluster, 'slave')).toBe(0)
    }))
})
