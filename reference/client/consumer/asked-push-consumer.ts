/**
 * What a push consumer does for an operator: it reports its state, resets its offsets, and consumes one given message.
 *
 * RocketMQ: `DefaultMQPushConsumerImpl.consumerRunningInfo`, `MQClientInstance.resetOffset` (which sleeps ten seconds in
 * between; here the queue is consumed again as soon as the listener has finished), `ConsumeMessageService.consumeMessageDirectly`.
 */
import type { MessageExt, MessageQueue } from '../../common/message.ts'
import { MIB } from '../../common/units.ts'
import type { Host } from '../../host/host.ts'
import type {
  ConsumeDirectlyResult,
  ConsumerRunningInfo,
  ProcessQueueInfo,
} from '../../remoting/bodies/consumer-info.ts'
import type { SubscriptionData } from '../../remoting/bodies/heartbeat.ts'
import type { QueueTable } from '../../remoting/bodies/queue-table.ts'
import { OWN_VERSION_TEXT } from '../../remoting/remoting-command.ts'
import type { AskedConsumer } from '../client-requests.ts'
import { ConsumeStats } from './listen/consume-stats.ts'
import type { QueueLocks } from './listen/queue-locks.ts'
import { type MessageListener, withRealTopic } from './pull/listener.ts'
import type { OffsetStore } from './pull/offset-store.ts'
import type { PullLoop } from './pull/pull-loop.ts'
import type { Rebalance } from './rebalance/rebalance.ts'

export interface AskedParts {
  readonly namesrvAddr: string
  readonly isOrderly: boolean
  readonly consumeThreadMax: number
  readonly listener: MessageListener
  readonly offsets: OffsetStore
  readonly rebalance: Rebalance
  readonly locks: QueueLocks | undefined
  readonly subscriptions: () => Iterable<SubscriptionData>
}

export class AskedPushConsumer implements AskedConsumer {
  readonly #host: Host
  readonly #parts: AskedParts
  readonly #startedMs: number
  readonly #stats = new Map<string, ConsumeStats>()

  constructor(host: Host, parts: AskedParts) {
    this.#host = host
    this.#parts = parts
    this.#startedMs = host.clock.nowMs()
  }

  /** The numbers of a topic. Only topics of the subscriptions are kept, so there are few. */
  stats(topic: string): ConsumeStats {
    let stats = this.#stats.get(topic)
    if (stats === undefined) this.#stats.set(topic, (stats = new ConsumeStats()))
    return stats
  }

  // #region reset-offsets
  resetOffsets(topic: string, offsets: QueueTable<number>): void {
    for (const [queue, offset] of offsets) if (queue.topic === topic) this.#parts.rebalance.resetTo(queue, offset)
  }
  // #endregion reset-offsets

  offsetsOf(topic: string): QueueTable<number> {
    const { rebalance, offsets } = this.#parts
    return rebalance.ownedQueues
      .filter((queue) => queue.topic === topic)
      .map((queue) => [queue, offsets.read(queue)] as const)
  }

  runningInfo(): ConsumerRunningInfo {
    const { namesrvAddr, isOrderly, consumeThreadMax, rebalance, subscriptions } = this.#parts
    const nowMs = this.#host.clock.nowMs()
    const subscriptionSet = [...subscriptions()]
    return {
      properties: new Map([
        ['PROP_NAMESERVER_ADDR', namesrvAddr],
        ['PROP_CONSUME_TYPE', 'CONSUME_PASSIVELY'],
        ['PROP_CLIENT_VERSION', OWN_VERSION_TEXT],
        ['PROP_CONSUMEORDERLY', String(isOrderly)],
        ['PROP_THREADPOOL_CORE_SIZE', String(consumeThreadMax)],
        ['PROP_CONSUMER_START_TIMESTAMP', String(this.#startedMs)],
      ]),
      subscriptionSet,
      mqTable: [...rebalance.loops].map((loop) => [loop.queue, this.#queueInfo(loop)] as const),
      statusTable: new Map(subscriptionSet.map(({ topic }) => [topic, this.stats(topic).status(nowMs)])),
    }
  }

  #queueInfo({ queue, processQueue, lastPullTimestamp }: PullLoop): ProcessQueueInfo {
    const { locks, offsets } = this.#parts
    const { min, max } = processQueue.offsets
    const confirmedAgoMs = locks?.confirmedAgoMs(queue)
    return {
      commitOffset: offsets.read(queue),
      cachedMsgMinOffset: min,
      cachedMsgMaxOffset: max,
      cachedMsgCount: processQueue.count,
      cachedMsgSizeInMiB: Math.floor(processQueue.sizeBytes / MIB),
      locked: locks?.isHeld(queue) ?? false,
      tryUnlockTimes: 0,
      lastLockTimestamp: confirmedAgoMs === undefined ? 0 : this.#host.clock.nowMs() - confirmedAgoMs,
      droped: processQueue.dropped,
      lastPullTimestamp,
      lastConsumeTimestamp: processQueue.lastConsumeTimestamp,
    }
  }

  // #region consume-directly
  consumeDirectly(message: MessageExt, queue: MessageQueue, done: (result: ConsumeDirectlyResult) => void): void {
    const { isOrderly, listener } = this.#parts
    const startMs = this.#host.clock.monotonicMs()
    const tell = (consumeResult: string, remark?: string) => {
      const spentTimeMills = Math.round(this.#host.clock.monotonicMs() - startMs)
      done({ order: isOrderly, autoCommit: true, consumeResult, remark, spentTimeMills })
    }
    const context = { delayLevelWhenNextConsume: 0, suspendCurrentQueueMs: 0 }
    new Promise<string>((resolve) => resolve(listener(withRealTopic(message), queue, context))).then(
      (status) => tell(status === 'CONSUME_SUCCESS' ? 'CR_SUCCESS' : 'CR_LATER'),
      (error: unknown) => tell('CR_THROW_EXCEPTION', error instanceof Error ? error.message : String(error)),
    )
  }
  // #endregion consume-directly
}
