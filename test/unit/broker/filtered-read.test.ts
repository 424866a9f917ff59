/** Reading through a filter: from answer to answer a reader gets every message that passes, once and in order. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readFiltered } from '../../../reference/broker/filter/filtered-read.ts'
import { RecordCursor } from '../../../reference/broker/filter/record-cursor.ts'
import { compileSql } from '../../../reference/broker/filter/sql92.ts'
import { concatBytes } from '../../../reference/common/bytes.ts'
import { decodeRecord, decodeRecords, encodeRecord } from '../../../reference/common/message-codec.ts'
import { propertyOf } from '../../../reference/common/message-properties.ts'
import { GetMessageStatus } from '../../../reference/store/get-message.ts'
import { message, StoreMachine } from '../store/machine.ts'

it('whatever passes, whatever one answer may hold, and however many are asked for', () => {
  const machine = new StoreMachine().start()
  const keys = fc.array(fc.constantFrom('yes', 'no', 'no'), { maxLength: 60 })
  let queues = 0
  fc.assert(
    fc.property(keys, fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 9 }), (all, maxCount, room) => {
      const queueId = queues++
      machine.put(all.map((key, i) => message('T', queueId, { keys: key, body: String(i) })))
      const read = (offset: number, count: number) => machine.store.getMessage('T', queueId, offset, count, () => true)
      const got: number[] = []
      let offset = 0
      for (let answers = 0; offset < all.length; answers++) {
        expect(answers, 'each answer goes on').toBeLessThanOrEqual(all.length)
        const answer = readFiltered(read, offset, maxCount, compileSql("KEYS = 'yes'"), (count) => count >= room)
        const bodies = answer.records.map((one) => Number(Buffer.from(decodeRecords(one).messages[0]!.body).toString()))
        expect(answer.count).toBe(bodies.length)
        expect(answer.status === GetMessageStatus.FOUND).toBe(bodies.length > 0)
        expect(bodies.length).toBeLessThanOrEqual(Math.min(Math.max(maxCount, 1), room))
        expect(answer.nextBeginOffset).toBeGreaterThan(offset)
        got.push(...bodies)
        offset = answer.nextBeginOffset
      }
      expect(got).toEqual(all.flatMap((key, i) => (key === 'yes' ? [i] : [])))
    }),
    { numRuns: 60 },
  )
})

it('goes on until the answer is full, even when few messages pass', () => {
  const machine = new StoreMachine().start()
  machine.put(Array.from({ length: 200 }, (_, i) => message('T', 0, { keys: i % 10 === 0 ? 'yes' : 'no', body: '.' })))
  const read = (offset: number, count: number) => machine.store.getMessage('T', 0, offset, count, () => true)
  const answer = readFiltered(read, 0, 8, compileSql("KEYS = 'yes'"), () => false)
  expect([answer.count, answer.nextBeginOffset]).toEqual([8, 71])
})

it('sees the properties that the whole record has, and survives any damage of a record', () => {
  const machine = new StoreMachine().start()
  const topics = ['T', `Long${'g'.repeat(130)}`]
  machine.put(topics.map((topic) => message(topic, 0, { keys: 'k1 k2', body: 'body' })))
  for (const topic of topics) {
    const [record] = machine.store.getMessage(topic, 0, 0, 1, () => true).records
    const decoded = decodeRecord(record!, 0, true)
    const properties = 'message' in decoded ? decoded.message.properties : new Map<string, string>()
    const cursor = new RecordCursor()
    cursor.walk([record!])
    expect(cursor.next()).toBe(true)
    expect(properties.size).toBeGreaterThan(0)
    for (const [name, value] of properties) expect(cursor.get(name)).toBe(value)
    expect([cursor.get('KEY'), cursor.get('KEYSS'), cursor.next()]).toEqual([undefined, undefined, false])
    fc.assert(
      fc.property(fc.nat(record!.length - 1), fc.nat(255), fc.nat(record!.length), (at, byte, length) => {
        const damaged = record!.slice(0, length)
        if (at < length) damaged[at] = byte
        cursor.walk([damaged])
        while (cursor.next()) cursor.isDamaged || cursor.get('KEYS')
      }),
    )
  }
})

it('finds a property in the bytes of a record as in its text', () => {
  const entry = fc.tuple(fc.constantFrom('a', 'ab', 'b', '', 'é'), fc.constantFrom('', '1', 'x\x01y', 'é'))
  const end = fc.constantFrom('\x02', '\x02', '\x02\x02', '')
  const properties = fc
    .array(fc.tuple(entry, end), { maxLength: 6 })
    .map((all) => all.map(([[name, value], last]) => `${name}\x01${value}${last}`).join(''))
  const plain = { flag: 0, sysFlag: 0, bornTimestamp: 0, bornPort: 0, storePort: 0, storeTimestamp: 0, queueId: 0 }
  const hosts = { bornIp: new Uint8Array(4), storeIp: new Uint8Array(16), reconsumeTimes: 0 }
  const place = { queueOffset: 0, physicalOffset: 7, preparedTransactionOffset: 0 }
  const recordWith = (propertiesText: string) =>
    encodeRecord({ ...plain, ...hosts, ...place, topic: 'T', body: Uint8Array.of(1, 2), propertiesText })
  fc.assert(
    fc.property(fc.array(properties, { minLength: 1, maxLength: 4 }), (texts) => {
      const cursor = new RecordCursor()
      cursor.walk([concatBytes(texts.map(recordWith))])
      for (const text of texts) {
        expect([cursor.next(), cursor.isDamaged, cursor.physicalOffset]).toEqual([true, false, 7])
        for (const name of ['a', 'ab', 'b', 'abc']) expect(cursor.get(name), text).toBe(propertyOf(text, name))
      }
      expect(cursor.next()).toBe(false)
    }),
    { numRuns: 300 },
  )
})
