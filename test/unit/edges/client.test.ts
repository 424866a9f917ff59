/** Clients at the edges of their limits. */
import { describe, expect, it } from 'vitest'
import { ConsumeStats } from '../../../reference/client/consumer/listen/consume-stats.ts'
import { ListenerBreaker } from '../../../reference/client/consumer/listen/listener-breaker.ts'
import { QueueLocks } from '../../../reference/client/consumer/listen/queue-locks.ts'
import { ConsumePop } from '../../../reference/client/consumer/pop/consume-pop.ts'
import { enoughInHand, type FlowControl } from '../../../reference/client/consumer/pull/flow-control.ts'
import { PollCache } from '../../../reference/client/consumer/pull/poll-cache.ts'
import { ProcessQueue } from '../../../reference/client/consumer/pull/process-queue.ts'
import * as limits from '../../../reference/client/limits.ts'
import { FaultStrategy } from '../../../reference/client/producer/fault-strategy.ts'
import { faultOf } from '../../../reference/client/producer/message-check.ts'
import { WaitingRequests } from '../../../reference/client/producer/request-reply.ts'
import type { MessageExt } from '../../../reference/common/message.ts'
import { MIB } from '../../../reference/common/units.ts'
import { HandHost } from '../../support/hand-host.ts'
import { amountEdges, timeEdges } from './edge.ts'

const message = (queueOffset: number, more: Partial<MessageExt> = {}) =>
  ({
    queueOffset,
    topic: 'T',
    body: new Uint8Array(10),
    properties: new Map(),
    reconsumeTimes: 0,
    bornTimestamp: 0,
    ...more,
  }) as MessageExt
const FLOW: FlowControl = {
  pullThresholdForQueue: limits.PULL_THRESHOLD_FOR_QUEUE,
  pullThresholdForTopic: -1,
  pullThresholdSizeForQueue: limits.PULL_THRESHOLD_MIB_FOR_QUEUE,
  pullThresholdSizeForTopic: -1,
  consumeConcurrentlyMaxSpan: limits.CONSUME_CONCURRENTLY_MAX_SPAN,
} as FlowControl
const inHand = (count: number, sizeBytes: number, span: number) => ({ count, sizeBytes, span })

amountEdges([
  {
    limit: 'PULL_THRESHOLD_FOR_QUEUE, one less',
    value: limits.PULL_THRESHOLD_FOR_QUEUE - 1,
    offer: (amount) => enoughInHand(FLOW, inHand(amount, 0, 0), 1, false),
    refusal: /^count$/,
  },
  {
    limit: 'PULL_THRESHOLD_MIB_FOR_QUEUE, one byte less',
    value: limits.PULL_THRESHOLD_MIB_FOR_QUEUE * MIB - 1,
    offer: (amount) => enoughInHand(FLOW, inHand(0, amount, 0), 1, false),
    refusal: /^size$/,
  },
  {
    limit: 'CONSUME_CONCURRENTLY_MAX_SPAN',
    value: limits.CONSUME_CONCURRENTLY_MAX_SPAN,
    offer: (amount) => enoughInHand(FLOW, inHand(0, 0, amount), 1, false),
    refusal: /^span$/,
  },
  {
    limit: 'pullThresholdForTopic of three queues, one less than a third',
    value: 32,
    offer: (amount) => enoughInHand({ ...FLOW, pullThresholdForTopic: 100 }, inHand(amount, 0, 0), 3, false),
    refusal: /^count$/,
  },
  {
    limit: 'REQUESTS_WAITING_MAX',
    value: limits.REQUESTS_WAITING_MAX,
    offer(amount) {
      const hand = new HandHost()
      let drawn = 0
      const host = { ...hand.host, clock: { ...hand.host.clock, after: () => 1 }, random: { int: () => drawn++ } }
      const waiting = new WaitingRequests(host)
      const add = (replied: (error: Error | undefined) => void) => waiting.add(message(0), 'c', 1_000, replied)
      for (let i = 1; i < amount; i++) add(() => {})
      let refusal = ''
      add((error) => {
        refusal = error?.message ?? ''
      })
      return refusal
    },
    refusal: /65535 requests already wait for their replies/,
  },
  {
    limit: 'POLLS_WAITING_MAX',
    value: limits.POLLS_WAITING_MAX,
    offer(amount) {
      const polls = new PollCache(new HandHost().host)
      let refusal = ''
      for (let i = 1; i <= amount; i++)
        polls.take(
          1_000,
          () => {},
          ({ message: sentence }) => {
            refusal = sentence
          },
        )
      return refusal
    },
    refusal: /1000 polls already wait/,
  },
  {
    limit: 'maxMessageSize',
    value: 100,
    offer: (amount) => faultOf([message(0, { body: new Uint8Array(amount) })], 100),
    refusal: /the message body has 101 bytes; at most 100 are allowed/,
  },
])

it('a batch has at least one message, one topic, and no empty body', () => {
  expect(faultOf([], 100)).toContain('at least one message')
  expect(faultOf([message(0, { body: new Uint8Array(0) })], 100)).toContain('is empty')
  expect(faultOf([message(0), message(1, { topic: 'U' })], 100)).toContain('one topic')
  expect(faultOf([message(0), message(1)], 100)).toBe('')
})

it('an orderly queue has no span, and a topic of many queues leaves each of them one message', () => {
  expect(enoughInHand(FLOW, inHand(0, 0, 100_000), 1, true)).toBe('')
  const topic = { ...FLOW, pullThresholdForTopic: 2, pullThresholdSizeForTopic: 6 }
  expect(enoughInHand(topic, inHand(0, 0, 0), 5, false)).toBe('')
  expect(enoughInHand(topic, inHand(1, 0, 0), 5, false)).toBe('count')
  expect(enoughInHand(topic, inHand(0, 2 * MIB - 1, 0), 3, false)).toBe('')
  expect(enoughInHand(topic, inHand(0, 2 * MIB, 0), 3, false)).toBe('size')
})

it('a queue in hand counts messages, bytes and offsets, and commits up to the oldest that is open', () => {
  const queue = new ProcessQueue()
  const [a, b, c] = [message(7), message(9), message(12)]
  expect(queue.put([a, b, c])).toEqual([a, b, c])
  expect(queue.put([b])).toEqual([])
  expect([queue.count, queue.sizeBytes, queue.offsets, queue.span]).toEqual([3, 30, { min: 7, max: 12 }, 5])
  expect([queue.remove(b), queue.remove(b), queue.sizeBytes]).toEqual([7, 7, 20])
  expect(queue.remove(a)).toBe(12)
  expect(queue.remove(c), 'the offset after the newest').toBe(13)
  expect([queue.count, queue.sizeBytes, queue.offsets, queue.span]).toEqual([0, 0, { min: 0, max: 0 }, 0])
  queue.put([a])
  queue.clear()
  expect([queue.sizeBytes, queue.remove(a), queue.first]).toEqual([0, -1, undefined])
})

describe('a broker that failed', () => {
  it.each([
    [0, 0],
    [549, 0],
    [550, 2_000],
    [1_799, 2_000],
    [1_800, 5_000],
    [2_999, 5_000],
    [3_000, 6_000],
    [4_999, 6_000],
    [5_000, 10_000],
    [14_999, 10_000],
    [15_000, 30_000],
  ])('or answered after %i ms is left alone for %i ms', (tookMs, aloneMs) => {
    const hand = new HandHost()
    const brokers = new FaultStrategy(hand.host, undefined)
    brokers.answered('b', tookMs)
    if (aloneMs > 0) {
      hand.pass(aloneMs - 1)
      expect(brokers.isAvailable('b')).toBe(false)
      hand.pass(1)
    }
    expect([brokers.isAvailable('b'), brokers.isReachable('b')]).toEqual([true, true])
  })

  it('is left alone for ten seconds, and a fast answer does not shorten that', () => {
    const hand = new HandHost()
    const brokers = new FaultStrategy(hand.host, undefined)
    brokers.failed('b')
    brokers.answered('b', 1)
    hand.pass(9_999)
    expect(brokers.isAvailable('b')).toBe(false)
    hand.pass(1)
    expect(brokers.isAvailable('b')).toBe(true)
  })

  it('DETECT_INTERVAL_MS: is asked every two seconds until it answers, and not after the stop', () => {
    const hand = new HandHost()
    const asked: string[] = []
    let isThere = false
    const brokers = new FaultStrategy(hand.host, (name, answered) => {
      asked.push(`${hand.nowMs} ${name}`)
      answered(isThere)
    })
    brokers.failed('b')
    brokers.failed('c')
    expect(brokers.isReachable('b')).toBe(false)
    hand.pass(1_999)
    expect(asked).toEqual([])
    hand.pass(1)
    expect(asked).toEqual(['2000 b'])
    isThere = true
    hand.pass(2_000)
    expect(asked).toEqual(['2000 b', '4000 b', '4000 c'])
    hand.pass(60_000)
    expect([asked.length, hand.timers, brokers.isReachable('b')]).toEqual([3, 0, true])
    brokers.failed('b')
    brokers.stop()
    hand.pass(60_000)
    expect([asked.length, hand.timers, brokers.isReachable('b')]).toEqual([3, 0, true])
  })
})

describe('statistics of a consumer', () => {
  it('cover the last minute, in steps of ten seconds', () => {
    const stats = new ConsumeStats()
    const begin = 3_600_000 * 5 + 7
    stats.pulled(begin, 40, 2)
    stats.pulled(begin, 10, 0)
    stats.consumed(begin, 30, true)
    stats.consumed(begin + 10_000, 50, true)
    stats.consumed(begin + 10_000, 5, false)
    expect(stats.status(begin + 10_000)).toEqual({
      ...{ pullRT: 40, pullTPS: 2 / 60, consumeRT: 40, consumeOKTPS: 2 / 60 },
      ...{ consumeFailedTPS: 1 / 60, consumeFailedMsgs: 1 },
    })
    expect(stats.status(begin + 59_992).pullTPS, 'the last millisecond of the sixth step').toBe(2 / 60)
    expect(stats.status(begin + 59_993)).toMatchObject({ pullTPS: 0, pullRT: 0, consumeRT: 50, consumeOKTPS: 1 / 60 })
    stats.consumed(begin + 60_000, 70, true) // takes the place of the first step
    expect(stats.status(begin + 60_000)).toMatchObject({ consumeRT: 60, consumeOKTPS: 2 / 60 })
    expect(stats.status(3_600_000 * 6 - 1).consumeFailedMsgs).toBe(1)
    expect(stats.status(3_600_000 * 6).consumeFailedMsgs).toBe(0)
    stats.consumed(3_600_000 * 6, 1, false)
    stats.consumed(3_600_000 * 6, 1, false)
    expect(stats.status(3_600_000 * 6).consumeFailedMsgs).toBe(2)
  })
})

describe('a popped message', () => {
  const pop = (more: Partial<MessageExt>, answer: number | 'success', tookMs = 0) => {
    const hand = new HandHost()
    const settled: string[] = []
    let answered: (status: 'CONSUME_SUCCESS' | 'RECONSUME_LATER') => void = () => {}
    const consume = new ConsumePop(hand.host, {
      group: 'g',
      acks: {
        ack: () => void settled.push('ack'),
        hide: (_: MessageExt, ms: number) => void settled.push(`hide ${ms}`),
      } as never,
      maxReconsumeTimes: limits.MAX_RECONSUME_TIMES,
      listener: (_message, _queue, context) => {
        if (answer !== 'success') context.delayLevelWhenNextConsume = answer
        return new Promise((resolve) => {
          answered = resolve
        })
      },
      consumeThreadMax: 20,
      onConsumed() {},
    })
    let done = 0
    const loop = { queue: { topic: 'T' }, processQueue: { dropped: false }, done: () => done++ } as never
    consume.submit(loop, [message(0, more)], 5_000)
    return {
      hand,
      consume,
      end: async () => {
        hand.pass(0)
        hand.pass(tookMs)
        answered(answer === 'success' ? 'CONSUME_SUCCESS' : 'RECONSUME_LATER')
        await new Promise((resolve) => setImmediate(resolve))
        return [settled.join(), done]
      },
    }
  }
  const bornAgo = (sec: number) => 1_700_000_000_000 - sec * 1_000

  it.each([
    [4_999, ['ack', 1]],
    [5_000, ['', 1]],
  ] as const)('that is consumed after %i ms of its five seconds', async (tookMs, expected) => {
    expect(await pop({}, 'success', tookMs).end()).toEqual(expected)
  })

  it('of a consumer that was stopped is not settled', async () => {
    const { consume, end } = pop({}, 'success')
    consume.stop()
    expect((await end())[0]).toBe('')
  })

  it.each([
    // earlier deliveries, the level of the listener, seconds since its birth, and what becomes of it
    [0, 0, 0, 'hide 10000'],
    [1, 0, 0, 'hide 30000'],
    [15, 0, 0, 'hide 7200000'],
    [3, 5, 0, 'hide 240000'],
    [0, 99, 0, 'hide 7200000'],
    [0, -1, 0, 'ack'],
    [16, 0, 9, 'hide 10000'],
    [16, 0, 10, 'hide 30000'],
    [16, 0, 7_199, 'hide 7200000'],
    [16, 0, 7_200, 'hide 7200000'],
    [16, 0, 14_400, 'hide 7200000'],
    [16, 0, 14_401, 'ack'],
  ])(
    'that failed after %i deliveries, with level %i, %i s old: %s',
    async (reconsumeTimes, level, ageSec, expected) => {
      const { end } = pop({ reconsumeTimes, bornTimestamp: bornAgo(ageSec) }, level)
      expect((await end())[0]).toBe(expected)
    },
  )
})

timeEdges([
  {
    limit: 'the time of a request for a reply',
    value: 1_500,
    hasHappened(ms) {
      const hand = new HandHost()
      let error = ''
      new WaitingRequests(hand.host).add(message(0), 'c', 1_500, (failed) => {
        error = failed?.message ?? ''
      })
      hand.pass(ms)
      return error.includes('no reply came within 1500 ms')
    },
  },
  {
    limit: 'REBALANCE_LOCK_MAX_LIVE_MS of a client',
    value: limits.REBALANCE_LOCK_MAX_LIVE_MS + 1,
    hasHappened(ms) {
      const hand = new HandHost()
      const queue = { topic: 'T', brokerName: 'b', queueId: 0 }
      const body = new TextEncoder().encode(JSON.stringify({ lockOKMQSet: [queue] }))
      const remoting = {
        invoke: (_: string, __: unknown, ___: number, answered: (answer: unknown) => void) =>
          answered({ response: { code: 0, body } }),
        invokeOneway() {},
      }
      const instance = { host: hand.host, remoting, clientId: 'c', masterAddress: () => 'b:1' }
      const locks = new QueueLocks(instance as never, 'g', () => {})
      locks.lock([queue], () => {})
      remoting.invoke = () => {} // the broker answers no more
      hand.pass(ms)
      return !locks.isHeld(queue)
    },
  },
  {
    limit: 'the time of a poll',
    value: 700,
    hasHappened(ms) {
      const hand = new HandHost()
      let polled: unknown
      new PollCache(hand.host).take(
        700,
        (messages) => {
          polled = messages
        },
        () => {},
      )
      hand.pass(ms)
      return polled !== undefined
    },
  },
  {
    limit: 'the rest of a listener’s breaker',
    value: 9_000,
    hasHappened(ms) {
      const hand = new HandHost()
      const breaker = new ListenerBreaker(hand.host, 'g', { slowMs: 100, calls: 2, failures: 2, openMs: 9_000 })
      let again = 0
      for (let i = 0; i < 2; i++) {
        breaker.begin(() => {})
        breaker.ended(101, true, breaker.round)
      }
      if (breaker.begin(() => again++)) return true
      hand.pass(ms)
      return again === 1
    },
  },
])

it('a listener is slow when it takes longer than its time, and not when it takes as long', () => {
  const hand = new HandHost()
  const breaker = new ListenerBreaker(hand.host, 'g', { slowMs: 100, calls: 2, failures: 2, openMs: 9_000 })
  for (let i = 0; i < 5; i++) {
    expect(breaker.begin(() => {})).toBe(true)
    breaker.ended(100, true, breaker.round)
  }
})

it('requests that wait for replies end once: with the reply, an error, or the shutdown', () => {
  const hand = new HandHost()
  let drawn = 0
  const waiting = new WaitingRequests({ ...hand.host, random: { int: () => drawn++ } })
  const ends: string[] = []
  const add = (name: string) =>
    waiting.add(message(0), 'c', 1_000, (error) => ends.push(`${name} ${error?.message ?? 'replied'}`))!
  const [a, b] = [add('a'), add('b')]
  add('c')
  expect(waiting.arrived(a.properties!.get('CORRELATION_ID')!, message(1))).toBe(true)
  expect(waiting.arrived(a.properties!.get('CORRELATION_ID')!, message(1))).toBe(false)
  waiting.failed(b, new Error('not sent') as never)
  waiting.failed(message(5), new Error('unknown') as never)
  waiting.close()
  expect(ends).toEqual(['a replied', 'b not sent', 'c the producer was shut down'])
  expect([waiting.count, hand.timers]).toEqual([0, 0])
})
