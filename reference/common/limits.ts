/**
 * The limits that protect a server and its peers from a hostile or careless peer. Each limit has its unit, and most limits
 * have their reason.
 *
 * Several folders use the limits in this file. A limit that only one folder uses is in the file `limits.ts` of that folder.
 * When RocketMQ has an option for a value, the comment contains the name of this option.
 */
import { MIB } from './units.ts'

/** The max size of a frame, including its length field. RocketMQ: `com.rocketmq.remoting.frameMaxLength`. */
export const FRAME_BYTES_MAX = 16 * MIB
/** The default max size of the body of one message. RocketMQ: `maxMessageSize`. */
export const MESSAGE_BODY_BYTES = 4 * MIB
/** The largest allowed value of `maxMessageSize`. A frame must have room for a body of this size and its properties. */
export const MESSAGE_BODY_BYTES_MAX = FRAME_BYTES_MAX - MIB
/**
 * The max size of the properties of one message in text form. In a record, the length of this text is a signed 16-bit
 * number.
 */
export const PROPERTIES_BYTES_MAX = 32_767
/**
 * The max size of the name of a topic in bytes. Retry and dead-letter topics have the limit `LONG_TOPIC_BYTES_MAX`.
 * RocketMQ: `maxTopicLength`.
 */
export const TOPIC_BYTES_MAX = 127
/** The max size of the name of a retry or dead-letter topic in bytes. */
export const LONG_TOPIC_BYTES_MAX = 255
/** The max size of the name of a group in bytes. */
export const GROUP_BYTES_MAX = 120
/** The max number of fields in one header. No request of RocketMQ has more than thirty fields. */
export const EXT_FIELDS_MAX = 256
/** The max depth of nested objects and lists in JSON. RocketMQ's deepest body has seven levels. */
export const JSON_DEPTH_MAX = 32
/**
 * The max size of the JSON body of a request. A list of 10,000 topics or groups has about two MiB. Only the body of
 * REGISTER_BROKER may be as large as a frame.
 */
export const JSON_BODY_BYTES_MAX = 4 * MIB
/** The max number of values in a JSON body. This limit is enough for 10,000 topics with about twelve fields each. */
export const JSON_BODY_VALUES_MAX = 200_000
/**
 * The max size of the settings in one UPDATE_BROKER_CONFIG or UPDATE_NAMESRV_CONFIG. All settings of a server together have
 * about eight thousand bytes.
 */
export const SETTINGS_BODY_BYTES_MAX = 64 * 1024
/**
 * The max number of characters of a header, or of the body of a request, that is not strict JSON. Peers write only short
 * texts in fastjson's dialect.
 */
export const LAX_JSON_CHARACTERS_MAX = 64 * 1024
/** The max number of read queues of one topic, and also of its write queues. */
export const QUEUES_PER_TOPIC_MAX = 16_384
/**
 * The max number of topics of one broker. A broker may create a topic when the first message is sent to this topic. Without
 * `TOPICS_MAX`, a client that sends to many new topic names could fill the broker.
 */
export const TOPICS_MAX = 100_000
/** The max value of `maxMsgNums` in a pop. A check point has one bit of a 32-bit int for each popped message. */
export const POP_BATCH_MAX = 32
/**
 * The max distance between two offsets in one entry of BATCH_ACK_MESSAGE. When a pop has a filter, the offsets of its
 * messages may be far apart.
 */
export const POP_OFFSET_SPAN_MAX = 1_000_000
