/** What the real RocketMQ put on the wire reads, and what we would write in its place is the same bytes. */
import { expect, it } from 'vitest'
import { fromHex, toHex } from '../../../reference/common/message-id.ts'
import { decodeFrame, encodeFrame, FrameSplitter } from '../../../reference/remoting/frame-codec.ts'
import { hostileInputs, recordedFrames } from '../../support/recorded.ts'

const frames = recordedFrames().map((frame) => ({ ...frame, bytes: fromHex(frame.hex)! }))

it('every recorded frame decodes and encodes to the bytes it had', () => {
  const different: string[] = []
  for (const { file, bytes, hex } of frames) {
    const again = toHex(encodeFrame(decodeFrame(bytes))).toLowerCase()
    if (again !== hex) different.push(`${file}: ${hex.slice(0, 400)}\n   became ${again.slice(0, 400)}`)
  }
  expect(different.slice(0, 3), `${different.length} of ${frames.length} frames`).toEqual([])
})

it('a connection cut into pieces at any place gives the same frames', () => {
  const connections = new Map<string, typeof frames>()
  for (const frame of frames) {
    const name = `${frame.file} ${frame.conn} ${frame.dir}`
    connections.set(name, [...(connections.get(name) ?? []), frame])
  }
  let pieceBytes = 1
  for (const [name, list] of connections) {
    const stream = Buffer.concat(list.map((frame) => frame.bytes))
    const splitter = new FrameSplitter()
    const found: string[] = []
    pieceBytes = (pieceBytes % 61) + 1
    for (let at = 0; at < stream.length; at += pieceBytes)
      splitter.push(stream.subarray(at, at + pieceBytes), (frame) => found.push(Buffer.from(frame).toString('hex')))
    expect(found.length, name).toBe(list.length)
    expect(found, name).toEqual(list.map((frame) => frame.hex))
  }
})

it('hostile bytes are refused with a sentence or read as a command, never anything else', () => {
  for (const { name, in: input } of hostileInputs()) {
    if (input === undefined) continue
    const splitter = new FrameSplitter()
    for (const part of typeof input === 'string' ? [input] : input) {
      try {
        splitter.push(Buffer.from(part, 'hex'), (frame) => void decodeFrame(frame))
      } catch (error) {
        expect((error as Error).name, `${name}: ${(error as Error).stack}`).toBe('FrameError')
        expect((error as Error).message.length, name).toBeGreaterThan(10)
        break
      }
    }
  }
})
