/**
 * A member of a consumer group. Finds its queues, pulls messages from its queues, and hands the messages to the listener.
 *
 * ```
 * start ─► routes ─► heartbeat ─► rebalance ─► a pull loop for each queue ─► listener ─► offset
 * ```
 *
 * | part                                                       | what it does                                             |
 * | ---------------------------------------------------------- | -------------------------------------------------------- |
 * | `rebalance/rebalance.ts`                                   | finds out which queues belong to this member             |
 * | `pull/pull-loop.ts`, `pull/process-queue.ts`               | pulls the messages of one queue and keeps them in memory |
 * | `pull/flow-control.ts`                                     | decides when a queue has enough messages                 |
 * | `listen/consume-concurrently.ts`, `listen/listener-pool.ts` | calls the listener for many messages at the same time   |
 * | `listen/consume-orderly.ts`, `listen/queue-locks.ts`       | calls the listener for the messages of a queue in order  |
 * | `listen/send-back.ts`                                      | sends back messages that could not be consumed           |
 * | `pull/offset-store.ts`, `pull/local-offset-store.ts`       | keeps the offsets of this member                         |
 * | `group-membership.ts`                                      | joins the group, and leaves the group                    |
 * | `running-info.ts`, `listen/consume-directly.ts`            | answer operators: one module reports the state, the other consumes one message |
 * | `rebalance/broker-assignment.ts`, `pop/pop-queues.ts`      | handle queues that a broker assigns to this member       |
 *
 * Delivery in a clustering group is at least once: an offset moves past a subscribed message only after the message was
 * consumed or sent back. Exceptions are a reset by an operator, and messages that the broker has deleted.
 *
 * RocketMQ: `DefaultMQPushConsumer`, `DefaultMQPushConsumerImpl`. Not in GlassMQ: a listener that takes several messages.
 */

import { type AllocateStrategy, AVG } from '../../common/allocate/allocate-strategy.ts'
import { type MessageExt, type MessageQueue, RETRY_TOPIC_PREFIX } from '../../common/message.ts'
import { popRetryTopicV1, popRetryTopicV2 } from '../../common/pop-names.ts'
import { groupNameFault, topicNameFault } from '../../common/topic-validator.ts'
import type { TimerId } from '../../host/host.ts'
import type { ConsumeDirectlyResult, ConsumerRunningInfo } from '../../remoting/bodies/consumer-info.ts'
import {
  CONSUME_FROM,
  CONSUME_TYPE,
  type ConsumeFromWhere,
  type ConsumerData,
  MESSAGE_MODEL,
  SUB_ALL,
  type SubscriptionData,
} from '../../remoting/bodies/heartbeat.ts'
import type { QueueTable } from '../../remoting/bodies/queue-table.ts'
import { INIT_MODE } from '../../remoting/requests/pop-message.ts'
import { ClientError } from '../client-error.ts'
import type { ClientInstance, ClientPart } from '../client-instance.ts'
import type { AskedConsumer } from '../client-requests.ts'
import * as limits from '../limits.ts'
import { joinGroup, leaveGroup } from './group-membership.ts'
import { ConsumeConcurrently, type ConsumeSettings } from './listen/consume-concurrently.ts'
import { consumeDirectly } from './listen/consume-directly.ts'
import { ConsumeOrderly } from './listen/consume-orderly.ts'
import { TopicStats } from './listen/consume-stats.ts'
import { ListenerBreaker, type ListenerBreakerOptions } from './listen/listener-breaker.ts'
import { QueueLocks } from './listen/queue-locks.ts'
import { SendBack } from './listen/send-back.ts'
import { PopQueues } from './pop/pop-queues.ts'
import { FLOW_DEFAULTS, type FlowControl } from './pull/flow-control.ts'
import { type ConsumeService, type MessageListener, messageFacts } from './pull/listener.ts'
import { LocalOffsetStore } from './pull/local-offset-store.ts'
import { type OffsetStore, RemoteOffsetStore } from './pull/offset-store.ts'
import type { PullLoop, PullLoopOwner } from './pull/pull-loop.ts'
import { buildSubscription, type ExpressionType } from './pull/subscription.ts'
import { BrokerAssignment } from './rebalance/broker-assignment.ts'
import { Rebalance } from './rebalance/rebalance.ts'
import { runningInfo } from './running-info.ts'

export type { ConsumeContext, ConsumeStatus, MessageListener } from './pull/listener.ts'

/** The options of a push consumer, with the names that RocketMQ uses. */
export interface PushConsumerOptions {
  readonly group: string
  /** The place at which a group without stored offsets begins to consume a queue. Default: the end of the queue. */
  readonly consumeFromWhere?: ConsumeFromWhere
  /** The time for CONSUME_FROM_TIMESTAMP, in ms since 1970. Default: half an hour before the consumer was created. */
  readonly consumeTimestampMs?: number
  /** CLUSTERING (default): members share the queues. BROADCASTING: each member consumes all queues. */
  readonly messageModel?: (typeof MESSAGE_MODEL)[keyof typeof MESSAGE_MODEL]
  /** The strategy by which the group shares the queues. All members must use the same strategy. Default: AVG. */
  readonly strategy?: AllocateStrategy
  /** True when the messages of a queue are consumed one at a time, in their order. Default: false. */
  readonly orderly?: boolean
  /**
   * After this number of redeliveries, a pulled message becomes a dead letter. Default: 16; no limit for an orderly
   * consumer.
   */
  readonly maxReconsumeTimes?: number
  /** A longer call of the listener counts as failed, but not in orderly or broadcasting consumers. Default: 15 minutes. */
  readonly consumeTimeoutMs?: number
  /** The time for which an orderly queue waits after a failure. Default: one second. */
  readonly suspendCurrentQueueMs?: number
  /** The max number of messages that the listener has at the same time. Default: 20. */
  readonly consumeThreadMax?: number
  /**
   * Settings of a circuit breaker for a listener that fails or is slow too often: `listen/listener-breaker.ts`. Not used by
   * orderly consumers. Default: no breaker.
   */
  readonly breaker?: ListenerBreakerOptions
  /** The limits for pulled messages that are not consumed yet: `pull/flow-control.ts`. */
  readonly flow?: Partial<FlowControl>
  /**
   * When false, a broker assigns the queues, by AVG or AVG_BY_CIRCLE, and chooses between pull and pop. Not used by orderly
   * or broadcasting consumers. Default: true.
   */
  readonly clientRebalance?: boolean
  /** The time for which a popped message is hidden from other members, from 5 to 300 s. Otherwise, and by default: 60 s. */
  readonly popInvisibleTimeMs?: number
  /** The max number of messages in one pop, from 1 to 32. Default: 32. */
  readonly popBatchNums?: number
}

/** A member of a group. The member calls its listener with each message. */
export class PushConsumer implements ClientPart, PullLoopOwner, AskedConsumer {
  readonly group: string
  readonly offsets: OffsetStore
  readonly isOrderly: boolean
  readonly flow: FlowControl
  readonly #instance: ClientInstance
  readonly #options: PushConsumerOptions
  readonly #listener: MessageListener
  readonly #startedMs: number
  readonly #consumeThreadMax: number
  readonly #isBroadcasting: boolean
  readonly #subscriptions = new Map<string, SubscriptionData>()
  /** The pop retry topics of the topics that this member pops. The member does not pull these retry topics. */
  readonly #unwanted = new Set<string>()
  readonly #sendBack: SendBack | undefined
  readonly #locks: QueueLocks | undefined
  readonly #service: ConsumeService
  readonly #rebalance: Rebalance
  /** Set only when a broker assigns the queues. */
  readonly #popQueues: PopQueues | undefined
  readonly #stats = new TopicStats()
  #offsetTimer: TimerId | undefined
  #open = false

  // #region consumer-parts
  constructor(instance: ClientInstance, options: PushConsumerOptions, listener: MessageListener) {
    const fault = groupNameFault(options.group)
    if (fault !== '') throw new ClientError(fault, 'definite')
    const { group } = options
    this.#instance = instance
    this.#options = options
    this.#listener = listener
    this.#startedMs = instance.host.clock.nowMs()
    this.#consumeThreadMax = options.consumeThreadMax ?? limits.CONSUMING_MAX
    this.group = group
    this.isOrderly = options.orderly === true
    this.flow = { ...FLOW_DEFAULTS, ...options.flow }
    this.#isBroadcasting = options.messageModel === MESSAGE_MODEL.BROADCASTING
    this.offsets = this.#isBroadcasting ? new LocalOffsetStore(instance, group) : new RemoteOffsetStore(instance, group)

    // only members of a clustering group send back failed messages and need locks for the order
    const defaultTimes = this.isOrderly ? limits.MAX_RECONSUME_TIMES_ORDERLY : limits.MAX_RECONSUME_TIMES
    const maxReconsumeTimes = options.maxReconsumeTimes ?? defaultTimes
    if (!this.#isBroadcasting) this.#sendBack = new SendBack(instance, group, maxReconsumeTimes)
    if (!this.#isBroadcasting && this.isOrderly)
      this.#locks = new QueueLocks(instance, group, (queue) => this.#lockLost(this.#rebalance.loopOf(queue)))
    // the service calls the listener: with many messages at the same time, or with one message after the other
    const settings = {
      group,
      consumeThreadMax: this.#consumeThreadMax,
      listener,
      breaker: this.#breakerOf(options.breaker),
      offsets: this.offsets,
      sendBack: this.#sendBack,
      consumeTimeoutMs: options.consumeTimeoutMs ?? limits.CONSUME_TIMEOUT_MS,
      onConsumed: (topic: string, tookMs: number, isOk: boolean) =>
        this.#stats.of(topic).consumed(instance.host.clock.nowMs(), tookMs, isOk),
    }
    this.#service = this.isOrderly
      ? new ConsumeOrderly(instance.host, {
          ...settings,
          locks: this.#locks,
          maxReconsumeTimes,
          suspendCurrentQueueMs: options.suspendCurrentQueueMs ?? limits.SUSPEND_CURRENT_QUEUE_MS,
          onLockLost: (loop) => this.#lockLost(loop),
        })
      : new ConsumeConcurrently(instance.host, settings)
    // this member computes its queues, or a broker assigns them
    const isAssigned = options.clientRebalance === false && !this.isOrderly && !this.#isBroadcasting
    this.#popQueues = isAssigned ? this.#makePopQueues(settings, maxReconsumeTimes) : undefined
    this.#rebalance = new Rebalance(instance, this, {
      consumeFromWhere: options.consumeFromWhere ?? CONSUME_FROM.LAST_OFFSET,
      consumeTimestampMs: options.consumeTimestampMs ?? instance.host.clock.nowMs() - limits.CONSUME_TIMESTAMP_AGO_MS,
      isBroadcasting: this.#isBroadcasting,
      strategy: options.strategy ?? AVG,
      service: this.#service,
      locks: this.#locks,
      topics: () => this.topics(),
      assignment: this.#popQueues === undefined ? undefined : this.#makeAssignment(this.#popQueues),
    })
  }
  // #endregion consumer-parts

  #breakerOf(options: ListenerBreakerOptions | undefined): ListenerBreaker | undefined {
    return options === undefined || this.isOrderly
      ? undefined
      : new ListenerBreaker(this.#instance.host, this.group, options)
  }

  #makePopQueues(settings: ConsumeSettings, maxReconsumeTimes: number): PopQueues {
    const { popInvisibleTimeMs = 0, popBatchNums, consumeFromWhere } = this.#options
    const isInvisibleOk =
      popInvisibleTimeMs >= limits.POP_INVISIBLE_TIME_MS_MIN && popInvisibleTimeMs <= limits.POP_INVISIBLE_TIME_MS_MAX
    return new PopQueues(this.#instance, {
      ...settings,
      maxReconsumeTimes,
      popInvisibleTimeMs: isInvisibleOk ? popInvisibleTimeMs : limits.POP_INVISIBLE_TIME_MS,
      popBatchNums: popBatchNums ?? limits.POP_BATCH_NUMS,
      initMode: consumeFromWhere === CONSUME_FROM.FIRST_OFFSET ? INIT_MODE.MIN : INIT_MODE.MAX,
      subscription: (topic) => this.#subscriptions.get(topic),
      pulled: (topic, tookMs, messages) => this.pulled(topic, tookMs, messages),
    })
  }

  #makeAssignment(popQueues: PopQueues): BrokerAssignment {
    return new BrokerAssignment(this.#instance, {
      group: this.group,
      strategyName: (this.#options.strategy ?? AVG).name,
      popQueues,
      onMode: (topic, isPopped) => this.#modeOf(topic, isPopped),
    })
  }

  /**
   * Subscribes to the pop retry topics while `topic` is pulled. A popped message without an acknowledgement is redelivered
   * through a pop retry topic. So a member that pulls `topic` must also pull the pop retry topic. A pop retry topic has one
   * of two names, and only the broker knows the name. So this client pulls the topics with both names. Unlike GlassMQ,
   * RocketMQ's Java client pulls only the topic with the first name.
   */
  #modeOf(topic: string, isPopped: boolean): void {
    for (const retryTopic of [popRetryTopicV1(topic, this.group), popRetryTopicV2(topic, this.group)]) {
      if (isPopped) this.#unwanted.add(retryTopic)
      else this.#unwanted.delete(retryTopic)
      if (isPopped || this.#subscriptions.has(retryTopic)) continue
      const version = this.#instance.host.clock.nowMs()
      this.#subscriptions.set(retryTopic, buildSubscription(retryTopic, SUB_ALL, version, 'TAG'))
      this.#instance.askRoute(retryTopic, () => {})
    }
  }

  #lockLost(loop: PullLoop | undefined): void {
    if (loop !== undefined) this.#rebalance.lockLost(loop)
  }

  /**
   * Subscribes to a topic. Must be called before `start`. `expression` is `*`, or tags such as `TagA || TagB`. With the type
   * `SQL92`, `expression` is a condition on properties. Throws `ClientError` when the topic or the expression is not valid.
   */
  subscribe(topic: string, expression: string, expressionType: ExpressionType = 'TAG'): void {
    const fault = topicNameFault(topic)
    if (fault !== '') throw new ClientError(fault, 'definite')
    const version = this.#instance.host.clock.nowMs()
    this.#subscriptions.set(topic, buildSubscription(topic, expression, version, expressionType))
  }

  // #region start-consumer
  /**
   * Fetches the routes, sends heartbeats, and begins to consume this member's queues. A route that cannot be fetched now is
   * fetched later. Resolves when every first heartbeat was answered or has failed.
   *
   * Throws `ClientError` when the consumer has no subscription. When a broker refuses an SQL92 expression, or does not
   * answer its check, the consumer stops and the promise rejects with a `ClientError`.
   */
  start(): Promise<void> {
    if (this.#subscriptions.size === 0)
      throw new ClientError('the consumer has no subscription: subscribe to a topic before start', 'definite')
    // messages that were sent back are redelivered through the retry topic of the group
    if (!this.#isBroadcasting) this.subscribe(RETRY_TOPIC_PREFIX + this.group, SUB_ALL)
    this.#open = true
    this.#instance.add(this)
    this.#offsetTimer = this.#instance.host.clock.after(limits.PERSIST_OFFSET_FIRST_MS, () => this.#persistOffsets())
    return new Promise((resolve, reject) => {
      const topics = [...this.#subscriptions.keys()]
      joinGroup(this.#instance, this.group, topics, this.#subscriptions, (fault) => {
        if (fault === '') {
          this.#rebalanceSoon()
          return resolve()
        }
        this.shutdown()
        reject(new ClientError(fault, 'definite'))
      })
    })
  }
  // #endregion start-consumer

  /**
   * Stores the offsets, leaves the group, and stops pulling. The messages that the listener has now may be consumed again by
   * another member.
   */
  shutdown(): void {
    if (!this.#open) return
    this.#open = false
    if (this.#offsetTimer !== undefined) this.#instance.host.clock.cancel(this.#offsetTimer)
    this.#service.stop()
    this.#popQueues?.stop()
    this.offsets.persistAll()
    this.#rebalance.stop()
    this.#locks?.stop()
    leaveGroup(this.#instance, this.group, this.#subscriptions.keys())
    this.#sendBack?.stop()
    this.#instance.remove(this)
  }

  topics(): Iterable<string> {
    return [...this.#subscriptions.keys()].filter((topic) => !this.#unwanted.has(topic))
  }

  /** The queues that this member pulls or pops now. Queue id -1 means any queue of the broker. */
  get ownedQueues(): readonly MessageQueue[] {
    return [...this.#rebalance.ownedQueues, ...(this.#popQueues?.ownedQueues ?? [])]
  }

  subscription(topic: string): SubscriptionData {
    return this.#subscriptions.get(topic)!
  }

  consumerData(): ConsumerData {
    return {
      groupName: this.group,
      consumeType: CONSUME_TYPE.PUSH,
      messageModel: this.#isBroadcasting ? MESSAGE_MODEL.BROADCASTING : MESSAGE_MODEL.CLUSTERING,
      consumeFromWhere: this.#options.consumeFromWhere ?? CONSUME_FROM.LAST_OFFSET,
      subscriptionDataSet: [...this.topics()].map((topic) => this.subscription(topic)),
      unitMode: false,
    }
  }

  /** Sends a heartbeat before the next rebalance, because a new broker must know this member. */
  routeChanged(topic: string): void {
    if (this.#open && this.#subscriptions.has(topic)) this.#instance.heartbeat(() => this.#rebalanceSoon())
  }

  groupChanged(group: string): void {
    if (group === this.group) this.#rebalanceSoon()
  }

  consumerOf(group: string): AskedConsumer | undefined {
    return this.#open && group === this.group ? this : undefined
  }

  queuesOf(topic: string): number {
    return this.ownedQueues.filter((queue) => queue.topic === topic).length
  }

  pulled(topic: string, tookMs: number, messages: number): void {
    this.#stats.of(topic).pulled(this.#instance.host.clock.nowMs(), tookMs, messages)
  }

  #rebalanceSoon(): void {
    if (this.#open) this.#rebalance.soon(0)
  }

  #persistOffsets(): void {
    this.offsets.persistAll()
    this.#offsetTimer = this.#instance.host.clock.after(limits.PERSIST_OFFSET_INTERVAL_MS, () => this.#persistOffsets())
  }

  // #region reset-offsets
  /**
   * Continues at other offsets because an operator requested it. An orderly consumer first waits until the listener has
   * finished its message of the queue. RocketMQ (`MQClientInstance.resetOffset`) first waits ten seconds.
   */
  resetOffsets(topic: string, offsets: QueueTable<number>): void {
    for (const [queue, offset] of offsets) if (queue.topic === topic) this.#rebalance.resetTo(queue, offset)
  }
  // #endregion reset-offsets

  offsetsOf(topic: string): QueueTable<number> {
    return this.#rebalance.ownedQueues
      .filter((queue) => queue.topic === topic)
      .map((queue) => [queue, this.offsets.read(queue)] as const)
  }

  runningInfo(): ConsumerRunningInfo {
    return runningInfo({
      clock: this.#instance.host.clock,
      namesrvAddr: this.#instance.namesrvAddr,
      isOrderly: this.isOrderly,
      consumeThreadMax: this.#consumeThreadMax,
      startedMs: this.#startedMs,
      subscriptions: [...this.#subscriptions.values()],
      loops: this.#rebalance.loops,
      offsets: this.offsets,
      locks: this.#locks,
      stats: this.#stats,
    })
  }

  consumeDirectly(message: MessageExt, queue: MessageQueue, done: (result: ConsumeDirectlyResult) => void): void {
    const { isOrderly } = this
    consumeDirectly(this.#instance.host.clock, { listener: this.#listener, isOrderly }, message, queue, done)
  }

  onMessages(loop: PullLoop, messages: readonly MessageExt[]): void {
    const { trace } = this.#instance.host
    for (const message of messages) trace.emit?.('message.cached', messageFacts(this.group, loop, message))
    this.#service.submit(loop, messages)
  }
}
