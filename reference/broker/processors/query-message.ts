/**
 * Finds messages by key.
 *
 * The index compares hashes, so an answer may hold messages of another key: the client compares the key itself.
 * RocketMQ: `QueryMessageProcessor`. VIEW_MESSAGE_BY_ID is answered in `consumer-manage.ts`.
 */
import { concatBytes } from '../../common/bytes.ts'
import { failure, type RemotingCommand, type ResponseParts, SUCCESS } from '../../remoting/remoting-command.ts'
import type { RequestHandler } from '../../remoting/remoting-server.ts'
import { queryMessage, queryMessageAnswer } from '../../remoting/requests/query-message.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import type { Broker } from '../broker.ts'

/** `defaultQueryMaxNum`: what a query for a unique id brings at most. */
const UNIQUE_KEY_MESSAGES_MAX = 32

export function queryMessageHandlers(broker: Broker): readonly (readonly [number, RequestHandler])[] {
  return [[queryMessage.code, (request) => query(broker, request)]]
}

// #region query-by-key
function query(broker: Broker, request: RemotingCommand): ResponseParts {
  const { topic, key, maxNum, beginTimestamp, endTimestamp, isUniqueKey } = queryMessage.decode(request.extFields)
  const most = isUniqueKey === true ? UNIQUE_KEY_MESSAGES_MAX : maxNum
  const { records, ...updated } = broker.store.queryMessage(topic, key, most, beginTimestamp, endTimestamp)
  const extFields = queryMessageAnswer.encode(updated)
  if (records.length > 0) return { ...SUCCESS, extFields, body: concatBytes(records) }
  const refused = failure(ResponseCode.QUERY_NOT_FOUND, 'can not find message, maybe time range not correct')
  return { ...refused, extFields }
}
// #endregion query-by-key
