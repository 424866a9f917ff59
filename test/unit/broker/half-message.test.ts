/** The forms of a transactional message: whatever was sent is what consumers, and another broker after an escape, receive. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  checkCopy,
  checkTimesOf,
  committedMessage,
  escapedHalf,
  firstOffsetOf,
  givenUpMessage,
  HALF_TOPIC,
  halfMessage,
  isTransactional,
  resumedHalf,
} from '../../../reference/broker/transaction/half-message.ts'
import type { MessageExt } from '../../../reference/common/message.ts'
import { decodeRecords } from '../../../reference/common/message-codec.ts'
import { decodeProperties, encodeProperties } from '../../../reference/common/message-properties.ts'
import { SYS_FLAG } from '../../../reference/common/sys-flag.ts'
import type { NewMessage } from '../../../reference/store/put-message.ts'
import { message, StoreMachine } from '../store/machine.ts'

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/)
const sentMessages = fc
  .record({ topic: word, queueId: fc.nat(15), body: word, keys: word, unknown: word, sysFlag: fc.constantFrom(0, 1) })
  .map(({ topic, queueId, body, keys, unknown, sysFlag }) => {
    const properties = new Map([
      ['KEYS', keys],
      ['TAGS', 'paid'],
      ['UNIQ_KEY', `id-${keys}`],
      ['TRAN_MSG', 'true'],
      ['PGROUP', 'shop'],
      [`x${unknown}`, unknown],
    ])
    const sent: NewMessage = {
      ...message(`T${topic}`, queueId, { body, sysFlag }),
      propertiesText: encodeProperties(properties),
    }
    return { sent, properties }
  })

/** The message as it is read from the log. */
function stored(machine: StoreMachine, one: NewMessage): MessageExt {
  const [{ physicalOffset } = { physicalOffset: -1 }] = machine.put([one])
  return decodeRecords(machine.store.recordAt(physicalOffset)!).messages[0]!
}

const asText = (properties: ReadonlyMap<string, string>) => Object.fromEntries(properties)

it('comes out of an escape as it was sent, however often it was asked about or given up before', () => {
  const machine = new StoreMachine().start()
  fc.assert(
    fc.property(sentMessages, fc.nat(3), fc.boolean(), ({ sent, properties }, checks, isResumed) => {
      let half = stored(machine, halfMessage(sent, properties))
      const first = half.queueOffset
      for (let times = 1; times <= checks; times++) {
        half = stored(machine, checkCopy(half, times))
        expect([firstOffsetOf(half), checkTimesOf(half)]).toEqual([first, times])
      }
      if (isResumed) {
        half = stored(machine, resumedHalf(stored(machine, givenUpMessage(half))))
        expect([firstOffsetOf(half), checkTimesOf(half)], 'a new transaction').toEqual([half.queueOffset, 0])
      }
      const { propertiesText, ...escaped } = escapedHalf(half)!
      const { propertiesText: _text, sysFlag, ...rest } = sent
      expect(escaped).toMatchObject({ topic: rest.topic, queueId: rest.queueId, body: rest.body })
      const { __transactionId__, ...came } = asText(decodeProperties(propertiesText))
      expect(came).toEqual(asText(properties))
      expect(isTransactional(decodeProperties(propertiesText), 0), 'the other broker begins a transaction').toBe(true)
      expect(escaped.sysFlag & ~SYS_FLAG.TRANSACTION_PREPARED).toBe(sysFlag)
      const committed = committedMessage(half)!
      expect([half.topic, committed.topic, committed.queueId]).toEqual([HALF_TOPIC, rest.topic, rest.queueId])
      expect(committed.preparedTransactionOffset).toBe(half.physicalOffset)
    }),
    { numRuns: 60 },
  )
})
