/** A compressed registration says the same as one in JSON; one that is cut or made up is refused in a sentence. */

import fc from 'fast-check'
import { zlibSync } from 'fflate'
import { expect, it } from 'vitest'
import { ByteWriter } from '../../../reference/common/bytes.ts'
import { encodeUtf8 } from '../../../reference/common/utf8.ts'
import { decodeCompressedRegistration } from '../../../reference/remoting/bodies/compressed-registration.ts'
import { BodyError } from '../../../reference/remoting/bodies/json-body.ts'
import type { RegisterBrokerBody } from '../../../reference/remoting/bodies/topic-config.ts'

const name = fc.stringMatching(/^[%a-zA-Z0-9_|-]{1,20}$/)
const queues = fc.integer({ min: 0, max: 64 })
const topic = fc.record({
  topicName: name,
  readQueueNums: queues,
  writeQueueNums: queues,
  perm: fc.integer({ min: 0, max: 7 }),
  topicFilterType: fc.constantFrom('SINGLE_TAG', 'MULTI_TAG'),
  topicSysFlag: fc.constant(0),
  order: fc.constant(false),
  attributes: fc.dictionary(name, fc.string({ maxLength: 9 }), { maxKeys: 2, noNullPrototype: true }),
})
const registration = fc.record({
  dataVersion: fc.record({ counter: fc.nat(), stateVersion: fc.nat(), timestamp: fc.nat() }),
  topicConfigTable: fc
    .uniqueArray(topic, { selector: ({ topicName }) => topicName, maxLength: 5 })
    .map((topics) => new Map(topics.map((each) => [each.topicName, each]))),
})

/** As `RegisterBrokerBody.encode(true)` of 5.x writes it; 4.9 ends before the static topics. */
function written({ dataVersion, topicConfigTable }: RegisterBrokerBody, isFive: boolean): Uint8Array {
  const writer = new ByteWriter()
  const text = (value: string) => {
    const bytes = encodeUtf8(value)
    writer.i32(bytes.length).raw(bytes)
  }
  text(JSON.stringify(dataVersion))
  writer.i32(topicConfigTable.size)
  for (const {
    topicName,
    readQueueNums,
    writeQueueNums,
    perm,
    topicFilterType,
    attributes,
  } of topicConfigTable.values())
    text(`${topicName} ${readQueueNums} ${writeQueueNums} ${perm} ${topicFilterType} ${JSON.stringify(attributes)}`)
  text('[]')
  if (isFive) writer.i32(0)
  return zlibSync(writer.finish(), { level: 9 })
}

it('comes back as it went, from 4.9 and from 5.x', () => {
  fc.assert(
    fc.property(registration, fc.boolean(), (body, isFive) => {
      expect(decodeCompressedRegistration(written(body, isFive))).toEqual(body)
    }),
  )
})

it('is refused in a sentence when it is cut, spoiled or no such thing', () => {
  fc.assert(
    fc.property(registration, fc.nat(), fc.nat({ max: 255 }), (body, at, byte) => {
      const whole = written(body, true)
      for (const bytes of [whole.subarray(0, at % whole.length), whole.with(at % whole.length, byte)])
        try {
          decodeCompressedRegistration(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(BodyError)
          expect((error as Error).message).toContain('REGISTER_BROKER')
        }
    }),
  )
  expect(() => decodeCompressedRegistration(zlibSync(new Uint8Array(64 * 1024 * 1024)))).toThrow(
    /no zlib stream of at most/,
  )
  expect(() => decodeCompressedRegistration(encodeUtf8('{}'))).toThrow(BodyError)
})
