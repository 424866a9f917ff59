/** Words that the sentences of several mechanisms share: times, frames, lists, names. */
import type { TraceEvent } from '../../../../reference/host/trace.ts'
import { REPORT, TRANSFER } from '../copying.ts'
import type { EventLog, FrameInfo } from '../log.ts'

/** From this time on, hours and minutes are named. */
const LONG_MS = 600_000

/** Virtual time, in seconds with the millisecond; from ten minutes on with its hours and minutes. */
export function seconds(atMs: number): string {
  const wholeMs = Math.floor(atMs + 1e-6)
  if (wholeMs < LONG_MS) return `${(wholeMs / 1000).toFixed(3)} s`
  return `${hoursAndMinutes(wholeMs)} ${((wholeMs % 60_000) / 1000).toFixed(3)} s`
}

/** Virtual time for an axis: as short as it stays true. */
export function shortSeconds(atMs: number): string {
  if (atMs >= LONG_MS) return hoursAndMinutes(atMs)
  return `${Number((atMs / 1000).toFixed(atMs < 10_000 ? 2 : 1))} s`
}

function hoursAndMinutes(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

const REQUESTS: Readonly<Record<string, string>> = {
  GET_ALL_TOPIC_CONFIG: 'the question for all topics',
  GET_ALL_SUBSCRIPTIONGROUP_CONFIG: 'the question for all groups',
  GET_ALL_CONSUMER_OFFSET: 'the question how far all groups are',
  GET_ALL_DELAY_OFFSET: 'the question how far the delays are',
  GET_ALL_MESSAGE_REQUEST_MODE: 'the question how the groups consume',
  REGISTER_BROKER: 'its registration: name, address, topics',
  UNREGISTER_BROKER: 'its farewell',
  GET_ROUTEINFO_BY_TOPIC: 'the question where the topic is',
  HEART_BEAT: 'a heartbeat',
  QUERY_CONSUMER_OFFSET: 'the question how far the group has read',
  UPDATE_CONSUMER_OFFSET: 'how far the group has read',
  GET_CONSUMER_LIST_BY_GROUP: 'the question who is in the group',
  NOTIFY_CONSUMER_IDS_CHANGED: 'the news that the group has changed',
  PULL_MESSAGE: 'a pull',
  POP_MESSAGE: 'a pop',
  ACK_MESSAGE: 'that a message is consumed',
  BATCH_ACK_MESSAGE: 'which messages are consumed',
  CHANGE_MESSAGE_INVISIBLETIME: 'the wish to hide a message longer',
  QUERY_ASSIGNMENT: 'the question which queues are its own',
  CONSUMER_SEND_MSG_BACK: 'a message it could not consume',
  END_TRANSACTION: 'how the transaction ended',
  CHECK_TRANSACTION_STATE: 'the question how the transaction ended',
  LOCK_BATCH_MQ: 'the wish to lock its queues',
  UNLOCK_BATCH_MQ: 'that it needs the locks no more',
  GET_MAX_OFFSET: 'the question for the newest offset',
  UNREGISTER_CLIENT: 'its farewell',
}

/**
 * Codes of a pull's answer that refuse nothing: there is no message, or none that matches. Numbers of `ResponseCode`, whose whole
 * table would cost a page's script a kilobyte.
 */
export const NOTHING_NEW: ReadonlySet<number> = new Set([19, 20])

const RESPONSES: Readonly<Record<string, string>> = {
  REGISTER_BROKER: 'that it is registered',
  GET_ROUTEINFO_BY_TOPIC: 'the route: brokers, addresses, queues',
  PULL_MESSAGE: 'that there is nothing new',
  HEART_BEAT: 'the answer to its heartbeat',
  QUERY_CONSUMER_OFFSET: 'the offset',
  QUERY_ASSIGNMENT: 'the queues that are its own',
  LOCK_BATCH_MQ: 'which queues it has locked',
  CONSUMER_SEND_MSG_BACK: 'that it has taken the message back',
  GET_CONSUMER_LIST_BY_GROUP: 'the members of the group',
}

/** Keys in a sentence. */
export function list(keys: readonly string[]): string {
  return keys.length <= 3 ? keys.join(' and ') : `${keys.length} messages`
}

/** What a frame says, as the object of "sends". */
function frameWords({ name, type, code, keys }: FrameInfo): string {
  const isSend = name.startsWith('SEND_MESSAGE')
  if (name === REPORT) return `that its log ends at ${code}`
  if (name === TRANSFER) return keys.length === 0 ? 'a heartbeat for copies' : `a copy of ${list(keys)}`
  if (type !== 'response') return isSend ? `${list(keys) || 'a message'}` : (REQUESTS[name] ?? name)
  if (name === 'PULL_MESSAGE' && keys.length > 0) return list(keys)
  if (code !== 0 && !(name === 'PULL_MESSAGE' && NOTHING_NEW.has(code))) return `its refusal of ${name} (code ${code})`
  if (isSend) return `that ${list(keys) || 'the message'} is stored`
  return RESPONSES[name] ?? `its answer to ${name}`
}

/** What the frame of an event says. */
export function carried(event: TraceEvent, log: EventLog): string {
  const frame = log.frame(event.n)
  return frame === undefined ? 'bytes' : frameWords(frame)
}

/** The verb for a frame: a response answers. */
export const verb = (event: TraceEvent, log: EventLog) =>
  log.frame(event.n)?.type === 'response' ? 'answers' : 'sends'
/** What a picture calls the topics that a broker has for itself; every other one by its name. */
const SHORT: Readonly<Record<string, string>> = {
  RMQ_SYS_TRANS_HALF_TOPIC: 'half messages',
  RMQ_SYS_TRANS_OP_HALF_TOPIC: 'op messages',
  TRANS_CHECK_MAX_TIME_TOPIC: 'given up',
}

/** A topic in a picture. */
export const topicLabel = (topic: string) => SHORT[topic] ?? topic

/** A queue in a picture: `Orders, queue 0`, or `half messages`, which is the only queue of its topic. */
export function queueLabel(name: string): string {
  const [topic = '', number = ''] = name.split('/')
  return SHORT[topic] ?? `${topic}, queue ${number}`
}

/** A queue beside its lane on the stage, where there is little room: `queue 0`, or `half`. */
export function shortLabel(name: string): string {
  const [topic = '', number = ''] = name.split('/')
  return SHORT[topic]?.split(' ')[0] ?? `queue ${number}`
}

/** A queue in a sentence. */
export const queueName = (topic: string, queueId: number) =>
  queueId < 0 ? `any queue of ${topic}` : `${topic} queue ${queueId}`

/** A time of day on a node’s clock. */
export function timeOfDay(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19)
}

/** 1st, 2nd, 3rd, 4th … */
export function ordinal(n: number): string {
  const ending = n % 100 > 10 && n % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${ending}`
}

/** What to call a message: by its key, or by its topic when all it has is the id that its client made (`UNIQ_KEY`). */
export function messageName(topic: string, key: string): string {
  if (topic === 'RMQ_SYS_TRANS_HALF_TOPIC' && key !== '') return `${key} as a half message`
  if (topic === 'RMQ_SYS_TRANS_OP_HALF_TOPIC') return 'an op message'
  return key === '' || /^[0-9A-F]{32}$/.test(key) ? `a message of ${topic}` : key
}
