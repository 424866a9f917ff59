/** Op messages: bodies of both lines, and whatever else a queue may hold. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { opBody, parseOpBody } from '../../../reference/broker/transaction/op-batch.ts'
import { decodeUtf8, encodeUtf8 } from '../../../reference/common/utf8.ts'

it('writes what 5.x writes: a comma behind each offset', () => {
  expect(decodeUtf8(opBody([17, 18, 21]))).toBe('17,18,21,')
})

it('reads what 4.9 writes: one offset without a comma', () => {
  expect(parseOpBody(encodeUtf8('17'))).toEqual([17])
})

it('reads back what it writes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 47 })), (offsets) => {
      expect(parseOpBody(opBody(offsets))).toEqual(offsets)
    }),
  )
})

it('passes over what is no offset, and never throws', () => {
  expect(parseOpBody(encodeUtf8('1,,x,-2, 3 ,9999999999999999999,4'))).toEqual([1, 3, 4])
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      for (const offset of parseOpBody(bytes)) expect(Number.isSafeInteger(offset)).toBe(true)
    }),
  )
})
