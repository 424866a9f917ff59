/**
 * What brokers promise about popped messages, judged by their events as they happen.
 *
 * | promise                                                                          | judged at            |
 * | -------------------------------------------------------------------------------- | -------------------- |
 * | a message leaves when its check point is as safe as the setting promises           | message.popped       |
 * | a place of a queue is handed out once; what comes again lies in a retry topic      | message.popped       |
 * | nobody gets a message while it is somebody's, or after it was acknowledged in time | message.revived      |
 * | the revive offset stands at check points only                                      | offset.committed     |
 * | a retry topic that holds messages is never forgotten                               | topic.created        |
 */
import type { TraceEvent, TraceEventOf } from '../../../../reference/host/trace.ts'
import { demand } from '../violation.ts'
import { REVIVE_GROUP, REVIVE_TOPIC } from './revived-in-log.ts'

/** How long a broker waits for its disk. */
const SYNC_FLUSH_TIMEOUT_MS = 5_000
/** When virtual time begins, by every clock that is right. */
const START_MS = 1_704_067_200_000

/** Where a message lies. */
export interface Place {
  readonly node: string
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
}

const placeOf = ({ node, topic, queueId, queueOffset }: Place) => `${node}/${topic}/${queueId}/${queueOffset}`

export class PopPromises {
  readonly #isBroker: (node: string) => boolean
  readonly #isSyncFlush: boolean
  /** Keys by `broker/topic/queueId/offset`, as they were popped. */
  readonly #keys = new Map<string, string>()
  /** By place: until when somebody has the message, by the clock of an undisturbed broker. */
  readonly #leases = new Map<string, number[]>()
  /** Check points in the logs: where each ends, and when it was put, by `broker/topic@queueId@popTime`. */
  readonly #checkPoints = new Map<string, { readonly end: number; readonly atMs: number }>()
  /** What lies in revive queues, by `broker/queueId/offset`: keys that tell check points from acknowledgements. */
  readonly #reviveEntries = new Map<string, string>()
  /** Retry topics that hold a message, by broker. */
  readonly #revivedInto = new Set<string>()
  readonly #started = new Map<string, number>()
  /** How far each broker's log is durable. */
  readonly #flushed = new Map<string, number>()
  /** How often what happened, by `broker/what`. */
  readonly #moments = new Map<string, number>()
  /** A broker that dies or has another time may hand out again what it had handed out. */
  #isDisturbed = false
  popped = 0
  revived = 0
  acked = 0

  constructor(isBroker: (node: string) => boolean, isSyncFlush: boolean) {
    this.#isBroker = isBroker
    this.#isSyncFlush = isSyncFlush
  }

  /** From now on what was handed out may be handed out again. */
  disturb(): void {
    this.#isDisturbed = true
  }

  /** The key of the message that was popped from there. */
  keyAt(place: Place): string | undefined {
    return this.#keys.get(placeOf(place))
  }

  /** How many messages of a broker were popped, or revived. */
  moments(broker: string, what: 'popped' | 'revived'): number {
    return this.#moments.get(`${broker}/${what}`) ?? 0
  }

  /** Throws a `Violation`. */
  hear(event: TraceEvent): void {
    if (event.kind === 'fault.began') {
      const { node, kind } = JSON.parse(event.text) as { node?: string; kind?: string }
      if (kind === 'clock' && this.#isBroker(node ?? '')) this.#isDisturbed = true
    } else if (event.kind === 'node.stopped' && this.#isBroker(event.node)) this.#isDisturbed = true
    else if (event.kind === 'node.started') this.#started.set(event.node, event.atMs)
    else if (event.kind === 'message.popped') this.#hearPopped(event)
    else if (event.kind === 'message.hidden') this.#hearEnd(event, event.visibleAtMs)
    else if (event.kind === 'message.acked') this.#hearAcked(event)
    else if (event.kind === 'message.revived') this.#hearRevived(event)
    else if (event.kind === 'log.flushed') this.#flushed.set(event.node, event.physicalOffset)
    else if (event.kind === 'record.appended') this.#hearAppended(event)
    else if (event.kind === 'offset.committed' && event.group === REVIVE_GROUP) this.#hearReviveOffset(event)
    else if (event.kind === 'topic.created') this.#hearCreated(event)
  }

  #count(node: string, what: 'popped' | 'revived'): void {
    this.#moments.set(`${node}/${what}`, this.moments(node, what) + 1)
  }

  // #region check-points
  #hearAppended({ node, topic, queueId, queueOffset, key, ...event }: TraceEventOf<'record.appended'>): void {
    if (topic === REVIVE_TOPIC) this.#reviveEntries.set(`${node}/${queueId}/${queueOffset}`, key)
    if (!key.endsWith('@ck')) return
    const [from, fromQueue, , , popTime] = key.split('@')
    const name = `${node}/${from}@${fromQueue}@${popTime}`
    const { physicalOffset, sizeBytes, atMs } = event
    if (!this.#checkPoints.has(name)) this.#checkPoints.set(name, { end: physicalOffset + sizeBytes, atMs })
  }

  /** The last entry that is settled, not the next one. */
  #hearReviveOffset({ node, queueId, queueOffset }: TraceEventOf<'offset.committed'>): void {
    const key = this.#reviveEntries.get(`${node}/${queueId}/${queueOffset}`) ?? 'nothing'
    const where = `${node} revive queue ${queueId}`
    demand(key.endsWith('@ck'), 'revive', () => `${where}: the offset is ${queueOffset}, and there lies ${key}`)
  }

  #hearCreated({ node, topic }: TraceEventOf<'topic.created'>): void {
    const isNew = !this.#revivedInto.has(`${node}/${topic}`)
    demand(isNew, 'revive', () => `${node} has messages in ${topic} and forgot it`)
  }

  /** A flush may take five seconds at most, a start too. */
  #demandStored({ node, key, topic, queueId, popTime, atMs }: TraceEventOf<'message.popped'>): void {
    const ck = this.#checkPoints.get(`${node}/${topic}@${queueId}@${popTime}`)
    const isSafe = ck !== undefined && (this.#flushed.get(node) ?? 0) >= ck.end
    const startedMs = this.#started.get(node) ?? 0
    const waitsForStart = ck !== undefined && ck.atMs - startedMs < SYNC_FLUSH_TIMEOUT_MS
    const isLate = ck !== undefined && atMs - (waitsForStart ? startedMs : ck.atMs) >= SYNC_FLUSH_TIMEOUT_MS
    const mayLeave = ck !== undefined && (!this.#isSyncFlush || isSafe || isLate)
    demand(mayLeave, 'revive', () => `${key} left ${node} before its check point was stored`)
  }
  // #endregion check-points

  // #region leases
  #hearPopped(event: TraceEventOf<'message.popped'>): void {
    this.popped++
    this.#count(event.node, 'popped')
    this.#demandStored(event)
    const place = placeOf(event)
    const isFirst = !this.#keys.has(place)
    this.#keys.set(place, event.key)
    demand(isFirst || this.#isDisturbed, 'invisible', () => `${place} was popped twice`)
    this.#leases.set(place, [...(this.#leases.get(place) ?? []), event.visibleAtMs])
  }

  #hearAcked(event: TraceEventOf<'message.acked'>): void {
    this.acked++
    this.#hearEnd(event)
  }

  /** Acknowledged, or hidden until another time: what was promised until now and is not over counts no more. */
  #hearEnd(event: Place & { readonly atMs: number }, nextMs?: number): void {
    const place = placeOf(event)
    const over = (this.#leases.get(place) ?? []).filter((visibleAtMs) => visibleAtMs <= START_MS + event.atMs)
    this.#leases.set(place, nextMs === undefined ? over : [...over, nextMs])
  }

  #hearRevived(event: TraceEventOf<'message.revived'>): void {
    this.revived++
    this.#count(event.node, 'revived')
    this.#revivedInto.add(`${event.node}/${event.retryTopic}`)
    const place = placeOf(event)
    const nowMs = START_MS + event.atMs
    const leases = this.#leases.get(place) ?? []
    const ended = leases.findIndex((visibleAtMs) => visibleAtMs <= nowMs)
    demand(ended >= 0 || this.#isDisturbed, 'invisible', () =>
      leases.length === 0
        ? `${event.key} (${place}) was acknowledged in time, and came again`
        : `${event.key} (${place}) came again at ${nowMs}, and somebody has it until ${leases[0]}`,
    )
    leases.splice(Math.max(ended, 0), 1)
  }
  // #endregion leases
}
