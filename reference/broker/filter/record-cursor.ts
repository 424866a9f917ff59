/**
 * Walks over the records that the store has read, and finds properties in their bytes.
 *
 * A filter by SQL92 looks at many records and lets few of them pass. So nothing is made for a record that does not pass: no
 * array of its bytes, no text of its properties, no `Map`. Only the value of a property that the filter names becomes a text.
 *
 * RocketMQ: `MessageDecoder.decodeProperties(ByteBuffer)`, which reads all properties of each record.
 */
import { NO_BYTES, readI32 } from '../../common/bytes.ts'
import { propertiesAt, RECORD_AT } from '../../common/message-codec.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'
import type { Properties } from './sql92.ts'

const NAME_VALUE_SEPARATOR = 1
const PROPERTY_SEPARATOR = 2

/** The record at which a walk over records stands. */
export class RecordCursor implements Properties {
  #pieces: readonly Uint8Array[] = []
  #nextPiece = 0
  #bytes: Uint8Array = NO_BYTES
  #start = 0
  #end = 0
  /** The properties of the present record. Both numbers are -1 when the record is damaged. */
  #propertiesStart = -1
  #propertiesEnd = -1
  readonly #names = new Map<string, Uint8Array>()

  /** Begins a walk. A piece may contain several records, one after the other. The cursor stands before the first record. */
  walk(pieces: readonly Uint8Array[]): void {
    this.#pieces = pieces
    this.#nextPiece = 0
    this.#bytes = NO_BYTES
    this.#end = 0
  }

  /** Moves to the next record. Returns false behind the last record, and at a record with an impossible length. */
  next(): boolean {
    while (this.#end === this.#bytes.length) {
      if (this.#nextPiece === this.#pieces.length) return false
      this.#bytes = this.#pieces[this.#nextPiece++]!
      this.#end = 0
    }
    const start = this.#end
    const sizeBytes = readI32(this.#bytes, start)
    if (sizeBytes <= 0) return false // rare: a damaged record
    this.#start = start
    this.#end = Math.min(start + sizeBytes, this.#bytes.length)
    const at = propertiesAt(this.#bytes, start, this.#end)
    this.#propertiesStart = at
    this.#propertiesEnd = at < 0 ? -1 : at + ((this.#bytes[at - 2]! << 8) | this.#bytes[at - 1]!)
    return true
  }

  /** True when the lengths inside the present record do not fit its bytes. */
  get isDamaged(): boolean {
    return this.#propertiesStart < 0
  }

  get sizeBytes(): number {
    return this.#end - this.#start
  }

  /** The position in the log that the present record names. In a damaged record, the result may be any number. */
  get physicalOffset(): number {
    const at = this.#start + RECORD_AT.physicalOffset
    return readI32(this.#bytes, at) * 0x1_0000_0000 + (readI32(this.#bytes, at + 4) >>> 0)
  }

  /** Returns the bytes of the present record. They share memory with the piece. */
  record(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end)
  }

  // #region property-in-bytes
  /**
   * Returns the value of a property of the present record, as `propertyOf` does for a text: the last entry counts that has
   * this name and a value. Returns undefined when there is no such entry.
   */
  get(name: string): string | undefined {
    const bytes = this.#bytes
    const wanted = this.#bytesOf(name)
    const until = this.#propertiesEnd
    let valueStart = -1
    let valueEnd = -1
    for (let entry = this.#propertiesStart; entry < until; ) {
      let matching = 0
      while (matching < wanted.length && bytes[entry + matching] === wanted[matching]) matching++
      const nameEnd = entry + matching
      const isWanted = matching === wanted.length && bytes[nameEnd] === NAME_VALUE_SEPARATOR
      let end = nameEnd
      while (end < until && bytes[end] !== PROPERTY_SEPARATOR) end++
      if (isWanted && end > nameEnd + 1) {
        valueStart = nameEnd + 1
        valueEnd = end
      }
      entry = end + 1
    }
    return valueStart < 0 ? undefined : decodeUtf8(bytes, valueStart, valueEnd)
  }
  // #endregion property-in-bytes

  #bytesOf(name: string): Uint8Array {
    let bytes = this.#names.get(name)
    if (bytes === undefined) this.#names.set(name, (bytes = encodeUtf8(name)))
    return bytes
  }
}
