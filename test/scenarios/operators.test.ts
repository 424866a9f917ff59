/**
 * What an operator asks and orders, request by request: each test is one family of `reference/broker/processors/admin-broker.ts`. Answers are
 * looked at as they are on the wire.
 */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { RequestCode as code } from '../../reference/remoting/request-code.ts'
import { type Question, type Reply, withAsker } from '../support/asker.ts'
import { keysOf, sendMany, startCluster, startConsumer, startProducer } from '../support/sim.ts'

type Ask = (question: Question) => Promise<Reply>

/** One broker with the topic Orders of two queues, ten messages, and the group billing, which has consumed them. */
function consumed(script: (cluster: Cluster, ask: Ask) => Promise<void>, settings: readonly string[] = []) {
  return withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'], queues: 2, settings })
    await startProducer(cluster)
    await sendMany(cluster, 'k', 10)
    await startConsumer(cluster, 'billing-1', 'billing')
    await cluster.sleep(40_000)
    expect(keysOf(cluster, 'billing')).toHaveLength(10)
    await script(cluster, ask)
  })
}

async function restart(cluster: Cluster): Promise<void> {
  await cluster.stop('broker-a')
  await cluster.restart('broker-a')
}

const json = (reply: Reply) => JSON.parse(reply.body)
const queue = (queueId: number) => `{"brokerName":"broker-a","queueId":${queueId},"topic":"Orders"}`
const pull = (fields: Question['fields']): Question => ({
  code: code.PULL_MESSAGE,
  fields: {
    consumerGroup: 'billing',
    topic: 'Orders',
    queueId: 0,
    queueOffset: 0,
    maxMsgNums: 32,
    sysFlag: 4,
    subscription: '*',
    ...fields,
  },
})
const offsetOf = (ask: Ask, queueId: number, consumerGroup = 'billing') =>
  ask({
    code: code.QUERY_CONSUMER_OFFSET,
    fields: { consumerGroup, topic: 'Orders', queueId, setZeroIfNotFound: false },
  })

describe('topics', () => {
  const made = { topic: 'Made', readQueueNums: 3, writeQueueNums: 3, perm: 6, order: true }

  it('are made, shown, and outlive a restart with their attributes', () =>
    withAsker(async (cluster, ask) => {
      await startCluster(cluster, { brokers: ['broker-a'] })
      const fields = { ...made, attributes: '+message.type=FIFO' }
      expect((await ask({ code: code.UPDATE_AND_CREATE_TOPIC, fields })).code).toBe(0)
      await restart(cluster)
      const shown = await ask({ code: code.GET_TOPIC_CONFIG, fields: { topic: 'Made' } })
      expect(json(shown)).toMatchObject({ readQueueNums: 3, order: true, attributes: { 'message.type': 'FIFO' } })
      expect(json(await ask({ code: code.GET_ALL_TOPIC_CONFIG })).topicConfigTable).toHaveProperty('Made')
      const without = { ...made, attributes: '-message.type' }
      await ask({ code: code.UPDATE_AND_CREATE_TOPIC, fields: without })
      expect(json(await ask({ code: code.GET_TOPIC_CONFIG, fields: { topic: 'Made' } })).attributes).toEqual({})
    }))

  it('have the usual settings where nothing was said', () =>
    withAsker(async (cluster, ask) => {
      await startCluster(cluster, { brokers: ['broker-a'] })
      const fields = { topic: 'Plain', readQueueNums: 3, writeQueueNums: 2, perm: 6 }
      await ask({ code: code.UPDATE_AND_CREATE_TOPIC, fields })
      expect(json(await ask({ code: code.GET_TOPIC_CONFIG, fields: { topic: 'Plain' } }))).toEqual({
        ...{ topicName: 'Plain', readQueueNums: 3, writeQueueNums: 2, perm: 6 },
        ...{ topicFilterType: 'SINGLE_TAG', topicSysFlag: 0, order: false, attributes: {} },
      })
      await ask({ code: code.UPDATE_AND_CREATE_TOPIC, fields: { ...fields, topicSysFlag: 2, order: true } })
      const changed = json(await ask({ code: code.GET_TOPIC_CONFIG, fields: { topic: 'Plain' } }))
      expect(changed).toMatchObject({ topicSysFlag: 2, order: true })
    }))

  it('are refused with a sentence when they cannot be; of a list all or none', () =>
    withAsker(async (cluster, ask) => {
      await startCluster(cluster, { brokers: ['broker-a'] })
      const refused = async (fields: object) =>
        ask({ code: code.UPDATE_AND_CREATE_TOPIC, fields: { ...made, ...fields } })
      expect(await refused({ perm: 8 })).toMatchObject({ code: 29, remark: expect.stringContaining('perm is 8') })
      expect(await refused({ topic: 'a/b' })).toMatchObject({ code: 29 })
      expect(await refused({ topic: 'TBW102' })).toMatchObject({ code: 29, remark: expect.stringContaining('system') })
      expect(await refused({ attributes: '+color=red' })).toMatchObject({ remark: expect.stringContaining('color') })
      const list = JSON.stringify({ topicConfigList: [{ topicName: 'Good' }, { topicName: 'b a d' }] })
      expect((await ask({ code: code.UPDATE_AND_CREATE_TOPIC_LIST, body: list })).code).toBe(29)
      expect((await ask({ code: code.GET_TOPIC_CONFIG, fields: { topic: 'Good' } })).code).toBe(17)
      const good = JSON.stringify({ topicConfigList: [{ topicName: 'Good' }, { topicName: 'Also' }] })
      expect((await ask({ code: code.UPDATE_AND_CREATE_TOPIC_LIST, body: good })).code).toBe(0)
      expect((await ask({ code: code.GET_TOPIC_CONFIG, fields: { topic: 'Also' } })).code).toBe(0)
    }))

  it('that are deleted lose queues and offsets; one of the same name begins anew, also after a restart', () =>
    consumed(async (cluster, ask) => {
      await cluster.stop('billing-1')
      expect((await ask({ code: code.DELETE_TOPIC_IN_BROKER, fields: { topic: 'Orders' } })).code).toBe(0)
      expect((await ask(pull({}))).code).toBe(17)
      expect((await offsetOf(ask, 0)).code).toBe(22)
      const again = { topic: 'Orders', readQueueNums: 1, writeQueueNums: 1, perm: 6 }
      await ask({ code: code.UPDATE_AND_CREATE_TOPIC, fields: again })
      await cluster.sleep(31_000) // the producer learns of it
      expect(await sendMany(cluster, 'new', 3)).toHaveLength(3)
      for (const how of ['stop', 'kill'] as const) {
        expect((await ask(pull({}))).fields, how).toMatchObject({
          minOffset: '0',
          maxOffset: '3',
          nextBeginOffset: '3',
        })
        await (how === 'kill' ? cluster.kill('broker-a') : cluster.stop('broker-a'))
        await cluster.restart('broker-a')
      }
      expect((await ask(pull({}))).fields).toMatchObject({ minOffset: '0', maxOffset: '3' })
    }))
})

describe('groups', () => {
  it('are made with what was asked, outlive a restart, and go with their offsets', () =>
    consumed(async (cluster, ask) => {
      await cluster.stop('billing-1')
      const body = JSON.stringify({ groupName: 'billing', retryMaxTimes: 3, consumeBroadcastEnable: false, odd: 1 })
      expect((await ask({ code: code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body })).code).toBe(0)
      await restart(cluster)
      const shown = json(await ask({ code: code.GET_SUBSCRIPTIONGROUP_CONFIG, fields: { group: 'billing' } }))
      expect(shown).toMatchObject({ retryMaxTimes: 3, consumeBroadcastEnable: false, retryQueueNums: 1, brokerId: 0 })
      const all = json(await ask({ code: code.GET_ALL_SUBSCRIPTIONGROUP_CONFIG }))
      expect(all.subscriptionGroupTable).toHaveProperty('TOOLS_CONSUMER')
      for (const name of ['cleanOffset', 'removeOffset']) {
        await ask({ code: code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: JSON.stringify({ groupName: 'g' }) })
        await ask({
          code: code.UPDATE_CONSUMER_OFFSET,
          fields: { consumerGroup: 'g', topic: 'Orders', queueId: 0, commitOffset: 2 },
        })
        await ask({ code: code.DELETE_SUBSCRIPTIONGROUP, fields: { groupName: 'g' } })
        expect((await offsetOf(ask, 0, 'g')).fields).toEqual({ offset: '2' })
        await ask({ code: code.DELETE_SUBSCRIPTIONGROUP, fields: { groupName: 'g', [name]: true } })
        expect((await offsetOf(ask, 0, 'g')).code, name).toBe(22)
      }
      expect((await ask({ code: code.GET_SUBSCRIPTIONGROUP_CONFIG, fields: { group: 'g' } })).code).toBe(26)
    }))

  it('may be kept from consuming, or from one topic', () =>
    consumed(async (_cluster, ask) => {
      const off = JSON.stringify({ groupName: 'billing', consumeEnable: false })
      await ask({ code: code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: off })
      expect(await ask(pull({}))).toMatchObject({ code: 16, fields: { forbiddenType: '2' } })
      const on = JSON.stringify({ groupName: 'billing' })
      await ask({ code: code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: on })
      const forbid = { group: 'billing', topic: 'Orders', readable: false }
      expect(json(await ask({ code: code.UPDATE_AND_GET_GROUP_FORBIDDEN, fields: forbid })).readable).toBe(false)
      expect(await ask(pull({ sysFlag: 0, subVersion: 0 }))).toMatchObject({ code: 16, fields: { forbiddenType: '5' } })
      await ask({ code: code.UPDATE_AND_GET_GROUP_FORBIDDEN, fields: { ...forbid, readable: true } })
      expect((await ask(pull({ sysFlag: 0, subVersion: 0 }))).code).toBe(0)
    }))
})

it('where topics and groups stand: offsets, times, and who consumes what', () =>
  consumed(async (_cluster, ask) => {
    const topic = { topic: 'Orders' }
    const stats = json(await ask({ code: code.GET_TOPIC_STATS_INFO, fields: topic }))
    expect(stats.offsetTable[queue(0)]).toMatchObject({ minOffset: 0, maxOffset: 5 })
    const consume = json(
      await ask({ code: code.GET_CONSUME_STATS, fields: { consumerGroup: 'billing', topic: 'Orders' } }),
    )
    expect(consume.offsetTable[queue(1)]).toMatchObject({ brokerOffset: 5, consumerOffset: 5 })
    expect(consume.offsetTable[queue(1)].lastTimestamp).toBeGreaterThan(0)
    const all = json(await ask({ code: code.GET_BROKER_CONSUME_STATS, fields: { isOrder: false } }))
    const billing = all.consumeStatsList.find((entry: object) => 'billing' in entry).billing
    expect([billing.length, all.totalDiff]).toEqual([2, 0]) // Orders, and its retry topic
    const spans = json(await ask({ code: code.QUERY_CONSUME_TIME_SPAN, fields: { ...topic, group: 'billing' } }))
    expect(spans.consumeTimeSpanSet).toHaveLength(2)
    expect(spans.consumeTimeSpanSet[0].consumeTimeStamp).toBe(spans.consumeTimeSpanSet[0].maxTimeStamp)
    expect(json(await ask({ code: code.QUERY_TOPIC_CONSUME_BY_WHO, fields: topic })).groupList).toEqual(['billing'])
    const topics = json(await ask({ code: code.QUERY_TOPICS_BY_CONSUMER, fields: { group: 'billing' } }))
    expect(topics.topicList).toContain('Orders')
    const subscription = await ask({
      code: code.QUERY_SUBSCRIPTION_BY_CONSUMER,
      fields: { ...topic, group: 'billing' },
    })
    expect(json(subscription).subscriptionData).toMatchObject({ subString: '*' })
    const entries = await ask({ code: code.QUERY_CONSUME_QUEUE, fields: { ...topic, queueId: 0, index: 3, count: 9 } })
    expect(json(entries)).toMatchObject({ minQueueIndex: 0, maxQueueIndex: 5, queueData: [{}, {}] })
    const earliest = await ask({ code: code.GET_EARLIEST_MSG_STORETIME, fields: { ...topic, queueId: 0 } })
    expect(Number(earliest.fields['timestamp'])).toBe(spans.consumeTimeSpanSet[0].minTimeStamp)
    const early = { ...topic, queueId: 0, timestamp: 0, boundaryType: 'upper' }
    expect((await ask({ code: code.SEARCH_OFFSET_BY_TIMESTAMP, fields: early })).fields).toEqual({ offset: '0' })
    const late = { ...topic, queueId: 0, timestamp: Number.MAX_SAFE_INTEGER, boundaryType: 'upper' }
    expect((await ask({ code: code.SEARCH_OFFSET_BY_TIMESTAMP, fields: late })).fields).toEqual({ offset: '4' })
  }))

it('offsets are copied from group to group, compared, and given to slaves as they are', () =>
  consumed(async (_cluster, ask) => {
    const fields = { srcGroup: 'billing', destGroup: 'copy', topic: 'Orders' }
    expect((await ask({ code: code.CLONE_GROUP_OFFSET, fields })).code).toBe(0)
    expect((await offsetOf(ask, 1, 'copy')).fields).toEqual({ offset: '5' })
    const behind = { consumerGroup: 'behind', topic: 'Orders', queueId: 0, commitOffset: 2 }
    expect((await ask({ code: code.UPDATE_CONSUMER_OFFSET, fields: behind })).code).toBe(26)
    await ask({ code: code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: JSON.stringify({ groupName: 'behind' }) })
    await ask({ code: code.UPDATE_CONSUMER_OFFSET, fields: behind })
    const compare = { compareGroup: 'copy', topic: 'Orders', filterGroups: '' }
    const correction = json(await ask({ code: code.QUERY_CORRECTION_OFFSET, fields: compare }))
    expect(correction.correctionOffsets).toEqual({ 0: 2, 1: 5 })
    const table = json(await ask({ code: code.GET_ALL_CONSUMER_OFFSET }))
    expect(table.offsetTable).toMatchObject({ 'Orders@copy': { 0: 5, 1: 5 }, 'Orders@behind': { 0: 2 } })
    expect(json(await ask({ code: code.GET_ALL_DELAY_OFFSET }))).toHaveProperty('offsetTable')
  }))

describe('a reset', () => {
  const reset = (more: object = {}): Question => ({
    code: code.INVOKE_BROKER_TO_RESET_OFFSET,
    fields: { topic: 'Orders', group: 'billing', timestamp: 0, isForce: true, ...more },
  })

  it('brings every message once more to a consumer that is running, which needs no restart', () =>
    consumed(async (cluster, ask) => {
      expect(json(await ask(reset())).offsetTable).toEqual({ [queue(0)]: 0, [queue(1)]: 0 })
      await cluster.sleep(5_000)
      expect(keysOf(cluster, 'billing')).toHaveLength(20)
      await cluster.sleep(10_000)
      expect((await offsetOf(ask, 0)).fields).toEqual({ offset: '5' })
    }))

  it('holds against commits until the next pull has been told, over a restart too', () =>
    consumed(async (cluster, ask) => {
      await cluster.stop('billing-1')
      expect((await ask(reset({ queueId: 1, offset: 2 }))).code).toBe(0)
      const commit = { consumerGroup: 'billing', topic: 'Orders', queueId: 1, commitOffset: 5 }
      const ignored = await ask({ code: code.UPDATE_CONSUMER_OFFSET, fields: commit })
      expect(ignored).toMatchObject({ code: 0, remark: 'Offset has been previously reset' })
      await restart(cluster)
      await ask({ code: code.UPDATE_CONSUMER_OFFSET, fields: commit })
      expect((await offsetOf(ask, 1)).fields).toEqual({ offset: '2' })
      const told = await ask(pull({ queueId: 1, queueOffset: 5 }))
      expect(told).toMatchObject({ code: 21, remark: 'OFFSET_RESET', fields: { nextBeginOffset: '2' } })
      await ask({ code: code.UPDATE_CONSUMER_OFFSET, fields: commit })
      expect((await offsetOf(ask, 1)).fields).toEqual({ offset: '5' })
    }))

  it('is refused with a sentence: unknown topic, unknown group, an offset beyond the queue', () =>
    consumed(async (_cluster, ask) => {
      expect(await ask(reset({ topic: 'None' }))).toMatchObject({ code: 17, remark: 'Topic None does not exist' })
      expect((await ask(reset({ group: 'None' }))).code).toBe(26)
      const beyond = await ask(reset({ queueId: 0, offset: 6 }))
      expect(beyond).toMatchObject({ code: 1, remark: 'Target offset 6 not in consume queue range [0-5]' })
    }))

  it('as 4.9 did it is pushed to consumers, which must be online', () =>
    consumed(
      async (cluster, ask) => {
        expect(json(await ask(reset())).offsetTable).toEqual({ [queue(0)]: 0, [queue(1)]: 0 })
        await cluster.stop('billing-1')
        expect((await ask(reset())).code).toBe(206)
      },
      ['useServerSideResetOffset=false'],
    ))
})

it('who is connected: consumers, producers, and a consumer that is not there', () =>
  consumed(async (_cluster, ask) => {
    const members = json(await ask({ code: code.GET_CONSUMER_CONNECTION_LIST, fields: { consumerGroup: 'billing' } }))
    expect(members).toMatchObject({ messageModel: 'CLUSTERING', connectionSet: [{ language: 'OTHER', version: 479 }] })
    const producers = json(await ask({ code: code.GET_ALL_PRODUCER_INFO })).data
    const [group] = Object.keys(producers)
    const connections = await ask({ code: code.GET_PRODUCER_CONNECTION_LIST, fields: { producerGroup: group! } })
    expect(json(connections).connectionSet.length).toBe(producers[group!].length)
    expect((await ask({ code: code.GET_PRODUCER_CONNECTION_LIST, fields: { producerGroup: 'none' } })).code).toBe(1)
    const nobody = { consumerGroup: 'billing', clientId: 'nobody' }
    expect(await ask({ code: code.GET_CONSUMER_RUNNING_INFO, fields: nobody })).toMatchObject({
      code: 1,
      remark: 'The Consumer <billing> <nobody> not online',
    })
    expect(await ask({ code: code.CONSUME_MESSAGE_DIRECTLY, fields: { ...nobody, msgId: 'x' } })).toMatchObject({
      code: 1,
      remark: 'msgId is "x"; it must be an offset message id',
    })
  }))

it('numbers: what was put and got, today and lately', () =>
  consumed(async (cluster, ask) => {
    const { table } = json(await ask({ code: code.GET_BROKER_RUNTIME_INFO }))
    expect(table).toMatchObject({ msgPutTotalTodayNow: '10', msgGetTotalTodayNow: '10', putMessageTimesTotal: '10' })
    expect(Number(table.putTps.split(' ')[1])).toBeGreaterThan(0.1)
    expect(Number(table.putTps.split(' ')[0])).toBe(0) // ten seconds ago is long ago
    expect(Number(table.earliestMessageTimeStamp)).toBeGreaterThan(0)
    const puts = { statsName: 'TOPIC_PUT_NUMS', statsKey: 'Orders' }
    expect(json(await ask({ code: code.VIEW_BROKER_STATS_DATA, fields: puts })).statsHour.sum).toBe(10)
    const gets = { statsName: 'GROUP_GET_NUMS', statsKey: 'Orders@billing' }
    expect(json(await ask({ code: code.VIEW_BROKER_STATS_DATA, fields: gets })).statsDay.sum).toBe(10)
    expect((await ask({ code: code.VIEW_BROKER_STATS_DATA, fields: { ...gets, statsKey: 'none' } })).code).toBe(1)
    await cluster.sleep(24 * 3_600_000)
    const tomorrow = json(await ask({ code: code.GET_BROKER_RUNTIME_INFO })).table
    expect(tomorrow.runtime).toMatch(/^\[ 1 days, 0 hours, \d minutes, \d+ seconds \]$/)
    expect(tomorrow).toMatchObject({ msgPutTotalTodayMorning: '10', msgPutTotalYesterdayMorning: '0' })
    expect(Number(tomorrow.putTps.split(' ')[2])).toBe(0)
  }))

describe('settings', () => {
  it('are shown, and changed if they are on the list; all of an order or nothing', () =>
    withAsker(async (cluster, ask) => {
      await startCluster(cluster, { brokers: ['broker-a'] })
      const update = (body: string) => ask({ code: code.UPDATE_BROKER_CONFIG, body })
      const shown = async () => (await ask({ code: code.GET_BROKER_CONFIG })).body
      expect(await shown()).toContain('fileReservedTime=72\n')
      expect((await update('fileReservedTime=10\nautoCreateTopicEnable=true')).code).toBe(0)
      expect((await update('fileReservedTime=11\nunknownToUs=1')).code).toBe(29)
      expect(await shown()).toContain('fileReservedTime=10\n')
      expect((await update('fileReservedTime=20\nstorePathRootDir=/etc')).code).toBe(16)
      expect((await update('fileReservedTime=20\nbrokerConfigPath=/etc/x')).code).toBe(16)
      expect(await update('fileReservedTime=soon')).toMatchObject({ code: 1, remark: expect.stringContaining('soon') })
      expect(await shown()).toContain('fileReservedTime=10\n')
      await update('autoCreateTopicEnable=false')
      await startProducer(cluster)
      await expect(cluster.produce('shop', { topic: 'Unknown', key: 'k', body: 'x' })).resolves.not.toMatchObject({
        status: 'SEND_OK',
      })
    }))

  it.each(['broker-a:10911', 'namesrv:9876'])('%s takes no orders when others can reach it', (to) =>
    withAsker(async (cluster, ask) => {
      await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876', 'bindAddress=0.0.0.0'] })
      const broker = ['namesrvAddr=namesrv:9876', 'listenPort=10911', 'bindAddress=0.0.0.0', 'brokerIP1=broker-a']
      await cluster.start({ name: 'broker-a', program: 'broker', args: broker })
      const order = to.startsWith('broker') ? code.DELETE_TOPIC_IN_BROKER : code.DELETE_TOPIC_IN_NAMESRV
      const refused = await ask({ to, code: order, fields: { topic: 'Orders' } })
      expect(refused).toMatchObject({ code: 16, remark: expect.stringContaining('adminWriteEnable=true') })
      expect((await ask({ to: 'broker-a:10911', code: code.GET_BROKER_RUNTIME_INFO })).code).toBe(0)
    }),
  )
})

it('making room: orders are taken and cost nobody a message', () =>
  consumed(async (_cluster, ask) => {
    for (const order of [code.CLEAN_EXPIRED_CONSUMEQUEUE, code.CLEAN_UNUSED_TOPIC, code.DELETE_EXPIRED_COMMITLOG])
      expect((await ask({ code: order })).code).toBe(0)
    expect((await ask(pull({}))).fields).toMatchObject({ minOffset: '0', maxOffset: '5' })
  }))

it('the name server lists topics by kind: those of units, those that units subscribe to, and both', () =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'] })
    const sysFlags = { Plain: 0, Unit: 1, Subscribed: 2, Both: 3 }
    for (const [topic, topicSysFlag] of Object.entries(sysFlags)) {
      const fields = { topic, readQueueNums: 1, writeQueueNums: 1, perm: 6, topicSysFlag }
      await ask({ code: code.UPDATE_AND_CREATE_TOPIC, fields })
    }
    const listOf = async (which: number) => {
      const { topicList } = json(await ask({ to: 'namesrv:9876', code: which }))
      return topicList.filter((topic: string) => topic in sysFlags).toSorted()
    }
    expect(await listOf(code.GET_UNIT_TOPIC_LIST)).toEqual(['Both', 'Unit'])
    expect(await listOf(code.GET_HAS_UNIT_SUB_TOPIC_LIST)).toEqual(['Both', 'Subscribed'])
    expect(await listOf(code.GET_HAS_UNIT_SUB_UNUNIT_TOPIC_LIST)).toEqual(['Subscribed'])
  }))

it('the name server: permissions, a topic of one cluster, settings', () =>
  withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'] })
    const to = 'namesrv:9876'
    const perm = async () =>
      json(await ask({ to, code: code.GET_ROUTEINFO_BY_TOPIC, fields: { topic: 'Orders' } })).queueDatas[0].perm
    const wiped = await ask({ to, code: code.WIPE_WRITE_PERM_OF_BROKER, fields: { brokerName: 'broker-a' } })
    expect([Number(wiped.fields['wipeTopicCount']) > 1, await perm()]).toEqual([true, 4])
    await ask({ to, code: code.ADD_WRITE_PERM_OF_BROKER, fields: { brokerName: 'broker-a' } })
    expect(await perm()).toBe(6)
    const update = (body: string) => ask({ to, code: code.UPDATE_NAMESRV_CONFIG, body })
    expect((await update('kvConfigPath=/etc/x')).code).toBe(16)
    expect((await update('listenPort=1')).code).toBe(16)
    expect((await update('orderMessageEnable=true')).code).toBe(0)
    const kv = { namespace: 'ORDER_TOPIC_CONFIG', key: 'Orders', value: 'broker-a:4' }
    await ask({ to, code: code.PUT_KV_CONFIG, fields: kv })
    const route = json(await ask({ to, code: code.GET_ROUTEINFO_BY_TOPIC, fields: { topic: 'Orders' } }))
    expect(route.orderTopicConf).toBe('broker-a:4')
    const deleteIn = (clusterName: string) =>
      ask({ to, code: code.DELETE_TOPIC_IN_NAMESRV, fields: { topic: 'Orders', clusterName } })
    await deleteIn('Elsewhere')
    expect(await perm()).toBe(6)
    await deleteIn('DefaultCluster')
    expect((await ask({ to, code: code.GET_ROUTEINFO_BY_TOPIC, fields: { topic: 'Orders' } })).code).toBe(17)
  }))

it('a message whose broker is gone: the sentence names the broker that did not answer', () =>
  withAsker(async (cluster) => {
    await startCluster(cluster, { brokers: ['broker-a', 'broker-b'], queues: 1 })
    await startProducer(cluster)
    const query = (msgId: string) => cluster.admin('admin', ['queryMsgById', '-i', msgId, '-t', 'Orders'])
    let uniqueId = ''
    for (let i = 0; i < 8; i++) {
      const sent = await cluster.produce('shop', { topic: 'Orders', key: `k-${i}`, body: 'x' })
      if (sent.brokerName === 'broker-b') uniqueId = sent.msgId
    }
    const [, id = ''] = /OffsetID: +(\w+)/.exec(await query(uniqueId)) ?? []
    expect(await query(id)).toMatch(/Keys: +k-/)
    await cluster.kill('broker-b')
    await cluster.sleep(1_000) // the NameServer has removed it
    await expect(query(id)).rejects.toThrow(/has the unique id .*names a broker that did not answer: .*cannot connect/)
  }))
