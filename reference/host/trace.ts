/**
 * The one log of events: what happened in a cluster, in order, as plain data.
 *
 * Figures, checks, minimised failures, the words of a screen reader and the command line's `--trace` all read this log
 * and nothing else. Each event is emitted at exactly one place in the source:
 *
 * ```ts
 * host.trace.emit?.('log.flushed', { physicalOffset })
 * ```
 *
 * While the log has no reader, `emit` is undefined: the call is skipped, and its facts are not even computed.
 *
 * | field  | meaning                                                                    |
 * | ------ | -------------------------------------------------------------------------- |
 * | n      | position in the log, from 1; several events may share one time             |
 * | atMs   | true virtual time (or wall time), milliseconds since the run began         |
 * | node   | the node that the event happened to; '' for the world itself               |
 * | kind   | one of the kinds below                                                     |
 * | cause  | `n` of the event that led to this one; 0 when time or the script did       |
 *
 * The fields of its kind follow. The two tables below hold them once: their order in the text of an event, and their
 * types. Values are whole numbers and texts, so logs of the same run are equal byte for byte in every engine.
 *
 * *Observed* events are the host's own: bytes on wires, bytes on disks, calls to and from the application. Only they are
 * evidence in a check. *Told* events are what a node says about itself; a node can tell no event of an observed kind.
 *
 * A changed kind changes figures, claims and links: the changelog names it.
 */

/** A whole number. */
const NUMBER = 'number'
const TEXT = 'string'

/** Kinds of events that the host itself observes, and the fields of each in the order of its text. */
const OBSERVED = {
  'node.started': { program: TEXT },
  'node.ready': {},
  /** `how`: returned, failed, killed, powercut, runaway. `reason` is '' or a sentence. */
  'node.stopped': { how: TEXT, reason: TEXT },
  'net.listening': { address: TEXT },
  'net.connecting': { connection: NUMBER, to: TEXT },
  'net.opened': { connection: NUMBER, peer: TEXT, localAddress: TEXT, remoteAddress: TEXT },
  /** Bytes leave. `arrivesMs` is the planned arrival: a loss is a later event. `payload` is base64. */
  'net.sent': { connection: NUMBER, peer: TEXT, sizeBytes: NUMBER, arrivesMs: NUMBER, payload: TEXT },
  'net.delivered': { connection: NUMBER, peer: TEXT, sizeBytes: NUMBER },
  /** Bytes that were on the way and will not arrive: the node died, or the link broke. */
  'net.lost': { connection: NUMBER, peer: TEXT, sizeBytes: NUMBER, reason: TEXT },
  'net.closed': { connection: NUMBER, peer: TEXT, reason: TEXT },
  'disk.written': { path: TEXT, atBytes: NUMBER, sizeBytes: NUMBER, payload: TEXT },
  'disk.resized': { path: TEXT, sizeBytes: NUMBER },
  'disk.synced': { path: TEXT, sizeBytes: NUMBER, error: TEXT },
  'disk.removed': { path: TEXT },
  'disk.renamed': { path: TEXT, to: TEXT },
  /** A power cut took writes that were never synced. */
  'disk.lost': { path: TEXT, sizeBytes: NUMBER },
  /** `fault` is the kind of the fault, `text` its JSON; `id` is repeated when the fault heals. */
  'fault.began': { id: NUMBER, fault: TEXT, text: TEXT },
  'fault.healed': { id: NUMBER, fault: TEXT },
  /** The application called the node (`send`), and the node answered. */
  'app.called': { call: NUMBER, name: TEXT, text: TEXT },
  'app.answered': { call: NUMBER, name: TEXT, text: TEXT, error: TEXT },
  /** The node handed something to the application (`message`), and the application replied. */
  'app.handed': { call: NUMBER, name: TEXT, text: TEXT },
  'app.replied': { call: NUMBER, name: TEXT, text: TEXT },
  /** A line of the scenario, in words, for the time bar: "kill broker-a". */
  'script.step': { text: TEXT },
} as const

/** `type`: request, oneway or response. `code`: of the request, or of the response; `name` is the request's either way. */
const FRAME = { connection: NUMBER, opaque: NUMBER, type: TEXT, code: NUMBER, name: TEXT, sizeBytes: NUMBER } as const
/** A queue of a broker, for one consumer group. */
const GROUP_QUEUE = { group: TEXT, topic: TEXT, queueId: NUMBER } as const
/** A queue as clients name it. */
const NAMED_QUEUE = { group: TEXT, topic: TEXT, brokerName: TEXT, queueId: NUMBER } as const
/** `outcome`: committed, rolled back, given up, gone. `fromCheck`: 1 when a check brought it about. */
const TRANSACTION_END = {
  group: TEXT,
  topic: TEXT,
  key: TEXT,
  queueOffset: NUMBER,
  outcome: TEXT,
  fromCheck: NUMBER,
} as const
/** `state`: COMMIT_MESSAGE, ROLLBACK_MESSAGE, UNKNOW. */
const LOCAL_TRANSACTION = { group: TEXT, topic: TEXT, key: TEXT, msgId: TEXT, state: TEXT } as const

/** Kinds of events that nodes tell about themselves, and the fields of each in the order of its text. */
const TOLD = {
  'frame.sent': FRAME,
  'frame.received': FRAME,
  /** A frame that could not be read; the connection is closed. */
  'frame.refused': { connection: NUMBER, reason: TEXT },

  /** NameServer: a broker's registration came in, changed or not. */
  'route.registered': { brokerName: TEXT, brokerId: NUMBER, address: TEXT, topics: NUMBER },
  'route.removed': { brokerName: TEXT, brokerId: NUMBER, address: TEXT, reason: TEXT },

  'topic.created': { topic: TEXT, readQueueNums: NUMBER, writeQueueNums: NUMBER },
  'record.appended': {
    topic: TEXT,
    queueId: NUMBER,
    queueOffset: NUMBER,
    physicalOffset: NUMBER,
    sizeBytes: NUMBER,
    key: TEXT,
  },
  'entry.dispatched': {
    topic: TEXT,
    queueId: NUMBER,
    queueOffset: NUMBER,
    physicalOffset: NUMBER,
    sizeBytes: NUMBER,
  },
  /** Everything before `physicalOffset` is durable. */
  'log.flushed': { physicalOffset: NUMBER },
  'log.rolled': { file: TEXT },
  'log.recovered': { clean: NUMBER, physicalOffset: NUMBER, records: NUMBER, removedBytes: NUMBER },
  /** A message waits for `dueMs`, by the broker's clock. `level` 0: until a time that its producer chose. */
  'message.delayed': { topic: TEXT, key: TEXT, level: NUMBER, dueMs: NUMBER },
  /** A delayed message is delivered; `queueOffset` is its place among the waiting messages of its level. */
  'message.due': { topic: TEXT, key: TEXT, level: NUMBER, queueOffset: NUMBER },
  /** A message has its slot in the timer wheel. `position`: in the timer log; `magic` bits: 2 will roll, 4 takes one back. */
  'timer.placed': { topic: TEXT, key: TEXT, slotMs: NUMBER, position: NUMBER, magic: NUMBER },
  /** The message's time lay beyond the wheel's window: it is entered once more. */
  'timer.rolled': { topic: TEXT, key: TEXT, slotMs: NUMBER },
  /** The producer has taken its message back: it is not delivered. */
  'message.recalled': { topic: TEXT, key: TEXT, slotMs: NUMBER },
  /** A send was held back by the broker's limiter, or refused (`afterMs` -1) by it or because the broker is too busy. */
  'send.limited': { topic: TEXT, reason: TEXT, afterMs: NUMBER },
  /** A returned message is stored in `topic`, the group's retry topic, and will be redelivered. */
  'message.retried': { group: TEXT, topic: TEXT, key: TEXT, reconsumeTimes: NUMBER },
  /** A message was returned too often, or given up, and is stored in `topic`, the group's dead-letter topic. */
  'message.dead': { group: TEXT, topic: TEXT, key: TEXT, reconsumeTimes: NUMBER },
  /** A transactional message waits: no consumer sees it before its producer commits. */
  'transaction.prepared': { group: TEXT, topic: TEXT, key: TEXT },
  /** The broker asks a producer of the group for the outcome, for the `times`th time. `asked`: its address, '' without one. */
  'transaction.checked': {
    group: TEXT,
    topic: TEXT,
    key: TEXT,
    queueOffset: NUMBER,
    times: NUMBER,
    asked: TEXT,
  },
  'transaction.ended': TRANSACTION_END,
  /** A decision about a transaction that has already ended: nothing is changed. */
  'transaction.ignored': TRANSACTION_END,
  /** The op queue names half messages that are done: `queueOffset` is the op message's, `halfOffsets` is `17,18,21`. */
  'transaction.noted': { queueOffset: NUMBER, halfOffsets: TEXT },
  'queue.locked': { ...GROUP_QUEUE, clientId: TEXT },
  'queue.unlocked': { ...GROUP_QUEUE, clientId: TEXT },
  'pull.answered': { ...GROUP_QUEUE, queueOffset: NUMBER, messages: NUMBER, status: TEXT },
  'pull.held': { ...GROUP_QUEUE, queueOffset: NUMBER },
  'pull.woken': { ...GROUP_QUEUE, queueOffset: NUMBER, reason: TEXT },
  /** A popped message is hidden from other members until `visibleAtMs`, by the broker's clock. `popTime`: of its receipt. */
  'message.popped': { ...GROUP_QUEUE, queueOffset: NUMBER, key: TEXT, popTime: NUMBER, visibleAtMs: NUMBER },
  /** A popped message is hidden until another time, under a new receipt. */
  'message.hidden': { ...GROUP_QUEUE, queueOffset: NUMBER, popTime: NUMBER, visibleAtMs: NUMBER },
  /** The pop of `popTime` is over for this message: it is consumed. */
  'message.acked': { ...GROUP_QUEUE, queueOffset: NUMBER, popTime: NUMBER },
  /** A message was not acknowledged in time: a copy goes to `retryTopic`. */
  'message.revived': {
    ...GROUP_QUEUE,
    queueOffset: NUMBER,
    retryTopic: TEXT,
    key: TEXT,
    reconsumeTimes: NUMBER,
  },
  /** A pop is over: of its `messages`, `revived` were not acknowledged. */
  'checkpoint.settled': { ...GROUP_QUEUE, startOffset: NUMBER, messages: NUMBER, revived: NUMBER },
  /** A pop that finds no message waits. `queueId` -1: for any queue. */
  'pop.held': GROUP_QUEUE,
  'pop.woken': { ...GROUP_QUEUE, reason: TEXT },
  'offset.committed': { ...GROUP_QUEUE, queueOffset: NUMBER },
  'consumer.joined': { group: TEXT, clientId: TEXT },
  'consumer.left': { group: TEXT, clientId: TEXT, reason: TEXT },
  'producer.joined': { group: TEXT, clientId: TEXT },
  'producer.left': { group: TEXT, clientId: TEXT, reason: TEXT },
  'broker.registered': { namesrv: TEXT, address: TEXT },

  /** Client: the route that it now has of a topic. */
  'route.updated': { topic: TEXT, brokers: TEXT, queues: NUMBER },
  'queue.assigned': NAMED_QUEUE,
  'queue.released': NAMED_QUEUE,
  'message.sending': {
    topic: TEXT,
    key: TEXT,
    msgId: TEXT,
    brokerName: TEXT,
    queueId: NUMBER,
    attempt: NUMBER,
  },
  /** `status`: a SendStatus, or `failed: …`. */
  'message.sent': {
    topic: TEXT,
    key: TEXT,
    msgId: TEXT,
    brokerName: TEXT,
    queueId: NUMBER,
    queueOffset: NUMBER,
    status: TEXT,
  },
  /** Producer: the result of its local transaction. */
  'transaction.executed': LOCAL_TRANSACTION,
  /** Producer: its answer to a broker's check. */
  'transaction.answered': LOCAL_TRANSACTION,
  'message.cached': { ...NAMED_QUEUE, queueOffset: NUMBER, key: TEXT, msgId: TEXT },
  /** A circuit breaker around a listener: CLOSED, OPEN, HALF_OPEN. */
  'breaker.turned': { group: TEXT, state: TEXT },
  'message.consumed': { ...NAMED_QUEUE, queueOffset: NUMBER, key: TEXT, msgId: TEXT, status: TEXT },
  /** A line that an operator should read. */
  'log.line': { level: TEXT, text: TEXT },
} as const

type ValueOf<T> = T extends typeof NUMBER ? number : string
type FactsOf<Table> = { [K in keyof Table]: { -readonly [F in keyof Table[K]]: ValueOf<Table[K][F]> } }

/** The facts of each told kind, as the table says. */
export type ToldFacts = FactsOf<typeof TOLD>
/** The facts of each kind, as the tables say. */
export type EventFacts = FactsOf<typeof OBSERVED> & ToldFacts
/** The name of a kind of event. */
export type EventKind = keyof EventFacts

/** One event of kind `K`. */
export type TraceEventOf<K extends EventKind> = {
  n: number
  atMs: number
  node: string
  kind: K
  cause: number
} & EventFacts[K]

/** One event of any kind; narrow by `kind`. */
export type TraceEvent = { [K in EventKind]: TraceEventOf<K> }[EventKind]

/** Tells one event of the node; `facts` holds the fields of the kind and no others. */
export type Emit = <K extends keyof ToldFacts>(kind: K, facts: ToldFacts[K]) => void

/** What a node tells about itself. */
export interface Trace {
  /** Undefined while the log has no reader; so it is called as `emit?.(kind, facts)`. */
  readonly emit: Emit | undefined
  /** A line that an operator should read, with or without a reader of events; in a recorded run it is a `log.line`. */
  log(level: 'info' | 'warn' | 'error', text: string): void
}

/** True for a kind that a node may tell. Node programs are not trusted: one may name any kind. */
export function isTold(kind: string): kind is keyof ToldFacts {
  return Object.hasOwn(TOLD, kind)
}

const FIELDS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({ ...OBSERVED, ...TOLD }).map(([kind, fields]) => [kind, Object.keys(fields)]),
)

/** Completes `head` to an event with the fields of its kind, in the table's order, whatever the order in `facts` is. */
export function traceEvent(
  head: { n: number; atMs: number; node: string; kind: EventKind; cause: number },
  facts: object,
): TraceEvent {
  const event = head as Record<string, unknown>
  const values = facts as Record<string, unknown>
  for (const field of FIELDS.get(head.kind) ?? []) event[field] = values[field]
  return event as unknown as TraceEvent
}
