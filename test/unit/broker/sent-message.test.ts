/** A plain message is stored exactly as any other message with these properties. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  NOT_PLAIN,
  plainMessage,
  type SentMessageParts,
  sentMessage,
} from '../../../reference/broker/processors/sent-message.ts'
import { isTimerMessage } from '../../../reference/broker/schedule/delay-message.ts'
import { isTransactional } from '../../../reference/broker/transaction/half-message.ts'
import { batchFault } from '../../../reference/common/batch.ts'
import { PROPERTY } from '../../../reference/common/message.ts'
import { decodeProperties } from '../../../reference/common/message-properties.ts'
import { plainProperties } from '../../../reference/common/plain-properties.ts'
import type { Channel } from '../../../reference/remoting/channel.ts'

/** The parts of a broker; each of them counts the unique ids from the start. */
function newBroker(): SentMessageParts {
  let ids = 0
  const config = { brokerClusterName: 'c', regionId: 'DefaultRegion', traceOn: true } as SentMessageParts['config']
  return { config, newUniqKey: () => `ID${ids++}`, ipOf: () => Uint8Array.of(10, 0, 0, 1) }
}

const header = {
  producerGroup: 'g',
  topic: 'T',
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 1,
  sysFlag: 0,
  bornTimestamp: 17,
  flag: 0,
}
const sent = { header, channel: { remoteAddress: '10.0.0.1:5' } as Channel }
const entry = { queueId: 1, flag: 3, body: Uint8Array.of(1) }

const name = fc.oneof(
  fc.constantFrom(...Object.values(PROPERTY)),
  fc.constantFrom('TAGS', 'KEYS', 'UNIQ_KEY', 'WAIT', 'colour', 'Aa', 'BB', 'é', ''),
)
const value = fc.oneof(fc.constantFrom('', 'true', 'false', 'x', 'a\x01b', '2'), fc.string({ maxLength: 4 }))
const text = fc
  .tuple(fc.array(fc.tuple(name, value, fc.constantFrom('\x02', '\x02', '\x02', '', '\x02\x02')), { maxLength: 7 }))
  .map(([entries]) => entries.map(([key, content, end]) => `${key}\x01${content}${end}`).join(''))

describe('a plain message', () => {
  it('is stored as any other message with the same properties', () => {
    let plainCount = 0
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (properties) => {
        const plain = plainProperties(properties, NOT_PLAIN)
        if (plain === undefined) return
        plainCount++
        const decoded = decodeProperties(properties)
        // none of the paths of other messages would have been taken
        expect(isTransactional(decoded, 0) || isTimerMessage(decoded)).toBe(false)
        expect(batchFault('T', [decoded])).toBe('')
        expect(plainMessage(newBroker(), sent, entry, plain)).toEqual(sentMessage(newBroker(), sent, entry, decoded))
      }),
      { numRuns: 2_000 },
    )
    expect(plainCount).toBeGreaterThan(200)
  })

  it('has the properties of a usual client', () => {
    const usual = 'UNIQ_KEY\x017F00\x02KEYS\x01order-7\x02WAIT\x01false\x02TAGS\x01TagA\x02colour\x01red\x02'
    expect(plainProperties(usual, NOT_PLAIN)).toEqual({
      text: usual,
      uniqKey: '7F00',
      keys: 'order-7',
      tags: 'TagA',
      waitStoreMsgOk: false,
    })
    expect(plainProperties(`${usual}DELAY\x013\x02`, NOT_PLAIN)).toBeUndefined()
    expect(plainProperties(`${usual}TAGS\x01TagB\x02`, NOT_PLAIN)).toBeUndefined()
  })
})
