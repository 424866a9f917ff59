/** Bodies with queues as keys: what we write any JSON parser reads, and what Java writes we read as the same. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { record, whole } from '../../../reference/common/shape.ts'
import { encodeUtf8 } from '../../../reference/common/utf8.ts'
import { decodeJsonBody, decodeRequestBody, encodeJsonBody } from '../../../reference/remoting/bodies/json-body.ts'
import type { QueueTable } from '../../../reference/remoting/bodies/queue-table.ts'
import {
  clientStatusJson,
  clientStatusShape,
  groupStatusJson,
  groupStatusShape,
  resetOffsetJson,
  resetOffsetJsonForC,
  resetOffsetShape,
} from '../../../reference/remoting/bodies/reset-offset.ts'
import { consumeStatsJson, consumeStatsShape } from '../../../reference/remoting/bodies/stats.ts'
import {
  subscriptionGroupConfigShape,
  subscriptionGroupTableJson,
  subscriptionGroupTableShape,
} from '../../../reference/remoting/bodies/subscription-group.ts'

it('what is not strict JSON is read up to 65,536 characters', () => {
  const shape = record<{ a: number }>({ a: whole() })
  const read = (json: string, characters: number) =>
    decodeRequestBody('ANY', encodeUtf8(json.padEnd(characters, ' ')), shape)
  expect(read('{a:1}', 65_536)).toEqual({ a: 1 })
  expect(() => read('{a:1}', 65_537)).toThrow('not strict JSON, which more than 65536 characters must be,')
  expect(read('{"a":1}', 65_537)).toEqual({ a: 1 })
})

const name = fc.stringMatching(/^[%a-zA-Z0-9_-]{1,12}$/)
const offset = fc.nat({ max: 2 ** 50 })
const queue = fc.record({ topic: name, brokerName: name, queueId: fc.nat({ max: 9 }) })
const offsets = fc.uniqueArray(fc.tuple(queue, offset), { selector: ([each]) => JSON.stringify(each), maxLength: 6 })

/** As fastjson writes a map whose keys are queues: the object itself as the key. */
const asJava = (table: QueueTable<number>) =>
  `{"offsetTable":{${table.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}}`

it('offsets by queue: ours, Java’s, and the list for C++ are the same table', () => {
  fc.assert(
    fc.property(offsets, (table) => {
      const read = (bytes: Uint8Array) => decodeJsonBody('a reset', bytes, resetOffsetShape)
      expect(read(encodeJsonBody(resetOffsetJson(table)))).toEqual(table)
      expect(read(encodeJsonBody(resetOffsetJsonForC(table)))).toEqual(table)
      expect(read(encodeUtf8(asJava(table)))).toEqual(table)
      expect(decodeJsonBody('x', encodeJsonBody(clientStatusJson(table)), clientStatusShape)).toEqual(table)
    }),
  )
})

it('the state of a group, and how far it is behind, come back as they went', () => {
  fc.assert(
    fc.property(fc.dictionary(name, offsets, { maxKeys: 3 }), offsets, (clients, table) => {
      const status = new Map(Object.entries(clients))
      expect(decodeJsonBody('x', encodeJsonBody(groupStatusJson(status)), groupStatusShape)).toEqual(status)
      const offsetTable = table.map(
        ([key, brokerOffset]) => [key, { brokerOffset, consumerOffset: 1, pullOffset: 2, lastTimestamp: 3 }] as const,
      )
      const stats = encodeJsonBody(consumeStatsJson({ consumeTps: 1.5, offsetTable }))
      expect(decodeJsonBody('x', stats, consumeStatsShape)).toEqual(offsetTable)
    }),
  )
})

it('settings of groups: what is missing has Java’s defaults, what is set comes back', () => {
  const config = decodeJsonBody('a group', encodeUtf8('{groupName:"g",retryMaxTimes:3}'), subscriptionGroupConfigShape)
  expect(config).toMatchObject({ groupName: 'g', retryMaxTimes: 3, retryQueueNums: 1, consumeTimeoutMinute: 15 })
  const table = {
    dataVersion: { counter: 1, stateVersion: 0, timestamp: 2 },
    subscriptionGroupTable: new Map([['g', config]]),
    forbiddenTable: new Map([['g', new Map([['T', 4]])]]),
  }
  const bytes = encodeJsonBody(subscriptionGroupTableJson(table))
  expect(decodeJsonBody('the table', bytes, subscriptionGroupTableShape)).toEqual(table)
})

it('a request that means nothing without a body says so', () => {
  expect(() => decodeRequestBody('HEART_BEAT', undefined, subscriptionGroupConfigShape)).toThrow(
    'HEART_BEAT: the body is missing',
  )
})
