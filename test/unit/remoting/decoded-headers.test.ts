/** The fields of a header are decoded alike, whatever header was decoded before. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { defineHeader } from '../../../reference/remoting/request.ts'

const FIELDS = {
  topic: 'string!',
  queueId: 'int!',
  offset: 'long',
  max: 'bigLong',
  batch: 'boolean',
  tag: 'string',
} as const
const newCodec = () => defineHeader('TRY', FIELDS, { tag: 't' })

function resultOf(decode: () => object): string {
  try {
    return JSON.stringify(decode())
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}

it('in any sequence of headers: fields come and go, change, or are refused', () => {
  const number = fc.constantFrom('0', '7', '-3', '2147483648', '9007199254740993', '', 'x')
  const text = fc.constantFrom('', 'a', 'b', 'x'.repeat(2_000))
  const header = fc.record(
    { topic: text, queueId: number, offset: number, max: number, batch: fc.constantFrom('true', 'no', ''), t: text },
    { requiredKeys: [] },
  )
  // neighbours are often equal, or differ in one field
  const next = fc.tuple(header, fc.boolean())
  fc.assert(
    fc.property(fc.array(next, { maxLength: 12 }), (all) => {
      const codec = newCodec()
      let before = {}
      for (const [fields, isNew] of all) {
        const extFields: { [name: string]: string } = isNew ? fields : { ...before, ...fields }
        const wanted = resultOf(() => newCodec().decode(extFields))
        expect(resultOf(() => codec.decode(extFields))).toBe(wanted)
        expect(
          resultOf(() => codec.decode({ ...extFields })),
          'once more',
        ).toBe(wanted)
        before = extFields
      }
    }),
    { numRuns: 300 },
  )
})
