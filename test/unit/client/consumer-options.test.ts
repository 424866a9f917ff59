/** What a consumer program is told, and what it says when it cannot be meant. */
import { expect, it } from 'vitest'
import { consumerOptions } from '../../../reference/client/apps/consumer-options.ts'
import { enoughInHand, FLOW_DEFAULTS } from '../../../reference/client/consumer/pull/flow-control.ts'
import { Settings } from '../../../reference/common/properties-file.ts'

const options = (entries: Readonly<Record<string, string>>) =>
  consumerOptions('billing', new Settings(new Map(Object.entries(entries)), 'the command line'))

it('without a word everything is as in RocketMQ', () => {
  const { flow, strategy, breaker } = options({})
  expect(flow).toEqual(FLOW_DEFAULTS)
  expect(strategy!.name).toBe('AVG')
  expect(breaker).toBeUndefined()
})

it('strategies that need settings get them, or say which are missing', () => {
  const config = options({
    allocateMessageQueueStrategy: 'CONFIG',
    messageQueues: 'Orders/broker-a/0,Orders/broker-b/3',
  })
  expect(config.strategy!.allocate('me', [], ['me'])).toEqual([
    { topic: 'Orders', brokerName: 'broker-a', queueId: 0 },
    { topic: 'Orders', brokerName: 'broker-b', queueId: 3 },
  ])
  expect(() => options({ allocateMessageQueueStrategy: 'CONFIG' })).toThrow('messageQueues is not set')
  expect(() => options({ allocateMessageQueueStrategy: 'MACHINE_ROOM' })).toThrow('consumeridcs is not set')
  const wrong = { allocateMessageQueueStrategy: 'CONFIG', messageQueues: 'Orders/broker-a' }
  expect(() => options(wrong)).toThrow('a queue looks like Orders/broker-a/0')
  expect(() => options({ allocateMessageQueueStrategy: 'RANDOM' })).toThrow('must be one of AVG')
})

it('consumers of MACHINE_ROOM_NEARBY stand in the room that their names begin with', () => {
  const { strategy } = options({ allocateMessageQueueStrategy: 'MACHINE_ROOM_NEARBY' })
  const queues = ['r1@a', 'r2@b'].map((brokerName) => ({ topic: 'Orders', brokerName, queueId: 0 }))
  const ids = ['10.0.0.5@r1-billing#1', '10.0.0.6@r2-billing#2']
  expect(strategy!.allocate(ids[1]!, queues, ids)).toEqual([queues[1]])
})

it('numbers outside RocketMQ’s bounds are refused', () => {
  expect(() => options({ pullBatchSize: '0' })).toThrow(
    'pullBatchSize is "0"; it must be a whole number from 1 to 1024',
  )
  expect(() => options({ consumeThreadMax: '0' })).toThrow('consumeThreadMax')
  expect(() => options({ glassmqBreakerSlowMs: '5', glassmqBreakerCalls: '3', glassmqBreakerFailures: '4' })).toThrow(
    'from 1 to 3',
  )
})

it('a topic’s limit is shared among its queues, and takes the place of theirs', () => {
  const flow = { ...FLOW_DEFAULTS, pullThresholdForTopic: 7 }
  const enough = (count: number, queues: number) => enoughInHand(flow, { count, sizeBytes: 0, span: 0 }, queues, false)
  expect([enough(2, 3), enough(1, 3)]).toEqual(['count', ''])
  expect([enough(1, 100), enough(0, 100)], 'at least one each').toEqual(['count', ''])
  expect(enoughInHand(flow, { count: 0, sizeBytes: 0, span: 2_001 }, 1, false)).toBe('span')
  expect(enoughInHand(flow, { count: 0, sizeBytes: 0, span: 2_001 }, 1, true), 'in order nothing lags').toBe('')
})
