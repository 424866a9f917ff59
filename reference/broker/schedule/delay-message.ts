/**
 * The two forms of a delayed message: the waiting form and the delivered form.
 *
 * | field      | in the waiting form                          | in the delivered form              |
 * | ---------- | -------------------------------------------- | ---------------------------------- |
 * | topic      | SCHEDULE_TOPIC_XXXX                          | the value of `REAL_TOPIC`           |
 * | queueId    | level - 1                                    | the value of `REAL_QID`             |
 * | tagsCode   | the time of delivery, in ms                  | the hash of the tag                 |
 * | properties | with `DELAY`, `REAL_TOPIC` and `REAL_QID` | as in the waiting form |
 *
 * As in RocketMQ, the delivered form still has the property `DELAY`. This property does not cause a second delay, because
 * the broker reads it only in a send.
 *
 * RocketMQ: `HookUtils.transformDelayLevelMessage`, `ScheduleMessageService.messageTimeUp`.
 */
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { SCHEDULE_TOPIC } from '../../store/delay-level.ts'
import { copyOfStored, type NewMessage } from '../../store/put-message.ts'
import { delayLevelToQueueId } from './level-queue.ts'

/**
 * Properties with which a client of 5.x sets a delivery time. When a message also has a delay level, the delay level is
 * used.
 */
export const TIMER_PROPERTIES: readonly string[] = ['TIMER_DELAY_SEC', 'TIMER_DELAY_MS', 'TIMER_DELIVER_MS']

/**
 * Returns true for a message with a delivery time, unless the message has a delay level or is already in a form of the
 * timer.
 */
export function isTimerMessage(properties: ReadonlyMap<string, string>): boolean {
  if (delayLevelOf(properties) > 0 || properties.has('TIMER_OUT_MS')) return false
  return TIMER_PROPERTIES.some((name) => properties.has(name))
}

/** Returns the level that a message requests. Returns 0 when the message requests no level. */
export function delayLevelOf(properties: ReadonlyMap<string, string>): number {
  const text = properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? ''
  return isDelayLevel(text) ? Math.max(0, Number(text)) : 0
}

/**
 * Returns true when `text`, the property `DELAY` of a message, is a whole number with at most nine digits. A message with
 * any other text must be refused, because the broker would deliver such a message at once.
 */
export function isDelayLevel(text: string): boolean {
  return /^[+-]?\d{1,9}$/.test(text)
}

// #region delay-message
/**
 * Returns the waiting form. When the level is above the last level, the last level is used. `nowMs` is the time of the
 * broker's clock.
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
    queueId: delayLevelToQueueId(level),
    propertiesText: encodeProperties(waiting),
    tagsCode: nowMs + delaysMs[level - 1]!,
  }
}
// #endregion delay-message

// #region due-message
/**
 * Returns the delivered form. Returns undefined when the message has no valid real topic or queue.
 *
 * Unlike GlassMQ, RocketMQ does not wait for the disk when it puts the delivered form (`WAIT=false`). In GlassMQ, the put
 * waits: the progress may move past a message only when the delivered form is as safe as the waiting form.
 */
export function dueMessage(message: MessageExt): NewMessage | undefined {
  const { properties } = message
  const topic = properties.get(PROPERTY.REAL_TOPIC)
  const queueId = properties.get(PROPERTY.REAL_QUEUE_ID) ?? ''
  if (topic === undefined || !/^\d{1,5}$/.test(queueId)) return undefined
  return { ...copyOfStored(message, properties), topic, queueId: Number(queueId) }
}
// #endregion due-message
