/**
 * Decides where a member begins to consume a queue. The member continues at the offset that the group has stored. If the
 * group has stored no offset, `consumeFromWhere` decides.
 *
 * | ConsumeFromWhere        | a queue without a stored offset begins | its retry topic |
 * | ----------------------- | -------------------------------------- | --------------- |
 * | CONSUME_FROM_LAST_OFFSET | at the end                              | at 0            |
 * | CONSUME_FROM_FIRST_OFFSET | at 0 (the broker moves that to the first message it still has) | at 0 |
 * | CONSUME_FROM_TIMESTAMP  | at the first message stored at that time or later | at 0            |
 *
 * Without a reliable answer the member does not begin the queue. A wrong first offset would skip messages or repeat all of
 * them.
 * RocketMQ: `RebalancePushImpl.computePullFromWhereWithException`.
 */
import { type MessageQueue, RETRY_TOPIC_PREFIX } from '../../../common/message.ts'
import { CONSUME_FROM, type ConsumeFromWhere } from '../../../remoting/bodies/heartbeat.ts'
import type { ClientInstance } from '../../client-instance.ts'
import { askOffset } from '../../queue-offsets.ts'
import type { OffsetStore } from '../pull/offset-store.ts'

/** The settings that decide where a group without a stored offset begins. */
export interface StartingPoint {
  readonly consumeFromWhere: ConsumeFromWhere
  /** The time at which CONSUME_FROM_TIMESTAMP begins, ms since 1970. */
  readonly consumeTimestampMs: number
}

// #region first-offset
/** Calls `found` with the offset at which to begin, or with undefined when the offset cannot be found out. */
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
