/**
 * Consumes as a member of a group: shares the queues with the others, pulls its own, hands messages to the listener.
 *
 * ```
 * start ─► routes ─► heartbeat ─► rebalance ─► a pull loop for each queue ─► listener ─► offset
 *                                   ▲  every 20 s, when the group changes, when a route changes
 * ```
 *
 * At least once: an offset moves only after the listener has said CONSUME_SUCCESS for everything before it. A message it
 * did not take comes again in this client after a while.
 *
 * Invariants: a queue has at most one pull loop here; the listener has at most CONSUMING_MAX messages at a time.
 * RocketMQ: `DefaultMQPushConsumerImpl`, `ConsumeMessageConcurrentlyService`, `RebalancePushImpl`. Not here: broadcasting,
 * ordered consumption, retry topics, SQL92.
 */
import { compareQueues, type MessageExt, type MessageQueue, PROPERTY, queueKey } from '../../common/message.ts'
import { groupNameFault, topicNameFault } from '../../common/topic-validator.ts'
import type { TimerId } from '../../host/host.ts'
import {
  CONSUME_FROM,
  CONSUME_TYPE,
  type ConsumeFromWhere,
  type ConsumerData,
  consumerIdListShape,
  MESSAGE_MODEL,
  type SubscriptionData,
} from '../../remoting/bodies/heartbeat.ts'
import { BodyError, decodeJsonBody } from '../../remoting/bodies/json-body.ts'
import { getConsumerListByGroup, unregisterClient } from '../../remoting/requests/client-manage.ts'
import { offsetAnswer } from '../../remoting/requests/consumer-offset.ts'
import { getMaxOffset } from '../../remoting/requests/queue-offset.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { ClientError } from '../client-error.ts'
import { type ClientInstance, type ClientPart, readQueues } from '../client-instance.ts'
import * as limits from '../limits.ts'
import { allocateAveragely } from '../rebalance/allocate-averagely.ts'
import { OffsetStore } from './offset-store.ts'
import { PullLoop, type PullLoopOwner } from './pull-loop.ts'
import { buildSubscription } from './subscription.ts'

export type ConsumeStatus = 'CONSUME_SUCCESS' | 'RECONSUME_LATER'

/** Takes one message and says, at once or later, what became of it. Throwing means RECONSUME_LATER. */
export type MessageListener = (message: MessageExt, queue: MessageQueue) => ConsumeStatus | Promise<ConsumeStatus>

export interface PushConsumerOptions {
  readonly group: string
  /** Where a group without stored offsets begins. Default: the end of each queue. */
  readonly consumeFromWhere?: ConsumeFromWhere
}

/** A message on its way through the listener. */
interface Consuming {
  readonly loop: PullLoop
  readonly message: MessageExt
}

export class PushConsumer implements ClientPart, PullLoopOwner {
  readonly group: string
  readonly offsets: OffsetStore
  readonly #instance: ClientInstance
  readonly #listener: MessageListener
  readonly #consumeFromWhere: ConsumeFromWhere
  readonly #subscriptions = new Map<string, SubscriptionData>()
  readonly #loops = new Map<string, PullLoop>()
  /** Queues whose first offset is being asked for. */
  readonly #starting = new Set<string>()
  readonly #waiting: Consuming[] = []
  #consumingCount = 0
  #rebalanceTimer: TimerId | undefined
  #offsetTimer: TimerId | undefined
  #open = false

  constructor(instance: ClientInstance, options: PushConsumerOptions, listener: MessageListener) {
    const fault = groupNameFault(options.group)
    if (fault !== '') throw new ClientError(fault, 'definite')
    this.#instance = instance
    this.group = options.group
    this.#listener = listener
    this.#consumeFromWhere = options.consumeFromWhere ?? CONSUME_FROM.LAST_OFFSET
    this.offsets = new OffsetStore(instance, options.group)
  }

  /** Before `start`. `expression`: `*`, or tags such as `TagA || TagB`. */
  subscribe(topic: string, expression: string): void {
    const fault = topicNameFault(topic)
    if (fault !== '') throw new ClientError(fault, 'definite')
    this.#subscriptions.set(topic, buildSubscription(topic, expression, this.#instance.host.clock.nowMs()))
  }

  // #region start-consumer
  /** Asks for the routes, says who it is, and takes its share. Topics nobody has yet are found when they are made. */
  start(): void {
    if (this.#subscriptions.size === 0)
      throw new ClientError('the consumer has no subscription: subscribe to a topic before start', 'definite')
    this.#open = true
    this.#instance.add(this)
    let left = this.#subscriptions.size
    for (const topic of this.#subscriptions.keys()) {
      this.#instance.askRoute(topic, () => {
        if (--left === 0) this.#instance.heartbeat(() => this.#rebalanceSoon(0))
      })
    }
    this.#offsetTimer = this.#instance.host.clock.after(limits.PERSIST_OFFSET_FIRST_MS, () => this.#persistOffsets())
  }
  // #endregion start-consumer

  /** Tells its offsets, says farewell, and stops pulling. Messages in the listener's hands are consumed again elsewhere. */
  shutdown(): void {
    if (!this.#open) return
    this.#open = false
    const { clock } = this.#instance.host
    if (this.#rebalanceTimer !== undefined) clock.cancel(this.#rebalanceTimer)
    if (this.#offsetTimer !== undefined) clock.cancel(this.#offsetTimer)
    for (const loop of this.#loops.values()) loop.stop()
    this.offsets.persistAll()
    const extFields = unregisterClient.encode({ clientID: this.#instance.clientId, consumerGroup: this.group })
    for (const brokerName of this.#brokerNames()) {
      const address = this.#instance.masterAddress(brokerName)
      if (address !== '') this.#instance.remoting.invokeOneway(address, { code: unregisterClient.code, extFields })
    }
    this.#instance.remove(this)
  }

  topics(): Iterable<string> {
    return this.#subscriptions.keys()
  }

  /** The queues this member pulls from now. */
  get ownedQueues(): readonly MessageQueue[] {
    return [...this.#loops.values()].map((loop) => loop.queue)
  }

  subscription(topic: string): SubscriptionData {
    return this.#subscriptions.get(topic)!
  }

  consumerData(): ConsumerData {
    return {
      groupName: this.group,
      consumeType: CONSUME_TYPE.PUSH,
      messageModel: MESSAGE_MODEL.CLUSTERING,
      consumeFromWhere: this.#consumeFromWhere,
      subscriptionDataSet: [...this.#subscriptions.values()],
      unitMode: false,
    }
  }

  /** New brokers must hear who is here before they are asked about the group. */
  routeChanged(topic: string): void {
    if (this.#open && this.#subscriptions.has(topic)) this.#instance.heartbeat(() => this.#rebalanceSoon(0))
  }

  groupChanged(group: string): void {
    if (this.#open && group === this.group) this.#rebalanceSoon(0)
  }

  #persistOffsets(): void {
    this.offsets.persistAll()
    this.#offsetTimer = this.#instance.host.clock.after(limits.PERSIST_OFFSET_INTERVAL_MS, () => this.#persistOffsets())
  }

  #brokerNames(): Set<string> {
    const routes = [...this.#subscriptions.keys()].flatMap((topic) => this.#instance.route(topic) ?? [])
    return new Set(routes.flatMap((route) => route.brokerDatas.map((data) => data.brokerName)))
  }

  #rebalanceSoon(delayMs: number): void {
    if (!this.#open) return
    const { clock } = this.#instance.host
    if (this.#rebalanceTimer !== undefined) clock.cancel(this.#rebalanceTimer)
    this.#rebalanceTimer = clock.after(delayMs, () => {
      this.#rebalanceSoon(limits.REBALANCE_INTERVAL_MS)
      for (const topic of this.#subscriptions.keys()) this.#rebalance(topic)
    })
  }

  // #region rebalance
  /**
   * Who is in the group, and which queues are mine? Any broker of the topic can tell the members; if none does, or this
   * client is not listed, everything stays as it is.
   */
  #rebalance(topic: string): void {
    const route = this.#instance.route(topic)
    if (route === undefined) return
    const queues = readQueues(topic, route).sort(compareQueues)
    const brokers = route.brokerDatas.filter((data) => this.#instance.masterAddress(data.brokerName) !== '')
    if (brokers.length === 0) return
    const asked = brokers[this.#instance.host.random.int('rebalance.broker', brokers.length)]!
    const extFields = getConsumerListByGroup.encode({ consumerGroup: this.group, bname: asked.brokerName })
    this.#instance.remoting.invoke(
      this.#instance.masterAddress(asked.brokerName),
      { code: getConsumerListByGroup.code, extFields },
      limits.MQ_CLIENT_API_TIMEOUT_MS,
      (answer) => {
        if (!this.#open) return
        const members =
          answer.error === undefined && answer.response.code === ResponseCode.SUCCESS
            ? memberIds(answer.response.body)
            : []
        if (!members.includes(this.#instance.clientId)) return this.#rebalanceSoon(limits.REBALANCE_SOON_MS)
        this.#take(topic, allocateAveragely(this.#instance.clientId, queues, members))
      },
    )
  }

  /** Gives up what is no longer mine, then starts what is new. */
  #take(topic: string, mine: readonly MessageQueue[]): void {
    const keys = new Set(mine.map(queueKey))
    for (const [key, loop] of this.#loops) {
      if (loop.queue.topic !== topic || keys.has(key)) continue
      loop.stop()
      this.#loops.delete(key)
      this.offsets.release(loop.queue)
      this.#tellQueue('queue.released', loop.queue)
    }
    for (const queue of mine) {
      const key = queueKey(queue)
      if (this.#loops.has(key) || this.#starting.has(key)) continue
      this.#starting.add(key)
      this.#firstOffset(queue, (offset) => {
        this.#starting.delete(key)
        if (offset === undefined) return this.#rebalanceSoon(limits.REBALANCE_SOON_MS)
        if (this.#open && !this.#loops.has(key)) this.#startLoop(queue, offset)
      })
    }
  }
  // #endregion rebalance

  #startLoop(queue: MessageQueue, offset: number): void {
    const loop = new PullLoop(this.#instance, this, queue, offset)
    this.#loops.set(queueKey(queue), loop)
    this.offsets.update(queue, offset, false)
    this.#tellQueue('queue.assigned', queue)
    loop.start()
  }

  // #region first-offset
  /** Where to begin: where the group stopped, or where it was told to start. Undefined when nobody could say. */
  #firstOffset(queue: MessageQueue, found: (offset: number | undefined) => void): void {
    this.offsets.readStored(queue, (stored) => {
      if (stored === 'unknown') return found(undefined)
      if (stored !== 'none') return found(stored)
      if (this.#consumeFromWhere === CONSUME_FROM.FIRST_OFFSET) return found(0)
      const extFields = getMaxOffset.encode({ topic: queue.topic, queueId: queue.queueId, bname: queue.brokerName })
      this.#instance.remoting.invoke(
        this.#instance.masterAddress(queue.brokerName),
        { code: getMaxOffset.code, extFields },
        limits.MQ_CLIENT_API_TIMEOUT_MS,
        (answer) => {
          const fields = answer.response?.code === ResponseCode.SUCCESS ? answer.response.extFields : undefined
          found(/^\d{1,15}$/.test(fields?.['offset'] ?? '') ? offsetAnswer.decode(fields).offset : undefined)
        },
      )
    })
  }
  // #endregion first-offset

  #tellQueue(kind: 'queue.assigned' | 'queue.released', queue: MessageQueue): void {
    const { trace } = this.#instance.host
    if (trace.on)
      trace.emit(kind, { group: this.group, topic: queue.topic, brokerName: queue.brokerName, queueId: queue.queueId })
  }

  onMessages(loop: PullLoop, messages: readonly MessageExt[]): void {
    const { trace } = this.#instance.host
    for (const message of messages) {
      if (trace.on) trace.emit('message.cached', this.#facts(loop, message))
      this.#waiting.push({ loop, message })
    }
    this.#consumeNext()
  }

  // #region consume
  #consumeNext(): void {
    while (this.#consumingCount < limits.CONSUMING_MAX) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      if (next.loop.processQueue.dropped) continue
      this.#consumingCount++
      this.#consume(next, (status) => {
        this.#consumingCount--
        this.#consumed(next, status)
        this.#consumeNext()
      })
    }
  }

  #consume({ loop, message }: Consuming, done: (status: ConsumeStatus) => void): void {
    let answer: ConsumeStatus | Promise<ConsumeStatus>
    try {
      answer = this.#listener(message, loop.queue)
    } catch {
      answer = 'RECONSUME_LATER'
    }
    if (typeof answer === 'string') return done(answer)
    answer.then(done, () => done('RECONSUME_LATER'))
  }

  #consumed({ loop, message }: Consuming, status: ConsumeStatus): void {
    const { trace, clock } = this.#instance.host
    if (trace.on) trace.emit('message.consumed', { ...this.#facts(loop, message), status })
    if (loop.processQueue.dropped || !this.#open) return // the next owner will consume it again
    if (status === 'CONSUME_SUCCESS') {
      this.offsets.update(loop.queue, loop.processQueue.remove(message), true)
      return
    }
    const again = { ...message, reconsumeTimes: message.reconsumeTimes + 1 }
    clock.after(limits.RECONSUME_LATER_MS, () => {
      this.#waiting.push({ loop, message: again })
      this.#consumeNext()
    })
  }
  // #endregion consume

  #facts(loop: PullLoop, message: MessageExt) {
    const msgId = message.properties.get(PROPERTY.UNIQ_KEY) ?? ''
    const { topic, brokerName, queueId } = loop.queue
    return {
      group: this.group,
      topic,
      brokerName,
      queueId,
      queueOffset: message.queueOffset,
      key: message.properties.get(PROPERTY.KEYS) ?? msgId,
      msgId,
    }
  }
}

/** The members as every member sorts them; empty when the answer cannot be read. */
function memberIds(body: Uint8Array | undefined): readonly string[] {
  try {
    return [...decodeJsonBody('GET_CONSUMER_LIST_BY_GROUP', body, consumerIdListShape)].sort()
  } catch (error) {
    if (error instanceof BodyError) return []
    throw error
  }
}
