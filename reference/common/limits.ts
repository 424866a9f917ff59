/**
 * The limits that keep a hostile or careless peer from hurting anybody else, with unit and reason.
 *
 * Limits of one folder stand in its own files; here is what several share. Where RocketMQ has an option for it, its name
 * stands beside.
 */
import { MIB } from './units.ts'

/** Whole frame including its length field. `com.rocketmq.remoting.frameMaxLength`. */
export const FRAME_BYTES_MAX = 16 * MIB
/** Body of one message, unless the setting says otherwise. `maxMessageSize`. */
export const MESSAGE_BODY_BYTES = 4 * MIB
/** The largest body that `maxMessageSize` may allow: a frame must hold it with its properties. */
export const MESSAGE_BODY_BYTES_MAX = FRAME_BYTES_MAX - MIB
/** Properties of one message as text: their length is a signed 16-bit number on disk. */
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
 * Bodies of requests that are JSON, but for REGISTER_BROKER, which may fill a frame: a list of 10,000 topics or groups is about
 * two MiB.
 */
export const JSON_BODY_BYTES_MAX = 4 * MIB
/** Values in such a body: 10,000 topics with a dozen fields each. */
export const JSON_BODY_VALUES_MAX = 200_000
/** Lines of settings in one UPDATE_BROKER_CONFIG or UPDATE_NAMESRV_CONFIG, bytes: all settings together are eight thousand. */
export const SETTINGS_BODY_BYTES_MAX = 64 * 1024
/** A header or a request's body in fastjson's dialect and not in strict JSON, characters: only short ones are written by hand. */
export const LAX_JSON_CHARACTERS_MAX = 64 * 1024
/** Queues of one topic, read or write. */
export const QUEUES_PER_TOPIC_MAX = 16_384
/** Topics of one broker: an auto-creating broker must not be filled by a loop over names. */
export const TOPICS_MAX = 100_000
/** `maxMsgNums` of a pop; a check point marks its messages in the 32 bits of an int. */
export const POP_BATCH_MAX = 32
/** The span of offsets that one entry of a BATCH_ACK_MESSAGE may cover: a filter may leave out all but a few. */
export const POP_OFFSET_SPAN_MAX = 1_000_000
