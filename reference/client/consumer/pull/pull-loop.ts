/**
 * Pulls messages from one queue again and again, and hands them to the consumer.
 *
 * A push consumer or a lite pull consumer has one such loop for each queue that it pulls. When a pull finds no message, the
 * broker usually holds the pull. It then answers when a message arrives, or when the holding time has passed. When the
 * consumer has enough messages of a queue in memory, the loop of this queue stops pulling. Further messages stay on the
 * disk of the broker.
 *
 * | answer to a pull       | when the loop pulls again                                  |
 * | ---------------------- | ---------------------------------------------------------- |
 * | SUCCESS                | at once; the messages go to the process queue              |
 * | PULL_NOT_FOUND, PULL_RETRY_IMMEDIATELY | at once, at the offset that the broker names |
 * | PULL_OFFSET_MOVED      | at once, at the offset that the broker names               |
 * | another answer, no answer | after one second                                        |
 *
 * RocketMQ: `DefaultMQPushConsumerImpl.pullMessage`, `PullMessageService`, `PullAPIWrapper`.
 */
import type { MessageExt, MessageQueue } from '../../../common/message.ts'
import { decodeRecords } from '../../../common/message-codec.ts'
import { PULL_SYS_FLAG } from '../../../common/sys-flag.ts'
import type { TimerId } from '../../../host/host.ts'
import type { SubscriptionData } from '../../../remoting/bodies/heartbeat.ts'
import type { CallResult } from '../../../remoting/channel.ts'
import { VERSION_5_0_0 } from '../../../remoting/remoting-command.ts'
import { HeaderError } from '../../../remoting/request.ts'
import { RequestCode } from '../../../remoting/request-code.ts'
import { pullMessage, pullMessageAnswer } from '../../../remoting/requests/pull-message.ts'
import { ResponseCode, responseName } from '../../../remoting/response-code.ts'
import type { ClientInstance } from '../../client-instance.ts'
import { inflateBody } from '../../inflate.ts'
import * as limits from '../../limits.ts'
import { enoughInHand, FLOW_DEFAULTS, type FlowControl } from './flow-control.ts'
import { withRealTopic } from './listener.ts'
import type { OffsetStore } from './offset-store.ts'
import { ProcessQueue } from './process-queue.ts'
import { wantsMessage } from './subscription.ts'

/** The parts of the consumer that its pull loops need. */
export interface PullLoopOwner {
  readonly group: string
  readonly offsets: OffsetStore
  /**
   * True for an orderly consumer. For such a consumer, the distance between the oldest and the newest offset in memory has
   * no limit.
   */
  readonly isOrderly: boolean
  /** True when the application polls for messages and decides when offsets move. See `lite-pull-consumer.ts`. */
  readonly isLite?: boolean
  /** The limits for messages in memory. Default: RocketMQ's values. */
  readonly flow?: FlowControl
  /** Returns true when the consumer has enough messages in memory, counted over all of its queues. */
  isCacheFull?(): boolean
  /**
   * Returns the number of the topic's queues that the consumer pulls. The limits for a whole topic are divided by this
   * number.
   */
  queuesOf?(topic: string): number
  subscription(topic: string): SubscriptionData
  /** Called for the statistics after each pull that returned messages. */
  pulled(topic: string, tookMs: number, messages: number): void
  /** Called with new messages of a queue that this member owns. A redelivered message has its original topic. */
  onMessages(loop: PullLoop, messages: readonly MessageExt[]): void
}

/** The loop of one pulled queue. */
export class PullLoop {
  readonly queue: MessageQueue
  readonly processQueue = new ProcessQueue()
  readonly #instance: ClientInstance
  readonly #owner: PullLoopOwner
  readonly #flow: FlowControl
  #nextOffset: number
  /** The time of the last pull, by the wall clock. The value is 0 before the first pull. */
  lastPullTimestamp = 0
  #timer: TimerId | undefined
  /** The number of calls of `seek`. When a pull was sent before the newest call of `seek`, its answer is ignored. */
  #generation = 0
  #paused = false
  /** The id of the broker that the last answer suggested for the next pull. The id 0 means the master. */
  #brokerId = 0

  constructor(instance: ClientInstance, owner: PullLoopOwner, queue: MessageQueue, offset: number) {
    this.#instance = instance
    this.#owner = owner
    this.#flow = owner.flow ?? FLOW_DEFAULTS
    this.queue = queue
    this.#nextOffset = offset
  }

  start(): void {
    this.#pull()
  }

  /** Stops the loop for good. When a pull has no answer yet, the later answer is ignored. */
  stop(): void {
    this.processQueue.dropped = true
    if (this.#timer !== undefined) this.#instance.host.clock.cancel(this.#timer)
  }

  // #region seek
  /** Drops the messages in memory and continues at `offset`. */
  seek(offset: number): void {
    this.#generation++
    this.processQueue.clear()
    this.#nextOffset = offset
    if (this.#timer !== undefined) this.#instance.host.clock.cancel(this.#timer)
    this.#pull()
  }
  // #endregion seek

  /** Pauses or resumes the pulls. The messages in memory remain. */
  pause(isPaused: boolean): void {
    this.#paused = isPaused
  }

  #pullAfter(delayMs: number): void {
    this.#timer = this.#instance.host.clock.after(delayMs, () => this.#pull())
  }

  // #region pull
  #pull(): void {
    this.#timer = undefined
    // #fold not now: the queue is given up or paused, or has enough messages
    if (this.processQueue.dropped) return
    if (this.#paused) return this.#pullAfter(limits.PULL_DELAY_WHEN_PAUSED_MS)
    if (this.#isCacheFull()) return this.#pullAfter(limits.PULL_DELAY_WHEN_CACHE_FULL_MS)
    // #endfold
    const { topic, queueId, brokerName } = this.queue
    const { address, isSlave } = this.#suggestedBroker()
    // #fold wait when there is no broker; read the offset that the group has consumed to
    if (address === '') return this.#pullAfter(limits.PULL_DELAY_WHEN_EXCEPTION_MS)
    const { offsets } = this.#owner
    const subscription = this.#owner.subscription(topic)
    const isLite = this.#owner.isLite === true
    const commitOffset = offsets.isRemote && !isLite && !isSlave ? offsets.read(this.queue) : 0
    // #endfold
    const extFields = pullMessage.encode({
      consumerGroup: this.#owner.group,
      topic,
      queueId,
      queueOffset: this.#nextOffset,
      // #fold batch size, flags, committed offset, holding time, subscription
      maxMsgNums: isLite ? limits.LITE_PULL_BATCH_SIZE : this.#flow.pullBatchSize,
      sysFlag: isLite
        ? PULL_SYS_FLAG.SUSPEND | PULL_SYS_FLAG.SUBSCRIPTION | PULL_SYS_FLAG.LITE_PULL
        : PULL_SYS_FLAG.SUSPEND | (commitOffset > 0 ? PULL_SYS_FLAG.COMMIT_OFFSET : 0),
      commitOffset: Math.max(commitOffset, 0),
      suspendTimeoutMillis: isLite ? limits.LITE_BROKER_SUSPEND_MAX_MS : limits.BROKER_SUSPEND_MAX_MS,
      subscription: isLite ? subscription.subString : undefined,
      subVersion: subscription.subVersion,
      expressionType: subscription.expressionType,
      bname: brokerName,
      // #endfold
    })
    // #fold note the time of the pull; choose the request code
    this.lastPullTimestamp = this.#instance.host.clock.nowMs()
    const askedMs = this.#instance.host.clock.monotonicMs()
    const generation = this.#generation
    // since version 5.0, lite pulls have a separate request code; older brokers look only at the flag LITE_PULL
    const hasOwnCode = isLite && this.#instance.brokerVersion(address) >= VERSION_5_0_0
    const code = hasOwnCode ? RequestCode.LITE_PULL_MESSAGE : pullMessage.code
    // #endfold
    this.#instance.remoting.invoke(address, { code, extFields }, limits.PULL_TIMEOUT_MS, (answer) => {
      if (generation === this.#generation) this.#answered(answer, askedMs)
    })
  }
  // #endregion pull

  /**
   * Returns the broker that the last answer has suggested for the next pull. When the group is far behind, this may be a
   * slave.
   */
  #suggestedBroker() {
    return this.#instance.subscribeAddress(this.queue.brokerName, this.#brokerId)
  }

  // #region flow-control
  #isCacheFull(): boolean {
    const queues = this.#owner.queuesOf?.(this.queue.topic) ?? 1
    const enough = enoughInHand(this.#flow, this.processQueue, queues, this.#owner.isOrderly)
    return enough !== '' || this.#owner.isCacheFull?.() === true
  }
  // #endregion flow-control

  #answered(answer: CallResult, askedMs: number): void {
    if (this.processQueue.dropped) return
    const problem = this.#take(answer, this.#instance.host.clock.monotonicMs() - askedMs)
    if (problem === '') return this.#pull()
    const { topic, queueId, brokerName } = this.queue
    this.#instance.host.trace.log('warn', `pull of ${topic} queue ${queueId} on ${brokerName}: ${problem}`)
    this.#pullAfter(limits.PULL_DELAY_WHEN_EXCEPTION_MS)
  }

  /** Processes an answer. Returns '' when the loop may pull again at once, and otherwise the reason to wait. */
  #take(answer: CallResult, tookMs: number): string {
    if (answer.error !== undefined) return answer.error.message
    const { code, remark, extFields, body } = answer.response
    const carriesOffsets = [
      ResponseCode.SUCCESS,
      ResponseCode.PULL_NOT_FOUND,
      ResponseCode.PULL_RETRY_IMMEDIATELY,
      ResponseCode.PULL_OFFSET_MOVED,
    ].some((known) => known === code)
    if (!carriesOffsets) return remark ?? responseName(code)
    // each of these four answers contains the offset at which the next pull begins
    try {
      const { nextBeginOffset, suggestWhichBrokerId } = pullMessageAnswer.decode(extFields)
      this.#brokerId = suggestWhichBrokerId
      if (code === ResponseCode.SUCCESS) this.#takeMessages(body ?? new Uint8Array(), tookMs)
      // The offset was reset, or the broker no longer has the messages that this client has in memory. So their results do
      // not count. RocketMQ drops the whole queue.
      const hasMoved = code === ResponseCode.PULL_OFFSET_MOVED
      const isLite = this.#owner.isLite === true
      if (hasMoved && !isLite) this.processQueue.clear() // rare: the offset has moved, and what is in hand does not count
      // When no pulled message is left in memory, the group is finished with every message before `nextBeginOffset`.
      const isIdle = code !== ResponseCode.SUCCESS && this.processQueue.count === 0 && (nextBeginOffset > 0 || hasMoved)
      if (isIdle && !isLite) this.#owner.offsets.update(this.queue, nextBeginOffset, !hasMoved)
      this.#nextOffset = nextBeginOffset
      return ''
    } catch (error) {
      if (!(error instanceof HeaderError)) throw error
      return error.message
    }
  }

  #takeMessages(body: Uint8Array, tookMs: number): void {
    const { messages, fault } = decodeRecords(body)
    if (fault !== '') {
      const text = `a pull answer of ${this.queue.brokerName} ends in a broken record: ${fault}`
      this.#instance.host.trace.log('error', text)
    }
    this.#owner.pulled(this.queue.topic, tookMs, messages.length)
    const subscription = this.#owner.subscription(this.queue.topic)
    const wanted = messages
      .filter((message) => wantsMessage(subscription, message))
      .map((message) =>
        withRealTopic({ ...message, body: inflateBody(message.body, message.sysFlag) }, this.#owner.group),
      )
    const added = this.processQueue.put(wanted)
    if (added.length > 0) this.#owner.onMessages(this, added)
  }
}
