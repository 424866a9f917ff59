/**
 * Small rules, each with what would go wrong without it: a message, an offset or a setting that nobody sees is not lost by a
 * request that says less than it should, nor by one that says more.
 */
import { describe, expect, it } from 'vitest'
import { encodeBatch } from '../../reference/common/batch.ts'
import { decodeUtf8 } from '../../reference/common/utf8.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import { RequestCode as code } from '../../reference/remoting/request-code.ts'
import { type Question, type Reply, withAsker } from '../support/asker.ts'
import { startCluster } from '../support/sim.ts'

type Ask = (question: Question) => Promise<Reply>

function broker(script: (cluster: Cluster, ask: Ask) => Promise<void>, settings: readonly string[] = [], queues = 1) {
  return withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'], queues, settings })
    await script(cluster, ask)
  })
}

const json = (reply: Reply) => JSON.parse(reply.body)
const props = (entries: Readonly<Record<string, string>>) =>
  Object.entries(entries)
    .map(([name, value]) => `${name}\x01${value}\x02`)
    .join('')
const send = (ask: Ask, fields: Question['fields'] = {}, body = 'x') =>
  ask({
    code: code.SEND_MESSAGE,
    fields: {
      ...{ producerGroup: 'shop', topic: 'Orders', defaultTopic: 'TBW102', defaultTopicQueueNums: 4, queueId: 0 },
      ...{ sysFlag: 0, bornTimestamp: 0, flag: 0 },
      ...fields,
    },
    body,
  })
const pull = (ask: Ask, fields: Question['fields'] = {}) =>
  ask({
    code: code.PULL_MESSAGE,
    fields: {
      ...{ consumerGroup: 'billing', topic: 'Orders', queueId: 0, queueOffset: 0, maxMsgNums: 32, sysFlag: 4 },
      subscription: '*',
      ...fields,
    },
  })
const makeGroup = (ask: Ask, groupName: string) =>
  ask({ code: code.UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, body: JSON.stringify({ groupName }) })
const makeTopic = (ask: Ask, topic: string, nums = 1) =>
  ask({
    code: code.UPDATE_AND_CREATE_TOPIC,
    fields: { topic, readQueueNums: Math.max(1, nums), writeQueueNums: nums, perm: 6 },
  })
const offsetOf = async (ask: Ask, consumerGroup: string, topic = 'Orders') =>
  (
    await ask({
      code: code.QUERY_CONSUMER_OFFSET,
      fields: { consumerGroup, topic, queueId: 0, setZeroIfNotFound: false },
    })
  ).fields['offset']

it('a pull that says that its commit counts, or that it may wait, says what: nothing stands for what is missing', () =>
  broker(async (_cluster, ask) => {
    await makeGroup(ask, 'billing')
    for (let i = 0; i < 4; i++) await send(ask)
    const commit = { consumerGroup: 'billing', topic: 'Orders', queueId: 0, commitOffset: 3 }
    await ask({ code: code.UPDATE_CONSUMER_OFFSET, fields: commit })
    expect(await pull(ask, { sysFlag: 5 })).toMatchObject({ code: 1, remark: expect.stringContaining('commitOffset') })
    expect(await offsetOf(ask, 'billing')).toBe('3')
    expect(await pull(ask, { sysFlag: 6 })).toMatchObject({
      code: 1,
      remark: expect.stringContaining('suspendTimeout'),
    })
    expect((await pull(ask, { sysFlag: 4 })).code).toBe(0)
    expect((await pull(ask, { sysFlag: 5, commitOffset: 2 })).code).toBe(0)
    expect(await offsetOf(ask, 'billing')).toBe('2')
  }))

it('a send to a topic of 0 write queues is told so, a reply too; one that names a queue which is left to be read is taken', () =>
  broker(async (_cluster, ask) => {
    await makeTopic(ask, 'Closed', 0)
    for (const how of [code.SEND_MESSAGE, code.SEND_REPLY_MESSAGE]) {
      const fields = { producerGroup: 'shop', topic: 'Closed', defaultTopic: 'TBW102', defaultTopicQueueNums: 4 }
      const asked = { ...fields, queueId: -1, sysFlag: 0, bornTimestamp: 0, flag: 0 }
      expect(await ask({ code: how, fields: asked, body: 'x' })).toMatchObject({
        code: 29,
        remark: expect.stringContaining('topic[Closed] has 0 write queues'),
      })
    }
    expect((await send(ask, { topic: 'Closed', queueId: 0 })).code).toBe(0)
  }))

describe('a batch whose messages cannot be together is refused', () => {
  const batch = (ask: Ask, entries: readonly Readonly<Record<string, string>>[], own: Record<string, string> = {}) =>
    send(
      ask,
      { batch: true, properties: props(own) },
      decodeUtf8(
        encodeBatch(entries.map((entry) => ({ flag: 0, body: new Uint8Array([120]), propertiesText: props(entry) }))),
      ),
    )

  it.each([
    ['a delay level', [{}, { DELAY: '3' }], {}],
    ['a delay level for all', [{}, {}], { DELAY: '3' }],
    ['a time of its own', [{ TIMER_DELAY_SEC: '5' }, {}], {}],
    ['a time of its own', [{}, { TIMER_DELIVER_MS: '5' }], {}],
    ['part of a transaction', [{ TRAN_MSG: 'true' }, {}], {}],
    ['another WAIT', [{ WAIT: 'true' }, { WAIT: 'false' }], {}],
  ] as const)('%s', (_what, entries, own) =>
    broker(async (_cluster, ask) => {
      expect((await batch(ask, entries, own)).code).toBe(13)
      expect((await ask({ code: code.GET_MAX_OFFSET, fields: { topic: 'Orders', queueId: 0 } })).fields).toEqual({
        offset: '0',
      })
    }),
  )

  it('and taken otherwise, with DELAY=0 too', () =>
    broker(async (_cluster, ask) => {
      expect((await batch(ask, [{ KEYS: 'a', WAIT: 'true' }, { DELAY: '0' }])).code).toBe(0)
      expect((await pull(ask)).fields['nextBeginOffset']).toBe('2')
    }))
})

it('a message that was popped and is sent on carries nothing of that pop', () =>
  broker(async (_cluster, ask) => {
    await send(ask, { properties: props({ POP_CK: '0 1 2 3', KEYS: 'k' }) })
    const entry = { flag: 0, body: new Uint8Array([120]), propertiesText: props({ POP_CK: '0 1 2 3', KEYS: 'b' }) }
    await send(ask, { batch: true }, decodeUtf8(encodeBatch([entry, entry])))
    const { body } = await pull(ask)
    expect(body).toContain('KEYS\x01k\x02')
    expect(body).toContain('KEYS\x01b\x02')
    expect(body).not.toContain('POP_CK')
  }))

it('a recall whose group or id would forge properties is refused', () =>
  broker(
    async (_cluster, ask) => {
      const timed = await send(ask, { properties: props({ TIMER_DELAY_MS: '60000' }) })
      const time = Buffer.from(timed.fields['recallHandle']!, 'base64url').toString().split(' ')[3]
      const recall = (uniqKey: string, producerGroup: string) => {
        const text = `v1 Orders broker-a ${time} ${uniqKey}`
        const fields = { topic: 'Orders', recallHandle: Buffer.from(text).toString('base64url'), producerGroup }
        return ask({ code: code.RECALL_MESSAGE, fields })
      }
      const forged = { code: 604, remark: expect.stringContaining('separate properties') }
      expect(await recall('id\x02REAL_TOPIC\x01Other', 'shop')).toMatchObject(forged)
      expect(await recall('id', 'shop\x02TAGS\x01x')).toMatchObject(forged)
      expect(await recall('an id with blanks', 'shop')).toMatchObject({
        code: 0,
        fields: { msgId: 'an id with blanks' },
      })
    },
    ['recallMessageEnable=true'],
  ))

it('a query by key finds that key in that topic, and each message once', () =>
  broker(async (cluster, ask) => {
    for (const topic of ['OfAa', 'OfBB']) await makeTopic(ask, topic) // their hashes are one, with any key
    for (const [topic, keys] of [
      ['Orders', 'Aa'],
      ['Orders', 'BB'],
      ['Orders', 'Aa Aa'],
      ['Orders', 'C Aa'],
      ['OfAa', 'k'],
      ['OfBB', 'k'],
    ] as const)
      await send(ask, { topic, properties: props({ KEYS: keys, UNIQ_KEY: `id-${topic}-${keys.replace(' ', '-')}` }) })
    await cluster.sleep(2_000)
    const asked = { maxNum: 32, beginTimestamp: 0, endTimestamp: 9e15 }
    const found = async (key: string, topic = 'Orders') =>
      (
        (await ask({ code: code.QUERY_MESSAGE, fields: { ...asked, topic, key } })).body.match(
          /UNIQ_KEY\x01[^\x02]*/g,
        ) ?? []
      ).map((text) => text.slice(9))
    expect(await found('Aa')).toEqual(['id-Orders-Aa', 'id-Orders-Aa-Aa', 'id-Orders-C-Aa'])
    expect(await found('BB')).toEqual(['id-Orders-BB'])
    expect(await found('id-Orders-Aa')).toEqual(['id-Orders-Aa'])
    expect(await found('k', 'OfAa')).toEqual(['id-OfAa-k'])
  }))

describe('what is deleted is forgotten', () => {
  const pop = (ask: Ask, more: Question['fields'] = {}) =>
    ask({
      code: code.POP_MESSAGE,
      fields: {
        ...{ consumerGroup: 'workers', topic: 'Orders', queueId: 0, maxMsgNums: 8, invisibleTime: 10_000 },
        ...{ pollTime: 0, bornTime: 0, initMode: 0, expType: 'TAG', exp: '*' },
        ...more,
      },
    })
  const again = async (ask: Ask) => {
    expect((await ask({ code: code.DELETE_TOPIC_IN_BROKER, fields: { topic: 'Orders' } })).code).toBe(0)
    await makeTopic(ask, 'Orders')
  }

  it('a topic: an open batch in order blocks nobody, and what was popped comes back to nobody', () =>
    broker(async (cluster, ask) => {
      await makeGroup(ask, 'workers')
      await send(ask, {}, 'old')
      expect((await pop(ask, { order: true })).code).toBe(0)
      await again(ask)
      await send(ask, {}, 'new')
      expect((await pop(ask, { order: true })).body).toContain('new')

      await again(ask)
      await send(ask, {}, 'old')
      expect((await pop(ask)).body).toContain('old')
      await again(ask)
      await send(ask, {}, 'new')
      await cluster.sleep(30_000) // the check point of the old one is settled
      expect((await pop(ask)).body).toContain('new')
      await cluster.sleep(1_000)
      const retry = { topic: '%RETRY%workers_Orders', queueId: 0 }
      expect((await ask({ code: code.GET_MAX_OFFSET, fields: retry })).fields).toEqual({ offset: '0' })
    }))

  it('a topic: its pop retry topic goes with it', () =>
    broker(async (cluster, ask) => {
      await makeGroup(ask, 'workers')
      await send(ask, {}, 'old')
      await pop(ask)
      await cluster.sleep(30_000)
      const retry = { topic: '%RETRY%workers_Orders', queueId: 0 }
      expect((await ask({ code: code.GET_MAX_OFFSET, fields: retry })).fields).toEqual({ offset: '1' })
      await again(ask)
      await send(ask, {}, 'new')
      for (let i = 0; i < 5; i++) {
        const { body } = await pop(ask, { invisibleTime: 100_000 })
        expect(body).not.toContain('old')
      }
      expect((await ask({ code: code.GET_MAX_OFFSET, fields: retry })).fields).toEqual({ offset: '0' })
    }))

  it('a topic, a group: request modes, locks and what was forbidden', () =>
    broker(async (cluster, ask) => {
      const mode = { topic: 'Orders', consumerGroup: 'workers', mode: 'POP', popShareQueueNum: 0 }
      const lock = (clientId: string) => {
        const mqSet = [{ topic: 'Orders', brokerName: 'broker-a', queueId: 0 }]
        return ask({ code: code.LOCK_BATCH_MQ, body: JSON.stringify({ consumerGroup: 'workers', clientId, mqSet }) })
      }
      const locked = async (clientId: string) => json(await lock(clientId)).lockOKMQSet.length
      const forbid = { group: 'workers', topic: 'Orders' }
      const isReadable = async () =>
        json(await ask({ code: code.UPDATE_AND_GET_GROUP_FORBIDDEN, fields: forbid })).readable
      const modes = async () => (await ask({ code: code.GET_ALL_MESSAGE_REQUEST_MODE })).body
      for (const forget of [
        () => again(ask),
        async () => {
          await ask({ code: code.DELETE_SUBSCRIPTIONGROUP, fields: { groupName: 'workers' } })
          await makeGroup(ask, 'workers')
        },
      ]) {
        await makeGroup(ask, 'workers')
        await ask({ code: code.SET_MESSAGE_REQUEST_MODE, body: JSON.stringify(mode) })
        await ask({ code: code.UPDATE_AND_GET_GROUP_FORBIDDEN, fields: { ...forbid, readable: false } })
        expect([await locked('one'), await locked('two'), await isReadable()]).toEqual([1, 0, false])
        expect(await modes()).toContain('workers')
        await forget()
        expect([await locked('two'), await isReadable()]).toEqual([1, true])
        expect(await modes()).not.toContain('workers')
        await cluster.sleep(61_000) // the lock of `two` is over
      }
    }))

  it('a group with its offsets: its pop retry topics too, and no message makes it again', () =>
    broker(async (cluster, ask) => {
      await makeGroup(ask, 'workers')
      await send(ask, {}, 'old')
      await pop(ask)
      await cluster.sleep(30_000)
      await ask({ code: code.DELETE_SUBSCRIPTIONGROUP, fields: { groupName: 'workers', cleanOffset: true } })
      const retry = { topic: '%RETRY%workers_Orders', queueId: 0 }
      expect((await ask({ code: code.GET_MAX_OFFSET, fields: retry })).fields).toEqual({ offset: '0' })
      await makeGroup(ask, 'workers')
      await pop(ask)
      await ask({ code: code.DELETE_SUBSCRIPTIONGROUP, fields: { groupName: 'workers' } })
      await cluster.sleep(30_000)
      expect((await ask({ code: code.GET_SUBSCRIPTIONGROUP_CONFIG, fields: { group: 'workers' } })).code).toBe(26)
    }))
})
