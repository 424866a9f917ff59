/** What a stranger deflated comes back whole or not at all. */

import { constants, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { zlibSync } from 'fflate'
import { expect, it } from 'vitest'
import { inflateBody } from '../../../reference/client/inflate.ts'
import { inflateAtMost } from '../../../reference/common/inflate.ts'
import { MESSAGE_BODY_BYTES_MAX } from '../../../reference/common/limits.ts'
import { SYS_FLAG } from '../../../reference/common/sys-flag.ts'

const BYTES_MAX = 500
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 2 * BYTES_MAX }),
  fc.nat({ max: 2 * BYTES_MAX }).map((length) => new Uint8Array(length).fill(7)),
)

it('is given back up to the limit, and refused beyond it', () => {
  fc.assert(
    fc.property(bytes, (body) => {
      const inflated = inflateAtMost(zlibSync(body), BYTES_MAX)
      expect(inflated).toEqual(body.length <= BYTES_MAX ? body : undefined)
    }),
    { examples: [[new Uint8Array(BYTES_MAX)], [new Uint8Array(BYTES_MAX + 1)]] },
  )
})

it('a body beyond the limit stays as it came, never a part of it', () => {
  const flag = SYS_FLAG.COMPRESSED
  const most = new Uint8Array(MESSAGE_BODY_BYTES_MAX)
  expect(inflateBody(zlibSync(most), flag)).toHaveLength(MESSAGE_BODY_BYTES_MAX)
  const bomb = zlibSync(new Uint8Array(MESSAGE_BODY_BYTES_MAX + 1))
  expect(inflateBody(bomb, flag)).toBe(bomb)
})

it('codes of the greatest length are read: some letters are very rare', () => {
  const counts = [1, 1]
  // more than the two before it together: then each code is one bit longer than that of the next letter
  while (counts.length < 19) counts.push(counts.at(-1)! + counts.at(-2)! + 1)
  const letters = counts.flatMap((count, letter) => new Array<number>(count).fill(letter))
  const body = new Uint8Array(letters.length).map((_, i) => letters[(i * 7_919) % letters.length]!)
  const deflated = deflateSync(body, { strategy: constants.Z_HUFFMAN_ONLY, memLevel: 9 })
  expect(inflateAtMost(deflated, body.length)).toEqual(body)
})
