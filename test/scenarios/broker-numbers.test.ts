/**
 * The numbers an operator watches a broker by, read as the Prometheus exporter reads them: every key is there, and cut at the
 * same places it gives numbers. (The official tools read the same answer in the interoperability run.)
 */
import { expect, it } from 'vitest'
import type { Cluster } from '../../reference/host/cluster.ts'
import { RequestCode as code } from '../../reference/remoting/request-code.ts'
import { type Question, type Reply, withAsker } from '../support/asker.ts'
import { RUNTIME_NUMBERS } from '../support/runtime-keys.ts'
import { sendMany, startCluster, startProducer } from '../support/sim.ts'

type Ask = (question: Question) => Promise<Reply>

function broker(script: (cluster: Cluster, ask: Ask) => Promise<void>, settings: readonly string[] = []) {
  return withAsker(async (cluster, ask) => {
    await startCluster(cluster, { brokers: ['broker-a'], queues: 2, settings })
    await startProducer(cluster)
    await script(cluster, ask)
  })
}

const tableOf = async (ask: Ask): Promise<Readonly<Record<string, string>>> =>
  JSON.parse((await ask({ code: code.GET_BROKER_RUNTIME_INFO })).body).table
const putsOf = async (ask: Ask, statsKey: string): Promise<number> => {
  const { body } = await ask({ code: code.VIEW_BROKER_STATS_DATA, fields: { statsName: 'TOPIC_PUT_NUMS', statsKey } })
  return body === '' ? 0 : JSON.parse(body).statsDay.sum
}

it('every number that is read is there and is one', () =>
  broker(async (cluster, ask) => {
    await sendMany(cluster, 'k', 10)
    const table = await tableOf(ask)
    for (const key of RUNTIME_NUMBERS) expect(Number.isFinite(Number.parseFloat(table[key] ?? '')), key).toBe(true)
    for (const key of ['putLatency99', 'putLatency999']) expect(table[key], key).toMatch(/^\d+\.\d\d$/)
    expect(table['putMessageDistributeTime']).toMatch(/^(\[[^\]]+\]:\d+ ){13}$/)
    const [, total, free] =
      /^Total : (\d+\.\d [KMGT]iB), Free : (\d+\.\d [KMGT]iB)\.$/.exec(table['commitLogDirCapacity']!) ?? []
    expect([total, free]).not.toContain(undefined)
    expect(Object.keys(table).filter((key) => key.startsWith('commitLogDiskRatio_'))).toHaveLength(1)
    for (const pool of ['send', 'pull', 'query', 'litePull', 'ack'])
      expect(Number(table[`${pool}ThreadPoolQueueCapacity`]), pool).toBeGreaterThan(0)
    expect(Number(table['EndTransactionThreadPoolQueueCapacity'])).toBeGreaterThan(0)
  }))

it('sizes are those of records: as many bytes as the log has grown', () =>
  broker(async (cluster, ask) => {
    const before = Number((await tableOf(ask))['commitLogMaxOffset'])
    await sendMany(cluster, 'k', 10)
    const { commitLogMaxOffset, putMessageSizeTotal, putMessageAverageSize } = await tableOf(ask)
    expect(Number(putMessageSizeTotal)).toBe(Number(commitLogMaxOffset) - before)
    expect(Number(putMessageAverageSize)).toBe(Number(putMessageSizeTotal) / 10)
  }))

it('delayed messages and half messages are counted where they wait, and where they come to', () =>
  broker(async (cluster, ask) => {
    await cluster.start({
      name: 'bank',
      program: 'transaction-producer',
      args: ['namesrvAddr=namesrv:9876', 'topic=Orders'],
    })
    cluster.onHanded('executeLocalTransaction', () => JSON.stringify({ state: 'COMMIT_MESSAGE' }))
    for (const delayLevel of [0, 1, 1])
      await cluster.call('shop', 'send', JSON.stringify({ topic: 'Orders', key: 'k', body: 'x', delayLevel }))
    await cluster.call('shop', 'send', JSON.stringify({ topic: 'Orders', key: 'k', body: 'x', delayTimeMs: 2_000 }))
    expect([await putsOf(ask, 'Orders'), await putsOf(ask, 'SCHEDULE_TOPIC_XXXX')]).toEqual([1, 2])
    expect(await putsOf(ask, 'rmq_sys_wheel_timer')).toBe(1)
    await cluster.sleep(5_000)
    expect([await putsOf(ask, 'Orders'), await putsOf(ask, 'SCHEDULE_TOPIC_XXXX')]).toEqual([4, 2])
    await cluster.call('bank', 'send', JSON.stringify({ topic: 'Orders', key: 't', body: 'x' }))
    await cluster.sleep(5_000)
    expect(await putsOf(ask, 'RMQ_SYS_TRANS_HALF_TOPIC')).toBe(1)
  }))

it('what is put, taken and sent back is counted message by message and byte by byte, under its topic and group', () =>
  broker(async (cluster, ask) => {
    const data = async (statsName: string, statsKey: string) => {
      const { body } = await ask({ code: code.VIEW_BROKER_STATS_DATA, fields: { statsName, statsKey } })
      const periods = body === '' ? [] : Object.values(JSON.parse(body) as Record<string, { sum: number }>)
      expect(new Set(periods.map(({ sum }) => sum)).size, 'the same in every period').toBeLessThan(2)
      return periods[0]?.sum ?? 0
    }
    await sendMany(cluster, 'k', 10)
    const send = (body: string) =>
      ask({
        code: code.SEND_MESSAGE,
        fields: {
          ...{ producerGroup: 'shop', topic: 'Orders', defaultTopic: 'TBW102', defaultTopicQueueNums: 4 },
          ...{ queueId: 0, sysFlag: 0, bornTimestamp: 0, flag: 0 },
        },
        body,
      })
    const before = { count: await data('TOPIC_PUT_NUMS', 'Orders'), bytes: await data('TOPIC_PUT_SIZE', 'Orders') }
    const logBefore = Number((await tableOf(ask))['commitLogMaxOffset'])
    await send('one')
    await send('and another')
    const grown = Number((await tableOf(ask))['commitLogMaxOffset']) - logBefore
    expect([before.count, await data('TOPIC_PUT_NUMS', 'Orders')]).toEqual([10, 12])
    expect((await data('TOPIC_PUT_SIZE', 'Orders')) - before.bytes).toBe(grown)
    expect(await data('BROKER_PUT_NUMS', 'DefaultCluster')).toBe(12)
    const pulled = await ask({
      code: code.PULL_MESSAGE,
      fields: {
        ...{ consumerGroup: 'billing', topic: 'Orders', queueId: 0, queueOffset: 5, maxMsgNums: 32, sysFlag: 4 },
        subscription: '*',
      },
    })
    expect(pulled.fields['nextBeginOffset']).toBe('7')
    expect(await data('GROUP_GET_NUMS', 'Orders@billing')).toBe(2)
    expect(await data('GROUP_GET_SIZE', 'Orders@billing')).toBe(grown)
    expect(await data('BROKER_GET_NUMS', 'DefaultCluster')).toBe(2)
    const sendBack = (offset: number) =>
      ask({
        code: code.CONSUMER_SEND_MSG_BACK,
        fields: { offset, group: 'billing', delayLevel: 0, originTopic: 'Orders', maxReconsumeTimes: 16 },
      })
    expect((await sendBack(0)).code).toBe(0)
    expect(await data('SNDBCK_PUT_NUMS', 'Orders@billing')).toBe(1)
    await sendBack(0)
    expect(await data('SNDBCK_PUT_NUMS', 'Orders@billing')).toBe(2)
  }))

it('how long the broker runs is said in days, hours, minutes and seconds', () =>
  broker(async (cluster, ask) => {
    const secondsOf = async () => {
      const { runtime = '' } = await tableOf(ask)
      const [days = 0, hours = 0, minutes = 0, seconds = 0] = [...runtime.matchAll(/\d+/g)].map(Number)
      expect([hours < 24, minutes < 60, seconds < 60], runtime).toEqual([true, true, true])
      return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    }
    const before = await secondsOf()
    for (const seconds of [40, 59, 61, 3_661]) await cluster.sleep(seconds * 1_000)
    const passed = (await secondsOf()) - before
    expect(Math.abs(passed - (40 + 59 + 61 + 3_661))).toBeLessThanOrEqual(1)
  }))

it('a broker that nobody copies says so, and that it slows nobody down', () =>
  broker(async (cluster, ask) => {
    await sendMany(cluster, 'k', 1)
    const { commitLogMaxOffset } = await tableOf(ask)
    const status = JSON.parse((await ask({ code: code.GET_BROKER_HA_STATUS })).body)
    expect(status).toMatchObject({ master: true, inSyncSlaveNums: 0, haConnectionInfo: [] })
    expect(status.masterCommitLogMaxOffset).toBe(Number(commitLogMaxOffset))
    const cold = JSON.parse((await ask({ code: code.GET_COLD_DATA_FLOW_CTR_INFO })).body)
    expect(cold).toMatchObject({ runtimeTable: {}, configTable: {}, globalAcc: 0 })
  }))

it('who has not signed is not told which requests there are', () =>
  withAsker(async (cluster, ask) => {
    const settings = ['authenticationEnabled=true', 'initAuthenticationUser={"username":"u","password":"p"}']
    await cluster.start({ name: 'broker-a', program: 'broker', args: ['listenPort=10911', ...settings] })
    expect((await ask({ code: 9_999 })).code).toBe(16)
    expect((await ask({ code: code.GET_BROKER_RUNTIME_INFO })).code).toBe(16)
  }))
