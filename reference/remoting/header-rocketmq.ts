/**
 * The header in RocketMQ's binary form, serialize type 1. This form is smaller than JSON and faster to read.
 *
 * | field    | bytes | note                                                       |
 * | -------- | ----- | ---------------------------------------------------------- |
 * | code     | 2     | signed, so the codes of pop requests (2000xx) are too large; these requests need a JSON header |
 * | language | 1     |                                                             |
 * | version  | 2     |                                                             |
 * | opaque   | 4     |                                                             |
 * | flag     | 4     |                                                             |
 * | remark   | 4 + n | the length, then the text; with length 0, there is no remark |
 * | ext map  | 4 + n | the length of all entries in bytes, then the entries         |
 * | entry    | 2 + k, 4 + v | the name, then the value, each after its length; an empty value counts as missing |
 *
 * RocketMQ: `RocketMQSerializable`.
 */
import { ByteReader, ByteWriter, OutOfBytesError } from '../common/bytes.ts'
import { EXT_FIELDS_MAX } from '../common/limits.ts'
import { utf8Length } from '../common/utf8.ts'
import { FrameError } from './frame-error.ts'
import { type ExtFields, type RemotingCommand, SERIALIZE_ROCKETMQ } from './remoting-command.ts'

/** The largest code that a binary header can hold. */
export const BINARY_CODE_MAX = 32_767

/** Returns the bytes of a header. Throws `FrameError` when the code does not fit into its field. */
export function encodeRocketMqHeader(command: RemotingCommand): Uint8Array {
  if (command.code > BINARY_CODE_MAX)
    throw new FrameError(`code ${command.code} does not fit the binary header: use JSON`)
  const writer = new ByteWriter(128)
  writer.i16(command.code).u8(command.language).i16(command.version).i32(command.opaque).i32(command.flag)
  writer.i32(command.remark === undefined ? 0 : utf8Length(command.remark)).utf8(command.remark ?? '')
  const mapAt = writer.length
  writer.i32(0)
  for (const name in command.extFields) {
    const value = command.extFields[name]!
    writer.i16(utf8Length(name)).utf8(name).i32(utf8Length(value)).utf8(value)
  }
  return writer.patchI32(mapAt, writer.length - mapAt - 4).finish()
}

/**
 * Returns the command with this header and with `body`. Throws `FrameError` with one sentence when the header cannot be
 * read.
 */
export function decodeRocketMqHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
  body: Uint8Array | undefined,
): RemotingCommand {
  const reader = new ByteReader(bytes, start, end)
  try {
    const code = reader.i16()
    const language = reader.u8()
    const version = reader.i16()
    const opaque = reader.i32()
    const flag = reader.i32()
    const remarkBytes = reader.i32()
    const remark = remarkBytes === 0 ? undefined : reader.utf8(remarkBytes)
    // check the length of the map before the map is read
    const mapBytes = reader.i32()
    if (mapBytes < 0 || mapBytes > reader.left)
      throw new FrameError(`the ext fields claim ${mapBytes} bytes, ${reader.left} are left in the header`)
    const extFields =
      mapBytes === 0 ? undefined : readMap(new ByteReader(bytes, reader.position, reader.position + mapBytes))
    return {
      code,
      language,
      version,
      opaque,
      flag,
      remark,
      extFields,
      body,
      serializeType: SERIALIZE_ROCKETMQ,
    }
  } catch (error) {
    if (error instanceof OutOfBytesError) throw new FrameError(`the binary header ends early: ${error.message}`)
    throw error
  }
}

function readMap(reader: ByteReader): ExtFields {
  const fields: { [name: string]: string } = {}
  for (let count = 0; reader.left > 0; count++) {
    if (count === EXT_FIELDS_MAX) throw new FrameError(`the header has more than ${EXT_FIELDS_MAX} ext fields`)
    const name = reader.utf8(reader.i16())
    const value = reader.utf8(reader.i32())
    if (value === '') continue
    if (name === '__proto__') continue // an assignment would change the prototype of the object
    fields[name] = value
  }
  return fields
}
