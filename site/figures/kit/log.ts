/**
 * A run's log with what can be read off it once, from left to right: which frame carries which messages, which events a
 * reader stops at, which moments the scenario names.
 *
 * Whatever is known of an event is known from the events up to it: a longer log says the same about its beginning.
 */
import type { TraceEvent, TraceEventOf } from '../../../reference/host/trace.ts'
import { Copying } from './copying.ts'
import type { RunLog } from './types.ts'

/** One frame as far as the log tells. */
export interface FrameInfo {
  readonly name: string
  readonly type: string
  /** The frame's code. Of bytes between a master and a slave, which have none: the position that they lead to. */
  readonly code: number
  readonly opaque: number
  /** Keys of the messages it carries or, for the answer to a send, acknowledges. */
  readonly keys: readonly string[]
}

/** Frames worth a stop of their own when they leave. The others are seen, and listed under "all events". */
const TOLD_REQUESTS = new Set([
  'REGISTER_BROKER',
  'GET_ROUTEINFO_BY_TOPIC',
  'SEND_MESSAGE',
  'SEND_MESSAGE_V2',
  'PULL_MESSAGE',
  'CONSUMER_SEND_MSG_BACK',
  'END_TRANSACTION',
  'CHECK_TRANSACTION_STATE',
  'LOCK_BATCH_MQ',
  'ACK_MESSAGE',
])
const TOLD_RESPONSES = new Set(['GET_ROUTEINFO_BY_TOPIC', 'SEND_MESSAGE', 'SEND_MESSAGE_V2'])
const TOLD_KINDS = new Set<TraceEvent['kind']>([
  'script.step',
  'node.started',
  'node.stopped',
  'net.lost',
  'fault.began',
  'fault.healed',
  'app.called',
  'app.handed',
  'route.registered',
  'route.removed',
  'route.updated',
  'record.appended',
  'entry.dispatched',
  'log.flushed',
  'log.rolled',
  'log.recovered',
  'ha.connected',
  'ha.transferred',
  'ha.acked',
  'ha.refused',
  'ha.closed',
  'epoch.began',
  'role.taken',
  'confirm.moved',
  'log.truncated',
  'acting.began',
  'acting.ended',
  'master.prepared',
  'message.escaped',
  'route.fenced',
  'term.began',
  'vote.cast',
  'leader.elected',
  'leader.resigned',
  'raft.appended',
  'raft.cut',
  'raft.committed',
  'master.elected',
  'syncset.changed',
  'replica.inactive',
  'pull.held',
  'pull.woken',
  'offset.committed',
  'consumer.joined',
  'consumer.left',
  'queue.assigned',
  'queue.released',
  'message.sending',
  'message.sent',
  'message.consumed',
  'message.delayed',
  'message.due',
  'message.recalled',
  'message.retried',
  'message.dead',
  'timer.placed',
  'timer.rolled',
  'transaction.prepared',
  'transaction.checked',
  'transaction.ended',
  'transaction.noted',
  'transaction.executed',
  'transaction.answered',
  'transaction.ignored',
  'queue.locked',
  'queue.unlocked',
  'message.popped',
  'message.hidden',
  'message.acked',
  'message.revived',
  'send.limited',
  'breaker.turned',
  'frame.refused',
  'log.line',
])

/** Beats that only say "still here". */
export const HEARTBEAT = 'HEART_BEAT'

export class EventLog {
  readonly run: RunLog
  readonly events: readonly TraceEvent[]
  /** Indexes of the events a step stops at, in order. */
  readonly steps: readonly number[]
  /** Indexes of the scenario's named moments, in order. */
  readonly moments: readonly number[]
  /** Indexes of the events of applications, in order: what the ledger reads. */
  readonly appEvents: readonly number[]
  /** False for the beginning of a run whose later events have not come yet. */
  readonly isWhole: boolean
  readonly #frames = new Map<number, FrameInfo>()
  readonly #keys = new Map<number, readonly string[]>()

  constructor(run: RunLog, isWhole = true) {
    this.run = run
    this.isWhole = isWhole
    this.events = run.events
    const reading = new Reading(this.#frames, this.#keys)
    const steps: number[] = []
    const moments: number[] = []
    const appEvents: number[] = []
    for (const [index, event] of run.events.entries()) {
      reading.read(event)
      if (event.kind === 'script.step') moments.push(index)
      if (event.kind.startsWith('app.')) appEvents.push(index)
      if (this.#isStep(event)) steps.push(index)
    }
    this.steps = steps
    this.moments = moments
    this.appEvents = appEvents
  }

  /** The event numbered `n`. */
  event(n: number): TraceEvent | undefined {
    return this.events[this.indexOf(n)]
  }

  /** Where the event numbered `n` stands; -1 when it is not in this log. Numbers have gaps where not every kind is recorded. */
  indexOf(n: number): number {
    if (this.events[n - 1]?.n === n) return n - 1
    let [low, high] = [0, this.events.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.events[middle]!.n < n) low = middle + 1
      else high = middle
    }
    return this.events[low]?.n === n ? low : -1
  }

  /** The frame of a `frame.sent`, `frame.received`, `net.sent`, `net.delivered` or `net.lost`. */
  frame(n: number): FrameInfo | undefined {
    return this.#frames.get(n)
  }

  /** Keys of the messages an event is about. */
  keys(event: TraceEvent): readonly string[] {
    return this.#keys.get(event.n) ?? this.#frames.get(event.n)?.keys ?? []
  }

  #isStep(event: TraceEvent): boolean {
    if (TOLD_KINDS.has(event.kind)) return true
    if (event.kind === 'net.opened') {
      const opener = this.event(event.cause)
      return opener !== undefined && opener.node === event.node
    }
    if (event.kind !== 'net.sent') return false
    const frame = this.#frames.get(event.n)
    if (frame === undefined) return false
    if (frame.type === 'response')
      return TOLD_RESPONSES.has(frame.name) || (frame.name === 'PULL_MESSAGE' && frame.keys.length > 0)
    return TOLD_REQUESTS.has(frame.name)
  }
}

/** Reads events one by one and notes what frames and events carry. */
class Reading {
  readonly #frames: Map<number, FrameInfo>
  readonly #keys: Map<number, readonly string[]>
  readonly #requests = new Map<string, FrameInfo>()
  readonly #appended = new Map<string, string>()
  #sending: TraceEventOf<'message.sending'> | undefined
  #answered: TraceEventOf<'pull.answered'> | undefined
  readonly #copying = new Copying()

  constructor(frames: Map<number, FrameInfo>, keys: Map<number, readonly string[]>) {
    this.#frames = frames
    this.#keys = keys
  }

  read(event: TraceEvent): void {
    this.#copying.read(event)
    switch (event.kind) {
      case 'message.sending':
        this.#sending = event
        this.#keys.set(event.n, [event.key])
        break
      case 'pull.answered':
        this.#answered = event
        this.#keys.set(event.n, this.#pulled(event))
        break
      case 'record.appended':
        this.#appended.set(place(event.node, event.topic, event.queueId, event.queueOffset), event.key)
        this.#keys.set(event.n, [event.key])
        break
      case 'entry.dispatched':
        this.#keys.set(event.n, this.#at(event.node, event.topic, event.queueId, event.queueOffset))
        break
      case 'message.sent':
      case 'message.cached':
      case 'message.consumed':
        this.#keys.set(event.n, [event.key])
        break
      case 'app.called':
      case 'app.handed':
        this.#keys.set(event.n, keyOf(event.text))
        break
      case 'frame.sent':
        this.#frames.set(event.n, this.#frameSent(event))
        break
      case 'frame.received':
        this.#frames.set(event.n, this.#frameReceived(event))
        break
      case 'net.sent':
      case 'net.delivered':
      case 'net.lost': {
        const own = event.kind === 'net.sent' ? this.#copying.frame(event) : undefined
        const frame = own ?? this.#frames.get(event.cause)
        if (frame !== undefined) this.#frames.set(event.n, frame)
        break
      }
    }
  }

  #frameSent(event: TraceEventOf<'frame.sent'>): FrameInfo {
    const id = `${event.connection}:${event.opaque}`
    const { name, type, code, opaque } = event
    let keys: readonly string[] = []
    if (type === 'response') {
      const request = this.#requests.get(id)
      const answered = this.#answered
      if (name === 'PULL_MESSAGE' && code === 0 && answered?.node === event.node) keys = this.#pulled(answered)
      else if (request !== undefined) keys = request.keys
      this.#requests.delete(id)
    } else if (name.startsWith('SEND_MESSAGE') && this.#sending?.node === event.node) keys = [this.#sending.key]
    const frame = { name, type, code, opaque, keys }
    if (type === 'request') this.#requests.set(id, frame)
    return frame
  }

  #frameReceived(event: TraceEventOf<'frame.received'>): FrameInfo {
    const sent = this.#frames.get(event.cause)
    const { name, type, code, opaque } = event
    return sent?.opaque === opaque && sent.name === name ? sent : { name, type, code, opaque, keys: [] }
  }

  #pulled({ node, topic, queueId, queueOffset, messages }: TraceEventOf<'pull.answered'>): readonly string[] {
    const keys: string[] = []
    for (let i = 0; i < messages; i++) keys.push(...this.#at(node, topic, queueId, queueOffset + i))
    return keys
  }

  #at(node: string, topic: string, queueId: number, queueOffset: number): readonly string[] {
    const key = this.#appended.get(place(node, topic, queueId, queueOffset))
    return key === undefined ? [] : [key]
  }
}

function place(node: string, topic: string, queueId: number, queueOffset: number): string {
  return `${node}/${topic}/${queueId}/${queueOffset}`
}

/** The key in a script's message text. */
function keyOf(text: string): readonly string[] {
  const match = /"key":"([^"\\]+)"/.exec(text)
  return match === null ? [] : [match[1]!]
}
