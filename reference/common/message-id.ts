/**
 * The two ids of a message.
 *
 * | id                | created by | bytes, written in hex                                                            |
 * | ----------------- | ---------- | -------------------------------------------------------------------------------- |
 * | offset message id | the broker | IP address (4 or 16), port (4), physical offset (8) of the record |
 * | unique id         | the client | IP address (4), process id (2), instance (4), ms in a period of 31 days (4), counter (2); the client knows this id before the send |
 *
 * RocketMQ: `MessageDecoder.createMessageId`, `MessageClientIDSetter`.
 */
import { ByteReader, ByteWriter } from './bytes.ts'

const TWO_32 = 0x1_0000_0000
/** The two upper-case hexadecimal digits of each byte. */
const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'))

/** Returns the upper-case hexadecimal digits of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) text += DIGITS[bytes[i]!]!
  return text
}

/** Returns the eight hexadecimal digits of the low 32 bits of `value`. */
function hexOfI32(value: number): string {
  return (
    DIGITS[value >>> 24]! + DIGITS[(value >>> 16) & 0xff]! + (DIGITS[(value >>> 8) & 0xff]! + DIGITS[value & 0xff]!)
  )
}

/** Returns the bytes of a hexadecimal text. Returns undefined for any other text. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

/** Returns the id of the record at `physicalOffset` on the broker at `ip:port`. */
export function offsetMessageId(ip: Uint8Array, port: number, physicalOffset: number): string {
  return messageIdAt(messageIdPrefix(ip, port), physicalOffset)
}

/** Returns the part that all offset message ids of the broker at `ip:port` have in common. */
export function messageIdPrefix(ip: Uint8Array, port: number): string {
  return toHex(ip) + hexOfI32(port)
}

/** Returns the id of the record at `physicalOffset`. `prefix` is the `messageIdPrefix` of its broker. */
export function messageIdAt(prefix: string, physicalOffset: number): string {
  const high = Math.floor(physicalOffset / TWO_32)
  return prefix + (high === 0 ? '00000000' : hexOfI32(high)) + hexOfI32(physicalOffset)
}

/**
 * Returns the parts of an offset message id. Returns undefined for any other text, except for some unique ids of clients
 * with IPv4 addresses: their last eight bytes may be a possible offset.
 */
export function parseOffsetMessageId(id: string): { ip: Uint8Array; port: number; physicalOffset: number } | undefined {
  const bytes = fromHex(id)
  if (bytes === undefined || (bytes.length !== 16 && bytes.length !== 28)) return undefined
  const reader = new ByteReader(bytes)
  try {
    return { ip: reader.slice(bytes.length - 12), port: reader.i32(), physicalOffset: reader.i64() }
  } catch {
    return undefined // no log has such a large offset: the text may be a unique id of the same length
  }
}

/** Creates unique ids for one client process. */
export class UniqueIds {
  readonly #prefix: string
  #counter = 0

  /**
   * `processId` and `instance` distinguish clients on one machine. Only the low 16 bits of `processId` and the low 32 bits
   * of `instance` are used.
   */
  constructor(ip: Uint8Array, processId: number, instance: number) {
    this.#prefix = toHex(new ByteWriter(10).raw(ip).i16(processId).i32(instance).finish())
  }

  /** Returns the next id. Up to 65,536 ids in one millisecond are different. */
  next(nowMs: number): string {
    this.#counter = (this.#counter + 1) & 0xffff
    return this.#prefix + hexOfI32(nowMs % 2_678_400_000) + hexOfI32(this.#counter).slice(4)
  }
}
