/**
 * Rebalance: finds out which queues are this member's, begins to pull the new ones, gives up the others.
 *
 * | mode         | this member's queues                                           | before the first pull          |
 * | ------------ | -------------------------------------------------------------- | ------------------------------ |
 * | clustering   | its share; every member computes it from the same lists      | the offset the group has stored |
 * | by a broker  | what the broker says, to pull or to pop (`broker-assignment.ts`) | the same; popped queues need none |
 * | orderly      | the same                                                        | the queue's lock, then the offset |
 * | broadcasting | all queues                                                      | the offset in a local file    |
 * | by hand      | the queues that were chosen                                     | the offset the group has stored |
 *
 * When: at the start, when the group or a route changes, every 20 s, and after a second while something is missing.
 *
 * Invariants: a queue has at most one pull loop here; a queue that is being given up is not begun again before that has ended;
 * only queues of the last rebalance are begun.
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

/** What a rebalance needs of its consumer. */
export interface RebalanceSettings extends StartingPoint {
  readonly isBroadcasting: boolean
  /** How the group shares the queues; the same for all members. */
  readonly strategy: AllocateStrategy
  readonly service: ConsumeService
  /** Only for consumers that keep order in a group. */
  readonly locks: QueueLocks | undefined
  readonly topics: () => Iterable<string>
  /** Set when a broker assigns the queues, and may let members pop them. */
  readonly assignment?: BrokerAssignment | undefined
  /** The queues of a topic that the application has chosen by hand. Undefined when the group shares the queues. */
  readonly chosen?: (topic: string) => readonly MessageQueue[] | undefined
}

/** The queues of one consumer: which it has, begins and gives up. */
export class Rebalance {
  readonly #instance: ClientInstance
  readonly #owner: PullLoopOwner
  readonly #settings: RebalanceSettings
  readonly #loops = new Map<string, PullLoop>()
  /** By topic: this member's queues according to the last rebalance. */
  readonly #mine = new Map<string, ReadonlySet<string>>()
  /** Queues that are being begun: the lock or the first offset is not known yet. */
  readonly #starting = new Set<string>()
  /** Queues that are being given up: the listener still has a message. */
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

  /** Stops pulling for good. Locks are released, except of a queue whose message the listener still has. */
  stop(): void {
    this.#open = false
    if (this.#timer !== undefined) this.#instance.host.clock.cancel(this.#timer)
    const loops = [...this.#loops.values()]
    for (const loop of loops) loop.stop()
    const idle = loops.filter((loop) => !this.#settings.service.isBusy(loop))
    this.#settings.locks?.unlock(idle.map((loop) => loop.queue))
  }

  /** Plans the next rebalance of all topics `delayMs` from now, in place of the one that was planned before. */
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
   * Asks a broker of the topic for the members of the group, and computes the share. If no broker answers, or this
   * client is not in the list, everything stays as it is.
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

  /** Computes this member's share from the list of members. */
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

  /** Gives up the queues that this member no longer has, then begins the new ones. */
  #take(topic: string, mine: readonly MessageQueue[]): void {
    const keys = new Set(mine.map(queueKey))
    this.#mine.set(topic, keys)
    for (const [key, loop] of [...this.#loops]) if (loop.queue.topic === topic && !keys.has(key)) this.#giveUp(loop)
    const added = mine.filter((queue) => {
      const key = queueKey(queue)
      return !this.#loops.has(key) && !this.#starting.has(key) && !this.#leaving.has(key)
    })
    if (mine.some((queue) => this.#leaving.has(queueKey(queue)))) this.soon(limits.REBALANCE_SOON_MS)
    for (const queue of added) this.#starting.add(queueKey(queue))
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
        // the group may have changed in the meantime: then another member begins the queue
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

  /** Releases the lock of a queue that has no loop: the lock would be renewed without end, and no member could begin the queue. */
  #notBegun(queue: MessageQueue): void {
    this.#settings.locks?.unlock([queue])
    this.soon(limits.REBALANCE_SOON_MS)
  }

  #isMine(queue: MessageQueue): boolean {
    return this.#mine.get(queue.topic)?.has(queueKey(queue)) === true
  }

  // #region give-up-queue
  /** Hands a queue over to its next owner: when the listener has finished, stores the offset and releases the lock. */
  #giveUp(loop: PullLoop): void {
    const { queue } = loop
    this.#leave(loop, () => {
      this.#owner.offsets.release(queue)
      this.#settings.locks?.unlock([queue])
      this.#tell('queue.released', queue)
    })
  }

  /** Resets a queue to `offset` by an operator's order: messages in memory are dropped, and the queue begins again there. */
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

  /** The lock of a queue is lost: no offset of it may be stored. If the queue is still this member's, it is begun again. */
  lockLost(loop: PullLoop): void {
    const { queue } = loop
    this.#settings.locks?.forget(queue)
    this.#owner.offsets.forget(queue)
    if (this.loopOf(queue) !== loop) return // given up already
    this.#leave(loop, () => this.#owner.offsets.forget(queue))
    this.#tell('queue.released', queue)
    this.soon(limits.REBALANCE_SOON_MS)
  }

  /**
   * Stops pulling a queue, and calls `left` when the listener has finished with its messages: at once, or, in an orderly
   * consumer, when the listener returns. Until then a rebalance does not begin the queue again.
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

/** The members, in the order in which every member sorts them; empty when the answer cannot be read. */
function memberIds(body: Uint8Array | undefined): readonly string[] {
  return [...(readJsonBody('GET_CONSUMER_LIST_BY_GROUP', body, consumerIdListShape) ?? [])].sort()
}
