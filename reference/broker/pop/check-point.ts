/**
 * The records of a pop in the log. A check point is stored when messages are popped without order. A check point for one
 * message is stored when its invisible time is changed or when it could not be redelivered. An acknowledgement is stored
 * when a popped message is consumed or gets another invisible time.
 *
 * | JSON | in a check point                         | in an acknowledgement                  |
 * | ---- | ---------------------------------------- | -------------------------------------- |
 * | t c q bn | topic, group, queue, broker           | topic, group, queue, broker            |
 * | so | the start offset: the offset of the first message, or a lower offset | `so` of the check point       |
 * | pt   | time of the pop, ms                        | `pt` of the check point                |
 * | it   | invisible time, ms                        |                                        |
 * | n d  | number of messages, and their distances from `so` |                                 |
 * | bm | bit i is 1 when the i-th message is acknowledged; this broker writes 0 |                 |
 * | rp | how often the message of this check point could not be redelivered, as text |                             |
 * | le   | end of the log at the time of the pop; RocketMQ does not have this field | |
 * | ao   |                                          | the offset; -1 when the tag is `bAck`  |
 * | aol  |                                          | a list of offsets, when the tag is `bAck` |
 *
 * An acknowledgement belongs to the check point with the same topic, group, queue, `so`, `pt` and broker. The field `pt` is
 * needed because the same messages may be popped several times. An acknowledgement counts only for the pop with the same
 * `pt`.
 *
 * RocketMQ: `PopCheckPoint`, `AckMsg`, `BatchAckMsg`, `PopMessageProcessor.genCkUniqueId`.
 */
import { parseJson } from '../../common/lax-json.ts'
import { POP_BATCH_MAX } from '../../common/limits.ts'
import { list, optional, record, text, whole } from '../../common/shape.ts'
import { decodeUtf8, encodeUtf8 } from '../../common/utf8.ts'

/** The tag of a message with a check point. */
export const CK_TAG = 'ck'
/** The tag of a message with one acknowledgement. */
export const ACK_TAG = 'ack'
/** The tag of a message with the acknowledgements of a batch. */
export const BATCH_ACK_TAG = 'bAck'

/** The identity of a pop. The check point and the acknowledgements of the pop contain this identity. */
export interface PopName {
  readonly topic: string
  readonly group: string
  readonly queueId: number
  readonly startOffset: number
  readonly popTime: number
  readonly brokerName: string
}

/** The content of a check point. */
export interface PopCheckPoint extends PopName {
  readonly invisibleTime: number
  /** The offsets of the messages, in ascending order. `startOffset` may be smaller than the first of these offsets. */
  readonly offsets: readonly number[]
  readonly rePutTimes: number
  /**
   * The end of the log at the time of the pop. All the messages are before this position. The value is undefined in a check
   * point that RocketMQ has written.
   */
  readonly logEndsAt?: number | undefined
}

/** The content of an acknowledgement. */
export interface PopAck extends PopName {
  readonly ackOffsets: readonly number[]
  /**
   * True when the acknowledgement arrived in a batch. In this case, the stored message with the acknowledgement has the tag
   * `bAck`.
   */
  readonly isBatch: boolean
}

/**
 * Returns the revive time of a check point, in ms. Some seconds after this time, its messages without an acknowledgement are
 * redelivered.
 */
export const reviveTimeOf = (ck: PopCheckPoint) => ck.popTime + ck.invisibleTime

/** Returns the identity of a pop as one text. The text is used as the key of a map. */
export function popKey({ topic, group, queueId, startOffset, popTime, brokerName }: PopName): string {
  return `${topic}@${group}@${queueId}@${startOffset}@${popTime}@${brokerName}`
}

// #region check-point
/** Returns the body of the message that contains a check point. */
export function encodeCheckPoint(ck: PopCheckPoint): Uint8Array {
  const json = {
    so: ck.startOffset,
    pt: ck.popTime,
    it: ck.invisibleTime,
    bm: 0,
    n: ck.offsets.length,
    q: ck.queueId,
    t: ck.topic,
    c: ck.group,
    ro: 0,
    d: ck.offsets.map((offset) => offset - ck.startOffset),
    bn: ck.brokerName,
    ...(ck.rePutTimes === 0 ? {} : { rp: String(ck.rePutTimes) }),
    ...(ck.logEndsAt === undefined ? {} : { le: ck.logEndsAt }),
  }
  return encodeUtf8(JSON.stringify(json))
}

/** Returns the check point in a body. Throws `JsonSyntaxError` or `ShapeError` when the body cannot be read. */
export function decodeCheckPoint(body: Uint8Array): PopCheckPoint {
  const { so, pt, it, bm, n, q, t, c, d, bn, rp, le } = ckShape(parseJson(decodeUtf8(body)), '')
  // Before RocketMQ 5.0.0, a check point had no distances. The messages of such a check point are the `n` consecutive
  // messages from `so` on.
  const distances = d.length > 0 ? d : Array.from({ length: Math.min(Math.max(n, 0), POP_BATCH_MAX) }, (_, i) => i)
  const offsets = distances.flatMap((distance, i) => (((bm >>> i) & 1) === 0 ? [so + distance] : []))
  const name = { topic: t, group: c, queueId: q, startOffset: so, popTime: pt, brokerName: bn }
  return { ...name, invisibleTime: it, offsets, rePutTimes: rePutTimesOf(rp), ...(le < 0 ? {} : { logEndsAt: le }) }
}
// #endregion check-point

function rePutTimesOf(text: string | undefined): number {
  if (text === undefined) return 0
  return /^\d{1,6}$/.test(text) ? Number(text) : 127
}

const nameShapes = { so: whole(), pt: whole(), q: whole(), t: text(), c: text(), bn: text() }

interface NameJson {
  readonly so: number
  readonly pt: number
  readonly q: number
  readonly t: string
  readonly c: string
  readonly bn: string
}

const ckShape = record<
  NameJson & { it: number; bm: number; n: number; d: number[]; rp: string | undefined; le: number }
>({
  ...nameShapes,
  it: whole(),
  bm: whole(),
  n: whole(),
  d: list(whole()),
  rp: optional(text()),
  le: whole(-1),
})

const ackShape = record<NameJson & { ao: number; aol: number[] }>({ ...nameShapes, ao: whole(-1), aol: list(whole()) })

// #region ack
/** Returns the body of the message that contains an acknowledgement. */
export function encodeAck(ack: PopAck): Uint8Array {
  const { startOffset: so, group: c, topic: t, queueId: q, popTime: pt, brokerName: bn } = ack
  const what = ack.isBatch ? { ao: -1, aol: ack.ackOffsets } : { ao: ack.ackOffsets[0] }
  return encodeUtf8(JSON.stringify({ ...what, so, c, t, q, pt, bn }))
}

/** Returns the acknowledgement in a body. Throws `JsonSyntaxError` or `ShapeError` when the body cannot be read. */
export function decodeAck(body: Uint8Array, isBatch: boolean): PopAck {
  const { ao, aol, so, c, t, q, pt, bn } = ackShape(parseJson(decodeUtf8(body)), '')
  const name = { topic: t, group: c, queueId: q, startOffset: so, popTime: pt, brokerName: bn }
  return { ...name, ackOffsets: isBatch ? aol : [ao], isBatch }
}
// #endregion ack

/** Returns the `UNIQ_KEY` of the message that contains a check point. */
export function checkPointId(ck: PopCheckPoint): string {
  return `${ck.topic}@${ck.queueId}@${ck.startOffset}@${ck.group}@${ck.popTime}@${ck.brokerName}@${CK_TAG}`
}

/** Returns the `UNIQ_KEY` of the message that contains an acknowledgement. */
export function ackId({ topic, queueId, ackOffsets, group, popTime, brokerName, isBatch }: PopAck): string {
  return isBatch
    ? `${topic}@${queueId}@[${ackOffsets.join(', ')}]@${group}@${popTime}@${BATCH_ACK_TAG}`
    : `${topic}@${queueId}@${ackOffsets[0]}@${group}@${popTime}@${brokerName}@${ACK_TAG}`
}
