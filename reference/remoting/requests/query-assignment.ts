/**
 * A consumer sends QUERY_ASSIGNMENT (400) to a broker. The answer lists the queues of this member of the group, and says
 * whether the member pulls or pops these queues. An operator sends SET_MESSAGE_REQUEST_MODE (401) to a broker, to set
 * whether a group pulls or pops a topic. A slave sends GET_ALL_MESSAGE_REQUEST_MODE (402) to its master, to read all modes
 * that were set.
 *
 * All fields are in the bodies of requests and answers. In POP mode, the queue id -1 means any queue of the broker. An
 * answer without a list means that the broker cannot assign the queues. After such an answer, the member keeps its queues.
 *
 * RocketMQ: `QueryAssignmentRequestBody`, `QueryAssignmentResponseBody`, `SetMessageRequestModeRequestBody`,
 * `MessageRequestModeSerializeWrapper`.
 */
import type { MessageQueue } from '../../common/message.ts'
import { list, optional, record, type Shape, ShapeError, table, text, toObject, whole } from '../../common/shape.ts'
import { messageQueueShape } from '../bodies/queue-table.ts'
import { defineRequest } from '../request.ts'
import { RequestCode } from '../request-code.ts'

export const queryAssignment = defineRequest(RequestCode.QUERY_ASSIGNMENT, 'QUERY_ASSIGNMENT', {})
export const setMessageRequestMode = defineRequest(RequestCode.SET_MESSAGE_REQUEST_MODE, 'SET_MESSAGE_REQUEST_MODE', {})
export const getAllMessageRequestMode = defineRequest(
  RequestCode.GET_ALL_MESSAGE_REQUEST_MODE,
  'GET_ALL_MESSAGE_REQUEST_MODE',
  {},
)

/** Says whether a group pulls or pops a topic. */
export type MessageRequestMode = 'PULL' | 'POP'

/** The body of QUERY_ASSIGNMENT. */
export interface QueryAssignmentBody {
  readonly topic: string
  readonly consumerGroup: string
  readonly clientId: string
  /** `AVG` or `AVG_BY_CIRCLE`. */
  readonly strategyName: string
  readonly messageModel: string
}

/** One queue of the answer, with its mode. */
export interface MessageQueueAssignment {
  readonly messageQueue: MessageQueue
  readonly mode: MessageRequestMode
}

/**
 * The mode of a group for a topic. In POP mode, a member pops its own queues, and also the queues of `popShareQueueNum`
 * other members. When `popShareQueueNum` is 0 or less, a member pops all queues.
 */
export interface RequestMode {
  readonly topic: string
  readonly consumerGroup: string
  readonly mode: MessageRequestMode
  readonly popShareQueueNum: number
}

const modeShape: Shape<MessageRequestMode> = (value, path) => {
  const mode = text('PULL')(value, path)
  if (mode !== 'PULL' && mode !== 'POP') throw new ShapeError(path, 'PULL or POP')
  return mode
}

export const queryAssignmentBodyShape: Shape<QueryAssignmentBody> = record<QueryAssignmentBody>({
  topic: text(),
  consumerGroup: text(),
  clientId: text(),
  strategyName: text(),
  messageModel: text('CLUSTERING'),
})

const assignmentShape = record<MessageQueueAssignment>({ messageQueue: messageQueueShape, mode: modeShape })

/** Reads the list of queues. Returns undefined when the answer has no list. */
export const queryAssignmentAnswerShape: Shape<readonly MessageQueueAssignment[] | undefined> = (value, path) =>
  record<{ messageQueueAssignments: MessageQueueAssignment[] | undefined }>({
    messageQueueAssignments: optional(list(assignmentShape)),
  })(value, path).messageQueueAssignments

export const requestModeShape: Shape<RequestMode> = record<RequestMode>({
  topic: text(),
  consumerGroup: text(),
  mode: modeShape,
  popShareQueueNum: whole(),
})

/** The modes that operators have set, by topic and group. */
export type RequestModeTable = ReadonlyMap<string, ReadonlyMap<string, RequestMode>>

export const requestModeTableShape: Shape<RequestModeTable> = (value, path) =>
  record<{ messageRequestModeMap: Map<string, Map<string, RequestMode>> }>({
    messageRequestModeMap: table(table(requestModeShape)),
  })(value, path).messageRequestModeMap

/** Returns all modes as the object for JSON. Slaves copy the modes in this form. */
export function requestModeTableJson(modes: RequestModeTable): object {
  return { messageRequestModeMap: toObject(new Map([...modes].map(([topic, groups]) => [topic, toObject(groups)]))) }
}
