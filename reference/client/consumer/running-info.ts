/**
 * Reads the state of a push consumer for operators: its settings, subscriptions, queues and statistics.
 *
 * RocketMQ: `DefaultMQPushConsumerImpl.consumerRunningInfo`, `ProcessQueue.fillProcessQueueInfo`.
 */

import { MIB } from '../../common/units.ts'
import type { Clock } from '../../host/host.ts'
import type { ConsumerRunningInfo, ProcessQueueInfo } from '../../remoting/bodies/consumer-info.ts'
import type { SubscriptionData } from '../../remoting/bodies/heartbeat.ts'
import { OWN_VERSION_TEXT } from '../../remoting/remoting-command.ts'
import type { TopicStats } from './listen/consume-stats.ts'
import type { QueueLocks } from './listen/queue-locks.ts'
import type { OffsetStore } from './pull/offset-store.ts'
import type { PullLoop } from './pull/pull-loop.ts'

/** The parts of the consumer from which the state is read. */
export interface RunningParts {
  readonly clock: Clock
  readonly namesrvAddr: readonly string[]
  readonly isOrderly: boolean
  readonly consumeThreadMax: number
  /** The time at which the consumer was created, in ms since 1970. */
  readonly startedMs: number
  readonly subscriptions: readonly SubscriptionData[]
  readonly loops: Iterable<PullLoop>
  readonly offsets: OffsetStore
  /** The locks of the consumer's queues. Set only for an orderly consumer in a clustering group. */
  readonly locks: QueueLocks | undefined
  readonly stats: TopicStats
}

/** Returns the present state of the consumer. */
export function runningInfo(parts: RunningParts): ConsumerRunningInfo {
  const { clock, namesrvAddr, isOrderly, consumeThreadMax, startedMs, subscriptions, loops, stats } = parts
  const nowMs = clock.nowMs()
  return {
    properties: new Map([
      ['PROP_NAMESERVER_ADDR', namesrvAddr.join(';')],
      ['PROP_CONSUME_TYPE', 'CONSUME_PASSIVELY'],
      ['PROP_CLIENT_VERSION', OWN_VERSION_TEXT],
      ['PROP_CONSUMEORDERLY', String(isOrderly)],
      ['PROP_THREADPOOL_CORE_SIZE', String(consumeThreadMax)],
      ['PROP_CONSUMER_START_TIMESTAMP', String(startedMs)],
    ]),
    subscriptionSet: subscriptions,
    mqTable: [...loops].map((loop) => [loop.queue, queueInfo(parts, loop)] as const),
    statusTable: new Map(subscriptions.map(({ topic }) => [topic, stats.of(topic).status(nowMs)])),
  }
}

function queueInfo({ clock, locks, offsets }: RunningParts, loop: PullLoop): ProcessQueueInfo {
  const { queue, processQueue, lastPullTimestamp } = loop
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
    lastLockTimestamp: confirmedAgoMs === undefined ? 0 : clock.nowMs() - confirmedAgoMs,
    droped: processQueue.dropped,
    lastPullTimestamp,
    lastConsumeTimestamp: processQueue.lastConsumeTimestamp,
  }
}
