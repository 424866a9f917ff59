/**
 * Decides at which offset a member begins to consume a queue. When the group has stored an offset, the member continues at
 * this offset. For a queue that still has its first message, the broker may return offset 0 as the stored offset
 * (`broker/processors/consumer-manage.ts`). In all other cases, the setting `consumeFromWhere` decides:
 *
 * | `consumeFromWhere`      | a queue of an ordinary topic begins at | a queue of the group's retry topic begins at |
 * | ----------------------- | -------------------------------------- | --------------- |
 * | CONSUME_FROM_LAST_OFFSET | the end of the queue                    | offset 0        |
 * | CONSUME_FROM_FIRST_OFFSET | offset 0. When the message at offset 0 was deleted, the broker answers the pull with the offset of the first message that it still has | offset 0 |
 * | CONSUME_FROM_TIMESTAMP  | the first message that was stored at `consumeTimestampMs` or later. Without such a message, the end of the queue | offset 0 |
 *
 * When a broker must be asked and no broker returns a valid answer, the member does not begin the queue. A wrong offset
 * would skip messages, or consume all messages again.
 *
 * RocketMQ: `RebalancePushImpl.computePullFromWhereWithException`. With CONSUME_FROM_TIMESTAMP, RocketMQ's Java client
 * begins a retry topic at its end.
 */
import { type MessageQueue, RETRY_TOPIC_PREFIX } from '../../../common/message.ts'
import { CONSUME_FROM, type ConsumeFromWhere } from '../../../remoting/bodies/heartbeat.ts'
import type { ClientInstance } from '../../client-instance.ts'
import { askOffset } from '../../queue-offsets.ts'
import type { OffsetStore } from '../pull/offset-store.ts'

/** The settings that decide where a group without a stored offset begins. */
export interface StartingPoint {
  readonly consumeFromWhere: ConsumeFromWhere
  /** The start time for CONSUME_FROM_TIMESTAMP, in ms since 1970. */
  readonly consumeTimestampMs: number
}

// #region first-offset
/**
 * Calls `found` with the offset at which the member begins the queue. Calls `found` with undefined when a broker must be
 * asked and no broker returns a valid answer.
 */
export function firstOffset(
  instance: ClientInstance,
  offsets: OffsetStore,
  queue: MessageQueue,
  start: StartingPoint,
  found: (offset: number | undefined) => void,
): void {
  offsets.readStored(queue, (stored) => {
    if (stored === 'unknown') return found(undefined)
    if (stored !== 'none') return found(stored)
    const isRetry = queue.topic.startsWith(RETRY_TOPIC_PREFIX)
    if (isRetry || start.consumeFromWhere === CONSUME_FROM.FIRST_OFFSET) return found(0)
    const isByTime = start.consumeFromWhere === CONSUME_FROM.TIMESTAMP
    askOffset(instance, queue, isByTime ? { timestampMs: start.consumeTimestampMs } : 'max', (offset) =>
      found(typeof offset === 'number' ? offset : undefined),
    )
  })
}
// #endregion first-offset
