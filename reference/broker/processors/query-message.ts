/**
 * Finds messages by key or by their position in the log, and shows the raw entries of a queue.
 *
 * The index compares only hashes. So the store also compares the topic and the keys of a message with the query. A message
 * is returned only once, even when several of its keys match. RocketMQ: `QueryMessageProcessor`,
 * `AdminBrokerProcessor.queryConsumeQueue`.
 */
import { concatBytes } from '../../common/bytes.ts'
import { encodeJsonBody } from '../../remoting/bodies/json-body.ts'
import type { QueryConsumeQueueBody } from '../../remoting/bodies/query-consume-queue.ts'
import type { RequestHandlers } from '../../remoting/dispatch.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { type Answer, type RemotingCommand, SUCCESS } from '../../remoting/remoting-command.ts'
import { queryConsumeQueue } from '../../remoting/requests/query-consume-queue.ts'
import { queryMessage, queryMessageAnswer } from '../../remoting/requests/query-message.ts'
import { viewMessage } from '../../remoting/requests/view-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { MessageStore } from '../../store/message-store.ts'
import type { ConsumerManager } from '../consumer-manager.ts'
import { SHOWN_QUEUE_ENTRIES_MAX } from '../limits.ts'

/** The parts of the broker that the handlers need. */
export interface QueryMessageParts {
  readonly store: MessageStore
  readonly consumers: ConsumerManager
}

/** `defaultQueryMaxNum`: max number of messages that a query for a unique id returns. */
const UNIQUE_KEY_MESSAGES_MAX = 32

/** Returns the handlers of the three requests that find messages, by code. */
export function queryMessageHandlers(broker: QueryMessageParts): RequestHandlers {
  return [
    [queryMessage.code, (request) => query(broker, request)],
    [viewMessage.code, (request) => view(broker, request)],
    [queryConsumeQueue.code, (request) => showQueue(broker, request)],
  ]
}

// #region query-by-key
function query(broker: QueryMessageParts, request: RemotingCommand): Answer {
  const { topic, key, maxNum, beginTimestamp, endTimestamp, isUniqueKey } = queryMessage.decode(request.extFields)
  if (maxNum < 0) throw new Refusal(ResponseCode.SYSTEM_ERROR, `maxNum is ${maxNum}; it must be 0 or more`)
  const max = isUniqueKey === true ? UNIQUE_KEY_MESSAGES_MAX : maxNum
  const { records, ...updated } = broker.store.queryMessage(topic, key, max, beginTimestamp, endTimestamp)
  const extFields = queryMessageAnswer.encode(updated)
  if (records.length > 0) return { ...SUCCESS, extFields, body: concatBytes(records) }
  throw new Refusal(ResponseCode.QUERY_NOT_FOUND, 'can not find message, maybe time range not correct', extFields)
}
// #endregion query-by-key

function view(broker: QueryMessageParts, request: RemotingCommand): Answer {
  const { offset: physicalOffset } = viewMessage.decode(request.extFields)
  const record = broker.store.recordAt(physicalOffset)
  if (record === undefined)
    throw new Refusal(ResponseCode.SYSTEM_ERROR, `can not find message by offset: ${physicalOffset}`)
  return { ...SUCCESS, body: record }
}

// #region show-queue
/**
 * Lists entries of a queue from an index on. When the index is outside the queue, the answer is SUCCESS without entries.
 */
function showQueue(broker: QueryMessageParts, request: RemotingCommand): Answer {
  const { topic, queueId, index, count, consumerGroup } = queryConsumeQueue.decode(request.extFields)
  const entries = broker.store.queueEntries(topic, queueId, index, Math.min(count, SHOWN_QUEUE_ENTRIES_MAX))
  if (entries === undefined) throw new Refusal(ResponseCode.SYSTEM_ERROR, `${queueId}@${topic} is not exist!`)
  if (entries.length === 0) return { ...SUCCESS, remark: `Index ${index} of ${queueId}@${topic} is not exist!` }
  const subscriptionData =
    consumerGroup === undefined ? undefined : broker.consumers.group(consumerGroup)?.subscriptions.get(topic)
  const isOffline = consumerGroup !== undefined && subscriptionData === undefined
  const body: QueryConsumeQueueBody = {
    minQueueIndex: broker.store.minOffset(topic, queueId),
    maxQueueIndex: broker.store.maxOffset(topic, queueId),
    queueData: entries.map(({ physicalOffset, sizeBytes, tagsCode }) => ({
      physicOffset: physicalOffset,
      physicSize: sizeBytes,
      tagsCode,
    })),
    subscriptionData,
    filterData: isOffline ? `${consumerGroup}@${topic} is not online!` : undefined,
  }
  return { ...SUCCESS, body: encodeJsonBody(body) }
}
// #endregion show-queue
