/** Records that wait for one write share memory, and never each other's bytes. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { JoinedPieces, LogBuffer } from '../../../reference/store/log-buffer.ts'

it('keeps the bytes of every record until it is cleared, and joins neighbours without a copy', () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 400_000 })), {
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(fc.array(sizes, { minLength: 1, maxLength: 3 }), (turns) => {
      const buffer = new LogBuffer()
      for (const turn of turns) {
        const rooms = turn.map((size, i) => buffer.room(size).fill(i + 1))
        const pieces = new JoinedPieces()
        for (const [i, room] of rooms.entries()) {
          expect(room.length).toBe(turn[i])
          expect([room[0], room.at(-1)]).toEqual([i + 1, i + 1])
          pieces.add(room)
        }
        expect(Buffer.compare(pieces.join(), Buffer.concat(rooms))).toBe(0)
        buffer.clear()
      }
    }),
    { numRuns: 40 },
  )
})

it('small records that follow each other are one piece of memory', () => {
  const buffer = new LogBuffer()
  const [first, second] = [buffer.room(100), buffer.room(50)]
  const inOrder = new JoinedPieces()
  expect(inOrder.isEmpty).toBe(true)
  inOrder.add(first)
  inOrder.add(second)
  expect(inOrder.isEmpty).toBe(false)
  expect(inOrder.join().buffer).toBe(first.buffer)
  const inReverse = new JoinedPieces()
  inReverse.add(second)
  inReverse.add(first)
  expect(inReverse.join().buffer).not.toBe(first.buffer)
})
