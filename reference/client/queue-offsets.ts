/**
 * Asks the broker of a queue for the min offset, the max offset, or the offset for a time.
 *
 * RocketMQ: `MQAdminImpl.maxOffset`, `minOffset`, `searchOffset`.
 */
import type { MessageQueue } from '../common/message.ts'
import type { RequestParts } from '../remoting/remoting-command.ts'
import { offsetAnswer } from '../remoting/requests/consumer-offset.ts'
import { getMaxOffset, getMinOffset, searchOffset } from '../remoting/requests/queue-offset.ts'
import { ResponseCode, responseName } from '../remoting/response-code.ts'
import { ClientError } from './client-error.ts'
import type { ClientInstance } from './client-instance.ts'
import { MQ_CLIENT_API_TIMEOUT_MS } from './limits.ts'

/**
 * A question about the offsets of a queue. With `timestampMs`, the answer is the offset of the first message that was stored
 * at this time or later.
 */
export type OffsetQuestion = 'min' | 'max' | { readonly timestampMs: number }

/**
 * Sends the question to the broker of the queue. Calls `answered` with the offset, or with a `ClientError` when the broker
 * has not returned an offset.
 */
export function askOffset(
  instance: ClientInstance,
  queue: MessageQueue,
  question: OffsetQuestion,
  answered: (offset: number | ClientError) => void,
): void {
  const address = instance.masterAddress(queue.brokerName)
  const where = `the offset of ${queue.topic} queue ${queue.queueId} on ${queue.brokerName}`
  instance.remoting.invoke(address, requestOf(queue, question), MQ_CLIENT_API_TIMEOUT_MS, (answer) => {
    if (answer.error !== undefined) return answered(new ClientError(answer.error.message, answer.error.outcome))
    const { code, remark, extFields } = answer.response
    if (code !== ResponseCode.SUCCESS)
      return answered(new ClientError(`${where}: ${remark ?? responseName(code)}`, 'definite', code))
    if (!/^\d{1,15}$/.test(extFields?.['offset'] ?? ''))
      return answered(new ClientError(`${where}: the answer holds no offset`, 'definite'))
    answered(offsetAnswer.decode(extFields).offset)
  })
}

/**
 * Sends the question to the broker of the queue. Resolves with the offset. Rejects with a `ClientError` when the broker has
 * not returned an offset.
 */
export function queueOffset(instance: ClientInstance, queue: MessageQueue, question: OffsetQuestion): Promise<number> {
  return new Promise((resolve, reject) =>
    askOffset(instance, queue, question, (offset) => (typeof offset === 'number' ? resolve(offset) : reject(offset))),
  )
}

function requestOf({ topic, queueId, brokerName: bname }: MessageQueue, question: OffsetQuestion): RequestParts {
  if (question === 'min') return { code: getMinOffset.code, extFields: getMinOffset.encode({ topic, queueId, bname }) }
  if (question === 'max') return { code: getMaxOffset.code, extFields: getMaxOffset.encode({ topic, queueId, bname }) }
  const timestamp = question.timestampMs
  return { code: searchOffset.code, extFields: searchOffset.encode({ topic, queueId, timestamp, bname }) }
}
