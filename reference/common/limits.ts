/**
 * The limits that protect a server and its other peers from a hostile or careless one, with unit and reason.
 *
 * Limits of one folder are in that folder; here are those that several folders share. RocketMQ's option name stands beside each
 * that has one.
 */
import { MIB } from './units.ts'

/** A whole frame with its length field. `com.rocketmq.remoting.frameMaxLength`. */
export const FRAME_BYTES_MAX = 16 * MIB
/** The body of one message, unless the setting says otherwise. `maxMessageSize`. */
export const MESSAGE_BODY_BYTES = 4 * MIB
/** The largest body that `maxMessageSize` may allow: a frame must hold it with its properties. */
export const MESSAGE_BODY_BYTES_MAX = FRAME_BYTES_MAX - MIB
/** The properties of one message as text: their length is a signed 16-bit number on disk. */
export const PROPERTIES_BYTES_MAX = 32_767
/** A topic's name in bytes, unless it is a retry or dead-letter topic. `maxTopicLength`. */
export const TOPIC_BYTES_MAX = 127
/** A retry or dead-letter topic's name in bytes. */
export const LONG_TOPIC_BYTES_MAX = 255
/** A group's name in bytes. */
export const GROUP_BYTES_MAX = 120
/** Fields of one header: no request of RocketMQ has more than thirty. */
export const EXT_FIELDS_MAX = 256
/** JSON nesting: RocketMQ's deepest body has seven levels. */
export const JSON_DEPTH_MAX = 32
/**
 * A request's body that is JSON: a list of 10,000 topics or groups has about two MiB. Only the body of REGISTER_BROKER may fill a
 * frame.
 */
export const JSON_BODY_BYTES_MAX = 4 * MIB
/** Values in such a body: 10,000 topics with a dozen fields each. */
export const JSON_BODY_VALUES_MAX = 200_000
/** Lines of settings in one UPDATE_BROKER_CONFIG or UPDATE_NAMESRV_CONFIG, bytes: all settings together are eight thousand. */
export const SETTINGS_BODY_BYTES_MAX = 64 * 1024
/** A header or a request's body that is not strict JSON, characters: what peers write in fastjson's dialect is short. */
export const LAX_JSON_CHARACTERS_MAX = 64 * 1024
/** Queues of one topic, read or write. */
export const QUEUES_PER_TOPIC_MAX = 16_384
/** Topics of one broker: a client that sends to ever new names must not fill a broker that creates topics on demand. */
export const TOPICS_MAX = 100_000
/** `maxMsgNums` of a pop; a check point marks its messages in the 32 bits of an int. */
export const POP_BATCH_MAX = 32
/** The span of offsets that one entry of a BATCH_ACK_MESSAGE may cover: a filter may leave out all but a few. */
export const POP_OFFSET_SPAN_MAX = 1_000_000
