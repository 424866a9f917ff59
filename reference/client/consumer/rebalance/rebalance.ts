/**
 * A rebalance finds out which queues belong to this member of a consumer group. After this, the member begins to consume its
 * new queues, and gives up the queues that now belong to other members.
 *
 * | mode         | the queues of this member                                      | what the member needs before the first pull |
 * | ------------ | -------------------------------------------------------------- | ------------------------------ |
 * | clustering   | its part of the queues; each member computes its part from the same lists | the offset that the group has stored |
 * | a broker assigns | the queues in the broker's answer, to pull or to pop (`broker-assignment.ts`) | the offset that the group has stored; nothing for a popped queue |
 * | orderly      | its part of the queues, as in clustering                        | the lock of the queue, then the offset |
 * | broadcasting | all queues                                                      | the offset in a file of the client |
 * | by hand      | the queues that the application has chosen                      | the offset that the group has stored |
 *
 * A rebalance runs when the consumer starts, when the members of the group or a route change, and every 20 s. When a list
 * of members, a lock or an offset is missing, a rebalance also runs after one second. A reset of an offset is followed by a
 * rebalance at once.
 *
 * Invariants:
 * - A queue has at most one pull loop in this consumer.
 * - An orderly consumer does not begin a given-up queue again before the listener has finished the messages of this queue.
 * - The consumer begins a queue only when the newest rebalance has found that the queue belongs to this member.
 *
 * RocketMQ: `RebalanceImpl`, `RebalancePushImpl`, `RebalanceService`.
 */

import type { AllocateStrategy } from '../../../common/allocate/allocate-strategy.ts'
import { compareQueues, type MessageQueue, queueKey } from '../../../common/message.ts'
import type { TimerId } from '../../../host/host.ts'
import { type ClientInstance, readQueues } from '../../client-instance.ts'
import * as limits from '../../limits.ts'
import type { QueueLocks } from '../listen/queue-locks.ts'
import type { ConsumeService } from '../pull/listener.ts'
import { PullLoop, type PullLoopOwner } from '../pull/pull-loop.ts'
import type { BrokerAssignment } from './broker-assignment.ts'
import { firstOffset, type StartingPoint } from './first-offset.ts'
import { Share } from './share.ts'

/** The parts of the consumer that a rebalance needs. */
export interface RebalanceSettings extends StartingPoint {
  readonly isBroadcasting: boolean
  /** The strategy that divides the queues among the members. All members must use the same strategy. */
  readonly strategy: AllocateStrategy
  readonly service: ConsumeService
  /** The locks of queues. Set only for an orderly consumer in a clustering group. */
  readonly locks: QueueLocks | undefined
  readonly topics: () => Iterable<string>
  /**
   * The assignment of queues by a broker. Set only when a broker assigns the queues. This broker may also decide that the
   * members pop the queues.
   */
  readonly assignment?: BrokerAssignment | undefined
  /**
   * Returns the queues of a topic that the application has chosen. The function is missing, or returns undefined, when the
   * members of the group share the queues.
   */
  readonly chosen?: (topic: string) => readonly MessageQueue[] | undefined
}

/** The queues of one consumer: the queues that the consumer pulls, begins or gives up now. */
export class Rebalance {
  readonly #instance: ClientInstance
  readonly #owner: PullLoopOwner
  readonly #settings: RebalanceSettings
  readonly #part: Share
  readonly #loops = new Map<string, PullLoop>()
  /** The queues of this member that the newest rebalance has found, by topic. */
  readonly #mine = new Map<string, ReadonlySet<string>>()
  /** Queues that this member will pull as soon as their lock and their first offset are known. */
  readonly #starting = new Map<string, MessageQueue>()
  /** Queues that are being given up. The listener may still have a message of such a queue. */
  readonly #leaving = new Set<string>()
  #timer: TimerId | undefined
  #open = true

  constructor(instance: ClientInstance, owner: PullLoopOwner, settings: RebalanceSettings) {
    this.#instance = instance
    this.#owner = owner
    this.#settings = settings
    this.#part = new Share(instance, owner.group, settings.strategy)
  }

  /** The queues that this member pulls now. */
  get ownedQueues(): readonly MessageQueue[] {
    return [...this.#loops.values()].map((loop) => loop.queue)
  }

  get loops(): Iterable<PullLoop> {
    return this.#loops.values()
  }

  /**
   * Stops all pull loops. A stopped pull loop cannot be started again. Releases the locks of the queues, except queues whose
   * messages the listener still has.
   */
  stop(): void {
    this.#open = false
    if (this.#timer !== undefined) this.#instance.host.clock.cancel(this.#timer)
    const loops = [...this.#loops.values()]
    for (const loop of loops) loop.stop()
    const idle = loops.filter((loop) => !this.#settings.service.isBusy(loop))
    // a queue that waits for its first offset may be locked, too
    this.#settings.locks?.unlock([...idle.map((loop) => loop.queue), ...this.#starting.values()])
  }

  /**
   * Runs the next rebalance of all topics after `delayMs`. When a time for the next rebalance was set before, `delayMs`
   * replaces this time.
   */
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
   * Finds this member's queues of `topic`. For queues that the application has chosen, and for a broadcasting consumer, no
   * request is needed. In all other cases, a request is sent to a random broker of the topic. When this broker does not
   * answer, or when this client is not in the list of members, the member keeps its queues.
   */
  #rebalance(topic: string): void {
    const chosen = this.#settings.chosen?.(topic)
    if (chosen !== undefined) return this.#take(topic, chosen)
    const route = this.#instance.route(topic)
    if (route === undefined) return
    const queues = readQueues(topic, route).sort(compareQueues)
    if (this.#settings.isBroadcasting) return this.#take(topic, queues)
    const brokers = route.brokerDatas.filter((data) => this.#instance.subscribeAddress(data.brokerName).address !== '')
    if (brokers.length === 0) return
    const asked = brokers[this.#instance.host.random.int('rebalance.broker', brokers.length)]!
    const { assignment } = this.#settings
    if (assignment === undefined) return this.#share(topic, asked.brokerName, queues)
    assignment.ask(topic, this.#instance.subscribeAddress(asked.brokerName).address, (mine) => {
      if (!this.#open) return
      if (mine === 'unsupported') this.#share(topic, asked.brokerName, queues)
      else if (mine === 'unknown') this.soon(limits.REBALANCE_SOON_MS)
      else this.#take(topic, mine)
    })
  }

  /** Asks a broker for the members of the group. Then takes this member's part of the queues. */
  #share(topic: string, brokerName: string, queues: readonly MessageQueue[]): void {
    this.#part.ask(brokerName, queues, (mine) => {
      if (!this.#open) return
      if (mine === 'unknown') this.soon(limits.REBALANCE_SOON_MS)
      else this.#take(topic, mine)
    })
  }

  /** Gives up the queues that no longer belong to this member. Then begins the queues that belong to this member now. */
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
        // the group may have changed since the request, and the queue may now belong to another member
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
   * Releases the lock of a queue that was not begun, and soon runs the next rebalance. A lock that this member renewed
   * again and again would keep the queue from any other member.
   */
  #notBegun(queue: MessageQueue): void {
    this.#settings.locks?.unlock([queue])
    this.soon(limits.REBALANCE_SOON_MS)
  }

  #isMine(queue: MessageQueue): boolean {
    return this.#mine.get(queue.topic)?.has(queueKey(queue)) === true
  }

  // #region give-up-queue
  /**
   * Hands a queue over to its next owner: reports the offset and releases the lock. A concurrent consumer hands the queue
   * over at once. An orderly consumer hands the queue over when the listener has finished the messages of the queue.
   */
  #giveUp(loop: PullLoop): void {
    const { queue } = loop
    this.#leave(loop, () => {
      this.#owner.offsets.release(queue)
      this.#settings.locks?.unlock([queue])
      this.#tell('queue.released', queue)
    })
  }
  // #endregion give-up-queue

  /**
   * Resets a queue to `offset` because an operator requested it. Does nothing for a queue that is not pulled now. The
   * messages of the queue in memory are dropped. The next rebalance begins the queue at `offset`.
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
   * Gives up a queue whose lock is lost. The offset of this queue is not stored, because another member may own the queue
   * now. When the queue still belongs to this member, the next rebalance begins the queue again.
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
   * Stops pulling a queue. Calls `left` when the next rebalance may begin the queue again. A concurrent consumer calls
   * `left` at once. An orderly consumer calls `left` when the listener has finished the messages of the queue.
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

  loopOf(queue: MessageQueue): PullLoop | undefined {
    return this.#loops.get(queueKey(queue))
  }

  #tell(kind: 'queue.assigned' | 'queue.released', { topic, brokerName, queueId }: MessageQueue): void {
    const { trace } = this.#instance.host
    trace.emit?.(kind, { group: this.#owner.group, topic, brokerName, queueId })
  }
}
