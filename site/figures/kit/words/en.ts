/**
 * One sentence for each kind of event: what a screen reader speaks, the caption under the picture, the rows of the list.
 *
 * A kind without words does not compile.
 */
import type { EventKind, TraceEvent, TraceEventOf } from '../../../../reference/host/trace.ts'
import { ResponseCode } from '../../../../reference/remoting/response-code.ts'
import type { EventLog, FrameInfo } from '../log.ts'

type Words = { [K in EventKind]: (event: TraceEventOf<K>, log: EventLog) => string }

/** The event in one sentence. */
export function sentence(event: TraceEvent, log: EventLog): string {
  const words = WORDS[event.kind] as (event: TraceEvent, log: EventLog) => string
  return words(event, log)
}

/** Virtual time, in seconds with the millisecond. */
export function seconds(atMs: number): string {
  return `${(Math.floor(atMs + 1e-6) / 1000).toFixed(3)} s`
}

/** Virtual time for an axis: as short as it stays true. */
export function shortSeconds(atMs: number): string {
  return `${Number((atMs / 1000).toFixed(atMs < 10_000 ? 2 : 1))} s`
}

const REQUESTS: Readonly<Record<string, string>> = {
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

/** Codes of a pull's answer that refuse nothing: there is no message, or none that matches. */
const NOTHING_NEW = new Set<number>([ResponseCode.PULL_NOT_FOUND, ResponseCode.PULL_RETRY_IMMEDIATELY])

const RESPONSES: Readonly<Record<string, string>> = {
  REGISTER_BROKER: 'that it is registered',
  GET_ROUTEINFO_BY_TOPIC: 'the route: brokers, addresses, queues',
  PULL_MESSAGE: 'that there is nothing new',
  HEART_BEAT: 'that it has heard',
  QUERY_CONSUMER_OFFSET: 'the offset',
  QUERY_ASSIGNMENT: 'the queues that are its own',
  LOCK_BATCH_MQ: 'which queues it has locked',
  CONSUMER_SEND_MSG_BACK: 'that it has taken the message back',
  GET_CONSUMER_LIST_BY_GROUP: 'the members of the group',
}

function list(keys: readonly string[]): string {
  return keys.length <= 3 ? keys.join(' and ') : `${keys.length} messages`
}

/** What a frame says, as the object of "sends". */
function frameWords({ name, type, code, keys }: FrameInfo): string {
  const isSend = name.startsWith('SEND_MESSAGE')
  if (type !== 'response') return isSend ? `${list(keys) || 'a message'}` : (REQUESTS[name] ?? name)
  if (name === 'PULL_MESSAGE' && keys.length > 0) return list(keys)
  if (code !== 0 && !(name === 'PULL_MESSAGE' && NOTHING_NEW.has(code))) return `its refusal of ${name} (code ${code})`
  if (isSend) return `that ${list(keys) || 'the message'} is stored`
  return RESPONSES[name] ?? `its answer to ${name}`
}

function carried(event: TraceEvent, log: EventLog): string {
  const frame = log.frame(event.n)
  return frame === undefined ? 'bytes' : frameWords(frame)
}

const verb = (event: TraceEvent, log: EventLog) => (log.frame(event.n)?.type === 'response' ? 'answers' : 'sends')
const queueName = (topic: string, queueId: number) =>
  queueId < 0 ? `any queue of ${topic}` : `${topic} queue ${queueId}`

const WORDS: Words = {
  'node.started': ({ node }) => `${node} starts.`,
  'node.ready': ({ node }) => `${node} is ready.`,
  'node.stopped': ({ node, how, reason }) =>
    `${node} ${how === 'killed' ? 'is killed' : how === 'powercut' ? 'loses power' : how === 'returned' ? 'ends' : 'fails'}${reason === '' ? '' : `: ${reason}`}.`,
  'net.listening': ({ node, address }) => `${node} listens on ${address}.`,
  'net.connecting': ({ node, to }) => `${node} opens a connection to ${to}.`,
  'net.opened': ({ node, peer }) => `${node} is connected with ${peer}.`,
  'net.sent': (event, log) => `${event.node} ${verb(event, log)} ${event.peer} ${carried(event, log)}.`,
  'net.delivered': (event, log) =>
    `${event.node} gets ${event.sizeBytes} bytes from ${event.peer}: ${carried(event, log)}.`,
  'net.lost': (event, log) => `What ${event.node} sent ${event.peer} is lost: ${carried(event, log)}.`,
  'net.closed': ({ node, peer, reason }) =>
    `${node} sees its connection with ${peer} end${reason === '' ? '' : ` (${reason})`}.`,
  'disk.written': ({ node, path, sizeBytes, atBytes }) => `${node} writes ${sizeBytes} bytes at ${atBytes} of ${path}.`,
  'disk.resized': ({ node, path, sizeBytes }) => `${node} makes ${path} ${sizeBytes} bytes long.`,
  'disk.synced': ({ node, path, error }) =>
    error === '' ? `${path} of ${node} is on the disk.` : `${node} cannot sync ${path}: ${error}.`,
  'disk.removed': ({ node, path }) => `${node} removes ${path}.`,
  'disk.renamed': ({ node, path, to }) => `${node} renames ${path} to ${to}.`,
  'disk.lost': ({ node, path, sizeBytes }) => `${node} loses ${sizeBytes} unsynced bytes of ${path}.`,
  'fault.began': ({ fault, text }) => `A fault begins: ${faultWords(fault, text)}.`,
  'fault.healed': () => 'The fault is healed; what waited goes on its way.',
  'app.called': (event, log) => `The application calls ${event.name}(${log.keys(event).join(', ')}) of ${event.node}.`,
  'app.answered': ({ node, name, error }) => `${name}() of ${node} ${error === '' ? 'returns' : `fails: ${error}`}.`,
  'app.handed': (event, log) => `${event.node} hands ${list(log.keys(event)) || event.name} to its listener.`,
  'app.replied': ({ node, text }) => `The listener of ${node} answers ${/"status":"(\w+)"/.exec(text)?.[1] ?? text}.`,
  'script.step': ({ text }) => `${text}.`,
  'frame.sent': (event, log) => `${event.node} writes a frame: ${carried(event, log)}.`,
  'frame.received': (event, log) => `${event.node} reads a frame: ${carried(event, log)}.`,
  'frame.refused': ({ node, reason }) => `${node} refuses a frame: ${reason}.`,
  'route.registered': ({ node, brokerName, address, topics }) =>
    `${node} notes ${brokerName} at ${address}, with ${topics} topics.`,
  'route.removed': ({ node, brokerName, reason }) => `${node} strikes ${brokerName} from its table: ${reason}.`,
  'topic.created': ({ node, topic, writeQueueNums }) =>
    `${node} makes the topic ${topic} with ${writeQueueNums} queue${writeQueueNums === 1 ? '' : 's'}.`,
  'record.appended': ({ node, key, sizeBytes, physicalOffset }) =>
    `${node} appends ${key} to its log: ${sizeBytes} bytes at ${physicalOffset}, not yet flushed.`,
  'entry.dispatched': ({ node, topic, queueId, queueOffset }) =>
    `${node} enters it in ${queueName(topic, queueId)} at offset ${queueOffset}.`,
  'log.flushed': ({ node, physicalOffset }) => `The log of ${node} is on the disk up to byte ${physicalOffset}.`,
  'log.rolled': ({ node, file }) => `${node} begins a new log file, ${file}.`,
  'log.recovered': ({ node, records, physicalOffset }) =>
    `${node} finds ${records} records in its log, which ends at ${physicalOffset}.`,
  'timer.placed': ({ node, key, slotMs }) =>
    `${node} puts ${key} into the wheel's slot for ${new Date(slotMs).toISOString().slice(11, 19)}.`,
  'timer.rolled': ({ node, key }) => `${node} enters ${key} once more: its time lies beyond the wheel's window.`,
  'message.recalled': ({ node, key }) => `${node} drops ${key}: its producer has taken it back.`,
  'message.delayed': ({ node, key, topic, level }) =>
    level === 0
      ? `${node} keeps ${key} for ${topic} until its time.`
      : `${node} puts ${key} aside: it asks for delay level ${level} before it goes to ${topic}.`,
  'message.due': ({ node, key, topic }) => `${node}: the time of ${key} has come, it goes to ${topic}.`,
  'send.limited': ({ node, topic, afterMs, reason }) =>
    afterMs < 0
      ? `${node} refuses a send to ${topic}: ${reason}.`
      : `${node} takes a send to ${topic} ${afterMs} ms later: ${reason}.`,
  'message.retried': ({ node, group, key, reconsumeTimes }) =>
    `${node} takes ${key} back from ${group}, for the ${ordinal(reconsumeTimes)} time.`,
  'message.dead': ({ node, group, key, reconsumeTimes }) =>
    `${node} lays ${key} among the dead letters of ${group}, after ${reconsumeTimes} failed deliver${reconsumeTimes === 1 ? 'y' : 'ies'}.`,
  'transaction.prepared': ({ node, key, topic }) =>
    `${node} keeps ${key} for ${topic} back until its producer commits.`,
  'transaction.checked': ({ node, group, key, times, asked }) =>
    asked === ''
      ? `${node} would ask ${group} what became of ${key} (question ${times}), but nobody is there.`
      : `${node} asks ${group} what became of ${key}: question ${times}.`,
  'transaction.ended': ({ node, key, outcome }) => `${node}: the transaction of ${key} is ${outcome}.`,
  'transaction.ignored': ({ node, key, outcome }) =>
    `${node}: "${outcome}" comes too late for ${key}, its transaction has ended.`,
  'transaction.noted': ({ node, halfOffsets }) => `${node} notes that the half messages ${halfOffsets} are done.`,
  'transaction.executed': ({ node, key, state }) => `${node}: the local transaction of ${key} says ${state}.`,
  'transaction.answered': ({ node, key, state }) => `${node} was asked about ${key} and says ${state}.`,
  'queue.locked': ({ node, group, topic, queueId }) =>
    `${node} locks ${queueName(topic, queueId)} for one member of ${group}.`,
  'queue.unlocked': ({ node, group, topic, queueId }) => `${node} unlocks ${queueName(topic, queueId)} of ${group}.`,
  'pull.answered': ({ node, group, topic, queueId, messages, status }) =>
    `${node} answers the pull of ${group} on ${queueName(topic, queueId)}: ${messages === 0 ? status : `${messages} message${messages === 1 ? '' : 's'}`}.`,
  'pull.held': ({ node, group, topic, queueId }) =>
    `${node} has nothing for ${group} in ${queueName(topic, queueId)}, and lets the pull wait.`,
  'pull.woken': ({ node, topic, queueId, reason }) =>
    `${node} wakes the pull on ${queueName(topic, queueId)}: ${reason}.`,
  'message.popped': ({ node, group, key, popTime, visibleAtMs }) =>
    `${node} gives ${key} to one member of ${group}; the others do not see it for ${(visibleAtMs - popTime) / 1_000} s.`,
  'message.hidden': ({ node, group, topic, queueId, queueOffset, popTime, visibleAtMs }) =>
    `${node} hides message ${queueOffset} of ${queueName(topic, queueId)} from ${group} for ${(visibleAtMs - popTime) / 1_000} s from now.`,
  'message.acked': ({ node, group, topic, queueId, queueOffset }) =>
    `${node} notes that ${group} has consumed message ${queueOffset} of ${queueName(topic, queueId)}.`,
  'message.revived': ({ node, group, key, retryTopic, reconsumeTimes }) =>
    `${node}: nobody in ${group} has acknowledged ${key} in time; it goes to ${retryTopic}, for the ${ordinal(reconsumeTimes)} time.`,
  'checkpoint.settled': ({ node, group, topic, queueId, messages, revived }) =>
    `${node} settles a pop of ${group} from ${queueName(topic, queueId)}: ${messages - revived} of ${messages} acknowledged.`,
  'pop.held': ({ node, group, topic, queueId }) =>
    `${node} has nothing for ${group} in ${queueName(topic, queueId)}, and lets the pop wait.`,
  'pop.woken': ({ node, topic, queueId, reason }) => `${node} wakes a pop on ${queueName(topic, queueId)}: ${reason}.`,
  'offset.committed': ({ node, group, topic, queueId, queueOffset }) =>
    `${node} notes that ${group} has read ${queueName(topic, queueId)} up to offset ${queueOffset}.`,
  'consumer.joined': ({ node, group }) => `${node} counts a new member of ${group}.`,
  'consumer.left': ({ node, group, reason }) => `${node} counts one member of ${group} less: ${reason}.`,
  'producer.joined': ({ node, group }) => `${node} counts a new producer of ${group}.`,
  'producer.left': ({ node, group, reason }) => `${node} counts one producer of ${group} less: ${reason}.`,
  'broker.registered': ({ node, namesrv }) => `${node} is registered with ${namesrv}.`,
  'route.updated': ({ node, topic, queues }) => `${node} now knows ${topic}: ${queues} queues.`,
  'queue.assigned': ({ node, topic, brokerName, queueId }) =>
    `${node} takes ${queueName(topic, queueId)} of ${brokerName}.`,
  'queue.released': ({ node, topic, brokerName, queueId }) =>
    `${node} gives up ${queueName(topic, queueId)} of ${brokerName}.`,
  'message.sending': ({ node, key, brokerName, queueId, attempt }) =>
    `${node} picks queue ${queueId} of ${brokerName} for ${key}${attempt > 1 ? ` (try ${attempt})` : ''}.`,
  'message.sent': ({ node, key, status }) => `${node}: the send of ${key} ends with ${status}.`,
  'message.cached': ({ node, key }) => `${node} has ${key} in its cache.`,
  'breaker.turned': ({ node, group, state }) =>
    `${node}: the circuit breaker around the listener of ${group} is ${state}.`,
  'message.consumed': ({ node, key, status }) => `${node} has consumed ${key}: ${status}.`,
  'log.line': ({ node, level, text }) => `${node} logs (${level}): ${text}`,
}

/** 1st, 2nd, 3rd, 4th … */
function ordinal(n: number): string {
  const ending = n % 100 > 10 && n % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${ending}`
}

function faultWords(fault: string, text: string): string {
  if (fault !== 'partition') return fault
  const who = /"between":\[\["([^"]+)"/.exec(text)?.[1] ?? 'a node'
  return `${who} is cut off from everybody`
}

/** Kinds that have words; for the test that none is missing. */
export const WORDED_KINDS = Object.keys(WORDS) as readonly EventKind[]
