/** Texts of some hundred bytes that once cost everything, and how they are read now. */
import { describe, expect, it } from 'vitest'
import { inflateAtMost } from '../../../reference/common/inflate.ts'
import { JsonSyntaxError, parseJson } from '../../../reference/common/lax-json.ts'
import { decodeProperties, isPropertiesTextTooLong } from '../../../reference/common/message-properties.ts'
import { parseProperties } from '../../../reference/common/properties-file.ts'
import { tinyZlibBlocks } from '../../support/hostile-attacks.ts'

describe('lax JSON', () => {
  it('an object as a key is its JSON, and may not have such a key itself: each level doubled the text', () => {
    expect(parseJson('{{a:1}:2}')).toEqual({ '{"a":1}': 2 })
    expect(parseJson('{{"queueId":3,"topic":"T"}:1,{"queueId":4,"topic":"T"}:2}')).toEqual({
      '{"queueId":3,"topic":"T"}': 1,
      '{"queueId":4,"topic":"T"}': 2,
    })
    expect(() => parseJson('{{{a:1}:1}:1}')).toThrow('an object as a key inside a key at character 2')
  })

  it.each(["{a:'\"',b:", '/*"*/{a:'])('counts its levels whatever quotes stand before them: %s', (before) => {
    expect(() => parseJson(before + '['.repeat(100_000))).toThrow(JsonSyntaxError)
  })

  it('reads over NULs at the end and over none before', () => {
    expect(parseJson('{a:1}\0\0\0')).toEqual({ a: 1 })
    expect(() => parseJson(`${'\0'.repeat(60_000)}x`)).toThrow(JsonSyntaxError)
  })

  it('a key that is the prototype of all objects stays a key', () => {
    expect(Object.keys(parseJson('{__proto__:{a:1},b:2}') as object)).toEqual(['__proto__', 'b'])
  })
})

describe('properties', () => {
  it.each([
    ['a\u0001b\u0002', { a: 'b' }],
    ['a\u0001b', { a: 'b' }],
    ['a\u0001b\u0001c\u0002', { a: 'b\u0001c' }],
    ['\u0002\u0002a\u0001b\u0002\u0002', { a: 'b' }],
    ['x\u0002a\u0001b\u0002', { a: 'b' }],
    ['a\u0001\u0002b\u0001c', { b: 'c' }],
    ['\u0001v\u0002b\u0001c', { b: 'c' }],
    ['a\u0001b\u0002a\u0001c', { a: 'c' }],
    ['', {}],
  ])('%j', (text, wanted) => {
    expect(Object.fromEntries(decodeProperties(text))).toEqual(wanted)
  })

  it('are measured in bytes', () => {
    expect([32_767, 32_768].map((length) => isPropertiesTextTooLong('x'.repeat(length)))).toEqual([false, true])
    expect(isPropertiesTextTooLong('é'.repeat(16_384))).toBe(true)
  })
})

it('a file of continued lines is one line', () => {
  const text = `a=${'x\\\n'.repeat(200_000)}y\nb=1\n`
  expect(parseProperties(text, 'a file').get('a')).toBe(`${'x'.repeat(200_000)}y`)
  expect(parseProperties(text, 'a file').get('b')).toBe('1')
})

it('a zlib stream of nothing but tiny blocks is refused; a few are read', () => {
  expect(inflateAtMost(tinyZlibBlocks(20_000), 1_000_000)).toBeUndefined()
})
