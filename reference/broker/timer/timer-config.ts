/**
 * The settings of messages with a delivery time. Names and defaults are those of RocketMQ.
 *
 * | option                   | default   | meaning                                                              |
 * | ------------------------ | --------- | -------------------------------------------------------------------- |
 * | timerWheelEnable         | true      | messages with a delivery time are accepted                             |
 * | timerPrecisionMs         | 1000      | length of one tick in ms: 100, 200, 500 or 1000. This setting cannot change when the store exists |
 * | timerMaxDelaySec         | 259200    | max delay in seconds (three days); a longer delay is refused            |
 * | timerRollWindowSlot      | 172800    | max time in ticks for which a message waits in one slot. A message with a longer wait waits in several slots, one after the other |
 * | timerCongestNumEachSlot  | 2147483647 | limit for the messages of one tick. Above this limit, some messages are refused. From twice this limit on, all messages are refused |
 * | timerFlushIntervalMs     | 1000      | ms between two writes of the progress while the progress changes         |
 * | mappedFileSizeTimerLog   | 104857600 | bytes of one file of the timer log                                      |
 * | recallMessageEnable      | false     | true: producers may recall messages                                     |
 *
 * RocketMQ: `MessageStoreConfig`, `BrokerConfig`.
 */

import { INT_MAX } from '../../common/bytes.ts'
import { ConfigError, type Settings } from '../../common/properties-file.ts'
import { HOUR_MS } from '../../common/units.ts'
import { SLOTS_TOTAL } from '../../store/timer/timer-wheel.ts'

/** The settings of the timer. The table at the start of this file explains each setting. */
export interface TimerConfig {
  readonly timerWheelEnable: boolean
  readonly timerPrecisionMs: number
  readonly timerMaxDelaySec: number
  readonly timerRollWindowSlot: number
  readonly timerCongestNumEachSlot: number
  readonly timerFlushIntervalMs: number
  readonly mappedFileSizeTimerLog: number
  readonly recallMessageEnable: boolean
}

const PRECISIONS_MS: readonly number[] = [100, 200, 500, 1_000]
/**
 * The wheel is a ring of slots. This number of slots is never used, so that messages of two different times never wait in
 * the same slot.
 */
const BLANK_SLOTS = 60
const MOST_WINDOW_SLOTS = SLOTS_TOTAL - BLANK_SLOTS

/** Returns the settings. Throws `ConfigError` with one sentence when a value is not allowed. */
export function timerSettings(settings: Settings): TimerConfig {
  const precisionMs = settings.whole('timerPrecisionMs', 1_000, 1, 1_000_000)
  if (!PRECISIONS_MS.includes(precisionMs))
    throw new ConfigError(`timerPrecisionMs is ${precisionMs}; it must be one of ${PRECISIONS_MS.join(', ')}`)
  const windowSlots = settings.whole('timerRollWindowSlot', 172_800, -INT_MAX, INT_MAX)
  return {
    timerWheelEnable: settings.flag('timerWheelEnable', true),
    timerPrecisionMs: precisionMs,
    timerMaxDelaySec: settings.whole('timerMaxDelaySec', 3 * 86_400, 0, INT_MAX),
    timerRollWindowSlot: windowSlots > MOST_WINDOW_SLOTS || windowSlots < 2 ? MOST_WINDOW_SLOTS : windowSlots,
    timerCongestNumEachSlot: settings.whole('timerCongestNumEachSlot', INT_MAX, 1, INT_MAX),
    timerFlushIntervalMs: settings.whole('timerFlushIntervalMs', 1_000, 1, HOUR_MS),
    mappedFileSizeTimerLog: settings.whole('mappedFileSizeTimerLog', 100 * 1_048_576, 1_024, INT_MAX),
    recallMessageEnable: settings.flag('recallMessageEnable', false),
  }
}
