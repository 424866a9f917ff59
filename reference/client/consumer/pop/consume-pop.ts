/**
 * Hands popped messages to the listener, many at the same time. Reports the results to the broker.
 *
 * | result of the listener                     | what happens to the message                                          |
 * | ------------------------------------------ | -------------------------------------------------------------------- |
 * | CONSUME_SUCCESS | the message is acknowledged |
 * | RECONSUME_LATER, or the listener throws    | the message is hidden for 10 s to 2 h. This time depends on its number of deliveries, or on the delay level that the listener has set |
 * | RECONSUME_LATER, after `maxReconsumeTimes` | a message older than 4 h is acknowledged and never delivered again. Any other message is hidden for a time that depends on its age |
 * | no answer in time                          | the client reports nothing, and the broker redelivers the message     |
 *
 * When the listener has set a negative delay level, the message is acknowledged and never delivered again. A popped message
 * never becomes a dead letter. An application that needs dead letters must check `reconsumeTimes` itself.
 *
 * RocketMQ: `ConsumeMessagePopConcurrentlyService`. In RocketMQ's Java client, the invisible time is counted from the pop
 * time in the broker's answer, by the wall clock of the client. In GlassMQ, the invisible time is counted from the arrival
 * of the broker's answer, by the monotonic clock.
 */
import { type MessageExt, PROPERTY } from '../../../common/message.ts'
import type { Host } from '../../../host/host.ts'
import * as limits from '../../limits.ts'
import { type Handed, ListenerPool, type ListenerPoolSettings, toHand } from '../listen/listener-pool.ts'
import { type ConsumeStatus, messageFacts } from '../pull/listener.ts'
import type { PopAcks } from './pop-acks.ts'
import type { PopLoop } from './pop-loop.ts'

/** The parts of the consumer that the consumption of popped messages needs. */
export interface ConsumePopSettings extends ListenerPoolSettings {
  readonly group: string
  readonly acks: PopAcks
  readonly maxReconsumeTimes: number
}

interface Consuming extends Handed {
  readonly loop: PopLoop
  /** The time from which other members of the group may receive the message, by the monotonic clock. */
  readonly visibleAtMs: number
}

/** Hands popped messages to the listener and reports the results. */
export class ConsumePop {
  readonly #host: Host
  readonly #settings: ConsumePopSettings
  readonly #pool: ListenerPool<Consuming>

  constructor(host: Host, settings: ConsumePopSettings) {
    this.#host = host
    this.#settings = settings
    this.#pool = new ListenerPool(host, settings, {
      passOver: (consuming) => this.#passOver(consuming),
      begins: () => {},
      ended: (consuming, status) => this.#ended(consuming, status),
    })
  }

  submit(loop: PopLoop, messages: readonly MessageExt[], invisibleTimeMs: number): void {
    const visibleAtMs = this.#host.clock.monotonicMs() + invisibleTimeMs
    this.#pool.submit(messages.map((message) => ({ ...toHand(loop, message), visibleAtMs })))
  }

  stop(): void {
    this.#pool.stop()
  }

  // #region consume-popped
  /**
   * Returns true when this consumer no longer pops from the queue of the message, or when the invisible time of the message
   * has ended.
   */
  #passOver(consuming: Consuming): boolean {
    const { loop } = consuming
    if (loop.processQueue.dropped) return true
    if (!this.#isLate(consuming)) return false
    loop.done()
    return true
  }

  #ended(consuming: Consuming, status: ConsumeStatus): void {
    const { loop, message } = consuming
    const { trace } = this.#host
    trace.emit?.('message.consumed', { ...messageFacts(this.#settings.group, loop, message), status })
    if (this.#pool.isOpen) this.#settle(consuming, status)
    loop.done()
  }

  #settle(consuming: Consuming, status: ConsumeStatus): void {
    const { message, context } = consuming
    const { acks } = this.#settings
    if (this.#isLate(consuming)) return // rare: the listener ends after the invisible time
    if (status === 'CONSUME_SUCCESS') acks.ack(message)
    else this.#failed(message, context.delayLevelWhenNextConsume)
  }
  // #endregion consume-popped

  /**
   * Returns true when the invisible time has ended. After this time, other members may have received the message, so the
   * answer of the listener has no effect.
   */
  #isLate({ loop, message, visibleAtMs }: Consuming): boolean {
    if (this.#host.clock.monotonicMs() < visibleAtMs) return false
    const where = `${loop.queue.topic} at ${message.queueOffset}`
    this.#host.trace.log('warn', `the invisible time of a popped message is over, it comes again: ${where}`)
    return true
  }

  // #region pop-failed
  #failed(message: MessageExt, delayLevel: number): void {
    const { acks, maxReconsumeTimes } = this.#settings
    const last = limits.POP_DELAY_LEVELS_SEC.length - 1
    const secondsOf = (level: number) => limits.POP_DELAY_LEVELS_SEC[Math.min(level, last)]!
    if (delayLevel < 0) return this.#giveUp(message, 'its listener wants it no more')
    if (message.reconsumeTimes < maxReconsumeTimes) {
      const level = delayLevel === 0 ? message.reconsumeTimes : delayLevel
      return acks.hide(message, 1_000 * secondsOf(level))
    }
    const ageSec = (this.#host.clock.nowMs() - message.bornTimestamp) / 1_000
    if (ageSec > 2 * secondsOf(last)) return this.#giveUp(message, `it has come ${message.reconsumeTimes + 1} times`)
    const level = limits.POP_DELAY_LEVELS_SEC.findIndex((seconds) => ageSec < seconds)
    acks.hide(message, 1_000 * secondsOf(level < 0 ? last : level))
  }

  #giveUp(message: MessageExt, reason: string): void {
    this.#host.trace.log(
      'warn',
      `the message ${message.properties.get(PROPERTY.UNIQ_KEY) ?? ''} is given up: ${reason}`,
    )
    this.#settings.acks.ack(message)
  }
  // #endregion pop-failed
}
