/** Arrays that share a block of memory are as good as arrays of their own. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newBytes } from '../../../reference/common/new-bytes.ts'

it('arrays are zeros, and none shows the bytes of another', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5_000), { maxLength: 60 }), (lengths) => {
      const arrays = lengths.map((length, i) => {
        const bytes = newBytes(length)
        expect(bytes.length).toBe(length)
        expect(bytes.every((byte) => byte === 0)).toBe(true)
        return bytes.fill((i % 255) + 1)
      })
      for (const [i, bytes] of arrays.entries()) expect(bytes.every((byte) => byte === (i % 255) + 1)).toBe(true)
    }),
  )
})
