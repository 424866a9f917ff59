/**
 * Settings of a broker that an operator counts on: each one changes what clients see, or is refused with the reason; none is
 * taken and ignored.
 */
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { RequestCode as code } from '../../reference/remoting/request-code.ts'
import { type Question, type Reply, withAsker } from '../support/asker.ts'
import { inSimulation, sendMany, startCluster, startProducer } from '../support/sim.ts'

type Ask = (question: Question) => Promise<Reply>

/** One broker with the topic Orders of one queue, and these settings. */
function brokerWith(settings: readonly string[], script: (cluster: Cluster, ask: Ask) => Promise<void>) {
  return withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'], queues: 1, settings })
    await script(cluster, ask)
  })
}

/** Settings that a broker reads and does not show: secrets, and the older name of one. */
const READ_AT_START = [
  ['authenticationEnabled', 'true'],
  ['aclEnable', 'true'],
  ['initAuthenticationUser', '{"username":"shop","password":"x"}'],
  ['innerClientAuthenticationCredentials', '{"accessKey":"shop","secretKey":"x"}'],
] as const

const json = (reply: Reply) => JSON.parse(reply.body)
const update = (ask: Ask, body: string) => ask({ code: code.UPDATE_BROKER_CONFIG, body })
const send = (ask: Ask, fields: Question['fields'] = {}, body = 'x') =>
  ask({
    code: code.SEND_MESSAGE,
    fields: {
      producerGroup: 'shop',
      topic: 'Orders',
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 4,
      queueId: 0,
      sysFlag: 0,
      bornTimestamp: 0,
      flag: 0,
      ...fields,
    },
    body,
  })
const pull = (ask: Ask, fields: Question['fields'] = {}, how: number = code.PULL_MESSAGE) =>
  ask({
    code: how,
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
const pulledCount = async (ask: Ask, fields: Question['fields'] = {}) =>
  Number((await pull(ask, fields)).fields['nextBeginOffset']) - Number(fields['queueOffset'] ?? 0)

describe('brokerPermission', () => {
  const permOf = async (ask: Ask, topic: string) =>
    json(await ask({ to: 'namesrv:9876', code: code.GET_ROUTEINFO_BY_TOPIC, fields: { topic } })).queueDatas[0].perm

  it('drains a broker: routes lose the right to write, ordered topics refuse, the others still take what comes', () =>
    brokerWith([], async (cluster, ask) => {
      const ordered = { topic: 'Ordered', readQueueNums: 1, writeQueueNums: 1, perm: 6, order: true }
      await ask({ code: code.UPDATE_AND_CREATE_TOPIC, fields: ordered })
      expect((await update(ask, 'brokerPermission=4')).code).toBe(0)
      await cluster.sleep(1_000)
      expect([await permOf(ask, 'Orders'), await permOf(ask, 'Ordered')]).toEqual([4, 4])
      expect((await send(ask)).code).toBe(0)
      const refused = { code: 16, remark: expect.stringContaining('sending message is forbidden') }
      expect(await send(ask, { topic: 'Ordered' })).toMatchObject(refused)
      expect((await pull(ask)).code).toBe(0)
      expect((await update(ask, 'brokerPermission=6')).code).toBe(0)
      await cluster.sleep(1_000)
      expect(await permOf(ask, 'Orders')).toBe(6)
      expect((await send(ask, { topic: 'Ordered' })).code).toBe(0)
    }))

  it('that changes while the NameServers are still told of the change before is told to them next', () =>
    brokerWith([], async (cluster, ask) => {
      await Promise.all([update(ask, 'brokerPermission=4'), update(ask, 'brokerPermission=6')])
      await cluster.sleep(1_000)
      expect(await permOf(ask, 'Orders')).toBe(6)
      await Promise.all([update(ask, 'brokerPermission=2'), update(ask, 'brokerPermission=4')])
      await cluster.sleep(1_000)
      expect(await permOf(ask, 'Orders')).toBe(4)
    }))

  it('stands in the file, too; without the right to read nobody pulls, pops or peeks', () =>
    brokerWith(['brokerPermission=2'], async (_cluster, ask) => {
      await send(ask)
      expect(await permOf(ask, 'Orders')).toBe(2)
      expect(await pull(ask)).toMatchObject({ code: 16, fields: { forbiddenType: '1' } })
      const pop = { consumerGroup: 'g', topic: 'Orders', queueId: 0, maxMsgNums: 1, invisibleTime: 1_000 }
      for (const how of [code.POP_MESSAGE, code.PEEK_MESSAGE, code.NOTIFICATION, code.POLLING_INFO])
        expect((await ask({ code: how, fields: { ...pop, pollTime: 0, bornTime: 0, initMode: 0 } })).code).toBe(16)
    }))
})

it('maxMessageSize: as in the file, and as it is changed; the refusal names it', () =>
  brokerWith(['maxMessageSize=1000', 'mappedFileSizeCommitLog=16777216'], async (_cluster, ask) => {
    expect((await send(ask, {}, 'x'.repeat(1_000))).code).toBe(0)
    expect(await send(ask, {}, 'x'.repeat(1_001))).toMatchObject({
      code: 13,
      remark: expect.stringContaining('MAX: 1000 (maxMessageSize)'),
    })
    await update(ask, `maxMessageSize=${6 * 1024 * 1024}`)
    expect((await send(ask, {}, 'x'.repeat(5 * 1024 * 1024))).code).toBe(0)
    expect((await update(ask, 'maxMessageSize=1000000000')).code).toBe(1)
  }))

it('traceTopicEnable and msgTraceTopicName: clients find the topic for their traces', () =>
  brokerWith(['traceTopicEnable=true', 'msgTraceTopicName=Traces'], async (_cluster, ask) => {
    expect(json(await ask({ code: code.GET_TOPIC_CONFIG, fields: { topic: 'Traces' } })).writeQueueNums).toBe(1)
    expect((await ask({ code: code.DELETE_TOPIC_IN_BROKER, fields: { topic: 'Traces' } })).code).toBe(29)
    expect((await ask({ code: code.GET_TOPIC_CONFIG, fields: { topic: 'RMQ_SYS_TRACE_TOPIC' } })).code).toBe(17)
  }))

it('regionId and traceOn: in the answer, in the message, and in the answer to a recall', () =>
  brokerWith(['regionId=hangzhou', 'traceOn=false', 'recallMessageEnable=true'], async (_cluster, ask) => {
    expect((await send(ask)).fields).toMatchObject({ MSG_REGION: 'hangzhou', TRACE_ON: 'false' })
    expect((await pull(ask)).body).toContain('MSG_REGION\x01hangzhou\x02TRACE_ON\x01false\x02')
    const recall = { topic: 'Orders', recallHandle: 'x', producerGroup: 'shop' }
    const answer = await ask({ code: code.RECALL_MESSAGE, fields: recall })
    expect(answer).toMatchObject({ code: 604, fields: { MSG_REGION: 'hangzhou' } })
  }))

it('a recall is taken as long as the broker takes sends, and beyond that if allowRecallWhenBrokerNotWriteable says so', () =>
  brokerWith(['recallMessageEnable=true'], async (cluster, ask) => {
    const timed = await send(ask, { properties: 'UNIQ_KEY\x01id\x02TIMER_DELAY_MS\x0160000\x02' })
    const { recallHandle = '' } = timed.fields
    const recall = async (fields: Question['fields'] = {}) => {
      const whole = { topic: 'Orders', recallHandle, producerGroup: 'shop', ...fields }
      return (await ask({ code: code.RECALL_MESSAGE, fields: whole })).code
    }
    const codes: number[] = []
    for (const permission of [6, 4])
      for (const isAllowed of [true, false]) {
        await update(ask, `brokerPermission=${permission}\nallowRecallWhenBrokerNotWriteable=${isAllowed}`)
        codes.push(await recall())
      }
    expect(codes).toEqual([0, 0, 0, 14])
    await update(ask, `brokerPermission=6\nstartAcceptSendRequestTimeStamp=${cluster.nowMs() + 60_000_000_000_000}`)
    expect(await recall(), 'before sends begin').toBe(14)
    await update(ask, 'startAcceptSendRequestTimeStamp=0')
    const handle = (text: string) => recall({ recallHandle: Buffer.from(text).toString('base64url') })
    const timeMs = Number(Buffer.from(recallHandle, 'base64url').toString().split(' ')[3])
    expect(await handle(`v1 Orders broker-a ${timeMs} id`)).toBe(0)
    expect(await recall({ topic: 'None' })).toBe(17)
    expect(await handle(`v1 Others broker-a ${timeMs} id`), 'another topic').toBe(604)
    expect(await handle(`v1 Orders broker-b ${timeMs} id`), 'another broker').toBe(604)
    expect(await handle(`v1 Orders broker-a ${timeMs - 70_000} id`), 'its time is over').toBe(604)
    expect(await handle(`v1 Orders broker-a ${timeMs + 4 * 86_400_000} id`), 'no message waits so long').toBe(604)
    expect((await update(ask, 'recallMessageEnable=false')).code, 'a broker that recalls goes on recalling').toBe(16)
    expect(await recall()).toBe(0)
  }))

it('no message is recalled from a broker that is not told to', () =>
  brokerWith([], async (_cluster, ask) => {
    const fields = { topic: 'Orders', recallHandle: 'x', producerGroup: 'shop' }
    expect(await ask({ code: code.RECALL_MESSAGE, fields })).toMatchObject({
      code: 16,
      remark: expect.stringContaining('set recallMessageEnable'),
    })
  }))

describe('how much one answer brings', () => {
  const LIMITS = [
    'maxTransferCountOnMessageInMemory=5',
    'maxTransferCountOnMessageInDisk=2',
    'enablePropertyFilter=true',
  ]

  it.each(['TAG', 'SQL92'])('so many messages from memory, fewer from the disk; %s', (expressionType) =>
    brokerWith([...LIMITS, 'glassmqMessageInMemoryBytes=2000'], async (cluster, ask) => {
      await startProducer(cluster)
      await sendMany(cluster, 'k', 40)
      const subscription = expressionType === 'TAG' ? '*' : 'KEYS IS NOT NULL'
      const asked = { expressionType, subscription }
      expect(await pulledCount(ask, asked)).toBe(2)
      expect(await pulledCount(ask, { ...asked, queueOffset: 35 })).toBe(5)
      await update(ask, 'maxTransferCountOnMessageInDisk=9')
      expect(await pulledCount(ask, asked)).toBe(9)
    }),
  )

  it('so many bytes, but the first message always', () =>
    brokerWith(['maxTransferBytesOnMessageInMemory=5000'], async (_cluster, ask) => {
      for (let i = 0; i < 4; i++) await send(ask, {}, 'x'.repeat(2_000))
      await send(ask, {}, 'x'.repeat(9_000))
      expect(await pulledCount(ask)).toBe(2)
      expect(await pulledCount(ask, { queueOffset: 4 })).toBe(1)
    }))
})

it('shortPollingTimeMills: so long a pull is held where long polling is off', () =>
  brokerWith(['longPollingEnable=false', 'shortPollingTimeMills=3000'], async (cluster, ask) => {
    const beganMs = cluster.nowMs()
    const waiting = await pull(ask, { sysFlag: 6, suspendTimeoutMillis: 10_000 })
    expect(waiting.code).toBe(19)
    expect(cluster.nowMs() - beganMs).toBeGreaterThanOrEqual(3_000)
    expect(cluster.nowMs() - beganMs).toBeLessThan(4_000)
  }))

it('sends begin when startAcceptSendRequestTimeStamp says so; lite pulls where litePullMessageEnable says so', () =>
  brokerWith(['litePullMessageEnable=false'], async (cluster, ask) => {
    await update(ask, `startAcceptSendRequestTimeStamp=${cluster.nowMs() + 60_000_000_000_000}`)
    expect(await send(ask)).toMatchObject({ code: 1, remark: expect.stringContaining('unable to service, until') })
    await update(ask, 'startAcceptSendRequestTimeStamp=0')
    expect((await send(ask)).code).toBe(0)
    expect((await pull(ask, {}, code.LITE_PULL_MESSAGE)).code).toBe(16)
    expect((await pull(ask)).code).toBe(0)
  }))

it('an order of 64 KiB is read, and a longer one is not; so at the NameServer', () =>
  brokerWith([], async (_cluster, ask) => {
    const order = (setting: string, bytes: number) => `${setting.padEnd(bytes - 1, '\n#')}#`
    const namesrv = { to: 'namesrv:9876', code: code.UPDATE_NAMESRV_CONFIG }
    const longest = 64 * 1024
    expect((await update(ask, order('fileReservedTime=10\n', longest))).code).toBe(0)
    expect((await ask({ ...namesrv, body: order('orderMessageEnable=true\n', longest) })).code).toBe(0)
    const refused = { code: 1, remark: expect.stringContaining('the body has 65537 bytes; at most 65536 are read') }
    expect(await update(ask, order('fileReservedTime=10\n', longest + 1))).toMatchObject(refused)
    expect(await ask({ ...namesrv, body: order('orderMessageEnable=true\n', longest + 1) })).toMatchObject(refused)
  }))

describe('what is not followed', () => {
  it('is refused with the reason, and nothing of the order is taken', () =>
    brokerWith([], async (_cluster, ask) => {
      const refused = await update(ask, 'fileReservedTime=10\nsendMessageThreadPoolNums=8')
      expect(refused.code).toBe(29)
      expect(refused.remark).toMatch(/^not followed: sendMessageThreadPoolNums because there are no threads/)
      expect((await ask({ code: code.GET_BROKER_CONFIG })).body).toContain('fileReservedTime=72\n')
      const typo = await update(ask, 'fileReservedTimes=10')
      expect(typo).toMatchObject({ code: 29, remark: expect.stringContaining('did you mean fileReservedTime?') })
      expect((await update(ask, 'brokerRole=ASYNC_MASTER')).code).toBe(0)
      const namesrv = { to: 'namesrv:9876', code: code.UPDATE_NAMESRV_CONFIG }
      expect(await ask({ ...namesrv, body: 'clusterTest=true' })).toMatchObject({
        code: 29,
        remark: expect.stringContaining('not followed: clusterTest because'),
      })
    }))

  it('a setting that is read at the start and not shown is refused as well: an update never answers success and does nothing', () =>
    brokerWith([], async (_cluster, ask) => {
      for (const [name, value] of READ_AT_START)
        expect(await update(ask, `${name}=${value}`), name).toMatchObject({
          code: 16,
          remark: expect.stringContaining(`Can not update config ${name} while the broker runs`),
        })
    }))

  it('is said once at the start', () =>
    inSimulation(5, async (cluster) => {
      const settings = ['haTransferBatchSize=65536', 'slaveReadEnable=false', 'flushDiskTyp=SYNC_FLUSH']
      await startCluster(cluster, { brokers: ['broker-a'], settings })
      const lines = cluster.events.flatMap((event) => (event.kind === 'log.line' ? [event.text] : []))
      expect(lines.filter((line) => line.startsWith('not followed'))).toEqual([
        expect.stringMatching(/^not followed: haTransferBatchSize because how a slave copies/),
        expect.stringContaining(
          'flushDiskTyp because neither RocketMQ nor this broker has such a setting; did you mean',
        ),
      ])
    }))
})

it('the second port serves what clients send with vipChannelEnabled, but no request that reads messages or waits for them', () =>
  brokerWith([], async (_cluster, ask) => {
    const to = 'broker-a:10909'
    const answerTo = async (asked: number) => (await ask({ to, code: asked })).code
    const NOT_SUPPORTED = 3
    const served = [code.SEND_MESSAGE, code.ACK_MESSAGE, code.BATCH_ACK_MESSAGE, code.CHANGE_MESSAGE_INVISIBLETIME]
    for (const each of served) expect(await answerTo(each), `${each}`).not.toBe(NOT_SUPPORTED)
    const reading = [code.PULL_MESSAGE, code.LITE_PULL_MESSAGE, code.POP_MESSAGE, code.PEEK_MESSAGE]
    for (const each of [...reading, code.NOTIFICATION, code.POLLING_INFO])
      expect(await answerTo(each), `${each}`).toBe(NOT_SUPPORTED)
  }))

it('a broker whose folder has a name that no disk takes says so in its own sentence', () =>
  inSimulation(9, async (cluster) => {
    await cluster.start({ name: 'namesrv', program: 'namesrv', args: ['listenPort=9876'] })
    const storePathRootDir = `${'x'.repeat(600)}/`
    const started = cluster.start({
      name: 'broker-a',
      program: 'broker',
      args: ['namesrvAddr=namesrv:9876', `storePathRootDir=${storePathRootDir}`],
    })
    await expect(started).rejects.toThrow('broker broker-a cannot open its store')
  }))
