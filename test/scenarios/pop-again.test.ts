/**
 * What ends when trying again does not help: a copy that the store will not have, and a message that its listener never takes.
 *
 * Method: a message whose properties leave no room for one more; a member that fails for hours.
 */
import { expect, it } from 'vitest'
import { decodeCheckPoint } from '../../reference/broker/pop/check-point.ts'
import { PROPERTIES_BYTES_MAX } from '../../reference/common/limits.ts'
import { PROPERTY } from '../../reference/common/message.ts'
import { reviveTopic } from '../../reference/common/pop-names.ts'
import { HOUR_MS } from '../../reference/common/units.ts'
import type { Cluster, DeliveryAnswer } from '../../reference/host/cluster.ts'
import { RequestCode } from '../../reference/remoting/request-code.ts'
import { logOf } from '../simulation/soak/mechanism/log-of.ts'
import { invoke } from '../support/raw-client.ts'
import { inSimulation, sendMany, startCluster, startConsumer, startProducer } from '../support/sim.ts'

const HIDDEN_MS = 8_000
const STRANGER = 'stranger'
/** The broker adds 62 bytes (its region, its cluster, a flag); then there is no room for the 27 of the time of the first pop. */
const NAMED = 'UNIQ_KEY\u0001full\u0002fill\u0001'
const FULL = NAMED + 'x'.repeat(PROPERTIES_BYTES_MAX - 80 - NAMED.length)

const said = (cluster: Cluster, text: string) =>
  cluster.events.filter((event) => event.kind === 'log.line' && event.text.includes(text)).length

const popOf = (cluster: Cluster, more: Record<string, string> = {}) =>
  invoke(cluster, STRANGER, {
    code: RequestCode.POP_MESSAGE,
    extFields: {
      ...{ consumerGroup: 'billing', topic: 'Orders', queueId: '0', maxMsgNums: '32', invisibleTime: `${HIDDEN_MS}` },
      ...{ pollTime: '0', bornTime: '0', initMode: '0', ...more },
    },
  })

/** The check points that were written, in order: how often before, and for how long nobody sees the message. */
async function checkPoints(cluster: Cluster): Promise<readonly (readonly [number, number])[]> {
  const log = await logOf(cluster, 'broker-a')
  return log
    .filter(
      ({ topic, properties }) => topic === reviveTopic('DefaultCluster') && properties.get(PROPERTY.TAGS) === 'ck',
    )
    .map(({ body }) => decodeCheckPoint(body))
    .map(({ rePutTimes, invisibleTime }) => [rePutTimes, invisibleTime] as const)
}

it('a copy that the store will not have is tried again later and later, and holds up nothing', () =>
  inSimulation(1, async (cluster) => {
    await startCluster(cluster, { brokers: ['broker-a'], queues: 1, settings: ['reviveQueueNum=1'] })
    await startProducer(cluster)
    await cluster.start({ name: STRANGER, program: 'raw-client', args: [] })
    const sent = await invoke(cluster, STRANGER, {
      code: RequestCode.SEND_MESSAGE,
      extFields: {
        ...{ producerGroup: 'p', topic: 'Orders', defaultTopic: 'TBW102', defaultTopicQueueNums: '4', queueId: '0' },
        ...{ sysFlag: '0', bornTimestamp: '1', flag: '0', properties: FULL, reconsumeTimes: '0', batch: 'false' },
      },
      body: 'full',
    })
    expect(sent.code).toBe(0)
    await cluster.sleep(1_000)
    expect((await popOf(cluster)).extFields['msgOffsetInfo']).toBe('0 0 0')
    await sendMany(cluster, 'order', 1)
    expect((await popOf(cluster)).extFields['msgOffsetInfo']).toBe('0 0 1')
    await cluster.sleep(20_000)
    const revived = cluster.events.filter((event) => event.kind === 'message.revived').map(({ key }) => key)
    expect(revived).toEqual(['order-1'])
    await cluster.sleep(200_000)
    const ofFull = (await checkPoints(cluster)).filter(([times], i) => i === 0 || times > 0)
    // 10, 20, 30, 60 and 120 s more each time
    expect(ofFull).toEqual([0, 10, 30, 60, 120].map((sec, times) => [times, HIDDEN_MS + sec * 1_000]))
    expect(said(cluster, 'cannot be put into %RETRY%billing_Orders')).toBe(ofFull.length)
    await cluster.kill('broker-a')
    await cluster.restart('broker-a')
    await cluster.sleep(150_000)
    expect((await checkPoints(cluster)).at(-1)).toEqual([5, HIDDEN_MS + 240_000])
  }))

async function beginMember(cluster: Cluster, settings: readonly string[]) {
  await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
  await startProducer(cluster)
  await cluster.admin('admin', ['setConsumeMode', '-c', 'DefaultCluster', '-t', 'Orders', '-g', 'billing', '-m', 'POP'])
  const pops = ['clientRebalance=false', 'consumeFromWhere=CONSUME_FROM_FIRST_OFFSET', 'popInvisibleTime=10000']
  await startConsumer(cluster, 'billing-1', 'billing', [...pops, ...settings])
  await cluster.sleep(5_000)
}

it('a message that fails for more than four hours is given up, after ever longer waits', () =>
  inSimulation(2, async (cluster) => {
    const attemptsMs: number[] = []
    cluster.onDelivery(({ atMs }) => {
      attemptsMs.push(atMs)
      return 'RECONSUME_LATER'
    })
    await beginMember(cluster, ['maxReconsumeTimes=2'])
    await sendMany(cluster, 'order', 1)
    await cluster.sleep(4 * HOUR_MS)
    expect(said(cluster, 'is given up')).toBe(0)
    const waits = attemptsMs.slice(1).map((atMs, i) => atMs - attemptsMs[i]!)
    for (const [i, ms] of waits.entries()) if (i > 0) expect(ms).toBeGreaterThan(waits[i - 1]! - 10_000)
    expect(waits.length).toBeGreaterThan(8)
    await cluster.sleep(2 * HOUR_MS)
    expect(said(cluster, 'is given up: it has come')).toBe(1)
    const attempts = attemptsMs.length
    await cluster.sleep(5 * HOUR_MS)
    expect(attemptsMs.length).toBe(attempts)
  }))

it('a listener that asks for no more gets the message no more', () =>
  inSimulation(3, async (cluster) => {
    const answer: DeliveryAnswer = { status: 'RECONSUME_LATER', delayLevel: -1 }
    let attempts = 0
    cluster.onDelivery(() => {
      attempts++
      return answer
    })
    await beginMember(cluster, [])
    await sendMany(cluster, 'order', 1)
    await cluster.sleep(HOUR_MS)
    expect([attempts, said(cluster, 'its listener wants it no more')]).toEqual([1, 1])
  }))
