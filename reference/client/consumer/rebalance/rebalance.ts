/**
 * Rebalance: finds out which queues belong to this member, begins to pull the new queues, and gives up the other queues.
 *
 * | mode         | this member's queues                                           | before the first pull          |
 * | ------------ | -------------------------------------------------------------- | ------------------------------ |
 * | clustering   | its share; every member computes it from the same lists      | the offset the group has stored |
 * | by a broker  | the broker's answer, to pull or to pop (`broker-assignment.ts`) | the same; no offset for popped queues |
 * | orderly      | its share, as in clustering                                     | the queue's lock, then the offset |
 * | broadcasting | all queues                                                      | the offset in a local file    |
 * | by hand      | the queues that were chosen                                     | the offset the group has stored |
 *
 * A rebalance runs at the start, when the group or a route changes, and every 20 s. A rebalance also runs after one second
 * when a list of members, a lock or an offset is missing.
 *
 * Invariants:
 * - A queue has at most one pull loop in this consumer.
 * - A queue that is being given up does not begin again before the listener has finished.
 * - Only queues of the last rebalance begin.
 *
 * RocketMQ: `RebalanceImpl`, `RebalancePushImpl`, `RebalanceService`.
 */

import type { AllocateStrategy } from '../../../common/allocate/allocate-strategy.ts'
import { compareQueues, type MessageQueue, queueKey } from '../../../common/message.ts'
import type { TimerId } from '../../../host/host.ts'
import { consumerIdListShape } from '../../../remoting/bodies/heartbeat.ts'
import { readJsonBody } from '../../../remoting/bodies/json-body.ts'
import { getConsumerListByGroup } from '../../../remoting/requests/client-manage.ts'
import { ResponseCode } from '../../../remoting/response-code.ts'
import { type ClientInstance, readQueues } from '../../client-instance.ts'
import * as limits from '../../limits.ts'
import type { QueueLocks } from '../listen/queue-locks.ts'
import type { ConsumeService } from '../pull/listener.ts'
import { PullLoop, type PullLoopOwner } from '../pull/pull-loop.ts'
import type { BrokerAssignment } from './broker-assignment.ts'
import { firstOffset, type StartingPoint } from './first-offset.ts'

/** The parts of the consumer that a rebalance needs. */
export interface RebalanceSettings extends StartingPoint {
  readonly isBroadcasting: boolean
  /** The strategy by which the group shares the queues. All members must use the same strategy. */
  readonly strategy: AllocateStrategy
  readonly service: ConsumeService
  /** Set only for orderly consumers that share the queues in a group. */
  readonly locks: QueueLocks | undefined
  readonly topics: () => Iterable<string>
  /** Set when a broker assigns the queues. The broker may then let members pop queues. */
  readonly assignment?: BrokerAssignment | undefined
  /** The queues of a topic that the application has chosen by hand. Undefined when the group shares the queues. */
  readonly chosen?: (topic: string) => readonly MessageQueue[] | undefined
}

/** The queues of one consumer: the queues that it pulls, begins and gives up. */
export class Rebalance {
  readonly #instance: ClientInstance
  readonly #owner: PullLoopOwner
  readonly #settings: RebalanceSettings
  readonly #loops = new Map<string, PullLoop>()
  /** The queues of this member by topic, according to the last rebalance. */
  readonly #mine = new Map<string, ReadonlySet<string>>()
  /** Queues that begin now; the lock or the first offset is not known yet. */
  readonly #starting = new Map<string, MessageQueue>()
  /** Queues that are being given up while the listener may still have one of their messages. */
  readonly #leaving = new Set<string>()
  #timer: TimerId | undefined
  #open = true

  constructor(instance: ClientInstance, owner: PullLoopOwner, settings: RebalanceSettings) {
    this.#instance = instance
    this.#owner = owner
    this.#settings = settings
  }

  /** The queues that this member pulls now. */
  get ownedQueues(): readonly MessageQueue[] {
    return [...this.#loops.values()].map((loop) => loop.queue)
  }

  get loops(): Iterable<PullLoop> {
    return this.#loops.values()
  }

  /** Stops pulling permanently. Releases all locks, except the locks of queues whose messages the listener still has. */
  stop(): void {
    this.#open = false
    if (this.#timer !== undefined) this.#instance.host.clock.cancel(this.#timer)
    const loops = [...this.#loops.values()]
    for (const loop of loops) loop.stop()
    const idle = loops.filter((loop) => !this.#settings.service.isBusy(loop))
    // a queue that waits for its first offset may be locked, too
    this.#settings.locks?.unlock([...idle.map((loop) => loop.queue), ...this.#starting.values()])
  }

  /** Plans the next rebalance of all topics in `delayMs`. Replaces the rebalance that was planned before. */
  soon(delayMs: number): void {
    if (!this.#open) return
    const { clock } = this.#instance.host
    if (this.#timer !== undefined) clock.cancel(this.#timer)
    this.#timer = clock.after(delayMs, () => {
      this.soon(limits.REBALANCE_INTERVAL_MS)
      const topics = new Set(this.#settings.topics())
      for (const topic of topics) this.#rebalance(topic)
      for (const { topic } of this.ownedQueues) if (!topics.has(topic)) this.#take(topic, [])
    })
  }

  // #region rebalance
  /**
   * Finds this member's queues of `topic`. Chosen queues and the queues of a broadcasting consumer need no request.
   * Otherwise a random broker of the topic receives the request. If no broker answers, or if this client is not in the list
   * of members, the member keeps its queues.
   */
  #rebalance(topic: string): void {
    const chosen = this.#settings.chosen?.(topic)
    if (chosen !== undefined) return this.#take(topic, chosen)
    const route = this.#instance.route(topic)
    if (route === undefined) return
    const queues = readQueues(topic, route).sort(compareQueues)
    if (this.#settings.isBroadcasting) return this.#take(topic, queues)
    const brokers = route.brokerDatas.filter((data) => this.#instance.masterAddress(data.brokerName) !== '')
    if (brokers.length === 0) return
    const asked = brokers[this.#instance.host.random.int('rebalance.broker', brokers.length)]!
    const { assignment } = this.#settings
    if (assignment === undefined) return this.#share(topic, asked.brokerName, queues)
    assignment.ask(topic, this.#instance.masterAddress(asked.brokerName), (mine) => {
      if (!this.#open) return
      if (mine === 'unsupported') this.#share(topic, asked.brokerName, queues)
      else if (mine === 'unknown') this.soon(limits.REBALANCE_SOON_MS)
      else this.#take(topic, mine)
    })
  }

  /** Requests the list of members from a broker, and computes this member's share. */
  #share(topic: string, brokerName: string, queues: readonly MessageQueue[]): void {
    const extFields = getConsumerListByGroup.encode({ consumerGroup: this.#owner.group, bname: brokerName })
    this.#instance.remoting.invoke(
      this.#instance.masterAddress(brokerName),
      { code: getConsumerListByGroup.code, extFields },
      limits.MQ_CLIENT_API_TIMEOUT_MS,
      (answer) => {
        if (!this.#open) return
        const members =
          answer.error === undefined && answer.response.code === ResponseCode.SUCCESS
            ? memberIds(answer.response.body)
            : []
        if (!members.includes(this.#instance.clientId)) return this.soon(limits.REBALANCE_SOON_MS)
        this.#take(topic, this.#settings.strategy.allocate(this.#instance.clientId, queues, members))
      },
    )
  }

  /** Gives up the queues that no longer belong to this member, then begins the new queues. */
  #take(topic: string, mine: readonly MessageQueue[]): void {
    const keys = new Set(mine.map(queueKey))
    this.#mine.set(topic, keys)
    for (const [key, loop] of [...this.#loops]) if (loop.queue.topic === topic && !keys.has(key)) this.#giveUp(loop)
    const added = mine.filter((queue) => {
      const key = queueKey(queue)
      return !this.#loops.has(key) && !this.#starting.has(key) && !this.#leaving.has(key)
    })
    if (mine.some((queue) => this.#leaving.has(queueKey(queue)))) this.soon(limits.REBALANCE_SOON_MS)
    for (const queue of added) this.#starting.set(queueKey(queue), queue)
    const { locks } = this.#settings
    if (locks === undefined || added.length === 0) return this.#start(added)
    locks.lock(added, (locked) => {
      const isLocked = new Set(locked.map(queueKey))
      const refused = added.filter((queue) => !isLocked.has(queueKey(queue)))
      for (const queue of refused) this.#starting.delete(queueKey(queue))
      if (refused.length > 0) this.soon(limits.REBALANCE_SOON_MS)
      this.#start(locked)
    })
  }
  // #endregion rebalance

  #start(queues: readonly MessageQueue[]): void {
    for (const queue of queues) {
      const key = queueKey(queue)
      firstOffset(this.#instance, this.#owner.offsets, queue, this.#settings, (offset) => {
        this.#starting.delete(key)
        // the group may have changed since the request; then the queue belongs to another member
        if (offset === undefined || !this.#isMine(queue)) return this.#notBegun(queue)
        if (!this.#open || this.#loops.has(key)) return
        const loop = new PullLoop(this.#instance, this.#owner, queue, offset)
        this.#loops.set(key, loop)
        this.#owner.offsets.update(queue, offset, false)
        this.#tell('queue.assigned', queue)
        loop.start()
      })
    }
  }

  /**
   * Releases the lock of a queue that has no pull loop. Without the release this member would renew the lock without end,
   * and no other member could begin the queue.
   */
  #notBegun(queue: MessageQueue): void {
    this.#settings.locks?.unlock([queue])
    this.soon(limits.REBALANCE_SOON_MS)
  }

  #isMine(queue: MessageQueue): boolean {
    return this.#mine.get(queue.topic)?.has(queueKey(queue)) === true
  }

  // #region give-up-queue
  /** Hands a queue over to its next owner. Stores the offset and releases the lock when the listener has finished. */
  #giveUp(loop: PullLoop): void {
    const { queue } = loop
    this.#leave(loop, () => {
      this.#owner.offsets.release(queue)
      this.#settings.locks?.unlock([queue])
      this.#tell('queue.released', queue)
    })
  }

  /**
   * Resets a queue to `offset` because an operator requested it. Messages in memory are dropped, and the next rebalance
   * begins the queue at the stored offset.
   */
  resetTo(queue: MessageQueue, offset: number): void {
    const loop = this.loopOf(queue)
    if (loop === undefined) return
    this.#leave(loop, () => {
      this.#owner.offsets.update(queue, offset, false)
      this.#owner.offsets.release(queue)
      this.soon(0)
    })
    this.#tell('queue.released', queue)
  }

  /**
   * Gives up a queue whose lock is lost. No offset of this queue may be stored. If the queue still belongs to this member,
   * the next rebalance begins it again.
   */
  lockLost(loop: PullLoop): void {
    const { queue } = loop
    this.#settings.locks?.forget(queue)
    this.#owner.offsets.forget(queue)
    if (this.loopOf(queue) !== loop) return // the queue was given up already
    this.#leave(loop, () => this.#owner.offsets.forget(queue))
    this.#tell('queue.released', queue)
    this.soon(limits.REBALANCE_SOON_MS)
  }

  /**
   * Stops pulling a queue. Calls `left` when the listener has finished with the queue's messages: immediately in a
   * concurrent consumer, after the listener has returned in an orderly consumer. Until then no rebalance begins the queue
   * again.
   */
  #leave(loop: PullLoop, left: () => void): void {
    const key = queueKey(loop.queue)
    loop.stop()
    this.#loops.delete(key)
    this.#leaving.add(key)
    this.#settings.service.giveUp(loop, () => {
      this.#leaving.delete(key)
      left()
    })
  }
  // #endregion give-up-queue

  loopOf(queue: MessageQueue): PullLoop | undefined {
    return this.#loops.get(queueKey(queue))
  }

  #tell(kind: 'queue.assigned' | 'queue.released', { topic, brokerName, queueId }: MessageQueue): void {
    const { trace } = this.#instance.host
    trace.emit?.(kind, { group: this.#owner.group, topic, brokerName, queueId })
  }
}

/**
 * Returns the members in the order that is the same for every member. Returns an empty list when the answer cannot be read.
 */
function memberIds(body: Uint8Array | undefined): readonly string[] {
  return [...(readJsonBody('GET_CONSUMER_LIST_BY_GROUP', body, consumerIdListShape) ?? [])].sort()
}
