/** On a real host, long texts are converted by Node. The bytes are the same as those of the language's own functions. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUtf8, encodeUtf8, utf8Length } from '../../../reference/common/utf8.ts'
import '../../../reference/host/node/node-host.ts'

test('a long text has the same bytes and the same length whatever it holds, also a single surrogate', () => {
  const anyText = fc.string({
    unit: fc.integer({ max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    maxLength: 80,
  })
  fc.assert(
    fc.property(anyText, (text) => {
      const bytes = new TextEncoder().encode(text)
      expect([...encodeUtf8(text)]).toEqual([...bytes])
      expect(utf8Length(text)).toBe(bytes.length)
      expect(decodeUtf8(bytes)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
    }),
  )
})
