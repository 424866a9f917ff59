/**
 * Pops messages from one queue again and again, and hands them to the consumer.
 *
 * | answer to a pop                   | when the loop pops again                       |
 * | --------------------------------- | ---------------------------------------------- |
 * | SUCCESS                           | at once; the messages go to the listener       |
 * | POLLING_TIMEOUT, PULL_NOT_FOUND   | at once                                        |
 * | POLLING_FULL, another answer, no answer | after one second                         |
 *
 * While more than `popThresholdForQueue` popped messages are unsettled, the loop does not pop. A message is settled when it
 * was acknowledged or hidden again, or when its invisible time has ended. A broker may hold a pop until a message arrives.
 * The broker counts the holding time from the arrival of the request, because the request does not contain the time at
 * which it was sent.
 *
 * RocketMQ: `DefaultMQPushConsumerImpl.popMessage`.
 */
import type { MessageQueue } from '../../../common/message.ts'
import type { TimerId } from '../../../host/host.ts'
import type { SubscriptionData } from '../../../remoting/bodies/heartbeat.ts'
import type { CallResult } from '../../../remoting/channel.ts'
import { HeaderError } from '../../../remoting/request.ts'
import { popMessage } from '../../../remoting/requests/pop-message.ts'
import { ResponseCode, responseName } from '../../../remoting/response-code.ts'
import type { ClientInstance } from '../../client-instance.ts'
import * as limits from '../../limits.ts'
import { PopProcessQueue } from './pop-process-queue.ts'
import { type Popped, readPopped } from './pop-receipt.ts'

/** The parts of the consumer that its pop loops need. */
export interface PopLoopOwner {
  readonly group: string
  readonly popInvisibleTimeMs: number
  readonly popBatchNums: number
  readonly initMode: number
  subscription(topic: string): SubscriptionData | undefined
  /** Called for the statistics after each pop with the answer SUCCESS. */
  pulled(topic: string, tookMs: number, messages: number): void
  onPopped(loop: PopLoop, popped: Popped): void
}

/** The loop of one popped queue. */
export class PopLoop {
  readonly queue: MessageQueue
  readonly processQueue = new PopProcessQueue()
  readonly #instance: ClientInstance
  readonly #owner: PopLoopOwner
  #timer: TimerId | undefined
  #isFull = false

  constructor(instance: ClientInstance, owner: PopLoopOwner, queue: MessageQueue) {
    this.#instance = instance
    this.#owner = owner
    this.queue = queue
  }

  start(): void {
    this.#pop()
  }

  /**
   * Stops the loop. When a pop has no answer yet, the later answer is ignored, and the broker redelivers the messages in
   * this answer.
   */
  stop(): void {
    this.processQueue.dropped = true
    if (this.#timer !== undefined) this.#instance.host.clock.cancel(this.#timer)
  }

  /**
   * Called once for each popped message, when it is settled. When too many messages were unsettled, the loop may now pop
   * again.
   */
  done(): void {
    this.processQueue.done()
    if (!this.#isFull || this.processQueue.waitAckCount > limits.POP_THRESHOLD_FOR_QUEUE) return
    this.#isFull = false
    this.#popAfter(0)
  }

  #popAfter(delayMs: number): void {
    this.#timer = this.#instance.host.clock.after(delayMs, () => this.#pop())
  }

  // #region pop-again
  #pop(): void {
    this.#timer = undefined
    if (this.processQueue.dropped) return
    if (this.processQueue.waitAckCount > limits.POP_THRESHOLD_FOR_QUEUE) {
      this.#isFull = true
      return
    }
    // without a broker address or a subscription, the loop cannot pop yet
    const { topic, queueId, brokerName } = this.queue
    const { group, popBatchNums, popInvisibleTimeMs, initMode } = this.#owner
    const address = this.#instance.masterAddress(brokerName)
    const subscription = this.#owner.subscription(topic)
    if (address === '' || subscription === undefined) return this.#popAfter(limits.PULL_DELAY_WHEN_EXCEPTION_MS)
    const { clock } = this.#instance.host
    const extFields = popMessage.encode({
      consumerGroup: group,
      topic,
      queueId,
      maxMsgNums: popBatchNums,
      invisibleTime: popInvisibleTimeMs,
      pollTime: limits.BROKER_SUSPEND_MAX_MS,
      bornTime: 0,
      initMode,
      expType: subscription.expressionType,
      exp: subscription.subString,
      order: false,
      bname: brokerName,
    })
    // the broker may hold the pop, so the timeout of the request is longer than the holding time
    this.processQueue.lastPopTimestamp = clock.nowMs()
    const askedMs = clock.monotonicMs()
    const timeoutMs = limits.BROKER_SUSPEND_MAX_MS + limits.POP_TIMEOUT_BEYOND_MS
    this.#instance.remoting.invoke(address, { code: popMessage.code, extFields }, timeoutMs, (answer) =>
      this.#answered(answer, askedMs),
    )
  }
  // #endregion pop-again

  #answered(answer: CallResult, askedMs: number): void {
    if (this.processQueue.dropped) return
    const problem = this.#take(answer, this.#instance.host.clock.monotonicMs() - askedMs)
    if (problem === '') return this.#pop()
    const { topic, queueId, brokerName } = this.queue
    this.#instance.host.trace.log('warn', `pop of ${topic} queue ${queueId} on ${brokerName}: ${problem}`)
    this.#popAfter(limits.PULL_DELAY_WHEN_EXCEPTION_MS)
  }

  /** Processes an answer. Returns '' when the loop may pop again at once, and otherwise the reason to wait. */
  #take({ error, response }: CallResult, tookMs: number): string {
    if (error !== undefined) return error.message
    const { code, remark } = response
    if (code === ResponseCode.POLLING_TIMEOUT || code === ResponseCode.PULL_NOT_FOUND) return ''
    if (code !== ResponseCode.SUCCESS) return remark ?? responseName(code)
    const { topic, brokerName } = this.queue
    try {
      const popped = readPopped(response, topic, brokerName)
      if (popped.fault !== '')
        this.#instance.host.trace.log('error', `a pop answer of ${brokerName} ends in a broken record: ${popped.fault}`)
      this.#owner.pulled(topic, tookMs, popped.messages.length)
      this.processQueue.found(popped.messages.length)
      this.#owner.onPopped(this, popped)
      return ''
    } catch (problem) {
      if (!(problem instanceof HeaderError)) throw problem
      return problem.message
    }
  }
}
