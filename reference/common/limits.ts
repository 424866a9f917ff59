/**
 * The limits that protect a server and its other peers from a hostile or careless peer, with their units and reasons.
 *
 * The limits of one folder are in that folder. The limits in this file are used by several folders. When RocketMQ has an
 * option for a value, the comment contains the name of this option.
 */
import { MIB } from './units.ts'

/** The max size of a frame with its length field. RocketMQ: `com.rocketmq.remoting.frameMaxLength`. */
export const FRAME_BYTES_MAX = 16 * MIB
/** The default max size of the body of one message. RocketMQ: `maxMessageSize`. */
export const MESSAGE_BODY_BYTES = 4 * MIB
/** The largest value of `maxMessageSize`. A frame must have room for this body and its properties. */
export const MESSAGE_BODY_BYTES_MAX = FRAME_BYTES_MAX - MIB
/** The max size of the properties of one message as text. The length of the properties is a signed 16-bit number on disk. */
export const PROPERTIES_BYTES_MAX = 32_767
/** The max size of a topic's name in bytes, except for retry and dead-letter topics. RocketMQ: `maxTopicLength`. */
export const TOPIC_BYTES_MAX = 127
/** The max size of a retry or dead-letter topic's name in bytes. */
export const LONG_TOPIC_BYTES_MAX = 255
/** The max size of a group's name in bytes. */
export const GROUP_BYTES_MAX = 120
/** The max number of fields in one header. No request of RocketMQ has more than thirty fields. */
export const EXT_FIELDS_MAX = 256
/** The max depth of JSON nesting. RocketMQ's deepest body has seven levels. */
export const JSON_DEPTH_MAX = 32
/**
 * The max size of a request's JSON body. A list of 10,000 topics or groups has about two MiB. Only the body of
 * REGISTER_BROKER may fill a frame.
 */
export const JSON_BODY_BYTES_MAX = 4 * MIB
/** The max number of values in such a body: 10,000 topics with about twelve fields each. */
export const JSON_BODY_VALUES_MAX = 200_000
/**
 * The max size of the settings in one UPDATE_BROKER_CONFIG or UPDATE_NAMESRV_CONFIG. All settings together have about eight
 * thousand bytes.
 */
export const SETTINGS_BODY_BYTES_MAX = 64 * 1024
/**
 * The max number of characters of a header or a request's body that is not strict JSON. Peers write only short texts in
 * fastjson's dialect.
 */
export const LAX_JSON_CHARACTERS_MAX = 64 * 1024
/** The max number of read queues of one topic, and of its write queues. */
export const QUEUES_PER_TOPIC_MAX = 16_384
/**
 * The max number of topics of one broker. A client that sends to many new names must not fill a broker that creates topics
 * on demand.
 */
export const TOPICS_MAX = 100_000
/** The max of `maxMsgNums` of a pop. A check point marks its messages in the 32 bits of an int. */
export const POP_BATCH_MAX = 32
/** The max span of offsets of one entry of a BATCH_ACK_MESSAGE. With a filter the offsets of one entry may be far apart. */
export const POP_OFFSET_SPAN_MAX = 1_000_000
