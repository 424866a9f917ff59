/** What brokers ask of clients on behalf of operators, and how a producer avoids brokers that trouble it. */
import { expect, it } from 'vitest'
import type { ClientInstance } from '../../reference/client/client-instance.ts'
import { PullConsumer } from '../../reference/client/consumer/pull-consumer.ts'
import { PushConsumer } from '../../reference/client/consumer/push-consumer.ts'
import { type MessageExt, PROPERTY } from '../../reference/common/message.ts'
import { offsetMessageId } from '../../reference/common/message-id.ts'
import type { Cluster } from '../../reference/host/cluster.ts'
import { consumeDirectlyShape, consumerRunningInfoShape } from '../../reference/remoting/bodies/consumer-info.ts'
import { CONSUME_FROM } from '../../reference/remoting/bodies/heartbeat.ts'
import { decodeJsonBody } from '../../reference/remoting/bodies/json-body.ts'
import type { RemotingCommand, RequestParts } from '../../reference/remoting/remoting-command.ts'
import { consumeMessageDirectly, getConsumerRunningInfo } from '../../reference/remoting/requests/call-consumer.ts'
import { invokeBrokerToResetOffset } from '../../reference/remoting/requests/reset-offset.ts'
import { inSimulation, keysOf, sendMany, startCluster, startConsumer, startProducer } from '../support/sim.ts'
import { type SimClient, withClients } from '../support/sim-client.ts'

const ONE = { brokers: ['broker-a'], queues: 2 }

/** A push consumer of `Orders` in a node of its own, and what its listener got. */
async function pushConsumer(
  client: SimClient,
  listener: (message: MessageExt) => 'CONSUME_SUCCESS' | 'RECONSUME_LATER',
  more: Partial<ConstructorParameters<typeof PushConsumer>[1]> = {},
) {
  const got: string[] = []
  const clientId = await client.run(async (instance) => {
    const options = { group: 'billing', consumeFromWhere: CONSUME_FROM.FIRST_OFFSET, ...more }
    const consumer = new PushConsumer(instance, options, (message) => {
      got.push(message.properties.get(PROPERTY.KEYS)!)
      return listener(message)
    })
    consumer.subscribe('Orders', '*')
    await consumer.start()
    return instance.clientId
  })
  return { got, clientId }
}

/** An operator's question to the broker. */
const ask = (client: SimClient, parts: RequestParts): Promise<RemotingCommand> =>
  client.run(
    (instance: ClientInstance) =>
      new Promise((resolve, reject) =>
        instance.remoting.invoke('broker-a:10911', parts, 15_000, ({ error, response }) =>
          response === undefined ? reject(error) : resolve(response),
        ),
      ),
  )

it('an operator reads how a consumer is, through its broker', async () => {
  await withClients(1, async (cluster, startClient) => {
    await startCluster(cluster, ONE)
    await startProducer(cluster)
    const member = await startClient('member')
    const { clientId } = await pushConsumer(member, ({ queueId }) =>
      queueId === 0 ? 'CONSUME_SUCCESS' : 'RECONSUME_LATER',
    )
    await cluster.sleep(5_000)
    await sendMany(cluster, 'order', 8)
    await cluster.sleep(1_000)
    const operator = await startClient('operator')
    const extFields = getConsumerRunningInfo.encode({ consumerGroup: 'billing', clientId })
    const answer = await ask(operator, { code: getConsumerRunningInfo.code, extFields })
    const info = decodeJsonBody('the answer', answer.body, consumerRunningInfoShape)
    expect(info.subscriptionSet.map(({ topic }) => topic)).toEqual(['Orders', '%RETRY%billing'])
    const queues = info.mqTable.filter(([{ topic }]) => topic === 'Orders')
    expect(
      queues.map(([{ queueId }, { commitOffset, cachedMsgCount, droped }]) => [
        queueId,
        commitOffset,
        cachedMsgCount,
        droped,
      ]),
    ).toEqual([
      [0, 4, 0, false],
      [1, 4, 0, false],
    ])
    const { consumeFailedMsgs, consumeOKTPS } = info.statusTable.get('Orders')!
    expect(consumeFailedMsgs).toBe(4)
    expect(consumeOKTPS).toBeCloseTo(4 / 60)
    expect(info.properties.get('PROP_CONSUME_TYPE')).toBe('CONSUME_PASSIVELY')
  })
})

it.each(['concurrent', 'orderly', 'popping'])(
  'an operator reads how long a %s consumer needs, and when',
  async (kind) => {
    await withClients(8, async (cluster, startClient) => {
      await startCluster(cluster, { brokers: ['broker-a'], queues: 1 })
      await startProducer(cluster)
      const mode = ['setConsumeMode', '-c', 'DefaultCluster', '-t', 'Orders', '-g', 'billing', '-m', 'POP', '-q', '0']
      if (kind === 'popping') await cluster.admin('admin', mode)
      const member = await startClient('member')
      let consumedMs = 0
      const listener = () => {
        consumedMs = cluster.nowMs()
        return 'CONSUME_SUCCESS' as const
      }
      const options = { orderly: kind === 'orderly', clientRebalance: kind !== 'popping' }
      const { clientId } = await pushConsumer(member, listener, options)
      await cluster.sleep(30_000)
      await sendMany(cluster, 'order', 3)
      await cluster.sleep(9_000)
      const operator = await startClient('operator')
      const extFields = getConsumerRunningInfo.encode({ consumerGroup: 'billing', clientId })
      const answer = await ask(operator, { code: getConsumerRunningInfo.code, extFields })
      const info = decodeJsonBody('the answer', answer.body, consumerRunningInfoShape)
      const status = info.statusTable.get('Orders')!
      expect(status.pullTPS).toBeCloseTo(3 / 60)
      expect(status.pullRT, 'the broker holds a request for at most 15 s').toBeLessThan(15_000)
      expect(status.consumeRT).toBeLessThan(100)
      const queues = info.mqTable.filter(([{ topic }]) => topic === 'Orders').map(([, queue]) => queue)
      expect(queues).toHaveLength(kind === 'popping' ? 0 : 1)
      const epochMs = await member.run((instance) => instance.host.clock.nowMs() - cluster.nowMs())
      for (const { lastConsumeTimestamp, lastPullTimestamp, locked, lastLockTimestamp } of queues) {
        expect(lastConsumeTimestamp - epochMs).toBe(consumedMs)
        expect(lastPullTimestamp).toBeGreaterThanOrEqual(lastConsumeTimestamp)
        expect(locked).toBe(kind === 'orderly')
        const sinceLockMs = epochMs + cluster.nowMs() - lastLockTimestamp
        if (kind === 'orderly') expect(sinceLockMs, 'locks are renewed every 20 s').toBeLessThan(21_000)
        else expect(lastLockTimestamp).toBe(0)
      }
    })
  },
)

it('an operator hands one message to a consumer, and hears what it made of it', async () => {
  await withClients(2, async (cluster, startClient) => {
    await startCluster(cluster, ONE)
    await startProducer(cluster)
    let answer: 'CONSUME_SUCCESS' | 'RECONSUME_LATER' | 'throw' = 'CONSUME_SUCCESS'
    const member = await startClient('member')
    const { clientId, got } = await pushConsumer(member, () => {
      if (answer === 'throw') throw new Error('out of paper')
      return answer
    })
    await cluster.sleep(5_000)
    await sendMany(cluster, 'order', 1)
    await cluster.sleep(1_000)
    const operator = await startClient('operator')
    const offsetMsgId = await operator.run(async (instance) => {
      const consumer = new PullConsumer(instance, 'tools')
      consumer.start()
      for (const queue of await consumer.fetchSubscribeMessageQueues('Orders')) {
        const [found] = (await consumer.pull(queue, 0)).messages
        if (found !== undefined) return offsetMessageId(found.storeIp, found.storePort, found.physicalOffset)
      }
      return ''
    })
    for (const [next, result] of [
      ['CONSUME_SUCCESS', 'CR_SUCCESS'],
      ['RECONSUME_LATER', 'CR_LATER'],
      ['throw', 'CR_THROW_EXCEPTION'],
    ] as const) {
      answer = next
      const extFields = consumeMessageDirectly.encode({ consumerGroup: 'billing', clientId, msgId: offsetMsgId })
      const told = await ask(operator, { code: consumeMessageDirectly.code, extFields })
      const { consumeResult, remark } = decodeJsonBody('the answer', told.body, consumeDirectlyShape)
      expect([consumeResult, remark]).toEqual([result, next === 'throw' ? 'out of paper' : undefined])
    }
    expect(got, 'once from its queue, three times by hand').toEqual(Array(4).fill('order-1'))
  })
})

it.each(['true', 'false'])(
  'a group is sent back to the beginning while it is running (kept at the broker: %s)',
  async (atBroker) => {
    await withClients(3, async (cluster, startClient) => {
      await startCluster(cluster, { ...ONE, settings: [`useServerSideResetOffset=${atBroker}`] })
      await startProducer(cluster)
      const member = await startClient('member')
      const { got } = await pushConsumer(member, () => 'CONSUME_SUCCESS')
      await cluster.sleep(5_000)
      const sent = await sendMany(cluster, 'order', 10)
      await cluster.sleep(20_000) // offsets are stored
      expect([...got].sort()).toEqual([...sent].sort())
      const operator = await startClient('operator')
      const extFields = invokeBrokerToResetOffset.encode({
        topic: 'Orders',
        group: 'billing',
        timestamp: 0,
        isForce: true,
      })
      expect(await ask(operator, { code: invokeBrokerToResetOffset.code, extFields })).toMatchObject({ code: 0 })
      await cluster.sleep(60_000)
      expect([...got].sort(), 'everything twice').toEqual([...sent, ...sent].sort())
      await sendMany(cluster, 'new', 1)
      await cluster.sleep(5_000)
      expect(got.at(-1)).toBe('new-1')
    })
  },
)

const sendings = (cluster: Cluster) =>
  cluster.events.flatMap((event) => (event.kind === 'message.sending' ? [event] : []))

it('sendLatencyFaultEnable: after one failure a dead broker is left alone; without it every other send tries it', async () => {
  const failures = async (settings: readonly string[]) => {
    let tried = 0
    await inSimulation(4, async (cluster) => {
      await startCluster(cluster)
      await cluster.start({ name: 'shop', program: 'producer', args: ['namesrvAddr=namesrv:9876', ...settings] })
      await sendMany(cluster, 'before', 8)
      await cluster.kill('broker-b')
      const before = sendings(cluster).length
      const sent = await sendMany(cluster, 'after', 40)
      expect(sent).toHaveLength(40)
      tried = sendings(cluster)
        .slice(before)
        .filter(({ brokerName }) => brokerName === 'broker-b').length
    })
    return tried
  }
  expect(await failures([])).toBeGreaterThan(2)
  expect(await failures(['sendLatencyFaultEnable=true'])).toBe(1)
})

it('startDetectorEnable: a broker that is back is used again as soon as a probe gets through', async () => {
  await inSimulation(5, async (cluster) => {
    await startCluster(cluster)
    const settings = ['sendLatencyFaultEnable=true', 'startDetectorEnable=true']
    await cluster.start({ name: 'shop', program: 'producer', args: ['namesrvAddr=namesrv:9876', ...settings] })
    await sendMany(cluster, 'before', 8)
    await cluster.kill('broker-b')
    await sendMany(cluster, 'without', 8)
    await cluster.restart('broker-b')
    await cluster.sleep(15_000)
    const before = sendings(cluster).length
    await sendMany(cluster, 'again', 8)
    const used = sendings(cluster).slice(before)
    expect(used.filter(({ brokerName }) => brokerName === 'broker-b').length).toBeGreaterThan(2)
    expect(used.every(({ attempt }) => attempt === 1)).toBe(true)
  })
})

it('SQL92: a group gets what its condition holds for; what no broker understands is refused at the start', async () => {
  await inSimulation(6, async (cluster) => {
    await startCluster(cluster, { ...ONE, settings: ['enablePropertyFilter=true'] })
    await startProducer(cluster)
    await startConsumer(cluster, 'billing-1', 'billing', ["sql=TAGS = 'big' OR KEYS = 'order-2'"])
    await cluster.sleep(5_000)
    await cluster.produce('shop', { topic: 'Orders', key: 'order-1', body: 'x', tag: 'small' })
    await cluster.produce('shop', { topic: 'Orders', key: 'order-2', body: 'x', tag: 'small' })
    await cluster.produce('shop', { topic: 'Orders', key: 'order-3', body: 'x', tag: 'big' })
    await cluster.sleep(5_000)
    expect(keysOf(cluster, 'billing').sort()).toEqual(['order-2', 'order-3'])
    await expect(startConsumer(cluster, 'wrong', 'wrong', ['sql=TAGS = '])).rejects.toThrow(
      'the subscription to Orders by "TAGS =" is refused',
    )
  })
  await inSimulation(7, async (cluster) => {
    await startCluster(cluster, ONE)
    await expect(startConsumer(cluster, 'early', 'early', ["sql=TAGS = 'big'"])).rejects.toThrow('enablePropertyFilter')
  })
})
