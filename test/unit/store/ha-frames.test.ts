/** The bytes between master and slave, cut at any place; and bytes that are no frames. */
import { expect, it } from 'vitest'
import { concatBytes } from '../../../reference/common/bytes.ts'
import { KeyedRandom } from '../../../reference/host/sim/random.ts'
import {
  encodeMasterFrame,
  encodeSlaveFrame,
  type MasterFrame,
  MasterFrameReader,
  type SlaveFrame,
  SlaveFrameReader,
} from '../../../reference/store/ha/auto-switch-frames.ts'
import {
  encodeReport,
  encodeTransfer,
  ReportReader,
  type TransferFrame,
  TransferReader,
} from '../../../reference/store/ha/ha-frames.ts'
import { HA_FRAME_BYTES_MAX } from '../../../reference/store/ha/limits.ts'

/** Cuts bytes at random places. */
function pieces(bytes: Uint8Array, random: { int(below: number): number }): Uint8Array[] {
  const cut: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random.int(20))
    cut.push(bytes.slice(at, end))
    at = end
  }
  return cut
}

it('frames of a master are read as they were written, wherever the stream is cut', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new KeyedRandom(seed).stream('cut')
    const frames: TransferFrame[] = Array.from({ length: 8 }, () => ({
      physicalOffset: random.int(1_000_000) * 4_096,
      bytes: new Uint8Array(random.int(60)).map(() => random.int(256)),
    }))
    const reader = new TransferReader()
    const read = pieces(concatBytes(frames.map(encodeTransfer)), random).flatMap((piece) => [...reader.read(piece)])
    expect(read, `seed ${seed}`).toEqual(frames)
  }
})

it('of a slave’s reports the last whole one counts', () => {
  const reader = new ReportReader()
  const bytes = concatBytes([1, 2, 3].map((n) => encodeReport(n * 1_000)))
  expect(reader.read(bytes.slice(0, 20))).toBe(2_000)
  expect(reader.read(bytes.slice(20, 23))).toBeUndefined()
  expect(reader.read(bytes.slice(23))).toBe(3_000)
})

it('what is no frame is refused with a sentence, before anything is kept for it', () => {
  const head = (physicalOffset: bigint, sizeBytes: number) => {
    const view = new DataView(new ArrayBuffer(12))
    view.setBigInt64(0, physicalOffset)
    view.setInt32(8, sizeBytes)
    return new Uint8Array(view.buffer)
  }
  for (const bytes of [head(0n, -1), head(0n, HA_FRAME_BYTES_MAX + 1), head(-5n, 10), head(1n << 62n, 10)])
    expect(() => new TransferReader().read(bytes)).toThrow(RangeError)
  expect(() => new ReportReader().read(new Uint8Array(8).fill(0xff))).toThrow(/a slave reports that its log ends at -1/)
})

it('frames under a controller are read as they were written, wherever the stream is cut', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new KeyedRandom(seed).stream('auto-switch')
    const offset = () => random.int(1_000_000) * 4_096
    const ofMaster: MasterFrame[] = Array.from({ length: 6 }, (_, i) =>
      i % 3 === 0
        ? {
            is: 'handshake',
            maxOffset: offset(),
            epoch: random.int(100),
            entries: Array.from({ length: random.int(4) }, () => ({ epoch: random.int(100), startOffset: offset() })),
          }
        : {
            is: 'transfer',
            physicalOffset: offset(),
            epoch: random.int(100),
            epochStartOffset: offset(),
            confirmOffset: offset(),
            bytes: new Uint8Array(random.int(60)).map(() => random.int(256)),
          },
    )
    const ofSlave: SlaveFrame[] = Array.from({ length: 6 }, (_, i) =>
      i % 3 === 0
        ? {
            is: 'handshake',
            isSyncFromLastFile: random.int(2) === 0,
            isAsyncLearner: random.int(2) === 0,
            brokerId: 1 + random.int(9),
          }
        : { is: 'transfer', maxOffset: offset() },
    )
    const [masters, slaves] = [new MasterFrameReader(), new SlaveFrameReader()]
    const cut = (bytes: Uint8Array[]) => pieces(concatBytes(bytes), random)
    expect(cut(ofMaster.map(encodeMasterFrame)).flatMap((piece) => masters.read(piece))).toEqual(ofMaster)
    expect(cut(ofSlave.map(encodeSlaveFrame)).flatMap((piece) => slaves.read(piece))).toEqual(ofSlave)
  }
})
