/**
 * The one log of events: what happened in a cluster, in order, as plain data.
 *
 * Figures, checks, minimised failures, the words a screen reader speaks and the command line's `--trace` all read this
 * log and nothing else. An event is emitted at exactly one place in the source. Values are whole numbers and strings, in
 * the field order of the interfaces below, so that logs of the same run are equal byte for byte in every engine.
 *
 * | field  | meaning                                                                                   |
 * | ------ | ----------------------------------------------------------------------------------------- |
 * | n      | position in the log, from 1; several events may share one time                             |
 * | atMs   | true virtual time (or wall time), milliseconds since the run began                          |
 * | node   | who it happened to; '' for the world itself                                                |
 * | kind   | one of the kinds below                                                                      |
 * | cause  | `n` of the event that led to this one; 0 when time or the script did                        |
 *
 * Two families. *Observed* events are the host's own: bytes on wires, bytes on disks, what crossed to the application.
 * *Told* events are what a node says about itself. Only observed events are evidence in a check (`isObserved`).
 *
 * Change a kind and you change figures, claims and links: raise TRACE_VERSION and say so in the changelog.
 */

/** Version of the kinds and fields below; part of every stored log and link. */
export const TRACE_VERSION = 1

/** Facts of the events that the host itself observed. */
export interface ObservedFacts {
  'node.started': { program: string }
  'node.ready': Record<never, never>
  /** `how`: returned, failed, killed, powercut, runaway. `reason` is '' or a sentence. */
  'node.stopped': { how: string; reason: string }
  'net.listening': { address: string }
  'net.connecting': { connection: number; to: string }
  'net.opened': { connection: number; peer: string; localAddress: string; remoteAddress: string }
  /** Bytes leave. `arrivesMs` is the planned arrival: a loss is a later event of its own. `payload` is base64. */
  'net.sent': { connection: number; peer: string; sizeBytes: number; arrivesMs: number; payload: string }
  'net.delivered': { connection: number; peer: string; sizeBytes: number }
  /** Bytes that were on the way and will not arrive: the node died, the link broke. */
  'net.lost': { connection: number; peer: string; sizeBytes: number; reason: string }
  'net.closed': { connection: number; peer: string; reason: string }
  'disk.written': { path: string; atBytes: number; sizeBytes: number; payload: string }
  'disk.resized': { path: string; sizeBytes: number }
  'disk.synced': { path: string; sizeBytes: number; error: string }
  'disk.removed': { path: string }
  'disk.renamed': { path: string; to: string }
  /** A power cut took writes that were never synced. */
  'disk.lost': { path: string; sizeBytes: number }
  /** `fault` is its kind, `text` its JSON; `id` is repeated when it heals. */
  'fault.began': { id: number; fault: string; text: string }
  'fault.healed': { id: number; fault: string }
  /** The application called the node (`send`), and the answer. */
  'app.called': { call: number; name: string; text: string }
  'app.answered': { call: number; name: string; text: string; error: string }
  /** The node handed something to the application (`message`), and what the application said. */
  'app.handed': { call: number; name: string; text: string }
  'app.replied': { call: number; name: string; text: string }
  /** A line of the scenario, in words, for the time bar: "kill broker-a". */
  'script.step': { text: string }
}

/** Facts of the events that nodes tell about themselves. */
export interface ToldFacts {
  /** `type`: request, oneway or response. `code` is the request code, or for a response its response code; `name` names the request either way. */
  'frame.sent': { connection: number; opaque: number; type: string; code: number; name: string; sizeBytes: number }
  'frame.received': { connection: number; opaque: number; type: string; code: number; name: string; sizeBytes: number }
  /** A frame that could not be read; the connection is closed. */
  'frame.refused': { connection: number; reason: string }

  /** NameServer: a broker's registration came in, changed or not. */
  'route.registered': { brokerName: string; brokerId: number; address: string; topics: number }
  'route.removed': { brokerName: string; brokerId: number; address: string; reason: string }

  'topic.created': { topic: string; readQueueNums: number; writeQueueNums: number }
  'record.appended': {
    topic: string
    queueId: number
    queueOffset: number
    physicalOffset: number
    sizeBytes: number
    key: string
  }
  'entry.dispatched': { topic: string; queueId: number; queueOffset: number; physicalOffset: number; sizeBytes: number }
  /** Everything before `physicalOffset` is durable. */
  'log.flushed': { physicalOffset: number }
  'log.rolled': { file: string }
  'log.recovered': { clean: number; physicalOffset: number; records: number; removedBytes: number }
  /** A message waits; `level` 0: for a time of its own. `dueMs` is the broker's own time at which it will be delivered. */
  'message.delayed': { topic: string; key: string; level: number; dueMs: number }
  /** Its time has come; `queueOffset` is its place among those of its level that waited. */
  'message.due': { topic: string; key: string; level: number; queueOffset: number }
  /** It has its place in the timer wheel: slot, position in the timer log; `magic` bits: 2 it will be rolled, 4 it takes one back. */
  'timer.placed': { topic: string; key: string; slotMs: number; position: number; magic: number }
  /** Its time lay beyond the wheel's window: it is entered once more. */
  'timer.rolled': { topic: string; key: string; slotMs: number }
  /** Its producer has taken it back: it is not delivered. */
  'message.recalled': { topic: string; key: string; slotMs: number }
  /** A send was refused (`afterMs` -1) or held back by the broker's limiter, or refused because the broker is too busy. */
  'send.limited': { topic: string; reason: string; afterMs: number }
  /** A consumer gave a message back, and it is stored: its group gets it again. `topic`: the group's retry topic. */
  'message.retried': { group: string; topic: string; key: string; reconsumeTimes: number }
  /** A message came back too often, or its consumer gave it up, and it is stored. `topic`: the group's dead-letter topic. */
  'message.dead': { group: string; topic: string; key: string; reconsumeTimes: number }
  /** A transactional message waits: nobody sees it before its producer commits. */
  'transaction.prepared': { group: string; topic: string; key: string }
  /** A producer of the group is asked what became of it, for the `times`th time. `asked`: its address, '' when nobody is there. */
  'transaction.checked': {
    group: string
    topic: string
    key: string
    queueOffset: number
    times: number
    asked: string
  }
  'transaction.ended': TransactionEnd
  /** A decision about a transaction that has ended: nothing is changed. */
  'transaction.ignored': TransactionEnd
  /** The op queue says which half messages are done; `queueOffset` is the note's own, `halfOffsets` is `17,18,21`. */
  'transaction.noted': { queueOffset: number; halfOffsets: string }
  'queue.locked': { group: string; topic: string; queueId: number; clientId: string }
  'queue.unlocked': { group: string; topic: string; queueId: number; clientId: string }
  'pull.answered': {
    group: string
    topic: string
    queueId: number
    queueOffset: number
    messages: number
    status: string
  }
  'pull.held': { group: string; topic: string; queueId: number; queueOffset: number }
  'pull.woken': { group: string; topic: string; queueId: number; queueOffset: number; reason: string }
  /** A popped message is its member's alone until `visibleAtMs`, by the broker's clock. `popTime` is part of its receipt. */
  'message.popped': {
    group: string
    topic: string
    queueId: number
    queueOffset: number
    key: string
    popTime: number
    visibleAtMs: number
  }
  /** It is hidden until another time, under a receipt of its own. */
  'message.hidden': {
    group: string
    topic: string
    queueId: number
    queueOffset: number
    popTime: number
    visibleAtMs: number
  }
  /** The pop of `popTime` is over for this message: it is consumed. */
  'message.acked': { group: string; topic: string; queueId: number; queueOffset: number; popTime: number }
  /** Nobody has acknowledged it in time: a copy goes to `retryTopic`. */
  'message.revived': {
    group: string
    topic: string
    queueId: number
    queueOffset: number
    retryTopic: string
    key: string
    reconsumeTimes: number
  }
  /** A pop is over: of its `messages`, `revived` were not acknowledged. */
  'checkpoint.settled': {
    group: string
    topic: string
    queueId: number
    startOffset: number
    messages: number
    revived: number
  }
  /** A pop that finds nothing waits; queue -1: for any. */
  'pop.held': { group: string; topic: string; queueId: number }
  'pop.woken': { group: string; topic: string; queueId: number; reason: string }
  'offset.committed': { group: string; topic: string; queueId: number; queueOffset: number }
  'consumer.joined': { group: string; clientId: string }
  'consumer.left': { group: string; clientId: string; reason: string }
  'producer.joined': { group: string; clientId: string }
  'producer.left': { group: string; clientId: string; reason: string }
  'broker.registered': { namesrv: string; address: string }

  /** Client: what it now knows about a topic. */
  'route.updated': { topic: string; brokers: string; queues: number }
  'queue.assigned': { group: string; topic: string; brokerName: string; queueId: number }
  'queue.released': { group: string; topic: string; brokerName: string; queueId: number }
  'message.sending': { topic: string; key: string; msgId: string; brokerName: string; queueId: number; attempt: number }
  /** `status`: a SendStatus, or `failed: …`. */
  'message.sent': {
    topic: string
    key: string
    msgId: string
    brokerName: string
    queueId: number
    queueOffset: number
    status: string
  }
  /** Producer: what its local transaction came to, and what it says when it is asked. `state`: COMMIT_MESSAGE, ROLLBACK_MESSAGE, UNKNOW. */
  'transaction.executed': { group: string; topic: string; key: string; msgId: string; state: string }
  'transaction.answered': { group: string; topic: string; key: string; msgId: string; state: string }
  'message.cached': {
    group: string
    topic: string
    brokerName: string
    queueId: number
    queueOffset: number
    key: string
    msgId: string
  }
  /** A circuit breaker around a listener: CLOSED, OPEN, HALF_OPEN. */
  'breaker.turned': { group: string; state: string }
  'message.consumed': {
    group: string
    topic: string
    brokerName: string
    queueId: number
    queueOffset: number
    key: string
    msgId: string
    status: string
  }
  /** Anything worth a line in a log. */
  'log.line': { level: string; text: string }
}

interface TransactionEnd {
  group: string
  topic: string
  key: string
  queueOffset: number
  /** committed, rolled back, given up, gone */
  outcome: string
  /** 1 when a check brought it about. */
  fromCheck: number
}

export type EventFacts = ObservedFacts & ToldFacts
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

/** What a node emits to. Test `on` first when making the facts costs anything. */
export interface Trace {
  readonly on: boolean
  emit<K extends keyof ToldFacts>(kind: K, facts: ToldFacts[K]): void
  /** Something an operator should read, whether anybody traces or not; in a recorded run it is a `log.line`. */
  log(level: 'info' | 'warn' | 'error', text: string): void
}

const OBSERVED_PREFIXES = ['node.', 'net.', 'disk.', 'fault.', 'app.', 'script.']

/** True for events that are evidence: seen by the host, not told by the node. */
export function isObserved(
  event: TraceEvent,
): event is { [K in keyof ObservedFacts]: TraceEventOf<K> }[keyof ObservedFacts] {
  return OBSERVED_PREFIXES.some((prefix) => event.kind.startsWith(prefix))
}
