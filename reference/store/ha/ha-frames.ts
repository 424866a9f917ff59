/**
 * The bytes between a master and its slave. These bytes are not requests and answers: each side sends when it has something
 * new.
 *
 * | sender | bytes                                                     | meaning                                        |
 * | ------ | --------------------------------------------------------- | ---------------------------------------------- |
 * | slave  | `i64 maxOffset`                                           | the log of the slave ends at `maxOffset`; the master must send the bytes from this position on |
 * | master | `i64 physicalOffset, i32 sizeBytes`, then the bytes       | these bytes of the log begin at `physicalOffset` |
 * | master | `i64 physicalOffset, i32 0`                               | a heartbeat: there are no new bytes            |
 *
 * The bytes of the log in a frame may begin and end in the middle of a record.
 *
 * `auto-switch-frames.ts` has the frames under a controller.
 *
 * RocketMQ: `DefaultHAClient`, `DefaultHAConnection`.
 */
import { concatBytes, readI32, readI64, writeI32, writeI64 } from '../../common/bytes.ts'
import { HA_FRAME_BYTES_MAX } from './limits.ts'

/** The number of bytes of a slave's report. */
export const REPORT_BYTES = 8
/** The number of bytes in a frame of the master before the bytes of the log. */
export const TRANSFER_HEAD_BYTES = 12

/**
 * The content of a frame of the master: bytes of the log, and the position of the first byte. A frame without bytes is a
 * heartbeat.
 */
export interface TransferFrame {
  readonly physicalOffset: number
  readonly bytes: Uint8Array
}

/** Returns the bytes of a slave's report. */
export function encodeReport(maxOffset: number): Uint8Array {
  const bytes = new Uint8Array(REPORT_BYTES)
  writeI64(bytes, 0, maxOffset)
  return bytes
}

/** Returns the bytes of a frame of the master. */
export function encodeTransfer({ physicalOffset, bytes }: TransferFrame): Uint8Array {
  const frame = new Uint8Array(TRANSFER_HEAD_BYTES + bytes.length)
  writeI64(frame, 0, physicalOffset)
  writeI32(frame, 8, bytes.length)
  frame.set(bytes, TRANSFER_HEAD_BYTES)
  return frame
}

/** Reads the reports of one slave from a stream of bytes. */
export class ReportReader {
  #rest = new Uint8Array() as Uint8Array

  /**
   * Adds received bytes. Returns the last complete report, or undefined when no report is complete yet. Earlier reports are
   * not needed, because each report replaces the report before. Throws `RangeError` when a report is not a position in a
   * log.
   */
  read(bytes: Uint8Array): number | undefined {
    const all = this.#rest.length === 0 ? bytes : concatBytes([this.#rest, bytes])
    const wholeBytes = all.length - (all.length % REPORT_BYTES)
    this.#rest = all.slice(wholeBytes)
    if (wholeBytes === 0) return undefined
    const maxOffset = readI64(all, wholeBytes - REPORT_BYTES)
    if (maxOffset < 0) throw new RangeError(`a slave reports that its log ends at ${maxOffset}`)
    return maxOffset
  }
}

/** Reads the frames of a master from a stream of bytes. */
export class TransferReader {
  #parts: Uint8Array[] = []
  #waitingBytes = 0
  #neededBytes = TRANSFER_HEAD_BYTES

  /**
   * Adds received bytes. Returns the frames that are complete now. Throws `RangeError` when these bytes cannot be frames.
   */
  read(bytes: Uint8Array): readonly TransferFrame[] {
    this.#parts.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes < this.#neededBytes) return [] // the received pieces are joined only when a frame is complete
    const all = concatBytes(this.#parts)
    const frames: TransferFrame[] = []
    let at = 0
    for (;;) {
      this.#neededBytes = TRANSFER_HEAD_BYTES
      if (all.length - at < TRANSFER_HEAD_BYTES) break
      const { physicalOffset, sizeBytes } = readHead(all, at)
      this.#neededBytes = TRANSFER_HEAD_BYTES + sizeBytes
      if (all.length - at < this.#neededBytes) break
      const end = at + this.#neededBytes
      frames.push({ physicalOffset, bytes: all.slice(at + TRANSFER_HEAD_BYTES, end) })
      at = end
    }
    this.#parts = [all.slice(at)]
    this.#waitingBytes = all.length - at
    return frames
  }
}

function readHead(bytes: Uint8Array, at: number): { readonly physicalOffset: number; readonly sizeBytes: number } {
  const physicalOffset = readI64(bytes, at)
  const sizeBytes = readI32(bytes, at + 8)
  if (physicalOffset < 0 || sizeBytes < 0 || sizeBytes > HA_FRAME_BYTES_MAX)
    throw new RangeError(
      `a frame of a master has the position ${physicalOffset} and ${sizeBytes} bytes; at most ${HA_FRAME_BYTES_MAX} are accepted`,
    )
  return { physicalOffset, sizeBytes }
}
