/** The two old hashes give what Node's own give, for any message and key. */
import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hmacSha1, md5, sha1 } from '../../../reference/common/digest.ts'

const bytes = fc.uint8Array({ maxLength: 300 })
const hex = (digest: Uint8Array) => Buffer.from(digest).toString('hex')

it.each([
  ['md5', md5],
  ['sha1', sha1],
] as const)('%s()', (name, digest) => {
  fc.assert(
    fc.property(bytes, (message) => {
      expect(hex(digest(message))).toBe(createHash(name).update(message).digest('hex'))
    }),
  )
})

it('hmacSha1()', () => {
  fc.assert(
    fc.property(bytes, bytes, (key, message) => {
      expect(hex(hmacSha1(key, message))).toBe(createHmac('sha1', key).update(message).digest('hex'))
    }),
  )
})
