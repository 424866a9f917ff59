/** What a producer refuses before it sends, each with a sentence: nobody else could tell that it was not meant. */
import { expect, it } from 'vitest'
import { buildSubscription } from '../../../reference/client/consumer/pull/subscription.ts'
import { faultOf } from '../../../reference/client/producer/message-check.ts'
import type { Message } from '../../../reference/common/message.ts'

const message = (more: Partial<Message> = {}, properties: Readonly<Record<string, string>> = {}): Message => ({
  topic: 'Orders',
  body: new Uint8Array(10),
  properties: new Map(Object.entries(properties)),
  ...more,
})

it.each(['KEYS', 'TAGS', 'region'])('%s with a separator in its value, which would become other properties', (name) => {
  for (const separator of ['\x01', '\x02'])
    expect(faultOf([message({}, { [name]: `a${separator}REAL_TOPIC\x01b` })], 100)).toContain(`property "${name}"`)
  expect(faultOf([message({}, { 'a\x02TAGS': 'b' })], 100)).toMatch(/the name of the property .* U\+0001 or U\+0002/)
  expect(faultOf([message({}, { [name]: 'a\x00\x03 b' })], 100)).toBe('')
})

it('a body beyond maxMessageSize, which is an option', () => {
  expect(faultOf([message()], 9)).toBe('the message body has 10 bytes; at most 9 are allowed (maxMessageSize)')
  expect(faultOf([message()], 10)).toBe('')
})

it.each([
  ['a delay level', message({}, { DELAY: '2' })],
  ['a time of its own', message({ delayTimeSec: 3 })],
  ['a time of its own', message({ delayTimeMs: 3 })],
  ['a time of its own', message({ deliverTimeMs: 3 })],
  ['part of a transaction', message({}, { TRAN_MSG: 'true' })],
  ['another WAIT', message({}, { WAIT: 'false' })],
  ['one topic', message({ topic: 'Other' })],
])('a batch with %s', (what, other) => {
  expect(faultOf([message(), other], 100)).toContain(what)
  expect(faultOf([other], 100), 'by itself it may go').toBe('')
})

it('tags are cut from each other as Java trims: up to U+0020, and no further', () => {
  const tags = (expression: string) => buildSubscription('Orders', expression, 1).tagsSet
  expect(tags(' \x01a\t|| \x1fb ')).toEqual(['a', 'b'])
  expect(tags('\u00a0a||b\u3000')).toEqual(['\u00a0a', 'b\u3000'])
})
