/**
 * A client sends ACK_MESSAGE (200051) to a broker to report that a popped message is consumed. `topic` is the topic that
 * stores the message, and may be a retry topic. CHANGE_MESSAGE_INVISIBLETIME (200053) hides the message for `invisibleTime`
 * ms from now. After CHANGE_MESSAGE_INVISIBLETIME, the message has a new receipt, which the client builds from the answer.
 *
 * BATCH_ACK_MESSAGE (200151) acknowledges many messages in its body:
 *
 * ```
 * {"brokerName":"broker-a","acks":[{"c":group,"t":topic,"r":"0","so":17,"q":2,"rq":3,"pt":…,"it":60000,"b":"CQI="}]}
 * ```
 *
 * `t` is the normal topic, and `r` is the mark that says in which topic the messages are stored (`common/pop-names.ts`). `b`
 * is base64 of Java's `BitSet.toByteArray()`. Bit i acknowledges the offset `so` + i. Bit 0 is the lowest bit of the first
 * byte. GlassMQ also reads these fields by their long names, such as `consumerGroup` for `c`.
 *
 * RocketMQ: `AckMessageRequestHeader`, `ChangeInvisibleTimeRequestHeader`, `BatchAckMessageRequestBody`, `BatchAck`.
 */
import { decodeBase64, encodeBase64 } from '../../common/base64.ts'
import { POP_OFFSET_SPAN_MAX } from '../../common/limits.ts'
import { list, record, type Shape, ShapeError, text, whole } from '../../common/shape.ts'
import { defineHeader, defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

const receipt = {
  consumerGroup: 'string!',
  topic: 'string!',
  queueId: 'int!',
  extraInfo: 'string!',
  offset: 'long!',
} as const

export const ackMessage = defineRequest(RequestCode.ACK_MESSAGE, 'ACK_MESSAGE', { ...receipt, bname: 'string' })

export const changeInvisibleTime = defineRequest(
  RequestCode.CHANGE_MESSAGE_INVISIBLETIME,
  'CHANGE_MESSAGE_INVISIBLETIME',
  { ...receipt, invisibleTime: 'long!', bname: 'string' },
)

export const changeInvisibleTimeAnswer = defineHeader('the answer to CHANGE_MESSAGE_INVISIBLETIME', {
  popTime: 'long!',
  invisibleTime: 'long!',
  reviveQid: 'int!',
})

export const batchAckMessage = defineRequest(RequestCode.BATCH_ACK_MESSAGE, 'BATCH_ACK_MESSAGE', {})

/** The acknowledged messages of one pop (one check point). */
export interface BatchAck {
  readonly consumerGroup: string
  readonly topic: string
  readonly retry: string
  readonly startOffset: number
  readonly queueId: number
  readonly reviveQueueId: number
  readonly popTime: number
  readonly invisibleTime: number
  /** The differences between the acknowledged offsets and `startOffset`, in ascending order. */
  readonly offsets: readonly number[]
}

/** The body of BATCH_ACK_MESSAGE. */
export interface BatchAckBody {
  readonly brokerName: string
  readonly acks: readonly BatchAck[]
}

// #region bit-set
/** Returns the indexes of the 1 bits, in ascending order. */
export function bitsOf(bytes: Uint8Array): number[] {
  const bits: number[] = []
  for (let i = 0; i < bytes.length * 8; i++) if ((bytes[i >> 3]! & (1 << (i & 7))) !== 0) bits.push(i)
  return bits
}

/** Returns the bytes of a set of bits. As in `BitSet.toByteArray`, the last byte is not 0. */
export function bytesOfBits(bits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(bits.length === 0 ? 0 : (Math.max(...bits) >> 3) + 1)
  for (const bit of bits) bytes[bit >> 3] = bytes[bit >> 3]! | (1 << (bit & 7))
  return bytes
}
// #endregion bit-set

const bitSet: Shape<readonly number[]> = (value, path) => {
  const base64 = text()(value, path)
  let bytes: Uint8Array
  try {
    bytes = decodeBase64(base64)
  } catch {
    throw new ShapeError(path, 'base64')
  }
  if (bytes.length * 8 > POP_OFFSET_SPAN_MAX) throw new ShapeError(path, `at most ${POP_OFFSET_SPAN_MAX} bits`)
  return bitsOf(bytes)
}

const ackShape: Shape<BatchAck> = (value, path) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ShapeError(path, 'an object')
  const field = <T>(short: string, long: string, shape: Shape<T>) =>
    shape(value[short] ?? value[long], `${path}.${short}`)
  return {
    consumerGroup: field('c', 'consumerGroup', text()),
    topic: field('t', 'topic', text()),
    retry: field('r', 'retry', text('0')),
    startOffset: field('so', 'startOffset', whole()),
    queueId: field('q', 'queueId', whole()),
    reviveQueueId: field('rq', 'reviveQueueId', whole()),
    popTime: field('pt', 'popTime', whole()),
    invisibleTime: field('it', 'invisibleTime', whole()),
    offsets: field('b', 'bitSet', bitSet),
  }
}

export const batchAckBodyShape: Shape<BatchAckBody> = record<BatchAckBody>({ brokerName: text(), acks: list(ackShape) })

/** Returns the body of BATCH_ACK_MESSAGE as the object for JSON. */
export function batchAckBodyJson({ brokerName, acks }: BatchAckBody): object {
  return {
    brokerName,
    acks: acks.map((ack) => ({
      c: ack.consumerGroup,
      t: ack.topic,
      r: ack.retry,
      so: ack.startOffset,
      q: ack.queueId,
      rq: ack.reviveQueueId,
      pt: ack.popTime,
      it: ack.invisibleTime,
      b: encodeBase64(bytesOfBits(ack.offsets)),
    })),
  }
}
