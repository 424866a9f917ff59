/** What goes over the wire about pops: receipts, places, acknowledgements in bits. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  markedTopic,
  normalTopicOf,
  popRetryTopicV1,
  popRetryTopicV2,
  type RetryMark,
  retryMarkOf,
} from '../../../reference/common/pop-names.ts'
import { storedTopicFault, topicNameFault } from '../../../reference/common/topic-validator.ts'
import { decodeRequestBody, encodeJsonBody } from '../../../reference/remoting/bodies/json-body.ts'
import {
  decodeExtraInfo,
  decodeOrderCounts,
  decodePoppedQueues,
  encodeExtraInfo,
  encodeMsgOffsets,
  encodeOrderCounts,
  encodeStartOffsets,
} from '../../../reference/remoting/pop-extra-info.ts'
import { HeaderError } from '../../../reference/remoting/request.ts'
import {
  batchAckBodyJson,
  batchAckBodyShape,
  bitsOf,
  bytesOfBits,
} from '../../../reference/remoting/requests/ack-message.ts'

const name = fc.stringMatching(/^[a-zA-Z0-9-]{1,20}$/)
const long = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const queueId = fc.integer({ min: 0, max: 16_000 })
const mark = fc.constantFrom<RetryMark>('0', '1', '2')
const receipt = fc.record({
  ckQueueOffset: long,
  popTime: long,
  invisibleTime: long,
  reviveQid: fc.integer({ min: 0, max: 999 }),
  mark,
  brokerName: name,
  queueId,
  queueOffset: long,
})

it('a receipt is read as it was written, also with the ninth field of the proxy', () => {
  fc.assert(
    fc.property(receipt, (info) => {
      expect(decodeExtraInfo(encodeExtraInfo(info))).toEqual(info)
      expect(decodeExtraInfo(`${encodeExtraInfo(info)} 4711`)).toEqual(info)
    }),
  )
})

it('any other text is refused with a sentence', () => {
  const words = fc.array(fc.oneof(fc.string(), fc.integer().map(String)), { maxLength: 9 })
  fc.assert(
    fc.property(words, (parts) => {
      try {
        decodeExtraInfo(parts.join(' '))
      } catch (error) {
        expect(error).toBeInstanceOf(HeaderError)
      }
    }),
  )
  expect(() => decodeExtraInfo('1 2 3')).toThrow('has fewer than 8 fields')
  expect(() => decodeExtraInfo('1 2 3 4 7 b 5 6')).toThrow('it must be 0, 1 or 2')
  expect(() => decodeExtraInfo('1 x 3 4 0 b 5 6')).toThrow('field 2')
  expect(() => decodeExtraInfo('1 99999999999999999999 3 4 0 b 5 6')).toThrow('field 2')
})

const popped = fc.record({
  mark,
  queueId,
  startOffset: long,
  offsets: fc.array(long, { minLength: 1, maxLength: 32 }),
})
const distinct = fc.uniqueArray(popped, { selector: ({ mark, queueId }) => `${mark}@${queueId}`, maxLength: 10 })

it('the places of an answer are read as they were written', () => {
  fc.assert(
    fc.property(distinct, (queues) => {
      const read = decodePoppedQueues(encodeStartOffsets(queues), encodeMsgOffsets(queues))
      expect([...read.values()]).toEqual(queues)
    }),
  )
  expect(() => decodePoppedQueues('0 1 2;0 1 3', '0 1 2')).toThrow('names 0@1 twice')
  expect(() => decodePoppedQueues('0 1 2', '1 1 2')).toThrow('startOffsetInfo does not')
  expect(() => decodePoppedQueues('0 1', '0 1 2')).toThrow('has not three fields')
})

it('counts of an ordered queue stand by offset and, for older clients, by queue', () => {
  const counts = { topic: 'T', queueId: 2, counts: new Map([[17, 3]]), minCount: 0 }
  expect(encodeOrderCounts([counts])).toBe('0 qo2%17 3;0 2 0')
  expect(decodeOrderCounts('0 qo2%17 3;0 2 0')).toEqual(new Map([['0@qo2%17', 3], ['0@2', 0]])) // biome-ignore format: pairs
})

it('bits are those of a BitSet of Java', () => {
  expect([...bytesOfBits([0, 3, 9])]).toEqual([9, 2])
  expect([...bytesOfBits([])]).toEqual([])
  const bits = fc.uniqueArray(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 })
  fc.assert(
    fc.property(bits, (set) => {
      expect(bitsOf(bytesOfBits(set))).toEqual([...set].sort((a, b) => a - b))
    }),
  )
})

it('a batch of acknowledgements is read with short and with long names', () => {
  const ack = {
    consumerGroup: 'g',
    topic: 'T',
    retry: '1',
    startOffset: 5,
    queueId: 2,
    reviveQueueId: 3,
    popTime: 1_000,
    invisibleTime: 60_000,
    offsets: [0, 3, 9],
  }
  const json = batchAckBodyJson({ brokerName: 'b', acks: [ack] })
  expect(json).toEqual({
    brokerName: 'b',
    acks: [{ c: 'g', t: 'T', r: '1', so: 5, q: 2, rq: 3, pt: 1_000, it: 60_000, b: 'CQI=' }],
  })
  const read = (body: object) => decodeRequestBody('BATCH_ACK_MESSAGE', encodeJsonBody(body), batchAckBodyShape)
  expect(read(json)).toEqual({ brokerName: 'b', acks: [ack] })
  const { offsets: _, ...long } = ack
  expect(read({ brokerName: 'b', acks: [{ ...long, bitSet: 'CQI=' }] })).toEqual({ brokerName: 'b', acks: [ack] })
  expect(() => read({ acks: [{ c: 'g', b: '!!!' }] })).toThrow('expected base64')
})

it('a retry topic tells its topic and its mark, and only such a name may hold a +', () => {
  fc.assert(
    fc.property(name, name, mark, (topic, group, one) => {
      const marked = markedTopic(one, topic, group)
      expect(retryMarkOf(marked)).toBe(one)
      expect(normalTopicOf(marked, group)).toBe(topic)
      expect(storedTopicFault(marked)).toBe('')
    }),
  )
  expect(popRetryTopicV1('T', 'g')).toBe('%RETRY%g_T')
  expect(popRetryTopicV2('T', 'g')).toBe('%RETRY%g+T')
  expect(topicNameFault('%RETRY%g+T')).not.toBe('')
  expect(storedTopicFault('a+b')).not.toBe('')
  expect(storedTopicFault('%RETRY%g+T/../x')).not.toBe('')
})
