/** A broker at the edges of its limits. */
import { describe, expect, it } from 'vitest'
import { ConfigFile } from '../../../reference/broker/config-file.ts'
import { ConsumerManager } from '../../../reference/broker/consumer-manager.ts'
import { ConsumerOffsetManager } from '../../../reference/broker/consumer-offset-manager.ts'
import * as limits from '../../../reference/broker/limits.ts'
import { fastFailure } from '../../../reference/broker/overload/fast-failure.ts'
import type { OverloadConfig } from '../../../reference/broker/overload/overload-config.ts'
import { SendLimiter } from '../../../reference/broker/overload/send-limiter.ts'
import { ConsumerOrderInfoManager } from '../../../reference/broker/pop/consumer-order-info-manager.ts'
import { MessageRequestModeManager } from '../../../reference/broker/pop/message-request-mode-manager.ts'
import { OrderInfo } from '../../../reference/broker/pop/order-info.ts'
import { PopHold } from '../../../reference/broker/pop/pop-hold.ts'
import { TopicRoutes } from '../../../reference/broker/pop/topic-routes.ts'
import { ProducerManager } from '../../../reference/broker/producer-manager.ts'
import { RebalanceLockManager } from '../../../reference/broker/rebalance-lock-manager.ts'
import { SlidingSum } from '../../../reference/broker/stats/sliding-sum.ts'
import { deliverTimeMs, slotFor, waitingMessage } from '../../../reference/broker/timer/timer-message.ts'
import { TopicConfigManager } from '../../../reference/broker/topic-config-manager.ts'
import { OpBatch } from '../../../reference/broker/transaction/op-batch.ts'
import { PROPERTIES_BYTES_MAX, QUEUES_PER_TOPIC_MAX, TOPICS_MAX } from '../../../reference/common/limits.ts'
import { encodeProperties } from '../../../reference/common/message-properties.ts'
import { DiskError } from '../../../reference/host/host.ts'
import { encodeFrame, makeResponse } from '../../support/frames.ts'
import { HandHost } from '../../support/hand-host.ts'
import { amountEdges, sentenceOf, timeEdges } from './edge.ts'

const channelOf = () => {
  const channel = { isClosed: false, close: () => void (channel.isClosed = true), oneway() {} }
  return channel
}
const CLIENT = { clientId: 'c', language: 0, version: 0 }
const consumer = (groupName: string) => ({
  ...{ groupName, consumeType: 'PUSH', messageModel: 'CLUSTERING', consumeFromWhere: 'LAST', subscriptionDataSet: [] },
  unitMode: false,
})
/** A disk on which nothing is, and whose writes never end. */
const NO_DISK = {
  ...{ sizeBytes: () => -1, open: () => 1, write() {}, resize() {}, close() {}, rename() {}, remove() {} },
  ...{ sync() {}, syncDirectory() {}, list: () => [] },
}
const host = () => ({ ...new HandHost().host, disk: NO_DISK }) as never
const CONFIG = { storePathRootDir: 'store/', brokerPermission: 6, autoCreateTopicEnable: true } as never
const topic = (topicName: string, readQueueNums = 1, writeQueueNums = 1) => ({
  ...{ topicName, readQueueNums, writeQueueNums, perm: 6, topicFilterType: 'SINGLE_TAG', topicSysFlag: 0 },
  ...{ order: false, attributes: {} },
})
/** A map that says it has so many entries, and has none. */
class Sized extends Map<string, number> {
  readonly #size: number
  constructor(size: number) {
    super()
    this.#size = size
  }
  override get size(): number {
    return this.#size
  }
}

amountEdges([
  {
    limit: 'GROUPS_PER_CONNECTION_MAX of consumers',
    value: limits.GROUPS_PER_CONNECTION_MAX,
    offer(amount) {
      const consumers = new ConsumerManager(host(), () => false)
      const channel = channelOf() as never
      for (let i = 1; i < amount; i++) consumers.register(channel, CLIENT, consumer(`g${i}`))
      expect(consumers.register(channel, CLIENT, consumer('g1')), 'a group that it has').toBe(true)
      return consumers.register(channel, CLIENT, consumer('new')) ? '' : 'full'
    },
  },
  {
    limit: 'GROUPS_PER_CONNECTION_MAX of producers',
    value: limits.GROUPS_PER_CONNECTION_MAX,
    offer(amount) {
      const producers = new ProducerManager(host())
      const channel = channelOf() as never
      for (let i = 1; i < amount; i++) producers.register(channel, CLIENT, `g${i}`)
      return producers.register(channel, CLIENT, 'g1') && producers.register(channel, CLIENT, 'new') ? '' : 'full'
    },
  },
  {
    limit: 'OFFSETS_MAX of a master',
    value: limits.OFFSETS_MAX,
    offer: (amount) =>
      sentenceOf(() =>
        new ConsumerOffsetManager(host(), '').adopt({
          offsetTable: new Map([['T@g', new Sized(amount)]]),
          dataVersion: { counter: 1, stateVersion: 0, timestamp: 1 },
        }),
      ),
    refusal: /the master has more than 1000000 offsets/,
  },
  {
    limit: 'OFFSETS_MAX of a commit',
    value: limits.OFFSETS_MAX,
    offer(amount) {
      const offsets = new ConsumerOffsetManager(host(), '')
      const dataVersion = { counter: 1, stateVersion: 0, timestamp: 1 }
      offsets.adopt({ offsetTable: new Map([['T@g', new Sized(amount - 1)]]), dataVersion })
      return offsets.hasRoom('g', 'T', 0) ? '' : 'full'
    },
  },
  {
    limit: 'TOPICS_MAX of a master',
    value: TOPICS_MAX,
    offer(amount) {
      const topics = new TopicConfigManager(host(), CONFIG, () => {})
      const table = new Sized(amount) as never
      return sentenceOf(() =>
        topics.adopt({ dataVersion: { counter: 9, stateVersion: 0, timestamp: 9 }, topicConfigTable: table } as never),
      )
    },
    refusal: /the master has more than 100000 topics/,
  },
  {
    limit: 'TOPICS_MAX of one request',
    value: TOPICS_MAX,
    offer: (amount) =>
      sentenceOf(() => {
        const topics = new TopicConfigManager(host(), CONFIG, () => {})
        topics.check(topic('new'), amount - 1 - topics.names().length)
      }),
  },
  {
    limit: 'QUEUES_PER_TOPIC_MAX',
    value: QUEUES_PER_TOPIC_MAX,
    offer: (amount) =>
      sentenceOf(() => {
        const topics = new TopicConfigManager(host(), CONFIG, () => {})
        topics.check(topic('a', amount, 1))
        topics.check(topic('b', 1, amount))
      }),
    refusal: /a topic may have 0 to 16384 queues, not 16385/,
  },
  {
    limit: 'REQUEST_MODES_MAX',
    value: limits.REQUEST_MODES_MAX,
    offer(amount) {
      const modes = new MessageRequestModeManager(host(), '')
      const mode = (consumerGroup: string) => ({ topic: 'T', consumerGroup, mode: 'POP', popShareQueueNum: 0 }) as never
      for (let i = 1; i < amount; i++) modes.set(mode(`g${i}`), () => {})
      expect(
        modes.set(mode('g1'), () => {}),
        'one that is set',
      ).toBe(true)
      return modes.set(mode('new'), () => {}) ? '' : 'full'
    },
  },
  {
    limit: 'the pops that one group holds for a queue',
    value: 5,
    offer(amount) {
      const hold = new PopHold(host(), { totalMax: 100, eachMax: 5 } as never)
      const held = () =>
        hold.hold(
          {
            group: 'g',
            topic: 'T',
            queueId: 0,
            channel: { inTurn: (_: number, run: () => void) => run() },
            wake() {},
            codes: undefined,
          } as never,
          1_000,
        )
      for (let i = 1; i < amount; i++) held()
      return held() ? '' : 'full'
    },
  },
  {
    limit: 'the longest delay of the timer',
    value: 3_000,
    offer: (sec) =>
      deliverTimeMs(new Map([['TIMER_DELAY_SEC', `${sec}`]]), { timerMaxDelaySec: 3_000 } as never, 77) === undefined
        ? 'too long'
        : '',
  },
  {
    limit: 'PROPERTIES_BYTES_MAX, with the properties of the timer',
    value: PROPERTIES_BYTES_MAX - 256,
    offer(amount) {
      const own = new Map([
        ['TIMER_OUT_MS', '5'],
        ['REAL_TOPIC', 'T'],
        ['REAL_QID', '0'],
      ])
      const rest = amount - encodeProperties(own).length - encodeProperties(new Map([['k', '']])).length
      const made = waitingMessage({ topic: 'T', queueId: 0 } as never, new Map([['k', 'v'.repeat(rest)]]), 5)
      return made === undefined ? 'no room' : ''
    },
  },
])

it.each([
  ['0', 0, true],
  ['-1', 0, false],
  ['0', -1, false],
])('a topic with %s and %i queues', (read, write, isAllowed) => {
  const topics = new TopicConfigManager(host(), CONFIG, () => {})
  expect(sentenceOf(() => topics.check(topic('T', Number(read), write))) === '').toBe(isAllowed)
})
it('a send that wants no queue creates no topic', () => {
  const topics = new TopicConfigManager(host(), CONFIG, () => {})
  topics.update({ ...topic('TBW102', 8, 8), perm: 7 })
  expect(topics.topicForSend('new', 'TBW102', 1).writeQueueNums).toBe(1)
  expect(topics.topicForSend('new', 'TBW102', 9).writeQueueNums).toBe(8)
  for (const wanted of [0, -1])
    expect(sentenceOf(() => topics.topicForSend('new', 'TBW102', wanted))).toMatch(/not exist/)
})

describe('offsets', () => {
  const version = (counter: number) => ({ counter, stateVersion: 0, timestamp: counter })
  it('of a slave that acted are taken when they are new, larger, or of a newer table', () => {
    for (const [counter, expected] of [
      [1, [9, 7, 3]],
      [99, [9, 5, 3]],
    ] as const) {
      const offsets = new ConsumerOffsetManager(host(), '')
      offsets.adopt({
        offsetTable: new Map([
          [
            'T@g',
            new Map([
              ['0', 8],
              ['1', 7],
            ]),
          ],
        ]),
        dataVersion: version(50),
      })
      const theirs = new Map([
        [
          'T@g',
          new Map([
            ['0', 9],
            ['1', 5],
            ['2', 3],
          ]),
        ],
      ])
      offsets.adoptLater({ offsetTable: theirs, dataVersion: version(counter) })
      expect([0, 1, 2].map((queueId) => offsets.queryOffset('g', 'T', queueId))).toEqual(expected)
    }
  })
  it('a full table still takes offsets of the queues that it has, also the offset 0', () => {
    const offsets = new ConsumerOffsetManager(host(), '')
    offsets.adopt({
      offsetTable: new Map([
        ['T@g', new Map([['3', 0]])],
        ['U@g', new Sized(limits.OFFSETS_MAX - 1)],
      ]),
      dataVersion: version(2),
    })
    expect([offsets.hasRoom('g', 'T', 3), offsets.hasRoom('g', 'T', 4)]).toEqual([true, false])
    expect([offsets.clone('g', 'h', 'T'), offsets.clone('g', 'h', 'none')]).toEqual([false, true])
  })
})

/** Advances to `ms` with a member registered at 0, and says whether `expire` has removed it. */
const memberGone = (kind: 'consumer' | 'producer') => (ms: number) => {
  const hand = new HandHost()
  const channel = channelOf()
  const consumers = new ConsumerManager(hand.host, () => false)
  const producers = new ProducerManager(hand.host)
  consumers.register(channel as never, CLIENT, consumer('g'))
  producers.register(channel as never, CLIENT, 'g')
  hand.pass(ms)
  if (kind === 'consumer') consumers.expire()
  else producers.expire()
  const isGone = kind === 'consumer' ? consumers.group('g') === undefined : producers.members('g').size === 0
  expect(channel.isClosed).toBe(isGone)
  return isGone
}

/** Holds a pop for `holdMs`, and looks again after `lookMs`. Returns how it was woken. */
const popHeld = (holdMs: number, lookMs: number) => {
  const hand = new HandHost()
  const woken: string[] = []
  const hold = new PopHold(hand.host, { totalMax: 100, eachMax: 5 } as never)
  const wake = (isOver: boolean) => woken.push(`${hand.nowMs} ${isOver}`)
  hold.hold(
    {
      group: 'g',
      topic: 'T',
      queueId: 0,
      channel: { inTurn: (_: number, run: () => void) => run() },
      again: wake,
      codes: undefined,
    } as never,
    holdMs,
    lookMs,
  )
  return { hand, woken, hold }
}

timeEdges([
  {
    limit: 'CHANNEL_EXPIRED_MS of a consumer',
    value: limits.CHANNEL_EXPIRED_MS + 1,
    hasHappened: memberGone('consumer'),
  },
  {
    limit: 'CHANNEL_EXPIRED_MS of a producer',
    value: limits.CHANNEL_EXPIRED_MS + 1,
    hasHappened: memberGone('producer'),
  },
  {
    limit: 'LOCK_BELIEVED_MS after a restart',
    value: limits.LOCK_BELIEVED_MS,
    hasHappened(ms) {
      const hand = new HandHost()
      const locks = new RebalanceLockManager(hand.host)
      locks.rest()
      hand.pass(ms)
      return locks.tryLockBatch('g', [{ topic: 'T', brokerName: 'b', queueId: 0 }], 'c').length === 1
    },
  },
  {
    limit: 'ROUTE_BELIEVED_MS',
    value: limits.ROUTE_BELIEVED_MS,
    hasHappened(ms) {
      const hand = new HandHost()
      const routes = new TopicRoutes(hand.host, ['namesrv:9876'])
      const route = { queueDatas: [], brokerDatas: [] }
      let known = 0
      routes.routeOf('T', () => known++)
      hand.open()
      hand.receive(encodeFrame({ ...makeResponse(0, 0), body: new TextEncoder().encode(JSON.stringify(route)) }))
      expect(known).toBe(1)
      hand.pass(ms)
      hand.take()
      routes.routeOf('T', () => known++)
      return hand.take().some((line) => line.includes(' send'))
    },
  },
  {
    limit: 'the time of a held pop',
    value: 900,
    hasHappened(ms) {
      const { hand, woken } = popHeld(900, 900)
      hand.pass(ms)
      return woken[0] === '900 true'
    },
  },
  {
    limit: 'the next look of a held pop',
    value: 899,
    hasHappened(ms) {
      const { hand, woken } = popHeld(900, 899)
      hand.pass(ms)
      return woken[0] === '899 false'
    },
  },
])

describe('a batch that was popped in order', () => {
  const batch = (more: object = {}) =>
    new OrderInfo(
      { popTime: 1_000, invisibleTime: 500, offsets: [7, 8, 11], lastConsumeMs: 1_000, ...more },
      'try',
      new Map([[8, 2]]),
    )

  it('blocks its queue until its last open message is visible, and not for its own attempt', () => {
    const info = batch()
    expect([info.blockedUntil('other', 1_499), info.blockedUntil('other', 1_500)]).toEqual([1_500, undefined])
    expect([info.blockedUntil('try', 1_000), info.blockedUntil(undefined, 1_000)]).toEqual([undefined, 1_500])
    info.setVisibleAt(8, 2_000)
    info.setVisibleAt(9, 9_000)
    expect([info.blockedUntil('other', 1_999), info.blockedUntil('other', 2_000)]).toEqual([2_000, undefined])
    info.ack(8)
    expect(info.blockedUntil('other', 1_500)).toBe(undefined)
  })

  it('commits up to its first open message, and knows only its own', () => {
    const info = batch()
    expect([info.nextOffset, info.ack(9), info.ack(8), info.nextOffset]).toEqual([7, false, true, 7])
    expect([info.ack(7), info.nextOffset, info.ack(11), info.nextOffset]).toEqual([true, 11, true, 12])
    expect([...info.countsOfNext('other', [8, 11, 12])]).toEqual([
      [8, 3],
      [11, 1],
    ])
    expect([...info.countsOfNext('try', [8])]).toEqual([[8, 2]])
  })

  it('of 32 messages comes back from its file as it was', () => {
    const offsets = Array.from({ length: 32 }, (_, i) => 100 + 2 * i)
    const info = batch({ offsets })
    for (const i of [0, 5, 31]) info.ack(offsets[i]!)
    info.setVisibleAt(102, 7_777)
    const json = info.toJson() as { cm: number; oc: object; ot: object }
    expect(json.cm).toBe(2 ** 31 + 2 ** 5 + 1)
    const table = (of: object) => new Map(Object.entries(of))
    const again = OrderInfo.fromJson({ ...json, oc: table(json.oc), ot: table(json.ot) } as never)!
    expect(again.toJson()).toEqual(json)
    expect([again.nextOffset, again.blockedUntil('x', 1_500)]).toEqual([102, 7_777])
    expect(OrderInfo.fromJson({ ...json, o: [] } as never)).toBeUndefined()
  })

  it('ORDER_INFO_KEPT_MS: is written for a day, and not longer', () => {
    for (const [more, isKept] of [
      [0, true],
      [1, false],
    ] as const) {
      const hand = new HandHost()
      let text = ''
      const disk = {
        ...NO_DISK,
        write: (_: number, __: number, bytes: Uint8Array) => (text += new TextDecoder().decode(bytes)),
      }
      const orders = new ConsumerOrderInfoManager({ ...hand.host, disk } as never, '')
      const point = { topic: 'T', group: 'g', queueId: 0, popTime: 5, invisibleTime: 9, offsets: [3] } as never
      orders.popped('a', point)
      hand.pass(limits.ORDER_INFO_KEPT_MS - 1_000)
      text = ''
      hand.pass(1_000 + more)
      orders.forget('none', 'none', 0)
      orders.setVisibleAt({ topic: 'T', group: 'g', queueId: 0, popTime: 6 }, 3, 9)
      expect(orders.ack('T', 'g', 0, 3, 6), 'of another pop').toBe(-1)
      expect(orders.ack('T', 'g', 1, 3, 5), 'without a batch').toBe(4)
      expect(orders.ack('T', 'g', 0, 4, 5), 'not in the batch').toBe(-1)
      orders.close(() => {})
      hand.pass(0)
      if (text !== '') expect(text.includes('T@g')).toBe(isKept)
    }
  })
})

describe('sends that wait', () => {
  const config = (more: Partial<OverloadConfig> = {}): OverloadConfig => ({
    brokerFastFailureEnable: true,
    sendThreadPoolQueueCapacity: 10,
    glassmqWaitTimeMillsForDisk: 200,
    glassmqSendLimiter: 'none',
    glassmqSendLimit: 1,
    glassmqSendLimitWindowMs: 1_000,
    glassmqSendLimitBurst: 1,
    ...more,
  })
  it.each([
    [9, 199, ''],
    [10, 0, '[OVERLOAD]'],
    [0, 200, '[TIMEOUT_CLEAN_QUEUE]'],
    [9, 199.9, ''],
  ])('%i for %i ms: %s', (waitingPuts, longestWaitMs, sentence) => {
    expect(fastFailure(config(), { waitingPuts, longestWaitMs })?.message ?? '').toContain(sentence)
    expect((fastFailure(config(), { waitingPuts, longestWaitMs }) === undefined) === (sentence === '')).toBe(true)
    expect(fastFailure(config({ brokerFastFailureEnable: false }), { waitingPuts, longestWaitMs })).toBeUndefined()
  })
  it('a wait without a limit refuses nothing', () => {
    const line = { waitingPuts: 0, longestWaitMs: 1e9 }
    expect(fastFailure(config({ glassmqWaitTimeMillsForDisk: 0 }), line)).toBeUndefined()
  })
  it('a delayed send is put at its time, or refused at the stop, once', () => {
    const hand = new HandHost()
    const limiter = new SendLimiter(hand.host, config(), { waitingPuts: 0, longestWaitMs: 0 })
    const ends: string[] = []
    const later = (name: string, ms: number) =>
      limiter.later(ms, { put: () => ends.push(`${hand.nowMs} ${name}`), refused: () => ends.push(`${name} refused`) })
    later('a', 100)
    later('b', 200)
    hand.pass(100)
    limiter.stop()
    limiter.stop()
    hand.pass(1_000)
    expect([ends, hand.timers]).toEqual([['100 a', 'b refused'], 0])
    expect(limiter.ask('T')).toBe(0)
  })
})

describe('times of the timer', () => {
  const config = { timerPrecisionMs: 100, timerRollWindowSlot: 9, timerMaxDelaySec: 3_000 } as never
  it.each([
    // due, now, the slot, and whether it is only a part of the way
    [1_000, 1_000, 1_000, false],
    [900, 1_000, 900, false],
    [899, 1_000, 900, false],
    [1_899, 1_000, 1_899, false],
    [1_900, 1_000, 1_400, true],
    [2_199, 1_000, 1_400, true],
    [2_200, 1_000, 1_900, true],
  ])('%i at %i waits in slot %i', (tickMs, nowMs, slotMs, rolls) => {
    expect(slotFor(tickMs, nowMs, config)).toEqual({ slotMs, rolls })
  })
  it.each([
    [{ TIMER_DELAY_SEC: '2' }, 7_000],
    [{ TIMER_DELAY_MS: '2' }, 5_002],
    [{ TIMER_DELIVER_MS: '4000' }, 4_000],
    [{ TIMER_DELIVER_MS: '-4000' }, 0],
    [{ TIMER_DELAY_MS: '3000000' }, 3_005_000],
    [{ TIMER_DELAY_MS: '3000001' }, undefined],
    [{ TIMER_DELIVER_MS: '3005001' }, undefined],
    [{ TIMER_DELAY_MS: '1.5' }, undefined],
    [{}, undefined],
  ] as const)('%j at 5000 is due at %s', (properties, expected) => {
    expect(deliverTimeMs(new Map(Object.entries(properties)), config, 5_000)).toBe(expected)
  })
})

describe('ends of transactions', () => {
  const batch = (accepts = true) => {
    const hand = new HandHost()
    const put: string[] = []
    const noted: number[] = []
    const op = new OpBatch(
      hand.host,
      { transactionOpMsgMaxSizeBytes: 10, transactionOpBatchIntervalMs: 3_000 } as never,
      {
        putMessage: (message: { body: Uint8Array }, done: (result: object) => void) => {
          put.push(`${hand.nowMs} ${new TextDecoder().decode(message.body)}`)
          done({ queueOffset: accepts ? put.length - 1 : -1, reason: '' })
        },
      } as never,
      { storeIp: new Uint8Array(4), storePort: 1, newUniqKey: () => 'u' } as never,
      (_, halves) => noted.push(halves.length),
    )
    return { hand, put, noted, add: (queueOffset: number) => op.add({ queueOffset } as never), op }
  }
  it('are noted when their text has ten bytes, or after the interval', () => {
    const { hand, put, noted, add } = batch()
    for (const offset of [1, 2, 3, 4]) add(offset)
    expect(put).toEqual([])
    add(5)
    expect(put).toHaveLength(1)
    add(60)
    hand.pass(2_999)
    expect(put).toHaveLength(1)
    hand.pass(1)
    expect([put.length, noted, hand.timers]).toEqual([2, [5, 1], 0])
  })
  it('are noted again after an interval when the store refuses them, and never after the stop', () => {
    const { hand, put, add, op } = batch(false)
    add(1)
    hand.pass(3_000)
    hand.pass(2_999)
    expect(put).toHaveLength(1)
    hand.pass(1)
    expect(put).toHaveLength(2)
    op.stop()
    hand.pass(60_000)
    expect(hand.timers).toBe(0)
  })
})

it('NOTICE_GATHER_MS: a broker that stops takes its waiting notice back, and sends none any more', () => {
  for (const stops of [false, true]) {
    const hand = new HandHost()
    const consumers = new ConsumerManager(hand.host, () => true)
    let notices = 0
    const member = () => ({ ...channelOf(), oneway: () => void notices++ }) as never
    const [a, b] = [member(), member()]
    consumers.register(a, CLIENT, consumer('g'))
    consumers.register(b, CLIENT, consumer('g'))
    expect([notices, hand.timers]).toEqual([1, 1])
    if (stops) consumers.stop()
    expect(hand.timers).toBe(stops ? 0 : 1)
    hand.pass(limits.NOTICE_GATHER_MS - 1)
    expect(notices).toBe(1)
    hand.pass(1)
    expect(notices).toBe(stops ? 1 : 3)
    hand.pass(limits.NOTICE_GATHER_MS)
    consumers.channelClosed(a)
    expect([notices, hand.timers]).toEqual(stops ? [1, 0] : [4, 1])
  }
})

it('CONFIG_WRITE_AGAIN_MS: a table that the disk refuses is written again, and not after the broker has stopped', () => {
  const hand = new HandHost()
  let opened = 0
  const disk = {
    ...NO_DISK,
    open: () => {
      opened++
      throw new DiskError('ENOSPC', 'config/table', 'cannot write to')
    },
  }
  const file = new ConfigFile(
    { ...hand.host, disk } as never,
    'config/table',
    (value) => value,
    () => ({}),
  )
  const ends: unknown[] = []
  file.persist((isStored) => ends.push(isStored))
  hand.pass(0)
  const first = opened
  expect([ends, first > 0, file.isBehind]).toEqual([[false], true, true])
  hand.pass(limits.CONFIG_WRITE_AGAIN_MS - 1)
  expect(opened).toBe(first)
  hand.pass(1)
  expect(opened).toBe(2 * first)
  file.close((isStored) => ends.push(isStored))
  hand.pass(60_000)
  expect([ends, opened, hand.timers]).toEqual([[false, false], 3 * first, 0])
  const fresh = new ConfigFile(
    { ...hand.host, disk } as never,
    'config/table',
    (value) => value,
    () => ({}),
  )
  fresh.close(() => {})
  hand.pass(60_000)
  expect([opened, hand.timers], 'refused for the first time at the stop').toEqual([4 * first, 0])
})

it('a second is counted from the start on, and at least as one second', () => {
  const sum = new SlidingSum(1_000, 10, 5_400)
  sum.add(5_400, 30)
  expect([sum.perSecond(5_400), sum.perSecond(6_400), sum.perSecond(6_900)]).toEqual([30, 30, 20])
  const old = new SlidingSum(1_000, 2, 0)
  old.add(100_500, 10)
  expect([old.perSecond(100_500), old.perSecond(100_999), old.perSecond(102_000)]).toEqual([
    10 / 2.5,
    (10 * 1_000) / 2_999,
    5,
  ])
  expect(old.perSecond(103_000)).toBe(0)
})
