/**
 * The handle with which a producer recalls a message that waits for a time of its own. A message with a delay level has no
 * handle. The handle is `v1 topic brokerName time uniqKey` in URL-safe Base64.
 *
 * A recall is itself a message with the delivery time `time`. The timer divides time into ticks, and the recall must wait in
 * the same tick as the recalled message. A time at the exact start of a tick belongs to the tick before. So `time` is the
 * start of the tick of the recalled message, plus 1 ms.
 *
 * RocketMQ: `RecallMessageHandle`.
 */
import { decodeBase64, encodeBase64 } from './base64.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** The parts of a handle. */
export interface RecallHandle {
  readonly topic: string
  readonly brokerName: string
  readonly timeMs: number
  readonly uniqKey: string
}

/** Returns the text of a handle. */
export function encodeRecallHandle({ topic, brokerName, timeMs, uniqKey }: RecallHandle): string {
  const text = `v1 ${topic} ${brokerName} ${timeMs} ${uniqKey}`
  return encodeBase64(encodeUtf8(text)).replaceAll('+', '-').replaceAll('/', '_')
}

/**
 * Returns the parts of a handle. Returns undefined for a text that does not have the form of a handle. The topic and the
 * name of the broker are not checked.
 */
export function decodeRecallHandle(handle: string): RecallHandle | undefined {
  const standard = handle.replaceAll('-', '+').replaceAll('_', '/')
  const padded = standard.padEnd(Math.ceil(standard.length / 4) * 4, '=')
  try {
    const [version, topic, brokerName, time, ...words] = decodeUtf8(decodeBase64(padded)).split(' ')
    const uniqKey = words.join(' ') // a unique id that the sender has chosen may contain blanks
    if (version !== 'v1' || uniqKey === '' || !/^\d{1,15}$/.test(time ?? '')) return undefined
    return { topic: topic!, brokerName: brokerName!, timeMs: Number(time), uniqKey }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
