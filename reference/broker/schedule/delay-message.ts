/**
 * The two forms of a delayed message: the waiting form, and the delivered form.
 *
 * | field      | waiting                                      | delivered                          |
 * | ---------- | -------------------------------------------- | ---------------------------------- |
 * | topic      | SCHEDULE_TOPIC_XXXX                          | property `REAL_TOPIC`               |
 * | queueId    | level - 1                                    | property `REAL_QID`                 |
 * | tagsCode   | the time of delivery, ms                     | hash of the tag                    |
 * | properties | with `DELAY`, `REAL_TOPIC` and `REAL_QID`     | the same text, as in RocketMQ       |
 *
 * The delivered record still has the property `DELAY`. The property does no harm, because only a send reads it.
 * RocketMQ: `HookUtils.transformDelayLevelMessage`, `ScheduleMessageService.messageTimeUp`.
 */
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { SCHEDULE_TOPIC } from '../../store/delay-level.ts'
import { copyOfStored, type NewMessage } from '../../store/put-message.ts'

/** Properties by which a client of 5.x sets a delivery time. A delay level takes precedence over them. */
export const TIMER_PROPERTIES: readonly string[] = ['TIMER_DELAY_SEC', 'TIMER_DELAY_MS', 'TIMER_DELIVER_MS']

/** Returns true for a message that sets a delivery time instead of a level, and that the timer has not handled yet. */
export function isTimerMessage(properties: ReadonlyMap<string, string>): boolean {
  if (delayLevelOf(properties) > 0 || properties.has('TIMER_OUT_MS')) return false
  return TIMER_PROPERTIES.some((name) => properties.has(name))
}

/** Returns the level that a message requests, or 0 when the message requests none. */
export function delayLevelOf(properties: ReadonlyMap<string, string>): number {
  const text = properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? ''
  return isDelayLevel(text) ? Math.max(0, Number(text)) : 0
}

/**
 * Returns true when `text` is a number that may be a level. A message with any other text must be refused, because the
 * message would be delivered at once.
 */
export function isDelayLevel(text: string): boolean {
  return /^[+-]?\d{1,9}$/.test(text)
}

// #region delay-message
/**
 * Returns the waiting form. A level above the last level means the last level. `nowMs` is the time of the broker's clock.
 */
export function delayMessage(
  message: NewMessage,
  properties: ReadonlyMap<string, string>,
  delaysMs: readonly number[],
  nowMs: number,
): NewMessage {
  const level = Math.min(delayLevelOf(properties), delaysMs.length)
  const waiting = new Map(properties)
  waiting.set(PROPERTY.DELAY_TIME_LEVEL, String(level))
  waiting.set(PROPERTY.REAL_TOPIC, message.topic)
  waiting.set(PROPERTY.REAL_QUEUE_ID, String(message.queueId))
  for (const name of TIMER_PROPERTIES) waiting.delete(name)
  return {
    ...message,
    topic: SCHEDULE_TOPIC,
    queueId: level - 1,
    propertiesText: encodeProperties(waiting),
    tagsCode: nowMs + delaysMs[level - 1]!,
  }
}
// #endregion delay-message

// #region due-message
/**
 * Returns the delivered form, or undefined when the record does not name a valid real topic and queue.
 *
 * RocketMQ puts the delivered form without waiting for the disk (`WAIT=false`). Unlike RocketMQ, this broker waits: the
 * progress may move past a message only when the delivered copy is as safe as the waiting one.
 */
export function dueMessage(message: MessageExt): NewMessage | undefined {
  const { properties } = message
  const topic = properties.get(PROPERTY.REAL_TOPIC)
  const queueId = properties.get(PROPERTY.REAL_QUEUE_ID) ?? ''
  if (topic === undefined || !/^\d{1,5}$/.test(queueId)) return undefined
  return { ...copyOfStored(message, properties), topic, queueId: Number(queueId) }
}
// #endregion due-message
