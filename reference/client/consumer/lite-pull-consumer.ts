/**
 * A consumer from which an application polls messages. So the application decides when it receives messages. Either the
 * consumer commits the offsets automatically, or the application commits them.
 *
 * ```
 * pull loops ─► cache ─► poll() ─► application ─► commit (automatic, at most every five seconds, or by the application)
 * ```
 *
 * | how queues are chosen   | who chooses                                                        |
 * | ----------------------- | ----------------------------------------------------------------- |
 * | `subscribe`             | the group: its members share the queues, as push consumers do      |
 * | `assign`                | the application: it consumes exactly these queues                  |
 *
 * A commit counts all polled messages as consumed. An automatic commit may come before the application has finished a
 * polled message. When the application then fails, the message is not delivered again. An application that calls `commit`
 * only after its work does not lose messages like this. A lite pull consumer has no retries and no dead letters.
 *
 * RocketMQ: `DefaultLitePullConsumer`, `DefaultLitePullConsumerImpl`. Not in GlassMQ: topic listeners, broadcasting.
 */

import { type AllocateStrategy, AVG } from '../../common/allocate/allocate-strategy.ts'
import { type MessageExt, type MessageQueue, queueKey } from '../../common/message.ts'
import { groupNameFault, topicNameFault } from '../../common/topic-validator.ts'
import type { TimerId } from '../../host/host.ts'
import {
  CONSUME_FROM,
  CONSUME_TYPE,
  type ConsumeFromWhere,
  type ConsumerData,
  MESSAGE_MODEL,
  SUB_ALL,
  type SubscriptionData,
} from '../../remoting/bodies/heartbeat.ts'
import { ClientError } from '../client-error.ts'
import { type ClientInstance, type ClientPart, fetchReadQueues } from '../client-instance.ts'
import * as limits from '../limits.ts'
import { queueOffset } from '../queue-offsets.ts'
import { joinGroup, leaveGroup } from './group-membership.ts'
import { RemoteOffsetStore, storedOffset } from './pull/offset-store.ts'
import { PollCache } from './pull/poll-cache.ts'
import type { PullLoop, PullLoopOwner } from './pull/pull-loop.ts'
import { buildSubscription, type ExpressionType } from './pull/subscription.ts'
import { Rebalance } from './rebalance/rebalance.ts'

/** The options of a lite pull consumer. */
export interface LitePullConsumerOptions {
  readonly group: string
  /** The place at which a group without stored offsets begins to consume a queue. Default: the end of the queue. */
  readonly consumeFromWhere?: ConsumeFromWhere
  readonly consumeTimestampMs?: number
  /**
   * When true, a poll also commits the offsets of the messages of earlier polls, at most every five seconds. The consumer
   * also commits when it gives up a queue and when it shuts down. Default: true.
   */
  readonly autoCommit?: boolean
  /** The strategy by which the group shares the queues of subscribed topics. Default: AVG. */
  readonly strategy?: AllocateStrategy
}

/** A consumer from which the application polls messages. */
export class LitePullConsumer implements ClientPart, PullLoopOwner {
  readonly group: string
  readonly isOrderly = false
  readonly isLite = true
  readonly offsets: RemoteOffsetStore
  readonly #instance: ClientInstance
  readonly #options: LitePullConsumerOptions
  readonly #subscriptions = new Map<string, SubscriptionData>()
  /** The queues that were passed to `assign`. The value is undefined for a consumer that subscribes to topics. */
  #assigned: readonly MessageQueue[] | undefined
  readonly #cache: PollCache
  readonly #rebalance: Rebalance
  #nextCommitMs = 0
  #offsetTimer: TimerId | undefined
  #open = false

  constructor(instance: ClientInstance, options: LitePullConsumerOptions) {
    const fault = groupNameFault(options.group)
    if (fault !== '') throw new ClientError(fault, 'definite')
    this.#instance = instance
    this.#options = options
    this.group = options.group
    this.offsets = new RemoteOffsetStore(instance, options.group)
    this.#cache = new PollCache(instance.host)
    const consumeTimestampMs =
      options.consumeTimestampMs ?? instance.host.clock.nowMs() - limits.CONSUME_TIMESTAMP_AGO_MS
    // The rebalance needs a `ConsumeService`. In this consumer, the service passes messages to the cache. The application
    // polls messages from the cache. With `autoCommit`, when a queue is given up, the service commits the offset after the
    // polled messages of this queue.
    this.#rebalance = new Rebalance(instance, this, {
      consumeFromWhere: options.consumeFromWhere ?? CONSUME_FROM.LAST_OFFSET,
      consumeTimestampMs,
      isBroadcasting: false,
      strategy: options.strategy ?? AVG,
      service: {
        submit: (loop, messages) => this.#cache.add(loop, messages),
        giveUp: (loop, done) => {
          if (this.#isAutoCommit) this.#commitLoop(loop)
          this.#cache.drop(loop)
          done()
        },
        isBusy: () => false,
        stop: () => {},
      },
      locks: undefined,
      topics: () => this.topics(),
      chosen: (topic) => this.#chosen(topic),
    })
  }

  get #isAutoCommit(): boolean {
    return this.#options.autoCommit !== false
  }

  #chosen(topic: string): readonly MessageQueue[] | undefined {
    return this.#assigned?.filter((queue) => queue.topic === topic)
  }

  /**
   * Subscribes to a topic, and shares the queues of this topic with the group. Must be called before `start`. Throws
   * `ClientError` when `assign` was called before, or when the topic or the expression is not valid.
   */
  subscribe(topic: string, expression = SUB_ALL, expressionType: ExpressionType = 'TAG'): void {
    if (this.#assigned !== undefined)
      throw new ClientError('queues are assigned by hand: subscribe or assign', 'definite')
    const fault = topicNameFault(topic)
    if (fault !== '') throw new ClientError(fault, 'definite')
    const version = this.#instance.host.clock.nowMs()
    this.#subscriptions.set(topic, buildSubscription(topic, expression, version, expressionType))
  }

  /**
   * Consumes exactly `queues`. May also be called while the consumer is running. Throws `ClientError` when `subscribe` was
   * called before.
   */
  assign(queues: readonly MessageQueue[]): void {
    if (this.#subscriptions.size > 0) throw new ClientError('topics are subscribed to: subscribe or assign', 'definite')
    this.#assigned = queues
    if (this.#open) this.#rebalance.soon(0)
  }

  /**
   * Starts the consumer. Resolves when every first heartbeat was answered or has failed. Rejects with a `ClientError` when a
   * broker refuses an SQL92 filter, or does not answer the check of the filter. Throws `ClientError` when the consumer has
   * no topic.
   */
  start(): Promise<void> {
    const topics = [...this.topics()]
    if (topics.length === 0)
      throw new ClientError('the consumer has no queues: subscribe or assign before start', 'definite')
    this.#open = true
    this.#instance.add(this)
    this.#nextCommitMs = this.#instance.host.clock.monotonicMs() + limits.AUTO_COMMIT_INTERVAL_MS
    this.#persistLater()
    return new Promise((resolve, reject) => {
      joinGroup(this.#instance, this.group, topics, this.#subscriptions, (fault) => {
        if (fault === '') {
          if (this.#open) this.#rebalance.soon(0)
          return resolve()
        }
        this.shutdown()
        reject(new ClientError(fault, 'definite'))
      })
    })
  }

  // #region poll
  /**
   * Resolves with messages of one queue as soon as the cache has messages. Resolves with an empty list after `timeoutMs`,
   * or when the consumer shuts down. Rejects with a `ClientError` when the consumer is not running or when too many polls
   * wait.
   */
  poll(timeoutMs = limits.POLL_TIMEOUT_MS): Promise<readonly MessageExt[]> {
    if (!this.#open) return Promise.reject(new ClientError('the consumer is not running', 'definite'))
    const nowMs = this.#instance.host.clock.monotonicMs()
    if (this.#isAutoCommit && nowMs >= this.#nextCommitMs) {
      this.commit()
      this.#nextCommitMs = nowMs + limits.AUTO_COMMIT_INTERVAL_MS
    }
    return new Promise((resolve, reject) => this.#cache.take(timeoutMs, resolve, reject))
  }

  /**
   * Commits the offsets of polled messages. At first, the commit changes only the memory. The brokers receive these offsets
   * within five seconds. When `persist` is true, the offsets are sent at once.
   */
  commit(persist = false): void {
    for (const loop of this.#rebalance.loops) this.#commitLoop(loop)
    if (persist) this.offsets.persistAll()
  }

  #commitLoop(loop: PullLoop): void {
    const offset = this.#cache.polledUpTo(loop)
    if (offset >= 0) this.offsets.update(loop.queue, offset, false)
  }
  // #endregion poll

  /** Resolves with the offset that the group has stored for a queue, or with -1 when the group has no stored offset. */
  committed(queue: MessageQueue): Promise<number> {
    return storedOffset(this.offsets, queue)
  }

  // #region seek-queue
  /**
   * Drops the cached messages of a queue and continues at `offset`. Rejects with a `ClientError` when `offset` is below the
   * min offset or above the max offset. Also rejects when the broker does not return these two offsets, or when this
   * consumer does not have the queue.
   */
  async seek(queue: MessageQueue, offset: number): Promise<void> {
    const [min, max] = await Promise.all([this.#offset(queue, 'min'), this.#offset(queue, 'max')])
    if (offset < min || offset > max)
      throw new ClientError(`${queueKey(queue)} has offsets ${min} to ${max}, not ${offset}`, 'definite')
    const loop = this.#rebalance.loopOf(queue)
    if (loop === undefined) throw new ClientError(`${queueKey(queue)} is not this consumer's now`, 'definite')
    this.#cache.drop(loop)
    this.#cache.restart(loop, offset)
    loop.seek(offset)
  }

  async seekToBegin(queue: MessageQueue): Promise<void> {
    await this.seek(queue, await this.#offset(queue, 'min'))
  }

  async seekToEnd(queue: MessageQueue): Promise<void> {
    await this.seek(queue, await this.#offset(queue, 'max'))
  }
  // #endregion seek-queue

  #offset(queue: MessageQueue, which: 'min' | 'max'): Promise<number> {
    return queueOffset(this.#instance, queue, which)
  }

  /** Resolves with the offset of the first message that was stored at or after `timestampMs`. */
  offsetForTimestamp(queue: MessageQueue, timestampMs: number): Promise<number> {
    return queueOffset(this.#instance, queue, { timestampMs })
  }

  /** Pauses or resumes the pulls of `queues`. Messages in the cache can still be polled. */
  pause(queues: readonly MessageQueue[], isPaused = true): void {
    for (const queue of queues) this.#rebalance.loopOf(queue)?.pause(isPaused)
  }

  /** The queues that this consumer has now. */
  get assignment(): readonly MessageQueue[] {
    return this.#rebalance.ownedQueues
  }

  /** Resolves with all queues of a topic from which a consumer may read. */
  fetchMessageQueues(topic: string): Promise<readonly MessageQueue[]> {
    return fetchReadQueues(this.#instance, topic)
  }

  shutdown(): void {
    if (!this.#open) return
    this.#open = false
    if (this.#offsetTimer !== undefined) this.#instance.host.clock.cancel(this.#offsetTimer)
    if (this.#isAutoCommit) this.commit()
    this.offsets.persistAll()
    this.#rebalance.stop()
    this.#cache.close()
    leaveGroup(this.#instance, this.group, this.topics())
    this.#instance.remove(this)
  }

  topics(): Iterable<string> {
    return this.#assigned === undefined
      ? this.#subscriptions.keys()
      : new Set(this.#assigned.map((queue) => queue.topic))
  }

  subscription(topic: string): SubscriptionData {
    return this.#subscriptions.get(topic) ?? buildSubscription(topic, SUB_ALL, 0)
  }

  consumerData(): ConsumerData {
    return {
      groupName: this.group,
      consumeType: CONSUME_TYPE.PULL,
      messageModel: MESSAGE_MODEL.CLUSTERING,
      consumeFromWhere: this.#options.consumeFromWhere ?? CONSUME_FROM.LAST_OFFSET,
      subscriptionDataSet: [...this.#subscriptions.values()],
      unitMode: false,
    }
  }

  routeChanged(topic: string): void {
    if (!this.#open || ![...this.topics()].includes(topic)) return
    this.#instance.heartbeat(() => this.#rebalance.soon(0))
  }

  groupChanged(group: string): void {
    if (this.#open && group === this.group) this.#rebalance.soon(0)
  }

  #persistLater(): void {
    this.#offsetTimer = this.#instance.host.clock.after(limits.PERSIST_OFFSET_INTERVAL_MS, () => {
      this.offsets.persistAll()
      this.#persistLater()
    })
  }

  onMessages(loop: PullLoop, messages: readonly MessageExt[]): void {
    this.#cache.add(loop, messages)
  }

  isCacheFull(): boolean {
    return this.#cache.count >= limits.PULL_THRESHOLD_FOR_ALL
  }

  pulled(): void {}
}
