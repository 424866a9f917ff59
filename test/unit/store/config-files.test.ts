/** The tables that the official broker wrote as fastjson's JSON are read with their values, and ours by any JSON parser. */
import { expect, it } from 'vitest'
import { brokerConfig } from '../../../reference/broker/broker-config.ts'
import { ConfigFile } from '../../../reference/broker/config-file.ts'
import { ConsumerOffsetManager } from '../../../reference/broker/consumer-offset-manager.ts'
import { SubscriptionGroups } from '../../../reference/broker/subscription-groups.ts'
import { TopicConfigManager } from '../../../reference/broker/topic-config-manager.ts'
import { parseProperties, Settings } from '../../../reference/common/properties-file.ts'
import { record, table, whole } from '../../../reference/common/shape.ts'
import type { Host } from '../../../reference/host/host.ts'
import { createNodeHost } from '../../../reference/host/node/node-host.ts'
import { temporaryFolder } from '../../support/temp.ts'
import { recordedQueries } from './recorded-queries.ts'

/** A real folder with the recorded config files in it. */
async function withConfig(name: 'store-clean' | 'store-killed', test: (host: Host) => void | Promise<void>) {
  const folder = temporaryFolder('config')
  const host = createNodeHost({ name: 'broker-a', directory: folder.path })
  try {
    for (const [path, bytes] of recordedQueries(name).files) {
      if (!path.startsWith('config/')) continue
      const file = host.disk.open(`store/${path}`)
      host.disk.write(file, 0, bytes)
      host.disk.close(file)
    }
    await test(host)
  } finally {
    host.dispose()
    folder.remove()
  }
}

const settingsOf = (host: Host) => brokerConfig(host, new Settings(parseProperties('', 'nothing'), 'nothing'))

const text = (host: Host, path: string) => {
  const file = host.disk.open(path)
  const bytes = host.disk.read(file, 0, host.disk.sizeBytes(path))
  host.disk.close(file)
  return Buffer.from(bytes).toString('utf8')
}

it.each(['store-clean', 'store-killed'] as const)('%s: every offset of every group', (name) =>
  withConfig(name, (host) => {
    const offsets = new ConsumerOffsetManager(host, 'store/')
    offsets.load()
    const { consumerOffsets } = recordedQueries(name).expected
    for (const [key, queues] of Object.entries(consumerOffsets)) {
      const [topic, group] = key.split('@')
      for (const [id, offset] of Object.entries(queues))
        expect(offsets.queryOffset(group!, topic!, Number(id)), `${key} ${id}`).toBe(offset)
    }
    expect(Object.keys(consumerOffsets).length).toBeGreaterThan(1)
  }),
)

it('every topic with its queues and permissions, and the version', () =>
  withConfig('store-clean', (host) => {
    const topics = new TopicConfigManager(host, settingsOf(host), () => {})
    topics.load()
    expect(topics.get('BatchTopic')).toMatchObject({ readQueueNums: 2, writeQueueNums: 2, perm: 6, order: false })
    expect(topics.get('%DLQ%G_RETRY')).toMatchObject({ readQueueNums: 1, writeQueueNums: 1 })
    expect(topics.get('AsymTopic')!.readQueueNums).not.toBe(topics.get('AsymTopic')!.writeQueueNums)
    const named = [...text(host, 'store/config/topics.json').matchAll(/"topicName":"([^"]+)"/g)].map(
      (match) => match[1]!,
    )
    expect(named.length).toBeGreaterThan(20)
    for (const name of named) expect(topics.get(name)?.topicName).toBe(name)
    expect(topics.registration().dataVersion).toMatchObject({ counter: 25, timestamp: 1_795_351_364_242 })
  }))

it('lines of changes are read after the table, but for those that are older than it; a torn one ends its file', () =>
  withConfig('store-clean', (host) => {
    const line = (counter: number, topicName: string) =>
      `${JSON.stringify({ dataVersion: { counter, stateVersion: 0, timestamp: 1 }, topicConfig: { topicName, perm: 4 } })}\n`
    for (const [number, lines] of [
      [3, `${line(24, 'Older')}${line(26, 'First')}${line(27, 'Torn').slice(0, 40)}`],
      [4, `${line(28, 'Second')}${JSON.stringify({ dataVersion: { counter: 29 }, deleted: 'BatchTopic' })}\n`],
    ] as const) {
      const file = host.disk.open(`store/config/topics.json.changes.${number}`)
      host.disk.write(file, 0, Buffer.from(lines))
      host.disk.close(file)
    }
    const topics = new TopicConfigManager(host, settingsOf(host), () => {})
    topics.load()
    expect(['Older', 'First', 'Torn', 'Second', 'BatchTopic'].map((name) => topics.get(name)?.perm)).toEqual([
      ...[undefined, 4, undefined, 4, undefined],
    ])
    expect(topics.registration().dataVersion.counter).toBe(29)
  }))

it('groups with what they may', () =>
  withConfig('store-clean', (host) => {
    const groups = new SubscriptionGroups(host, { ...settingsOf(host), autoCreateSubscriptionGroup: false })
    groups.load()
    for (const group of ['G_CONFIGURED', 'SELF_TEST_C_GROUP', 'G_RETRY'])
      expect(groups.find(group)?.consumeEnable, group).toBe(true)
    expect(groups.find('G_NOBODY')?.consumeEnable).toBeUndefined()
  }))

it('a broker that stops waits until a change of a group is on the disk', () =>
  withConfig('store-clean', async (host) => {
    const groups = new SubscriptionGroups(host, settingsOf(host))
    groups.load()
    groups.find('G_NEW')
    await new Promise<void>((done) => groups.close(done))
    expect(text(host, 'store/config/subscriptionGroup.json')).toContain('"G_NEW"')
  }))

it('lines of changes of groups are read after the table: settings, what is forbidden, a deletion, and the version', () =>
  withConfig('store-clean', (host) => {
    const groups = new SubscriptionGroups(host, settingsOf(host))
    groups.load()
    const { counter } = groups.table().dataVersion
    const line = (more: number, change: object) =>
      `${JSON.stringify({ dataVersion: { counter: counter + more, stateVersion: 0, timestamp: 7 }, ...change })}\n`
    const config = { groupName: 'G_NEW', consumeEnable: false }
    const file = host.disk.open('store/config/subscriptionGroup.json.changes.3')
    const lines =
      line(0, { group: 'G_OLDER', config: { groupName: 'G_OLDER' }, forbidden: {} }) +
      line(1, { group: 'G_NEW', config, forbidden: { Orders: 4 } }) +
      line(2, { group: 'G_CONFIGURED', forbidden: {} }) +
      line(3, { group: 'G_RETRY', config: { groupName: 'G_RETRY' }, forbidden: { Orders: 4 } }) +
      line(4, { group: 'G_RETRY', config: { groupName: 'G_RETRY' }, forbidden: {} })
    host.disk.write(file, 0, Buffer.from(lines))
    host.disk.close(file)
    const read = new SubscriptionGroups(host, settingsOf(host))
    read.load()
    expect(read.table().dataVersion).toEqual({ counter: counter + 4, stateVersion: 0, timestamp: 7 })
    expect([read.get('G_OLDER'), read.get('G_CONFIGURED')]).toEqual([undefined, undefined])
    expect(read.get('G_NEW')?.consumeEnable).toBe(false)
    expect(['G_NEW', 'G_RETRY'].map((group) => read.mayRead(group, 'Orders'))).toEqual([false, true])
  }))

it('offsets of the delay levels, whose keys are bare numbers', () =>
  withConfig('store-clean', (host) => {
    const shape = record<{ offsetTable: Map<string, number> }>({ offsetTable: table(whole()) })
    const file = new ConfigFile(host, 'store/config/delayOffset.json', shape, () => ({}))
    expect(Object.fromEntries(file.load()!.offsetTable)).toEqual(recordedQueries('store-clean').expected.delayOffsets)
  }))

it('a file that was cut off is replaced by its .bak, and that is said', () =>
  withConfig('store-clean', (host) => {
    const path = 'store/config/consumerOffset.json'
    const file = host.disk.open(path)
    host.disk.resize(file, 100)
    host.disk.close(file)
    const said: string[] = []
    const trace = { on: false, emit() {}, log: (_level: string, line: string) => void said.push(line) }
    const heard = { ...host, disk: host.disk, clock: host.clock, trace } as Host
    const offsets = new ConsumerOffsetManager(heard, 'store/')
    offsets.load()
    expect(offsets.queryOffset('G_TAG', 'PlainTopic', 0)).toBe(11)
    expect(said.join()).toMatch(/consumerOffset\.json cannot be read .* it is kept as .*consumerOffset\.json\.damaged/)
  }))

it('a damaged file never takes the place of its good .bak: a crash in the middle of the next write finds that one', () =>
  withConfig('store-clean', async (host) => {
    const path = 'store/config/consumerOffset.json'
    const file = host.disk.open(path)
    host.disk.resize(file, 100)
    host.disk.close(file)
    const good = text(host, `${path}.bak`)
    const offsets = new ConsumerOffsetManager(host, 'store/')
    offsets.load()
    offsets.commitOffset('G_TAG', 'PlainTopic', 0, 12)
    await new Promise<void>((resolve) => offsets.close(() => resolve()))
    expect(JSON.parse(text(host, path)).offsetTable['PlainTopic@G_TAG'][0]).toBe(12)
    expect(text(host, `${path}.bak`), 'what the crash would have found').toBe(good)
    expect(host.disk.sizeBytes(`${path}.damaged`)).toBe(100)
  }))

it('what we write is strict JSON with quoted keys, and the file before it stays as .bak', () =>
  withConfig('store-clean', async (host) => {
    const path = 'store/config/consumerOffset.json'
    const before = text(host, path)
    const offsets = new ConsumerOffsetManager(host, 'store/')
    offsets.load()
    offsets.commitOffset('G_TAG', 'PlainTopic', 0, 12)
    await new Promise<void>((resolve) => offsets.close(() => resolve()))
    expect(JSON.parse(text(host, path)).offsetTable['PlainTopic@G_TAG']).toEqual({ 0: 12, 1: 8, 2: 7, 3: 5 })
    expect(text(host, `${path}.bak`)).toBe(before)
  }))

it('the system topics of a new broker, with their queues and permissions, as its settings say', () =>
  withConfig('store-clean', (host) => {
    for (const path of ['store/config/topics.json', 'store/config/topics.json.bak']) host.disk.remove(path)
    const given = (text: string) => {
      const config = brokerConfig(host, new Settings(parseProperties(text, 'this test'), 'this test'))
      const topics = new TopicConfigManager(host, config, () => {})
      topics.load()
      return topics
        .names()
        .map((name) => topics.get(name)!)
        .map(
          ({ topicName, readQueueNums, writeQueueNums, perm }) =>
            `${topicName} ${readQueueNums}/${writeQueueNums} ${perm}`,
        )
        .sort()
    }
    const usual = given('brokerName = b1\nbrokerClusterName = c1')
    expect(usual).toEqual([
      'BenchmarkTest 1024/1024 6',
      'OFFSET_MOVED_EVENT 1/1 6',
      'RMQ_SYS_TRANS_HALF_TOPIC 1/1 6',
      'RMQ_SYS_TRANS_OP_HALF_TOPIC 1/1 6',
      'SCHEDULE_TOPIC_XXXX 18/18 6',
      'SELF_TEST_TOPIC 1/1 6',
      'TBW102 8/8 7',
      'b1 1/1 7',
      'c1 16/16 7',
      'c1_REPLY_TOPIC 1/1 6',
      'rmq_sys_REVIVE_LOG_c1 8/8 6',
      'rmq_sys_wheel_timer 1/1 6',
    ])
    const other = given(
      [
        ...['brokerName = b1', 'brokerClusterName = c1', 'autoCreateTopicEnable = false', 'clusterTopicEnable = false'],
        ...['brokerTopicEnable = false', 'traceTopicEnable = true', 'reviveQueueNum = 3', 'messageDelayLevel = 1s 2s'],
      ].join('\n'),
    )
    expect(other.filter((line) => !usual.includes(line))).toEqual([
      'RMQ_SYS_TRACE_TOPIC 1/1 6',
      'SCHEDULE_TOPIC_XXXX 2/2 6',
      'b1 1/1 1',
      'c1 16/16 1',
      'rmq_sys_REVIVE_LOG_c1 3/3 6',
    ])
    expect(other.some((line) => line.startsWith('TBW102'))).toBe(false)
  }))

it('a slave that gets the offsets it has already writes nothing; others are written later', () =>
  withConfig('store-clean', (host) => {
    let timers = 0
    const clock = { nowMs: () => 0, monotonicMs: () => 0, cancel: () => {}, after: () => ++timers }
    const offsets = new ConsumerOffsetManager(
      { disk: host.disk, trace: host.trace, clock } as unknown as Host,
      'store/',
    )
    offsets.load()
    const dataVersion = { counter: 9, stateVersion: 0, timestamp: 9 }
    const table = () => {
      const { offsetTable } = offsets.toJson() as { offsetTable: Record<string, Record<string, number>> }
      return new Map(Object.entries(offsetTable).map(([key, queues]) => [key, new Map(Object.entries(queues))]))
    }
    offsets.adopt({ offsetTable: table(), dataVersion })
    expect(timers).toBe(0)
    const other = table()
    other.values().next().value!.set('0', 77)
    offsets.adopt({ offsetTable: other, dataVersion })
    expect(timers).toBe(1)
  }))
