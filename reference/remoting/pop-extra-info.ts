/**
 * Encodes and decodes the receipt of a popped message. A consumer sends this receipt when it acknowledges the message. Also
 * encodes and decodes the fields of the answer to a pop that list the offsets of the popped messages.
 *
 * A receipt has eight fields, separated by blanks. A receipt is sent as the header field `extraInfo` or as the property
 * `POP_CK`:
 *
 * ```
 * ckQueueOffset popTime invisibleTime reviveQid mark brokerName queueId queueOffset
 * 17 1700000000000 60000 3 0 broker-a 2 19
 * ```
 *
 * The fields from `ckQueueOffset` to `reviveQid` identify the check point (`common/pop-names.ts`) of the pop. The fields
 * from `mark` to `queueOffset` identify the message, except `brokerName`, which names the broker. RocketMQ's proxy adds a
 * ninth field, which GlassMQ ignores.
 *
 * | field of the answer | for each queue, separated by `;`            | example            |
 * | --------------- | ----------------------------------------------- | ------------------ |
 * | startOffsetInfo | mark queueId ckQueueOffset                      | `0 2 17;1 0 4`     |
 * | msgOffsetInfo   | mark queueId offset,offset                      | `0 2 17,19;1 0 4`  |
 * | orderCountInfo  | mark queueId count, and mark qo*queueId*%*offset* count | `0 qo2%17 1;0 2 0` |
 *
 * RocketMQ: `ExtraInfoUtil`.
 */
import { type RetryMark, retryMarkOf } from '../common/pop-names.ts'
import { HeaderError } from './request.ts'

/** The fields of a receipt. */
export interface ExtraInfo {
  readonly ckQueueOffset: number
  readonly popTime: number
  readonly invisibleTime: number
  readonly reviveQid: number
  readonly mark: RetryMark
  readonly brokerName: string
  readonly queueId: number
  readonly queueOffset: number
}

// #region extra-info
/** Returns the text of a receipt. */
export function encodeExtraInfo(info: ExtraInfo): string {
  const { ckQueueOffset, popTime, invisibleTime, reviveQid, mark, brokerName, queueId, queueOffset } = info
  return [ckQueueOffset, popTime, invisibleTime, reviveQid, mark, brokerName, queueId, queueOffset].join(' ')
}

/** Reads a receipt. Throws `HeaderError` for a text that is not a receipt, because any client can send such a text. */
export function decodeExtraInfo(text: string): ExtraInfo {
  const parts = text.split(' ')
  const [mark = '', brokerName = ''] = parts.slice(4)
  const fault = (what: string) => new HeaderError(`the receipt "${text.slice(0, 200)}" ${what}`)
  if (parts.length < 8) throw fault('has fewer than 8 fields')
  if (!isMark(mark)) throw fault(`has "${mark}" for the kind of topic; it must be 0, 1 or 2`)
  if (brokerName === '') throw fault('names no broker')
  // returns the field at index `at`, which must be a number
  const number = (at: number) => {
    const value = wholeNumber(parts[at] ?? '')
    if (value === undefined) throw fault(`has "${parts[at]}" for its field ${at + 1}, which is a number`)
    return value
  }
  return {
    ckQueueOffset: number(0),
    popTime: number(1),
    invisibleTime: number(2),
    reviveQid: number(3),
    mark,
    brokerName,
    queueId: number(6),
    queueOffset: number(7),
  }
}
// #endregion extra-info

/** The messages that one pop took from one queue. */
export interface PoppedQueue {
  readonly mark: RetryMark
  readonly queueId: number
  /** The first offset of the check point. */
  readonly startOffset: number
  readonly offsets: readonly number[]
}

/** The numbers of earlier deliveries of the messages of one queue. Used for a queue that is popped in order. */
export interface OrderCounts {
  readonly topic: string
  readonly queueId: number
  /** The numbers of earlier deliveries of the redelivered messages, by offset. */
  readonly counts: ReadonlyMap<number, number>
  /**
   * The min number of earlier deliveries over all messages in the answer. The value is 0 when the answer has a message that
   * was never delivered before. Older clients read only this value.
   */
  readonly minCount: number
}

// #region offset-infos
/** Returns the field `startOffsetInfo` of an answer. */
export function encodeStartOffsets(queues: readonly PoppedQueue[]): string {
  return queues.map(({ mark, queueId, startOffset }) => `${mark} ${queueId} ${startOffset}`).join(';')
}

/** Returns the field `msgOffsetInfo` of an answer. */
export function encodeMsgOffsets(queues: readonly PoppedQueue[]): string {
  return queues.map(({ mark, queueId, offsets }) => `${mark} ${queueId} ${offsets.join(',')}`).join(';')
}

/** Returns the field `orderCountInfo` of an answer. */
export function encodeOrderCounts(queues: readonly OrderCounts[]): string {
  return queues
    .flatMap(({ topic, queueId, counts, minCount }) => {
      const mark = retryMarkOf(topic)
      return [
        ...[...counts].map(([offset, count]) => `${mark} qo${queueId}%${offset} ${count}`),
        `${mark} ${queueId} ${minCount}`,
      ]
    })
    .join(';')
}

/**
 * Returns the queues and offsets in an answer, by `mark@queueId`. Throws `HeaderError` when a field is not valid, or when
 * the two fields contradict each other.
 */
export function decodePoppedQueues(startOffsetInfo: string, msgOffsetInfo: string): ReadonlyMap<string, PoppedQueue> {
  const starts = new Map(
    entriesOf('startOffsetInfo', startOffsetInfo).map(([key, value]) => [key, numberOf('startOffsetInfo', value)]),
  )
  const queues = new Map<string, PoppedQueue>()
  for (const [key, value] of entriesOf('msgOffsetInfo', msgOffsetInfo)) {
    const [mark = '', queueId = ''] = key.split('@')
    const startOffset = starts.get(key)
    if (!isMark(mark) || startOffset === undefined)
      throw new HeaderError(`msgOffsetInfo names ${key}, startOffsetInfo does not`)
    const offsets = value.split(',').map((text) => numberOf('msgOffsetInfo', text))
    queues.set(key, { mark, queueId: numberOf('msgOffsetInfo', queueId), startOffset, offsets })
  }
  return queues
}

/**
 * Returns the numbers of earlier deliveries by `mark@queueId` and `mark@qo<queueId>%<offset>`. Throws `HeaderError` when the
 * field is not valid.
 */
export function decodeOrderCounts(orderCountInfo: string): ReadonlyMap<string, number> {
  return new Map(
    entriesOf('orderCountInfo', orderCountInfo).map(([key, value]) => [key, numberOf('orderCountInfo', value)]),
  )
}
// #endregion offset-infos

function entriesOf(name: string, text: string): (readonly [string, string])[] {
  const seen = new Set<string>()
  return (text === '' ? [] : text.split(';')).map((entry) => {
    const [mark, queue, value, ...more] = entry.split(' ')
    const key = `${mark}@${queue}`
    if (value === undefined || more.length > 0)
      throw new HeaderError(`${name}: "${entry.slice(0, 100)}" has not three fields`)
    if (seen.has(key)) throw new HeaderError(`${name} names ${key} twice`)
    seen.add(key)
    return [key, value] as const
  })
}

function numberOf(name: string, text: string): number {
  const value = wholeNumber(text)
  if (value === undefined) throw new HeaderError(`${name}: "${text.slice(0, 40)}" is no number`)
  return value
}

function wholeNumber(text: string): number | undefined {
  const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}

function isMark(text: string): text is RetryMark {
  return text === '0' || text === '1' || text === '2'
}
