/**
 * The event log lists what happened in a cluster, in order, as plain data.
 *
 * Figures, checks, minimised failures, texts for screen readers and the command line option `--trace` read only this log. A
 * node reports an event like this:
 *
 * ```ts
 * host.trace.emit?.('log.flushed', { physicalOffset })
 * ```
 *
 * When nothing reads the event log, `emit` is undefined, so `emit?.(…)` does nothing, and its arguments are not computed.
 *
 * | field  | meaning                                                                    |
 * | ------ | -------------------------------------------------------------------------- |
 * | n      | position of the event in the log, counted from 1         |
 * | atMs   | virtual time (or wall time), in milliseconds since the run began           |
 * | node   | the node of the event; '' for an event of the script or of a fault         |
 * | kind   | one of the kinds below                                                     |
 * | cause | the `n` of the event that caused this event; 0 when time or the script caused it, and always 0 in a real cluster |
 *
 * The fields of the kind of the event follow after the fields of this table. The constants `OBSERVED` and `TOLD` define the
 * order and the types of the fields of each kind. Every value is a whole number or a text. So the event log of a simulated
 * run has the same bytes in every JavaScript engine.
 *
 * The host records *observed* events, such as bytes on wires, bytes on disks, and calls to and from the application. In a
 * check, only observed events are evidence. A node reports *told* events about itself. The host refuses an observed kind
 * from a node.
 *
 * Figures, claims and links of the book depend on the kinds of events. So the changelog must name each change of a kind.
 */

/** The type of a field that holds a whole number. */
const NUMBER = 'number'
const TEXT = 'string'

/** The kinds of events that the host observes. Each kind has its fields in the order of the event text. */
const OBSERVED = {
  'node.started': { program: TEXT },
  'node.ready': {},
  /** `how` is returned, failed, killed, powercut, runaway or lost. `reason` is '' or a sentence. */
  'node.stopped': { how: TEXT, reason: TEXT },
  'net.listening': { address: TEXT },
  'net.connecting': { connection: NUMBER, to: TEXT },
  'net.opened': { connection: NUMBER, peer: TEXT, localAddress: TEXT, remoteAddress: TEXT },
  /**
   * A node sends bytes. `arrivesMs` is the planned time of arrival. When the bytes are lost, `net.lost` follows. `payload`
   * is base64.
   */
  'net.sent': { connection: NUMBER, peer: TEXT, sizeBytes: NUMBER, arrivesMs: NUMBER, payload: TEXT },
  'net.delivered': { connection: NUMBER, peer: TEXT, sizeBytes: NUMBER },
  /** Sent bytes will not arrive, because a node ended, the link broke, or the connection was closed. */
  'net.lost': { connection: NUMBER, peer: TEXT, sizeBytes: NUMBER, reason: TEXT },
  'net.closed': { connection: NUMBER, peer: TEXT, reason: TEXT },
  'disk.written': { path: TEXT, atBytes: NUMBER, sizeBytes: NUMBER, payload: TEXT },
  'disk.resized': { path: TEXT, sizeBytes: NUMBER },
  'disk.synced': { path: TEXT, sizeBytes: NUMBER, error: TEXT },
  'disk.removed': { path: TEXT },
  'disk.renamed': { path: TEXT, to: TEXT },
  /** A power cut removed `sizeBytes` bytes that were not synced. */
  'disk.lost': { path: TEXT, sizeBytes: NUMBER },
  /**
   * A fault began. `fault` is the kind of the fault. `text` is the fault as JSON. `fault.healed` with the same `id` reports
   * the end of this fault.
   */
  'fault.began': { id: NUMBER, fault: TEXT, text: TEXT },
  'fault.healed': { id: NUMBER, fault: TEXT },
  /** The application called the node, for example with `send`. `app.answered` is the answer of the node. */
  'app.called': { call: NUMBER, name: TEXT, text: TEXT },
  'app.answered': { call: NUMBER, name: TEXT, text: TEXT, error: TEXT },
  /** The node passed a text to the application, for example a `message`. `app.replied` is the answer of the application. */
  'app.handed': { call: NUMBER, name: TEXT, text: TEXT },
  'app.replied': { call: NUMBER, name: TEXT, text: TEXT },
  /** A line of the scenario for the time bar, such as "kill broker-a". */
  'script.step': { text: TEXT },
} as const

/**
 * `type` is request, oneway or response. `code` is the code of this frame. In a response, `name` is the name of the answered
 * request.
 */
const FRAME = { connection: NUMBER, opaque: NUMBER, type: TEXT, code: NUMBER, name: TEXT, sizeBytes: NUMBER } as const
/** The fields for a queue of a broker and a consumer group. */
const GROUP_QUEUE = { group: TEXT, topic: TEXT, queueId: NUMBER } as const
/** The fields for a queue and a consumer group in a client. */
const NAMED_QUEUE = { group: TEXT, topic: TEXT, brokerName: TEXT, queueId: NUMBER } as const
/**
 * `outcome` is committed, rolled back, given up or gone. `fromCheck` is 1 when the producer sent the outcome because the
 * broker had asked for it.
 */
const TRANSACTION_END = {
  group: TEXT,
  topic: TEXT,
  key: TEXT,
  queueOffset: NUMBER,
  outcome: TEXT,
  fromCheck: NUMBER,
} as const
/** `state` is COMMIT_MESSAGE, ROLLBACK_MESSAGE or UNKNOW. */
const LOCAL_TRANSACTION = { group: TEXT, topic: TEXT, key: TEXT, msgId: TEXT, state: TEXT } as const

/** The replicas of a broker name, as a controller knows them. */
const REPLICAS = { brokerName: TEXT, masterEpoch: NUMBER, syncStateSetEpoch: NUMBER, syncStateSet: TEXT } as const

/** The kinds of events that a node reports about itself. Each kind has its fields in the order of the event text. */
const TOLD = {
  'frame.sent': FRAME,
  'frame.received': FRAME,
  /** A frame could not be decoded. The node closes its connection. */
  'frame.refused': { connection: NUMBER, reason: TEXT },

  /** The NameServer received the registration of a broker, with or without changes. */
  'route.registered': { brokerName: TEXT, brokerId: NUMBER, address: TEXT, topics: NUMBER },
  /** The NameServer ignored a registration, because `fencedBy` has the same id and a later state version. */
  'route.fenced': { brokerName: TEXT, brokerId: NUMBER, address: TEXT, fencedBy: TEXT },
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
  /** All bytes of the log before `physicalOffset` are durable. */
  'log.flushed': { physicalOffset: NUMBER },
  'log.rolled': { file: TEXT },
  'log.recovered': { clean: NUMBER, physicalOffset: NUMBER, records: NUMBER, removedBytes: NUMBER },
  /** A slave has connected to its master. The log of the slave ends at `physicalOffset`. */
  'ha.connected': { master: TEXT, physicalOffset: NUMBER },
  /** A master has sent bytes of its log to a slave. */
  'ha.transferred': { slave: TEXT, physicalOffset: NUMBER, sizeBytes: NUMBER },
  /** A slave has appended bytes from its master's log to its own log. */
  'ha.appended': { master: TEXT, physicalOffset: NUMBER, sizeBytes: NUMBER },
  /** A master knows that a slave has every byte before `physicalOffset`. */
  'ha.acked': { slave: TEXT, physicalOffset: NUMBER },
  /** A master cannot send its log from the position that a slave requested. */
  'ha.refused': { slave: TEXT, reason: TEXT },
  /** The connection between a master and a slave has ended. `peer` is the address of the other node. */
  'ha.closed': { peer: TEXT, reason: TEXT },
  /** A replica has begun an epoch, or has learned of it. The epoch begins at `physicalOffset` of the log. */
  'epoch.began': { epoch: NUMBER, physicalOffset: NUMBER },
  /**
   * A broker under a controller has accepted its role: `role` is `master` or `slave`. `master` is the address of the master.
   */
  'role.taken': { brokerName: TEXT, role: TEXT, masterEpoch: NUMBER, master: TEXT },
  /** Every member of the in-sync set has every byte before `physicalOffset`. A slave leaves `syncStateSet` empty. */
  'confirm.moved': { physicalOffset: NUMBER, syncStateSet: TEXT },
  /** A replica has removed all bytes from `physicalOffset` on, because its master does not have them. */
  'log.truncated': { physicalOffset: NUMBER, removedBytes: NUMBER },
  /** A message waits until the broker's clock shows `dueMs`. `level` is 0 when the producer chose the time of delivery. */
  'message.delayed': { topic: TEXT, key: TEXT, level: NUMBER, dueMs: NUMBER },
  /** A delayed message is delivered. `queueOffset` is the offset of the message in the queue of its delay level. */
  'message.due': { topic: TEXT, key: TEXT, level: NUMBER, queueOffset: NUMBER },
  /** A slave begins to act as the master of its broker name, because all brokers with a smaller id are gone. */
  'acting.began': { brokerName: TEXT, brokerId: NUMBER },
  /** A slave no longer acts as the master. `minBrokerId` is the smallest live id of its broker name. */
  'acting.ended': { brokerName: TEXT, brokerId: NUMBER, minBrokerId: NUMBER },
  /** A slave that acts as the master has stored a message that is due on another broker. */
  'message.escaped': { topic: TEXT, key: TEXT, brokerName: TEXT, queueId: NUMBER },
  /** A master that starts has fetched from a slave the offsets that are newer than its own. */
  'master.prepared': { slave: TEXT },
  /**
   * A message was put into a slot of the timer wheel. `position` is the position of the message's entry in the timer log. In
   * `magic`, 2 is added when the message will be put into the wheel again later, and 4 when the message recalls another
   * message.
   */
  'timer.placed': { topic: TEXT, key: TEXT, slotMs: NUMBER, position: NUMBER, magic: NUMBER },
  /** The message must wait longer than one turn of the wheel. So the message is put into the wheel again. */
  'timer.rolled': { topic: TEXT, key: TEXT, slotMs: NUMBER },
  /** The producer has recalled its message. The message is not delivered. */
  'message.recalled': { topic: TEXT, key: TEXT, slotMs: NUMBER },
  /**
   * The broker delayed a send by `afterMs`, or refused the send (`afterMs` is -1). `reason` names the limiter of the broker,
   * or says that the broker is busy.
   */
  'send.limited': { topic: TEXT, reason: TEXT, afterMs: NUMBER },
  /**
   * A consumer sent a message back. The broker stored the message in `topic`, the retry topic of the group, for a
   * redelivery.
   */
  'message.retried': { group: TEXT, topic: TEXT, key: TEXT, reconsumeTimes: NUMBER },
  /**
   * A message was not consumed with success after too many deliveries, or a consumer no longer wants it. The broker stored
   * the message in `topic`, the dead-letter topic of the group.
   */
  'message.dead': { group: TEXT, topic: TEXT, key: TEXT, reconsumeTimes: NUMBER },
  /** The broker stored a transactional message. Consumers cannot see this message before its producer commits. */
  'transaction.prepared': { group: TEXT, topic: TEXT, key: TEXT },
  /**
   * The broker asks a producer of the group for the outcome of a transaction. `times` counts the checks. `asked` is the
   * address of the producer, or ''.
   */
  'transaction.checked': {
    group: TEXT,
    topic: TEXT,
    key: TEXT,
    queueOffset: NUMBER,
    times: NUMBER,
    asked: TEXT,
  },
  'transaction.ended': TRANSACTION_END,
  /** The broker ignored a decision about a transaction that had already ended. */
  'transaction.ignored': TRANSACTION_END,
  /**
   * An op message lists half messages that have ended. `queueOffset` is the offset of the op message. `halfOffsets` looks
   * like `17,18,21`.
   */
  'transaction.noted': { queueOffset: NUMBER, halfOffsets: TEXT },
  'queue.locked': { ...GROUP_QUEUE, clientId: TEXT },
  'queue.unlocked': { ...GROUP_QUEUE, clientId: TEXT },
  'pull.answered': { ...GROUP_QUEUE, queueOffset: NUMBER, messages: NUMBER, status: TEXT },
  'pull.held': { ...GROUP_QUEUE, queueOffset: NUMBER },
  'pull.woken': { ...GROUP_QUEUE, queueOffset: NUMBER, reason: TEXT },
  /**
   * A popped message is hidden from the other consumers of the group until the broker's clock shows `visibleAtMs`. The
   * receipt of the message contains `popTime`.
   */
  'message.popped': { ...GROUP_QUEUE, queueOffset: NUMBER, key: TEXT, popTime: NUMBER, visibleAtMs: NUMBER },
  /** A consumer changed the time until which a popped message is hidden. The message has a new receipt. */
  'message.hidden': { ...GROUP_QUEUE, queueOffset: NUMBER, popTime: NUMBER, visibleAtMs: NUMBER },
  /** A consumer acknowledged a popped message. `popTime` is the time of the pop. */
  'message.acked': { ...GROUP_QUEUE, queueOffset: NUMBER, popTime: NUMBER },
  /** A message was not acknowledged in time. A copy is stored in `retryTopic`. */
  'message.revived': {
    ...GROUP_QUEUE,
    queueOffset: NUMBER,
    retryTopic: TEXT,
    key: TEXT,
    reconsumeTimes: NUMBER,
  },
  /**
   * All messages of a pop are acknowledged or revived. The pop had `messages` messages, and `revived` of these messages were
   * not acknowledged in time.
   */
  'checkpoint.settled': { ...GROUP_QUEUE, startOffset: NUMBER, messages: NUMBER, revived: NUMBER },
  /** A pop found no message and waits for one. `queueId` is -1 when the pop waits for a message in any queue. */
  'pop.held': GROUP_QUEUE,
  'pop.woken': { ...GROUP_QUEUE, reason: TEXT },
  'offset.committed': { ...GROUP_QUEUE, queueOffset: NUMBER },
  'consumer.joined': { group: TEXT, clientId: TEXT },
  'consumer.left': { group: TEXT, clientId: TEXT, reason: TEXT },
  'producer.joined': { group: TEXT, clientId: TEXT },
  'producer.left': { group: TEXT, clientId: TEXT, reason: TEXT },
  'broker.registered': { namesrv: TEXT, address: TEXT },

  /** A controller has seen a later term of its Raft group. */
  'term.began': { term: NUMBER },
  /** A controller has cast its vote for `candidate`, and the vote is durable. */
  'vote.cast': { term: NUMBER, candidate: TEXT },
  /** A controller has the votes of a majority, so it is the leader of this term. */
  'leader.elected': { term: NUMBER },
  /** A leader or a candidate became a follower. */
  'leader.resigned': { term: NUMBER, reason: TEXT },
  /** A controller has an entry in its log. `command` is '' for the entry with which a leader begins its term. */
  'raft.appended': { index: NUMBER, term: NUMBER, command: TEXT },
  /** A controller removed the entries from `index` to the end of its log, because its leader has other entries. */
  'raft.cut': { index: NUMBER },
  /** A controller knows that the entries up to `index` are committed. `term` is the term of the entry at `index`. */
  'raft.committed': { index: NUMBER, term: NUMBER },
  /** A snapshot replaced the entries up to `index`. The log ends at `lastIndex`. */
  'raft.compacted': { index: NUMBER, term: NUMBER, lastIndex: NUMBER },
  /**
   * A controller has applied an election. `brokerId` is 0 when the old master is gone and no replica could be elected.
   * `syncStateSet` looks like `1,3`.
   */
  'master.elected': { ...REPLICAS, brokerId: NUMBER },
  /** A controller has applied a change of an in-sync set, or has read the set from a snapshot. */
  'syncset.changed': REPLICAS,
  /** A controller no longer counts a broker as alive. */
  'replica.inactive': { brokerName: TEXT, brokerId: NUMBER, reason: TEXT },

  /** A client has a new route of a topic. */
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
  /** `status` is a SendStatus or `failed: …`. */
  'message.sent': {
    topic: TEXT,
    key: TEXT,
    msgId: TEXT,
    brokerName: TEXT,
    queueId: NUMBER,
    queueOffset: NUMBER,
    status: TEXT,
  },
  /** A producer has executed its local transaction. */
  'transaction.executed': LOCAL_TRANSACTION,
  /** A producer has answered the check of a broker. */
  'transaction.answered': LOCAL_TRANSACTION,
  'message.cached': { ...NAMED_QUEUE, queueOffset: NUMBER, key: TEXT, msgId: TEXT },
  /** The circuit breaker of a listener changed its state to CLOSED, OPEN or HALF_OPEN. */
  'breaker.turned': { group: TEXT, state: TEXT },
  'message.consumed': { ...NAMED_QUEUE, queueOffset: NUMBER, key: TEXT, msgId: TEXT, status: TEXT },
  /** A line that an operator should read. */
  'log.line': { level: TEXT, text: TEXT },
} as const

type ValueOf<T> = T extends typeof NUMBER ? number : string
type FactsOf<Table> = { [K in keyof Table]: { -readonly [F in keyof Table[K]]: ValueOf<Table[K][F]> } }

/** The type of the facts of each told kind. */
export type ToldFacts = FactsOf<typeof TOLD>
/** The type of the facts of each kind. */
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

/** One event of any kind. Compare `kind` to get the type of its fields. */
export type TraceEvent = { [K in EventKind]: TraceEventOf<K> }[EventKind]

/** Reports one event of the node. `facts` holds exactly the fields of the kind. */
export type Emit = <K extends keyof ToldFacts>(kind: K, facts: ToldFacts[K]) => void

/** The functions with which a node reports events and log lines. */
export interface Trace {
  /** Reports an event. `emit` is undefined when nothing reads the event log, so write `emit?.(kind, facts)`. */
  readonly emit: Emit | undefined
  /** Writes a line that an operator should read. When events are recorded, the line is also an event `log.line`. */
  log(level: 'info' | 'warn' | 'error', text: string): void
}

/**
 * Returns true for a kind that a node may report. An untrusted program could use any text as a kind, so the host checks the
 * kind.
 */
export function isTold(kind: string): kind is keyof ToldFacts {
  return Object.hasOwn(TOLD, kind)
}

const FIELDS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({ ...OBSERVED, ...TOLD }).map(([kind, fields]) => [kind, Object.keys(fields)]),
)

/**
 * Adds the fields of `kind` from `facts` to `head`, in the order of `OBSERVED` or `TOLD`, and returns `head`. Ignores all
 * other fields of `facts`.
 */
export function traceEvent(
  head: { n: number; atMs: number; node: string; kind: EventKind; cause: number },
  facts: object,
): TraceEvent {
  const event = head as Record<string, unknown>
  const values = facts as Record<string, unknown>
  for (const field of FIELDS.get(head.kind) ?? []) event[field] = values[field]
  return event as unknown as TraceEvent
}
