/**
 * The records of a pop in the log: a check point when messages leave, and an acknowledgement when a message is consumed.
 *
 * | JSON | check point                              | acknowledgement                        |
 * | ---- | ---------------------------------------- | -------------------------------------- |
 * | t c q bn | topic, group, queue, broker           | the same                               |
 * | so   | first offset; with `pt` it identifies the check point | of its check point          |
 * | pt   | time at which the messages left, ms        | the same                               |
 * | it   | invisible time, ms                        |                                        |
 * | n d  | number of messages, and their distances from `so` |                                 |
 * | bm   | bits of the acknowledged messages, 0 here  |                                       |
 * | rp   | how often it was written again, as text     |                                       |
 * | le   | end of the log at that time; RocketMQ does not have this field | |
 * | ao   |                                          | the offset; -1 with the tag `bAck`     |
 * | aol  |                                          | a list of offsets, with the tag `bAck` |
 *
 * An acknowledgement belongs to the check point with the same topic, group, queue, `so`, `pt` and broker. `pt` matters,
 * because the same messages may have been popped before: the acknowledgement counts only for the pop that it names.
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

/** The identity of a pop, which a check point and its acknowledgements share. */
export interface PopName {
  readonly topic: string
  readonly group: string
  readonly queueId: number
  readonly startOffset: number
  readonly popTime: number
  readonly brokerName: string
}

/** The content of a check point, stored when messages leave. */
export interface PopCheckPoint extends PopName {
  readonly invisibleTime: number
  /** Offsets of the messages, ascending. `startOffset` may be smaller than the first offset. */
  readonly offsets: readonly number[]
  readonly rePutTimes: number
  /** End of the log when the messages left. All the messages lie before it. Undefined in check points of RocketMQ. */
  readonly logEndsAt?: number | undefined
}

/** The content of an acknowledgement, stored when popped messages are consumed. */
export interface PopAck extends PopName {
  readonly ackOffsets: readonly number[]
  /** True for an acknowledgement that arrived in a batch. The tag of its message is `bAck`. */
  readonly isBatch: boolean
}

/** Returns the time, ms, from which other members may see the messages. */
export const reviveTimeOf = (ck: PopCheckPoint) => ck.popTime + ck.invisibleTime

/** Returns the identity of a pop as one text, for maps. */
export function popKey({ topic, group, queueId, startOffset, popTime, brokerName }: PopName): string {
  return `${topic}@${group}@${queueId}@${startOffset}@${popTime}@${brokerName}`
}

// #region check-point
/** Returns the body of a check point's message. */
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
  // Before 5.0.0 a check point had no distances. Its messages were `n` consecutive messages from `so` on.
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
/** Returns the body of an acknowledgement's message. */
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

/** Returns the `UNIQ_KEY` of a check point's message. */
export function checkPointId(ck: PopCheckPoint): string {
  return `${ck.topic}@${ck.queueId}@${ck.startOffset}@${ck.group}@${ck.popTime}@${ck.brokerName}@${CK_TAG}`
}

/** Returns the `UNIQ_KEY` of an acknowledgement's message. */
export function ackId({ topic, queueId, ackOffsets, group, popTime, brokerName, isBatch }: PopAck): string {
  return isBatch
    ? `${topic}@${queueId}@[${ackOffsets.join(', ')}]@${group}@${popTime}@${BATCH_ACK_TAG}`
    : `${topic}@${queueId}@${ackOffsets[0]}@${group}@${popTime}@${brokerName}@${ACK_TAG}`
}
