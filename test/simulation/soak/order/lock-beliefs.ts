/**
 * Who believes in the lock of a queue, by what was written on the wire: two members must never do so at the same time (I15).
 *
 * | a belief              | when                                                                              |
 * | --------------------- | --------------------------------------------------------------------------------- |
 * | begins, or is renewed | a LOCK_BATCH_MQ is answered and the answer names the queue; it counts from the question |
 * | ends                  | after 30 s; with an answer that leaves the queue out; with an UNLOCK_BATCH_MQ; with `queue.released`; with its owner |
 *
 * A broker that has ended has forgotten its locks. Where it does not rest afterwards (`glassmqLockGrace`), a belief of its last
 * life may stand beside one of the next: RocketMQ's own gap, and the only one.
 */
import { decodeBase64 } from '../../../../reference/common/base64.ts'
import type { MessageQueue } from '../../../../reference/common/message.ts'
import type { TraceEvent, TraceEventOf } from '../../../../reference/host/trace.ts'
import { decodeJsonBody } from '../../../../reference/remoting/bodies/json-body.ts'
import { decodeFrame } from '../../../../reference/remoting/frame-codec.ts'
import { lockBatchAnswerShape, lockBatchBodyShape } from '../../../../reference/remoting/requests/lock-batch.ts'
import { TOPIC } from '../mechanism/stage.ts'
import { demand } from '../violation.ts'

/** `rebalance.lockMaxLiveTime` of a client. */
export const BELIEVED_MS = 30_000
/** A queue whose lock is lost is given up when its message is done, which may take 45 s, or the member stands still so long. */
const GIVEN_UP_WITHIN_MS = 60_000

interface Belief {
  readonly sinceMs: number
  /** Which life of the broker has given it. */
  readonly life: number
}

/** A LOCK_BATCH_MQ on its way. */
interface Question {
  readonly node: string
  /** Without those that its member has given up since: it passes over what the answer says of them. */
  readonly queues: Set<string>
  readonly askedMs: number
  locked: ReadonlySet<string>
  life: number
}

/** Those of the topic, as `broker/id`. */
const ownQueues = (queues: readonly MessageQueue[]): readonly string[] =>
  queues.filter(({ topic }) => topic === TOPIC).map(({ brokerName, queueId }) => `${brokerName}/${queueId}`)

export class LockBeliefs {
  readonly #hasGrace: boolean
  /** By queue (`broker/id`), then by member. */
  readonly #beliefs = new Map<string, Map<string, Belief>>()
  /** By connection and opaque. */
  readonly #questions = new Map<string, Question>()
  /** Frames about locks that were told and are on the wire next, by who writes them. */
  readonly #leaving = new Map<string, TraceEventOf<'frame.sent'>>()
  readonly #lives = new Map<string, number>()
  /** When the belief of a member in a queue ended last by what somebody said, as `queue node`. */
  readonly #endedMs = new Map<string, number>()
  /** Locks that an answer took from a member which must give the queue up, as `queue node`: since when. */
  readonly #takenMs = new Map<string, number>()
  /** When an answer last left a queue out that a member had, as `queue node`. */
  readonly #lostMs = new Map<string, number>()
  /** Beliefs that stood beside another. */
  shared = 0
  /** Answers that named a queue. */
  confirmed = 0

  constructor(hasGrace: boolean) {
    this.#hasGrace = hasGrace
  }

  /** Throws a `Violation` when a second member begins to believe. */
  hear(event: TraceEvent): void {
    this.#demandGivenUp(event.atMs)
    if (event.kind === 'frame.sent' && event.name.endsWith('LOCK_BATCH_MQ')) this.#leaving.set(event.node, event)
    else if (event.kind === 'net.sent') this.#written(event)
    else if (event.kind === 'frame.received' && event.name === 'LOCK_BATCH_MQ' && event.type === 'response')
      this.#answered(event)
    else if (event.kind === 'queue.released' && event.topic === TOPIC)
      this.#giveUp(event.node, `${event.brokerName}/${event.queueId}`, event.atMs)
    else if (event.kind === 'node.stopped') this.#stopped(event.node)
  }

  /** Whether a member believes in the lock of a queue now. */
  believes(node: string, queue: string, nowMs: number): boolean {
    const belief = this.#beliefs.get(queue)?.get(node)
    return belief !== undefined && nowMs - belief.sinceMs <= BELIEVED_MS
  }

  /**
   * Whether a member that has handled a message since `sinceMs` lost the lock meanwhile, by no act of its own: it could not
   * confirm the lock for so long that it believes in it no more, or an answer has left the queue out.
   */
  hasLost(node: string, queue: string, sinceMs: number, nowMs: number): boolean {
    const belief = this.#beliefs.get(queue)?.get(node)
    const hasRunOut = belief !== undefined && nowMs - belief.sinceMs > BELIEVED_MS
    return hasRunOut || (this.#lostMs.get(`${queue} ${node}`) ?? -1) >= sinceMs
  }

  /**
   * Whether a member may handle a message of a queue that was handed to it at `atMs`. What is read in the same millisecond may
   * end the belief before the application sees the message, and after it was handed over.
   */
  mayHandle(node: string, queue: string, atMs: number): boolean {
    return this.believes(node, queue, atMs) || this.#endedMs.get(`${queue} ${node}`) === atMs
  }

  #written({ node, connection, payload, atMs }: TraceEventOf<'net.sent'>): void {
    const told = this.#leaving.get(node)
    if (told?.connection !== connection) return
    this.#leaving.delete(node)
    const { body } = decodeFrame(decodeBase64(payload))
    const id = `${connection}:${told.opaque}`
    if (told.type === 'response') return this.#answering(node, id, body)
    const { mqSet } = decodeJsonBody(told.name, body, lockBatchBodyShape)
    const queues = ownQueues(mqSet)
    if (told.name === 'UNLOCK_BATCH_MQ') for (const queue of queues) this.#giveUp(node, queue, atMs)
    else this.#questions.set(id, { node, queues: new Set(queues), askedMs: atMs, locked: new Set(), life: 0 })
  }

  #demandGivenUp(nowMs: number): void {
    for (const [who, atMs] of this.#takenMs)
      demand(
        nowMs - atMs <= GIVEN_UP_WITHIN_MS,
        'locks',
        () => `the lock of ${who} was lost at ${atMs} ms, and the queue is kept`,
      )
  }

  #giveUp(node: string, queue: string, atMs: number): void {
    this.#takenMs.delete(`${queue} ${node}`)
    this.#end(node, queue, atMs)
    for (const question of this.#questions.values()) if (question.node === node) question.queues.delete(queue)
  }

  #end(node: string, queue: string, atMs: number): void {
    if (this.believes(node, queue, atMs)) this.#endedMs.set(`${queue} ${node}`, atMs)
    this.#beliefs.get(queue)?.delete(node)
  }

  #answering(broker: string, id: string, body: Uint8Array | undefined): void {
    const question = this.#questions.get(id)
    if (question === undefined || body === undefined) return
    const { lockOKMQSet } = decodeJsonBody('LOCK_BATCH_MQ', body, lockBatchAnswerShape)
    question.locked = new Set(ownQueues(lockOKMQSet))
    question.life = this.#lives.get(broker) ?? 0
  }

  /** An answer that comes too late is not asked for any more, and changes nothing. */
  #answered({ node, connection, opaque, atMs }: TraceEventOf<'frame.received'>): void {
    const question = this.#questions.get(`${connection}:${opaque}`)
    this.#questions.delete(`${connection}:${opaque}`)
    for (const queue of question?.queues ?? []) {
      const members = this.#beliefs.get(queue) ?? new Map<string, Belief>()
      this.#beliefs.set(queue, members)
      const sinceMs = Math.max(question!.askedMs, members.get(node)?.sinceMs ?? 0)
      if (!question!.locked.has(queue)) {
        if (this.believes(node, queue, atMs)) this.#takenMs.set(`${queue} ${node}`, atMs)
        if (members.has(node)) this.#lostMs.set(`${queue} ${node}`, atMs)
        this.#end(node, queue, atMs)
      } else this.#believe(queue, node, { sinceMs, life: question!.life }, atMs)
    }
  }

  #believe(queue: string, node: string, belief: Belief, nowMs: number): void {
    this.confirmed++
    this.#beliefs.get(queue)!.set(node, belief)
    for (const [other, { life, sinceMs }] of this.#beliefs.get(queue)!) {
      if (other === node || !this.believes(other, queue, nowMs) || !this.believes(node, queue, nowMs)) continue
      this.shared++
      demand(
        !this.#hasGrace && life !== belief.life,
        'locks',
        () =>
          `${queue}: the broker gives ${node} the lock, which ${other} asked for ${nowMs - sinceMs} ms ago and believes in`,
      )
    }
  }

  #stopped(node: string): void {
    this.#lives.set(node, (this.#lives.get(node) ?? 0) + 1)
    this.#leaving.delete(node)
    for (const members of this.#beliefs.values()) members.delete(node)
    for (const who of [...this.#takenMs.keys()]) if (who.endsWith(` ${node}`)) this.#takenMs.delete(who)
  }
}
