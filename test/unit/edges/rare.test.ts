/**
 * Branches that no campaign reaches (`// rare: …` in the reference), each reached here on purpose. The fourth of them, the
 * acknowledgement of a message that an ordered pop did not take, is in `broker.test.ts` beside this file.
 */
import { expect, it } from 'vitest'
import type { BrokerConfig } from '../../../reference/broker/broker-config.ts'
import { SlotDelivery } from '../../../reference/broker/timer/slot-delivery.ts'
import { TIMER_TOPIC } from '../../../reference/broker/timer/timer-message.ts'
import { TransactionCheckService } from '../../../reference/broker/transaction/check-service.ts'
import type { OpenHalf } from '../../../reference/broker/transaction/half-table.ts'
import { decodeRecord, encodeRecord } from '../../../reference/common/message-codec.ts'
import { encodeProperties } from '../../../reference/common/message-properties.ts'
import { DiskError } from '../../../reference/host/host.ts'
import { ConsumeQueue } from '../../../reference/store/consume-queue.ts'
import { HandHost } from '../../support/hand-host.ts'
import { SimHost } from '../../support/sim-host.ts'
import { message as newMessage } from '../store/machine.ts'

/** The message in the bytes of a record. */
function messageIn(record: Uint8Array) {
  const decoded = decodeRecord(record, 0, false)
  return 'message' in decoded ? decoded.message : undefined
}

it('a due timer message that cannot be read is delivered after the retry time, with the others once', () => {
  const hand = new HandHost()
  const properties = new Map([
    ['TIMER_OUT_MS', '9000'],
    ['REAL_TOPIC', 'Orders'],
    ['REAL_QID', '0'],
  ])
  const record = encodeRecord({
    ...newMessage(TIMER_TOPIC, 0),
    ...{ propertiesText: encodeProperties(properties), queueOffset: 3, physicalOffset: 4_000 },
    ...{ storeTimestamp: 1, storeIp: new Uint8Array(4), storePort: 1 },
  } as never)
  let fails = 0
  const store = {
    messageAt: () => {
      if (fails-- > 0) throw new DiskError('EIO', 'commitlog/0', 'cannot read')
      return messageIn(record)
    },
  }
  const log = { read: () => ({ magic: 1, prevPos: -1, currWriteTimeMs: 0, commitLogOffset: 4_000 }) }
  const put: string[] = []
  const outlet = {
    put: ({ topic }: { readonly topic: string }, done: (result: object) => void) => {
      put.push(`${hand.nowMs} ${topic}`)
      done({ status: 'PUT_OK', sizeBytes: 1 })
    },
    onDelivered() {},
  }
  const lines: string[] = []
  const host = { ...hand.host, trace: { log: (_: string, text: string) => lines.push(text) } }
  let over = 0
  // three chains of one entry each
  const slot = { timeMs: 9_000, firstPos: 0, lastPos: 2, num: 3, olderChains: [0, 1] }
  const delivery = new SlotDelivery(
    host as never,
    { store, log, outlet } as never,
    slot as never,
    500,
    new Set(),
    () => over++,
  )
  fails = 1
  delivery.start()
  expect(lines).toEqual(['the timer cannot deliver: cannot read commitlog/0: EIO'])
  const first = put.length
  hand.pass(499)
  expect([put.length, over]).toEqual([first, 0])
  hand.pass(1)
  expect(put.at(-1)).toBe('500 Orders')
  expect([put.length, over, hand.timers]).toEqual([first + 1, 1, 0])
})

it.each([
  ['nothing', undefined, ['removed 7']],
  ['another message', 'Orders', ['ended 7 gone']],
])('an open transaction at whose place the log has %s is forgotten, with a line in the log', (_, topic, expected) => {
  const hand = new HandHost()
  const lines: string[] = []
  const done: string[] = []
  const record =
    topic === undefined
      ? undefined
      : encodeRecord({
          ...newMessage(topic, 0),
          ...{ queueOffset: 3, physicalOffset: 4_000, storeTimestamp: 1, storeIp: new Uint8Array(4), storePort: 1 },
        } as never)
  const half = { queueOffset: 7, physicalOffset: 4_000, state: 'open', checkTimes: 0 } as OpenHalf
  const table = {
    undecided: () => (done.length === 0 ? [half] : []),
    remove: ({ queueOffset }: OpenHalf) => done.push(`removed ${queueOffset}`),
    size: 0,
  }
  const owner = {
    table,
    catchUp() {},
    roundOver: () => false,
    ended: ({ queueOffset }: OpenHalf, __: unknown, how: string) => done.push(`ended ${queueOffset} ${how}`),
  }
  const host = { ...hand.host, trace: { log: (_level: string, text: string) => lines.push(text) } }
  const config = { transactionCheckIntervalMs: 30_000, transactionCheckMax: 15 } as BrokerConfig
  const checks = new TransactionCheckService(
    host as never,
    config,
    { messageAt: () => record && messageIn(record) } as never,
    {} as never,
    owner as never,
  )
  checks.wake()
  hand.pass(29_999)
  expect(done).toEqual([])
  hand.pass(1)
  expect(done).toEqual(expected)
  expect(lines).toEqual(['the log no longer has the half message at 7: it is forgotten'])
  checks.wake()
  checks.stop()
  hand.pass(60_000)
  expect(hand.timers).toBe(0)
})

it('an entry that is dispatched twice, from another place of the log, stays as it was', () => {
  const { disk } = new SimHost().start()
  const queue = new ConsumeQueue(disk, 'consumequeue', 'T', 0, 2_000)
  const entry = (physicalOffset: number) => ({ physicalOffset, sizeBytes: 50, tagsCode: 1 })
  expect([queue.put(0, entry(100)), queue.put(1, entry(150))]).toEqual([true, true])
  expect(queue.put(1, entry(150)), 'from the same place').toBe(false)
  expect(queue.put(1, entry(300)), 'from a later place').toBe(false)
  expect([queue.put(2, entry(350)), queue.maxOffset]).toEqual([true, 3])
  queue.writeOut()
  expect(queue.read(0, 9).map(({ physicalOffset }) => physicalOffset)).toEqual([100, 150, 350])
})
