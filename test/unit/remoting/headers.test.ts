/** Both header encodings carry any command, whole or in pieces, and limits hold. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrame, FrameSplitter } from '../../../reference/remoting/frame-codec.ts'
import {
  type RemotingCommand,
  SERIALIZE_JSON,
  SERIALIZE_ROCKETMQ,
} from '../../../reference/remoting/remoting-command.ts'

// an empty value and a missing one are the same in the binary encoding, as Java reads it
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
const command = fc.record({
  code: fc.integer({ min: 0, max: 32_767 }),
  language: fc.integer({ min: 0, max: 12 }),
  version: fc.integer({ min: 0, max: 600 }),
  opaque: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  flag: fc.constantFrom(0, 1, 2, 3),
  remark: fc.option(
    text.filter((value) => value !== ''),
    { nil: undefined },
  ),
  extFields: fc.dictionary(
    text.filter((name) => name !== '' && name !== '__proto__'),
    text,
  ),
  body: fc.option(fc.uint8Array({ minLength: 1, maxLength: 300 }), { nil: undefined }),
  serializeType: fc.constantFrom(SERIALIZE_JSON, SERIALIZE_ROCKETMQ),
}) as fc.Arbitrary<RemotingCommand>

const plain = ({ body, extFields, ...rest }: RemotingCommand) => ({
  ...rest,
  body: body === undefined ? [] : [...body],
  extFields: { ...extFields },
})

describe('frames', () => {
  it('carry any command in both encodings', () => {
    fc.assert(
      fc.property(command, (wanted) => {
        expect(plain(decodeFrame(encodeFrame(wanted)))).toEqual(plain(wanted))
      }),
    )
  })

  it('cut into pieces anywhere they come out whole and in order', () => {
    fc.assert(
      fc.property(
        fc.array(command, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1 }),
        (commands, sizes) => {
          const stream = Buffer.concat(commands.map((command) => encodeFrame(command)))
          const splitter = new FrameSplitter()
          const found: RemotingCommand[] = []
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length]!
            splitter.push(stream.subarray(at, at + size), (frame) => found.push(decodeFrame(frame)))
            at += size
          }
          expect(found.map(plain)).toEqual(commands.map(plain))
          expect(splitter.heldBytes).toBe(0)
        },
      ),
    )
  })

  it('a length beyond the limit is refused before anything is kept', () => {
    const splitter = new FrameSplitter()
    expect(() => splitter.push(Uint8Array.of(0x40, 0, 0, 0), () => {})).toThrow(/bytes/)
    expect(splitter.heldBytes).toBeLessThan(16)
  })

  it('garbage is refused with a sentence', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 200 }), (garbage) => {
        try {
          new FrameSplitter().push(garbage, (frame) => void decodeFrame(frame))
        } catch (error) {
          expect((error as Error).name).toBe('FrameError')
        }
      }),
    )
  })
})
