/**
 * The body of a REGISTER_BROKER from a broker with `compressedRegister=true`. The body is a list of short texts, compressed
 * by zlib.
 *
 * | field                | bytes          | meaning                                                                     |
 * | -------------------- | -------------- | --------------------------------------------------------------------------- |
 * | data version         | int32 + JSON   | `data-version.ts`                                                           |
 * | topics               | int32          | the number of topics                                                        |
 * | each topic           | int32 + text   | name, read queues, write queues, perm, filter type, and perhaps attributes as JSON, separated by spaces |
 * | filter servers       | int32 + JSON   | not read, because RocketMQ no longer has filter servers                     |
 * | static topics (5.x)  | int32, each int32 + JSON | not read, because GlassMQ has no static topics                    |
 *
 * The body does not contain the fields `topicSysFlag` and `order` of a topic. As in Java, the NameServer uses the defaults
 * of these fields.
 *
 * RocketMQ's brokers of 5.3 with `compressedRegister=true` compress the body, but write `compressed: false` in the header.
 * No NameServer can read such a body, not even RocketMQ's NameServer.
 *
 * RocketMQ: `RegisterBrokerBody.decode`, `TopicConfig.decode`. GlassMQ cannot encode this body, because its brokers register
 * in JSON.
 */
import { ByteReader, OutOfBytesError } from '../../common/bytes.ts'
import { inflateAtMost } from '../../common/inflate.ts'
import { type Json, JsonSyntaxError, parseJson } from '../../common/lax-json.ts'
import { FRAME_BYTES_MAX, TOPICS_MAX } from '../../common/limits.ts'
import { ShapeError } from '../../common/shape.ts'
import { dataVersionShape } from './data-version.ts'
import { BodyError } from './json-body.ts'
import { type RegisterBrokerBody, type TopicConfig, topicConfigShape } from './topic-config.ts'

/** Reads a compressed registration. Throws a `BodyError` that names the fault when the body cannot be read. */
export function decodeCompressedRegistration(body: Uint8Array | undefined): RegisterBrokerBody {
  if (body === undefined || body.length === 0) throw new BodyError('REGISTER_BROKER: the body is missing')
  const bytes = inflateAtMost(body, FRAME_BYTES_MAX)
  if (bytes === undefined)
    throw new BodyError(`the compressed body of REGISTER_BROKER is no zlib stream of at most ${FRAME_BYTES_MAX} bytes`)
  try {
    return readRegistration(new ByteReader(bytes))
  } catch (error) {
    if (
      error instanceof OutOfBytesError ||
      error instanceof RangeError ||
      error instanceof JsonSyntaxError ||
      error instanceof ShapeError
    )
      throw new BodyError(`the compressed body of REGISTER_BROKER cannot be read: ${error.message}`)
    throw error
  }
}

// #region read-registration
function readRegistration(reader: ByteReader): RegisterBrokerBody {
  const text = () => reader.utf8(reader.i32())
  const dataVersion = dataVersionShape(parseJson(text()), 'dataVersion')
  const topics = reader.i32()
  if (topics < 0 || topics > TOPICS_MAX) throw new RangeError(`it counts ${topics} topics; 0 to ${TOPICS_MAX} may come`)
  const topicConfigTable = new Map<string, TopicConfig>()
  for (let i = 0; i < topics; i++) {
    const config = readTopic(text())
    topicConfigTable.set(config.topicName, config)
  }
  return { dataVersion, topicConfigTable }
}

function readTopic(line: string): TopicConfig {
  const [topicName = '', read, write, perm, topicFilterType, ...rest] = line.split(' ')
  if (topicFilterType === undefined) throw new RangeError(`"${line}" is no topic: it has five words, and attributes`)
  const queues = { readQueueNums: Number(read), writeQueueNums: Number(write) }
  const attributes = attributesOf(rest.join(' '))
  const config = { topicName, ...queues, perm: Number(perm), topicFilterType, attributes }
  return topicConfigShape(config, `topic "${topicName}"`)
}

/**
 * Reads a topic's attributes. As in Java, unreadable attributes are ignored, because a NameServer does not need them for a
 * route.
 */
function attributesOf(text: string): Json {
  try {
    return text === '' ? {} : parseJson(text)
  } catch (error) {
    if (error instanceof JsonSyntaxError) return {}
    throw error
  }
}
// #endregion read-registration
