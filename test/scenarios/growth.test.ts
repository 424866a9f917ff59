/**
 * Ordinary requests, many of them: a broker with tens of thousands of topics starts, serves and registers; what is refused
 * leaves nothing behind; and whoever orders something may use it at once.
 */
import { expect, it } from 'vitest'
import { makeTopicConfig, TopicConfigManager } from '../../reference/broker/topic-config-manager.ts'
import { TOPICS_MAX } from '../../reference/common/limits.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import type { Host } from '../../reference/host/host.ts'
import type { Program } from '../../reference/host/program.ts'
import { BROKER_TOPICS_MAX } from '../../reference/namesrv/limits.ts'
import { RouteInfoManager } from '../../reference/namesrv/route-info-manager.ts'
import { decodeJsonBody } from '../../reference/remoting/bodies/json-body.ts'
import { registerBrokerBodyShape } from '../../reference/remoting/bodies/topic-config.ts'
import type { Channel } from '../../reference/remoting/channel.ts'
import { SUCCESS } from '../../reference/remoting/remoting-command.ts'
import { RemotingServer } from '../../reference/remoting/remoting-server.ts'
import { RequestCode as code } from '../../reference/remoting/request-code.ts'
import { type Question, type Reply, withAsker } from '../support/asker.ts'
import { inSimulation, NAMESRV, startBroker, startCluster } from '../support/sim.ts'

const LIMIT_MS = 120_000
const NAMESRV_ADDRESS = 'namesrv:9876'
const create = (topic: string, perm = 6): Question => ({
  code: code.UPDATE_AND_CREATE_TOPIC,
  fields: { topic, readQueueNums: 4, writeQueueNums: 4, perm, order: false },
})
const route = (topic: string): Question => ({
  to: NAMESRV_ADDRESS,
  code: code.GET_ROUTEINFO_BY_TOPIC,
  fields: { topic },
})
const send = (topic: string, more: Question['fields'] = {}): Question => ({
  code: code.SEND_MESSAGE,
  fields: {
    ...{ producerGroup: 'P', topic, defaultTopic: 'TBW102', defaultTopicQueueNums: 4, queueId: 0 },
    ...{ sysFlag: 0, bornTimestamp: 1, flag: 0, ...more },
  },
  body: 'body',
})
const topicsOf = async (ask: (question: Question) => Promise<Reply>) =>
  Object.keys(JSON.parse((await ask({ code: code.GET_ALL_TOPIC_CONFIG })).body).topicConfigTable)

/** Puts a table of topics with long names on the broker's disk before it starts. */
async function fill(cluster: Cluster, count: number): Promise<string[]> {
  const names = Array.from({ length: count }, (_, i) => `topic-${i}-${'x'.repeat(90)}`)
  const table = Object.fromEntries(names.map((name) => [name, makeTopicConfig(name, 4)]))
  const dataVersion = { counter: 7, stateVersion: 0, timestamp: 7 }
  const text = JSON.stringify({ dataVersion, topicConfigTable: table })
  await cluster.writeFile('broker-a', 'store/config/topics.json', new TextEncoder().encode(text))
  return names
}

it('a topic is created, sixty times, and its route is there at once; a change of permission shows, a deleted topic stays away', () =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'] })
    const missed: string[] = []
    for (let i = 0; i < 60; i++) {
      const topic = `T${i}`
      expect((await ask(create(topic))).code).toBe(0)
      if ((await ask(route(topic))).code !== 0) missed.push(`${topic} is not there`)
      expect((await ask(create(topic, 4))).code).toBe(0)
      if (!(await ask(route(topic))).body.includes('"perm":4')) missed.push(`${topic} may still be written`)
      expect((await ask({ code: code.DELETE_TOPIC_IN_BROKER, fields: { topic } })).code).toBe(0)
      await ask({ to: NAMESRV_ADDRESS, code: code.DELETE_TOPIC_IN_NAMESRV, fields: { topic } })
      await cluster.sleep(20)
      if ((await ask(route(topic))).code === 0) missed.push(`${topic} is back`)
      expect((await ask(send(`Made${i}`))).code).toBe(0)
      if ((await ask(route(`Made${i}`))).code !== 0) missed.push(`Made${i} is not there`)
    }
    expect(missed).toEqual([])
  }))

it('what was ordered outlives a power cut right after the answer', () =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'] })
    for (let i = 0; i < 5; i++) {
      expect((await ask(create(`T${i}`))).code).toBe(0)
      const group = { code: code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: JSON.stringify({ groupName: `G${i}` }) }
      expect((await ask(group)).code).toBe(0)
      await cluster.powerCut('broker-a')
      await cluster.restart('broker-a')
      expect((await ask({ code: code.GET_TOPIC_CONFIG, fields: { topic: `T${i}` } })).code).toBe(0)
      expect((await ask({ code: code.GET_SUBSCRIPTIONGROUP_CONFIG, fields: { group: `G${i}` } })).code).toBe(0)
    }
  }))

it('a NameServer that is silent holds an order up for two seconds, no longer', () =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'] })
    await cluster.inject({ kind: 'pause', node: 'namesrv' })
    const startedMs = cluster.nowMs()
    expect((await ask(create('T'))).code).toBe(0)
    expect(cluster.nowMs() - startedMs).toBeGreaterThanOrEqual(2_000)
    expect(cluster.nowMs() - startedMs).toBeLessThan(2_500)
  }))

it(
  'a broker with 60,000 topics starts, registers all of them, makes more, and starts again',
  () =>
    withAsker(async (cluster, ask) => {
      await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
      await startBroker(cluster, 'broker-a').then(() => cluster.stop('broker-a'))
      const names = await fill(cluster, 60_000)
      await cluster.restart('broker-a')
      for (const name of [names[0]!, names.at(-1)!]) expect((await ask(route(name))).code).toBe(0)
      expect((await ask(create('OneMore'))).code).toBe(0)
      expect((await ask(route('OneMore'))).code).toBe(0)
      const all = await ask({ code: code.GET_ALL_TOPIC_CONFIG })
      expect([all.code, all.remark]).toEqual([
        1,
        expect.stringMatching(/GET_ALL_TOPIC_CONFIG is a frame of .* over the limit/),
      ])
      await cluster.kill('broker-a')
      await cluster.restart('broker-a')
      expect((await ask({ code: code.GET_TOPIC_CONFIG, fields: { topic: 'OneMore' } })).code).toBe(0)
      expect((await ask(route('OneMore'))).code).toBe(0)
    }),
  LIMIT_MS,
)

it(
  'heartbeats that name thousands of groups make their topics, and the broker starts again',
  () =>
    withAsker(async (cluster, ask) => {
      await startCluster(cluster, { brokers: ['broker-a'] })
      for (let i = 0; i < 2; i++) {
        const groups = Array.from({ length: 5_000 }, (_, g) => ({ groupName: `G${i}-${g}-${'x'.repeat(90)}` }))
        const body = JSON.stringify({ clientID: `c${i}`, producerDataSet: [], consumerDataSet: groups })
        expect((await ask({ code: code.HEART_BEAT, body })).code).toBe(0)
      }
      await cluster.kill('broker-a')
      await cluster.restart('broker-a')
      const last = `%RETRY%G1-4999-${'x'.repeat(90)}`
      expect((await ask(route(last))).code).toBe(0)
      expect((await ask(send('Honest'))).code).toBe(0)
    }),
  LIMIT_MS,
)

it('what is refused makes no topic and no group', () =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'], settings: ['autoCreateSubscriptionGroup=false'] })
    const before = await topicsOf(ask)
    const offset = { consumerGroup: 'nobody', topic: 'Orders', queueId: 0, commitOffset: 0 }
    const refused: readonly Question[] = [
      send('%RETRY%nobody'),
      send('%RETRY%TOOLS_CONSUMER', { batch: true }),
      send('New', { queueId: 99 }),
      send('New', { sysFlag: 4 }),
      send('New', { properties: 'DELAY\u0001soon\u0002' }),
      { ...send('New', { batch: true }), body: 'no batch' },
      { code: code.CONSUMER_SEND_MSG_BACK, fields: { group: 'TOOLS_CONSUMER', offset: 1_000_000, delayLevel: -1 } },
      { code: code.UPDATE_CONSUMER_OFFSET, fields: offset },
      {
        code: code.HEART_BEAT,
        body: '{"clientID":"c","consumerDataSet":[{"groupName":"TOOLS_CONSUMER"},{"groupName":"a b"}]}',
      },
    ]
    for (const question of refused)
      expect((await ask(question)).code, JSON.stringify(question).slice(0, 120)).not.toBe(0)
    expect(await topicsOf(ask)).toEqual(before)
  }))

it('a request that fits in no frame is an error of the call, and the next one is answered', () =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'] })
    const large = { ...send('Orders'), body: 'x'.repeat(17 * 1024 * 1024) }
    await expect(ask(large)).rejects.toThrow(/SEND_MESSAGE to .*:10911: a frame of .* bytes is over the limit/)
    expect((await ask(send('Orders'))).code).toBe(0)
  }))

it('a heartbeat with too many subscriptions is refused with a sentence, and its group is not made', () =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'] })
    const subscriptionDataSet = Array.from({ length: 10_001 }, (_, i) => ({ topic: `T${i}` }))
    const body = JSON.stringify({ clientID: 'c', consumerDataSet: [{ groupName: 'g', subscriptionDataSet }] })
    const answer = await ask({ code: code.HEART_BEAT, body })
    expect(answer.code).toBe(1)
    expect(answer.remark).toContain('subscriptionDataSet: expected at most 10000 entries, not 10001')
    expect((await ask({ code: code.GET_SUBSCRIPTIONGROUP_CONFIG, fields: { group: 'g' } })).code).not.toBe(0)
  }))

it('a heartbeat makes the retry topic of any group that exists, with as many queues as its setting says', () =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'] })
    const queuesAfter = async (groupName: string, consumer: object) => {
      const body = JSON.stringify({ clientID: 'c', consumerDataSet: [{ groupName, ...consumer }] })
      expect((await ask({ code: code.HEART_BEAT, body })).code).toBe(0)
      const topic = `%RETRY%${groupName}`
      return JSON.parse((await ask({ code: code.GET_TOPIC_CONFIG, fields: { topic } })).body).readQueueNums
    }
    const stopped = JSON.stringify({ groupName: 'stopped', consumeEnable: false, retryQueueNums: 3 })
    expect((await ask({ code: code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: stopped })).code).toBe(0)
    expect(await queuesAfter('stopped', {})).toBe(3)
    expect(await queuesAfter('everyone', { messageModel: 'BROADCASTING' })).toBe(1)
  }))

it('an offset is stored only for a queue that exists, and not beyond its end', () =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'], queues: 2 })
    expect((await ask(send('Orders'))).code).toBe(0)
    const group = { code: code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: JSON.stringify({ groupName: 'g' }) }
    expect((await ask(group)).code).toBe(0)
    const commit = (queueId: number, commitOffset: number) =>
      ask({ code: code.UPDATE_CONSUMER_OFFSET, fields: { consumerGroup: 'g', topic: 'Orders', queueId, commitOffset } })
    for (const [queueId, offset] of [
      [-7, 0],
      [2, 0],
      [0, -5],
      [0, 2],
      [1, 1],
    ] as const)
      expect((await commit(queueId, offset)).code, `queue ${queueId}, offset ${offset}`).toBe(29)
    for (const [queueId, offset] of [
      [0, 1],
      [0, 0],
      [1, 0],
    ] as const)
      expect((await commit(queueId, offset)).code).toBe(0)
  }))

it(
  'the work of a creation does not grow with the table',
  async () => {
    const work = async (topics: number) => {
      let bytes = 0
      await withAsker(async (cluster, ask) => {
        await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
        await startBroker(cluster, 'broker-a').then(() => cluster.stop('broker-a'))
        await fill(cluster, topics)
        await cluster.restart('broker-a')
        const from = cluster.events.length
        for (let i = 0; i < 20; i++) expect((await ask(create(`T${i}`))).code).toBe(0)
        for (const event of cluster.events.slice(from))
          if (event.node === 'broker-a' && (event.kind === 'disk.written' || event.kind === 'net.sent'))
            bytes += event.sizeBytes
      }, true)
      return bytes
    }
    const [few, many] = [await work(10), await work(5_000)]
    expect(many, `${few} bytes at 10 topics, ${many} at 5,000`).toBeLessThan(3 * few)
  },
  LIMIT_MS,
)

it('no way leads beyond the greatest number of topics', () => {
  const disk = { sizeBytes: () => -1, list: () => [] }
  const trace = { on: false, emit() {}, log() {} }
  const clock = { nowMs: () => 1, after: () => 1 }
  const files = { open: () => 1, resize() {}, write() {}, sync() {}, close() {} }
  const host = { disk: { ...disk, ...files }, trace, clock } as unknown as Host
  const topics = new TopicConfigManager(host, { storePathRootDir: '', autoCreateTopicEnable: true } as never, () => {})
  let made = 0
  for (let i = 0; i < TOPICS_MAX; i++) if (topics.createPlain(`T${i}`, 1) !== undefined) made++
  expect(made).toBe(TOPICS_MAX)
  expect(topics.createPlain('OneMore', 1)).toBeUndefined()
  expect(() => topics.update(makeTopicConfig('OneMore', 1))).toThrow(/already has 100000 topics/)
  expect(() => topics.topicForSend('%RETRY%g', 'TBW102', 4)).toThrow(/already has 100000 topics/)
  expect(topics.createPlain('T0', 1)).toBeDefined()
})

/** A NameServer as 4.9 has it: a table counts only from a broker that is new, or with another version than the last one. */
const namesrv49: Program = (host, _args, signals) => {
  let version = ''
  let topics = new Set<string>()
  const registered = new Map([
    [
      code.REGISTER_BROKER,
      (request: { body?: Uint8Array | undefined }) => {
        const { dataVersion, topicConfigTable } = decodeJsonBody('body', request.body, registerBrokerBodyShape)
        if (JSON.stringify(dataVersion) !== version) topics = new Set([...topics, ...topicConfigTable.keys()])
        version = JSON.stringify(dataVersion)
        return SUCCESS
      },
    ],
    [code.QUERY_DATA_VERSION, () => ({ ...SUCCESS, extFields: { changed: String(version === '') } })],
  ])
  const server = new RemotingServer(host, registered as never, {
    onListening: () => signals.ready(),
    onFailed: (sentence) => signals.failed(sentence),
  })
  host.application.serve((_name, _text, answer) => answer(String(topics.size)))
  server.listen('namesrv:9876')
  return {
    stop(done) {
      server.close()
      host.clock.after(0, done)
    },
  }
}

it(
  'a NameServer of 4.9 learns every part of a large table, also when it has begun anew and a topic came first',
  async () => {
    await inSimulation(
      3,
      async (cluster) => {
        await cluster.start({ name: 'namesrv', program: 'namesrv49', args: [] })
        await startBroker(cluster, 'broker-a').then(() => cluster.stop('broker-a'))
        await fill(cluster, 3_000)
        await cluster.restart('broker-a')
        await cluster.start({ name: 'shop', program: 'raw-client', args: [NAMESRV] })
        const known = async () => Number(await cluster.call('namesrv', 'count', ''))
        const all = await known()
        expect(all).toBeGreaterThan(3_000)
        await cluster.kill('namesrv')
        await cluster.restart('namesrv')
        await cluster.call(
          'shop',
          'invoke',
          JSON.stringify({ code: code.UPDATE_AND_CREATE_TOPIC, extFields: create('First').fields }),
        )
        await cluster.sleep(40_000)
        expect(await known()).toBe(all + 1)
      },
      { namesrv49: { program: namesrv49, usesPromises: false } },
    )
  },
  LIMIT_MS,
)

it('equal queues of a broker are one object in a NameServer, and too many topics are refused with a sentence', () => {
  const routes = new RouteInfoManager()
  const who = { brokerName: 'b', clusterName: 'c', brokerAddr: 'b:1', brokerId: 0 }
  const body = (from: number, count: number) => ({
    dataVersion: { counter: from, stateVersion: 0, timestamp: 1 },
    topicConfigTable: new Map(
      Array.from({ length: count }, (_, i) => [`T${from + i}`, makeTopicConfig(`T${from + i}`, 4)] as const),
    ),
  })
  const from = { channel: {} as Channel, haServerAddr: '', heartbeatTimeoutMs: 0 }
  expect(routes.refusalOf(who, body(0, 2))).toBeUndefined()
  routes.registerBroker(who, from, body(0, 2), 0)
  const dataOf = (topic: string) => routes.pickupTopicRouteData(topic)!.queueDatas[0]
  expect(dataOf('T0')).toBe(dataOf('T1'))
  expect(routes.refusalOf(who, body(2, BROKER_TOPICS_MAX))?.message).toMatch(
    /b would have 100002 topics; a broker may have 100000/,
  )
  expect(routes.refusalOf(who, body(0, BROKER_TOPICS_MAX))).toBeUndefined()
  routes.unregisterBroker(who)
  expect(routes.allTopics()).toEqual([])
})
