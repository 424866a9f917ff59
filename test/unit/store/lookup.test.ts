/** Messages are found by the time they were stored and by their id, and nothing else is taken for a message. */
import { describe, expect, it } from 'vitest'
import { decodeRecords } from '../../../reference/common/message-codec.ts'
import { parseOffsetMessageId } from '../../../reference/common/message-id.ts'
import { message, StoreMachine } from './machine.ts'
import { recordedQueries } from './recorded-queries.ts'

describe('by time', () => {
  const machine = new StoreMachine().start()
  const startMs = machine.nowMs
  for (const atMs of [1_000, 1_000, 1_000, 5_000, 9_000, 9_000]) {
    machine.pass(startMs + atMs - machine.nowMs)
    machine.simulation.nodes.get('store')!.life!.handle(0, () => machine.store.putMessage(message('T', 0), () => {}))
  }
  machine.pass(100)

  // offsets 0 1 2 at 1 s, 3 at 5 s, 4 5 at 9 s
  it.each([
    ['before all', -500, 0, 0],
    ['just before the first', 999, 0, 0],
    ['several of that time', 1_000, 0, 2],
    ['just after them', 1_001, 3, 2],
    ['one of that time', 5_000, 3, 3],
    ['in between', 7_000, 4, 3],
    ['the last ones', 9_000, 4, 5],
    ['after all', 9_001, 6, 5],
  ])('%s', (_what, atMs, lower, upper) => {
    expect(machine.store.offsetByTime('T', 0, startMs + atMs)).toBe(lower)
    expect(machine.store.offsetByTime('T', 0, startMs + atMs, 'LOWER')).toBe(lower)
    expect(machine.store.offsetByTime('T', 0, startMs + atMs, 'UPPER')).toBe(upper)
  })

  it('a queue that does not exist has offset 0', () => {
    expect(machine.store.offsetByTime('T', 7, startMs)).toBe(0)
    expect(machine.store.offsetByTime('No', 0, startMs, 'UPPER')).toBe(0)
  })

  it('the official broker’s store: where one message alone has that time, both brokers name it', () => {
    const { files, expected } = recordedQueries('store-clean')
    const store = new StoreMachine().fill(files).start().store
    let compared = 0
    for (const { topic, queueId, timestamp, offset } of expected.queries.searchOffsetByTimestamp) {
      const all = expected.topics[topic]?.queues[queueId]?.messages ?? []
      if (all.filter((one) => one.storeTimestamp === timestamp).length !== 1) continue
      expect(store.offsetByTime(topic, queueId, timestamp), `${topic}[${queueId}] at ${timestamp}`).toBe(offset)
      expect(store.offsetByTime(topic, queueId, timestamp, 'UPPER')).toBe(offset)
      compared++
    }
    expect(compared).toBeGreaterThan(50)
  })
})

describe('by message id', () => {
  const { files, expected } = recordedQueries('store-clean')
  const { store } = new StoreMachine().fill(files).start()

  it('the official broker’s ids lead to the same messages', () => {
    for (const { offsetMsgId, result } of expected.queries.viewMessageByOffsetMsgId) {
      const record = store.recordAt(parseOffsetMessageId(offsetMsgId)!.physicalOffset)
      const [found] = decodeRecords(record!).messages
      expect([found!.physicalOffset, found!.storeSize]).toEqual([result.physicalOffset, result.storeSize])
    }
    expect(expected.queries.viewMessageByOffsetMsgId.length).toBeGreaterThan(50)
  })

  it('a position where no record begins gives nothing, whatever lies there', () => {
    const starts = new Set<number>()
    for (const { queues } of Object.values(expected.topics))
      for (const { messages } of Object.values(queues)) for (const one of messages) starts.add(one.physicalOffset)
    for (let at = 0; at < 20_000; at++) if (!starts.has(at)) expect(store.recordAt(at), `at ${at}`).toBeUndefined()
    for (const at of [-1, 382_985, 393_215, 393_216, 2 ** 40]) expect(store.recordAt(at), `at ${at}`).toBeUndefined()
  })
})
