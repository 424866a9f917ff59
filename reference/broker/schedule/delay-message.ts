/**
 * The two forms of a delayed message: while it waits, and when its time has come.
 *
 * | field      | waiting                                      | delivered                          |
 * | ---------- | -------------------------------------------- | ---------------------------------- |
 * | topic      | SCHEDULE_TOPIC_XXXX                          | property `REAL_TOPIC`               |
 * | queueId    | level - 1                                    | property `REAL_QID`                 |
 * | tagsCode   | the time of delivery, ms                     | hash of the tag                    |
 * | properties | with `DELAY`, `REAL_TOPIC` and `REAL_QID`     | the same text, as in RocketMQ       |
 *
 * The delivered record still has the property `DELAY`, which does no harm: only a send looks at it.
 * RocketMQ: `HookUtils.transformDelayLevelMessage`, `ScheduleMessageService.messageTimeUp`.
 */
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { encodeProperties } from '../../common/message-properties.ts'
import { SCHEDULE_TOPIC } from '../../store/delay-level.ts'
import { copyOfStored, type NewMessage } from '../../store/put-message.ts'

/** Properties by which a message of 5.x names its delivery time; a delay level takes precedence over them. */
export const TIMER_PROPERTIES: readonly string[] = ['TIMER_DELAY_SEC', 'TIMER_DELAY_MS', 'TIMER_DELIVER_MS']

/** True for a message that names its delivery time instead of a level, and has not waited for it yet. */
export function isTimerMessage(properties: ReadonlyMap<string, string>): boolean {
  if (delayLevelOf(properties) > 0 || properties.has('TIMER_OUT_MS')) return false
  return TIMER_PROPERTIES.some((name) => properties.has(name))
}

/** The level that a message asks for; 0 when it asks for none. */
export function delayLevelOf(properties: ReadonlyMap<string, string>): number {
  const text = properties.get(PROPERTY.DELAY_TIME_LEVEL) ?? ''
  return isDelayLevel(text) ? Math.max(0, Number(text)) : 0
}

/**
 * True when a text is a number that may be a level. A message with any other text must be refused: it would be delivered at
 * once.
 */
export function isDelayLevel(text: string): boolean {
  return /^[+-]?\d{1,9}$/.test(text)
}

// #region delay-message
/** The message as it waits; a level above the last counts as the last. `nowMs`: the broker's clock. */
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
 * The message as it is delivered; undefined when the record does not name its real topic and queue.
 *
 * RocketMQ puts it without waiting for the disk (`WAIT=false`). This broker waits: progress may only move past a message whose
 * delivered copy is as safe as the one that waited.
 */
export function dueMessage(message: MessageExt): NewMessage | undefined {
  const { properties } = message
  const topic = properties.get(PROPERTY.REAL_TOPIC)
  const queueId = properties.get(PROPERTY.REAL_QUEUE_ID) ?? ''
  if (topic === undefined || !/^\d{1,5}$/.test(queueId)) return undefined
  return { ...copyOfStored(message, properties), topic, queueId: Number(queueId) }
}
// #endregion due-message
