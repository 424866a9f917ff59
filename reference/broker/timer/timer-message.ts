/**
 * The forms of a message with a delivery time.
 *
 * | form      | topic, queue            | properties                                                            |
 * | --------- | ----------------------- | --------------------------------------------------------------------- |
 * | sent      | as set by the sender     | `TIMER_DELAY_SEC`, `TIMER_DELAY_MS` or `TIMER_DELIVER_MS`. When a message has several, the first in this order counts |
 * | waiting   | rmq_sys_wheel_timer, 0  | `TIMER_OUT_MS` (the tick), `REAL_TOPIC`, `REAL_QID` are added           |
 * | rolled (waits again) | rmq_sys_wheel_timer, 0 | `TIMER_ROLL_TIMES` is added                                    |
 * | delivered | `REAL_TOPIC`, `REAL_QID` | `TIMER_ENQUEUE_MS` and `TIMER_DEQUEUE_MS` are added                   |
 * | recall    | rmq_sys_wheel_timer, 0  | `TIMER_DEL_UNIQKEY`: `<topic>+<unique id>` of the message that is recalled |
 *
 * The timer divides time into ticks of `timerPrecisionMs`. The messages of a tick are delivered when the tick has ended: at
 * `TIMER_OUT_MS` + `timerPrecisionMs`. A time between the start and the end of a tick belongs to this tick. A time that is
 * exactly the start of a tick belongs to the previous tick. Therefore a message is never delivered early, and when nothing
 * holds it up, its delivery is less than one tick late.
 *
 * RocketMQ: `HookUtils.transformTimerMessage`, `TimerMessageStore.convert`, `RecallMessageProcessor.buildMessage`.
 */
import { PROPERTIES_BYTES_MAX } from '../../common/limits.ts'
import { type MessageExt, PROPERTY } from '../../common/message.ts'
import { decodeProperties, encodeProperties } from '../../common/message-properties.ts'
import { utf8Length } from '../../common/utf8.ts'
import { Refusal } from '../../remoting/refusal.ts'
import { ResponseCode } from '../../remoting/response-code.ts'
import { copyOfStored, type NewMessage } from '../../store/put-message.ts'
import type { TimerConfig } from './timer-config.ts'

/** Messages with a delivery time wait in queue 0 of this topic. */
export const TIMER_TOPIC = 'rmq_sys_wheel_timer'
/** The number of bytes that are reserved for the properties that the timer adds to a message. */
const OWN_PROPERTIES_BYTES = 256

/**
 * The reasons for which the timer refuses a message. The key is RocketMQ's name of the status. The value is the answer to
 * the sender.
 */
const REFUSALS = {
  WHEEL_TIMER_MSG_ILLEGAL: {
    code: ResponseCode.MESSAGE_ILLEGAL,
    sentence:
      'timer message illegal, the delay must be a whole number and no longer than timerMaxDelaySec; a recall must lie in the future',
  },
  WHEEL_TIMER_FLOW_CONTROL: {
    code: ResponseCode.SYSTEM_ERROR,
    sentence: 'timer message is under flow control: too many messages wait for the same tick',
  },
  WHEEL_TIMER_NOT_ENABLE: {
    code: ResponseCode.SYSTEM_ERROR,
    sentence: 'accurate timer message is not enabled, timerWheelEnable is false',
  },
} as const

/** Thrown when the timer refuses a message. */
export class TimerRefusal extends Refusal {
  /** RocketMQ's name for the reason. */
  readonly status: keyof typeof REFUSALS

  constructor(status: keyof typeof REFUSALS) {
    super(REFUSALS[status].code, REFUSALS[status].sentence)
    this.status = status
  }
}

// #region due-time
/**
 * Returns the requested delivery time in ms, by the broker's clock. When this time is in the past, the message is due at
 * once. Returns undefined when the text is not a whole number, or when the time is further away than `timerMaxDelaySec`. (In
 * RocketMQ, the time of a very large delay overflows into the past, and the message is delivered at once: issue 10872.)
 */
export function deliverTimeMs(
  properties: ReadonlyMap<string, string>,
  config: TimerConfig,
  nowMs: number,
): number | undefined {
  const delaySec = properties.get(PROPERTY.TIMER_DELAY_SEC)
  const delayMs = properties.get(PROPERTY.TIMER_DELAY_MS)
  const text = delaySec ?? delayMs ?? properties.get(PROPERTY.TIMER_DELIVER_MS) ?? ''
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined
  const number = Number(text)
  const atMs = delaySec !== undefined ? nowMs + 1_000 * number : delayMs !== undefined ? nowMs + number : number
  return atMs - nowMs > config.timerMaxDelaySec * 1_000 ? undefined : Math.max(atMs, 0)
}
// #endregion due-time

/**
 * The slot in which a message waits. `rolls` is true when the tick of the message is too far away for the wheel. In this
 * case, the message first waits in an earlier slot. After this slot was due, the message waits again.
 */
export interface WaitingSlot {
  readonly slotMs: number
  readonly rolls: boolean
}

// #region slot-for
/** Returns the slot for a message that is entered in tick `nowMs`. */
export function slotFor(
  tickMs: number,
  nowMs: number,
  { timerPrecisionMs: tick, timerRollWindowSlot: slots }: TimerConfig,
): WaitingSlot {
  const overMs = tickMs - nowMs - slots * tick
  // A message that is overdue is entered in the tick that has just ended.
  const slotMs = Math.max(tickMs, nowMs - tick)
  if (overMs < 0) return { slotMs, rolls: false }
  // A long wait is divided into parts. When only a little more than one part is left, the next part has half the length,
  // because the last part could be very short.
  const isLittleMore = overMs < Math.floor(slots / 3) * tick
  const part = isLittleMore ? Math.floor(slots / 2) : slots
  return { slotMs: nowMs + part * tick, rolls: true }
}
// #endregion slot-for

// #region waiting-message
/**
 * Returns the waiting form of a message. Returns undefined when the properties of the message leave no room for the
 * properties of the timer.
 */
export function waitingMessage(
  message: NewMessage,
  properties: ReadonlyMap<string, string>,
  tickMs: number,
): NewMessage | undefined {
  const waiting = new Map(properties)
  waiting.set(PROPERTY.TIMER_OUT_MS, String(tickMs))
  waiting.set(PROPERTY.REAL_TOPIC, message.topic)
  waiting.set(PROPERTY.REAL_QUEUE_ID, String(message.queueId))
  const propertiesText = encodeProperties(waiting)
  if (utf8Length(propertiesText) > PROPERTIES_BYTES_MAX - OWN_PROPERTIES_BYTES) return undefined
  return { ...message, topic: TIMER_TOPIC, queueId: 0, propertiesText }
}
// #endregion waiting-message

/** The facts that the properties of a timer message contain. */
export interface TimerMessage {
  readonly tickMs: number
  readonly realTopic: string
  /** For a recall, the key of the message that the recall takes back. The value is undefined for an ordinary message. */
  readonly recalls: string | undefined
  /** The key with which a recall can name this message. */
  readonly recallKey: string
}

/**
 * Returns the facts of a timer message. Returns undefined for a message without a valid tick or real topic: such a message
 * cannot be delivered.
 */
export function timerMessageOf({ properties }: MessageExt): TimerMessage | undefined {
  const out = properties.get(PROPERTY.TIMER_OUT_MS) ?? ''
  const realTopic = properties.get(PROPERTY.REAL_TOPIC)
  if (!/^\d{1,15}$/.test(out) || realTopic === undefined) return undefined
  const uniqKey = properties.get(PROPERTY.UNIQ_KEY) ?? ''
  return {
    tickMs: Number(out),
    realTopic,
    recalls: properties.get(PROPERTY.TIMER_DEL_UNIQKEY),
    recallKey: recallKeyOf(realTopic, uniqKey),
  }
}

/** Returns the key with which a recall names the message that it takes back. */
export const recallKeyOf = (topic: string, uniqKey: string) => `${topic}+${uniqKey}`

// #region due-message
/**
 * Returns the form in which a message is stored after its slot was due. A message that `rolls` is stored in the timer queue
 * again. Any other message has its real topic and queue. Returns undefined when the message has no valid real topic or
 * queue.
 */
export function outgoingMessage(
  message: MessageExt,
  rolls: boolean,
  enqueuedMs: number,
  nowMs: number,
): NewMessage | undefined {
  const properties = new Map(message.properties)
  properties.set(PROPERTY.TIMER_ENQUEUE_MS, String(enqueuedMs))
  properties.set(PROPERTY.TIMER_DEQUEUE_MS, String(nowMs))
  if (rolls) {
    const times = Number(properties.get(PROPERTY.TIMER_ROLL_TIMES) ?? 0)
    properties.set(PROPERTY.TIMER_ROLL_TIMES, String(times + 1))
  }
  const topic = rolls ? message.topic : properties.get(PROPERTY.REAL_TOPIC)
  const queueId = rolls ? String(message.queueId) : (properties.get(PROPERTY.REAL_QUEUE_ID) ?? '')
  if (topic === undefined || !/^\d{1,5}$/.test(queueId)) return undefined
  return { ...copyOfStored(message, properties), topic, queueId: Number(queueId) }
}
// #endregion due-message

/**
 * Returns a message of the timer queue in the form in which its producer has sent it: with its real topic, and with its time
 * of delivery. Another broker that receives this form keeps the message in its own timer. Returns any other message
 * unchanged.
 */
export function sentAgain(message: NewMessage): NewMessage {
  if (message.topic !== TIMER_TOPIC) return message
  const properties = decodeProperties(message.propertiesText)
  const topic = properties.get(PROPERTY.REAL_TOPIC) ?? ''
  const queueId = Number(properties.get(PROPERTY.REAL_QUEUE_ID) ?? 0)
  properties.set(PROPERTY.TIMER_DELIVER_MS, properties.get(PROPERTY.TIMER_OUT_MS) ?? '0')
  const ofTimer = [PROPERTY.TIMER_DELAY_SEC, PROPERTY.TIMER_DELAY_MS, PROPERTY.TIMER_OUT_MS, PROPERTY.TIMER_ROLL_TIMES]
  for (const name of [...ofTimer, PROPERTY.REAL_TOPIC, PROPERTY.REAL_QUEUE_ID]) properties.delete(name)
  return { ...message, topic, queueId, propertiesText: encodeProperties(properties) }
}
