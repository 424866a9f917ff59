/** What brokers write down about pops, what they remember of ordered queues, and how they share queues out. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  ackId,
  checkPointId,
  decodeAck,
  decodeCheckPoint,
  encodeAck,
  encodeCheckPoint,
} from '../../../reference/broker/pop/check-point.ts'
import { OpenCheckPoints } from '../../../reference/broker/pop/open-check-points.ts'
import { OrderInfo, orderInfoShape } from '../../../reference/broker/pop/order-info.ts'
import { assignedQueues, BROKER_STRATEGIES } from '../../../reference/broker/pop/queue-assignment.ts'
import { JsonSyntaxError, parseJson } from '../../../reference/common/lax-json.ts'
import type { MessageQueue } from '../../../reference/common/message.ts'
import { ShapeError } from '../../../reference/common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../../reference/common/utf8.ts'

const name = fc.stringMatching(/^[a-zA-Z0-9%_-]{1,20}$/)
const time = fc.integer({ min: 0, max: 4_000_000_000_000 })
const offset = fc.integer({ min: 0, max: 1_000_000_000 })
const pop = { topic: name, group: name, queueId: fc.nat(1_000), startOffset: offset, popTime: time, brokerName: name }
const offsets = fc.uniqueArray(fc.nat(100_000), { minLength: 1, maxLength: 32 }).map((all) => all.sort((a, b) => a - b))

it('a check point is read as it was written', () => {
  const one = fc.record({ ...pop, invisibleTime: time, offsets, rePutTimes: fc.nat(200) })
  fc.assert(
    fc.property(one, (ck) => {
      const whole = { ...ck, offsets: ck.offsets.map((distance) => ck.startOffset + distance) }
      expect(decodeCheckPoint(encodeCheckPoint(whole))).toEqual(whole)
    }),
  )
})

it('open check points are settled in order, know their own acknowledgements, and are forgotten with the last', () => {
  const named = (startOffset: number) => ({
    ...{ topic: 'T', group: 'g', queueId: 0, startOffset, popTime: 1, brokerName: 'b' },
  })
  const step = fc.oneof(
    fc.record({ is: fc.constant('add'), key: fc.nat(3), offset: fc.constant(0) }),
    fc.record({ is: fc.constant('ack'), key: fc.nat(3), offset: fc.nat(5) }),
    fc.record({ is: fc.constant('take'), key: fc.constant(0), offset: fc.constant(0) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const open = new OpenCheckPoints()
      const model: { key: number; reviveOffset: number; acked: Set<number> }[] = []
      for (const [reviveOffset, { is, key, offset }] of steps.entries()) {
        if (is === 'add') {
          const ck = { ...named(key), invisibleTime: 1, offsets: [0], rePutTimes: 0 }
          open.add({ ck, reviveOffset, ripeMs: 0, acked: new Set() })
          model.push({ key, reviveOffset, acked: new Set() })
        } else if (is === 'ack') {
          open.acknowledge({ ...named(key), ackOffsets: [offset], isBatch: false })
          for (const one of model) if (one.key === key) one.acked.add(offset)
        } else {
          const [taken, expected] = [open.takeOldest(), model.shift()]
          expect([taken?.reviveOffset, taken?.acked]).toEqual([expected?.reviveOffset, expected?.acked])
        }
        expect([open.size, open.oldest?.reviveOffset]).toEqual([model.length, model[0]?.reviveOffset])
      }
    }),
  )
})

it("a check point and its acknowledgements are RocketMQ's JSON and bear its names", () => {
  const named = { topic: 'T', group: 'g', queueId: 2, startOffset: 17, popTime: 1_000, brokerName: 'b' }
  const ck = { ...named, invisibleTime: 60_000, offsets: [17, 19], rePutTimes: 0 }
  const json = '{"so":17,"pt":1000,"it":60000,"bm":0,"n":2,"q":2,"t":"T","c":"g","ro":0,"d":[0,2],"bn":"b"}'
  expect(decodeUtf8(encodeCheckPoint(ck))).toBe(json)
  expect(checkPointId(ck)).toBe('T@2@17@g@1000@b@ck')
  const ack = { ...named, ackOffsets: [19], isBatch: false }
  expect(decodeUtf8(encodeAck(ack))).toBe('{"ao":19,"so":17,"c":"g","t":"T","q":2,"pt":1000,"bn":"b"}')
  expect(ackId(ack)).toBe('T@2@19@g@1000@b@ack')
  const batch = { ...named, ackOffsets: [17, 19], isBatch: true }
  expect(decodeAck(encodeAck(batch), true)).toEqual(batch)
  expect(ackId(batch)).toBe('T@2@[17, 19]@g@1000@bAck')
})

it('an older check point without distances, and one whose bits say that some are done, are understood', () => {
  const text = (more: string) => encodeUtf8(`{"so":5,"pt":1,"it":2,"n":3,"q":0,"t":"T","c":"g","bn":"b"${more}}`)
  expect(decodeCheckPoint(text('')).offsets).toEqual([5, 6, 7])
  expect(decodeCheckPoint(text(',"bm":5')).offsets).toEqual([6])
  expect(decodeCheckPoint(text(',"d":[0,4],"bm":1,"rp":"3"'))).toMatchObject({ offsets: [9], rePutTimes: 3 })
})

it('what strangers write into the revive topic is refused with a sentence, never with a throw of another kind', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map(encodeUtf8))
  fc.assert(
    fc.property(bytes, fc.boolean(), (body, isBatch) => {
      for (const decode of [() => decodeCheckPoint(body), () => decodeAck(body, isBatch)])
        try {
          decode()
        } catch (error) {
          expect(error instanceof JsonSyntaxError || error instanceof ShapeError).toBe(true)
        }
    }),
  )
})

const batchOf = (all: readonly number[]) => ({ popTime: 1_000, invisibleTime: 500, offsets: all, lastConsumeMs: 1_000 })

it('an ordered batch blocks its queue until all of it is acknowledged, or may be seen again', () => {
  const info = new OrderInfo(batchOf([7, 8, 10]), 'first', new Map())
  expect(info.blockedUntil('other', 1_200)).toBe(1_500)
  expect(info.blockedUntil('first', 1_200)).toBeUndefined()
  expect(info.blockedUntil(undefined, 1_500)).toBeUndefined()
  info.setVisibleAt(8, 9_000)
  expect(info.blockedUntil('other', 1_600)).toBe(9_000)
  expect(info.nextOffset).toBe(7)
  for (const one of [8, 7]) expect(info.ack(one)).toBe(true)
  expect(info.ack(9)).toBe(false)
  expect(info.nextOffset).toBe(10)
  info.ack(10)
  expect(info.nextOffset).toBe(11)
  expect(info.blockedUntil('other', 1_200)).toBeUndefined()
})

it('counts go up for what comes again, and not for the same attempt', () => {
  const info = new OrderInfo(batchOf([7, 8]), 'a', new Map([[7, 2]]))
  expect(info.countsOfNext('b', [7, 8, 9])).toEqual(new Map([[7, 3], [8, 1]])) // biome-ignore format: pairs
  expect(info.countsOfNext('a', [7, 8, 9])).toEqual(new Map([[7, 2]]))
})

it('what is remembered of an ordered queue is the same after a restart', () => {
  const done = fc.array(fc.nat(31), { maxLength: 10 })
  fc.assert(
    fc.property(offsets, done, (all, acked) => {
      const info = new OrderInfo(batchOf(all), undefined, new Map([[all[0]!, 4]]))
      for (const i of acked) if (all[i] !== undefined) info.ack(all[i])
      info.setVisibleAt(all[0]!, 77_000)
      const again = OrderInfo.fromJson(orderInfoShape(parseJson(JSON.stringify(info.toJson())), ''))!
      expect(again.toJson()).toEqual(info.toJson())
      expect(again.nextOffset).toBe(info.nextOffset)
      expect(again.blockedUntil(undefined, 1_200)).toBe(info.blockedUntil(undefined, 1_200))
    }),
  )
})

const queuesOf = (brokers: number, each: number): MessageQueue[] =>
  Array.from({ length: brokers * each }, (_, i) => ({
    topic: 'T',
    brokerName: `b${Math.floor(i / each)}`,
    queueId: i % each,
  }))
const key = ({ brokerName, queueId }: MessageQueue) => `${brokerName}/${queueId}`

it('PULL shares every queue once; POP leaves no queue without a member, and no member without a queue', () => {
  const ids = fc.integer({ min: 1, max: 9 }).map((n) => Array.from({ length: n }, (_, i) => `id-${i}`))
  const strategy = fc.constantFrom(...BROKER_STRATEGIES.values())
  fc.assert(
    fc.property(
      ids,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(4),
      strategy,
      (all, brokers, each, share, allocate) => {
        const queues = queuesOf(brokers, each)
        const of = (id: string, mode: 'PULL' | 'POP', popShareQueueNum: number) =>
          assignedQueues(allocate, id, queues, all, { mode, popShareQueueNum }).map(key)
        expect(all.flatMap((id) => of(id, 'PULL', 0)).sort()).toEqual(queues.map(key).sort())
        for (const id of all) {
          const mine = of(id, 'POP', share)
          expect(new Set(mine).size).toBe(mine.length)
          expect(mine.length).toBeGreaterThan(0)
        }
        const popped = new Set(all.flatMap((id) => of(id, 'POP', share)))
        const wanted =
          share === 0 || share >= all.length - 1
            ? Array.from({ length: brokers }, (_, i) => `b${i}/-1`)
            : queues.map(key)
        expect([...popped].sort()).toEqual([...wanted].sort())
      },
    ),
  )
})
