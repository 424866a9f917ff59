/**
 * The delays that a message may request by the number of a level (`messageDelayLevel`). The first delay of the list is the
 * delay of level 1.
 *
 * | levels 1 to 18 (default)                                                  |
 * | ------------------------------------------------------------------------- |
 * | 1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h                 |
 *
 * RocketMQ: `MessageStoreConfig.messageDelayLevel`, `ScheduleMessageService.parseDelayLevel`.
 */
import { ConfigError } from '../../common/properties-file.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../common/units.ts'

/** The default of the setting `messageDelayLevel`. */
export const DELAY_LEVELS = '1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h'

/** Max number of levels. Each level needs a queue and a timer. */
const LEVELS_MAX = 128
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }
/** The max delay of a level: one year. A longer delay is refused, because it is probably a mistake. */
const DELAY_MS_MAX = 365 * DAY_MS

// #region parse-levels
/** Returns the delays in ms, beginning with level 1. Throws `ConfigError` with one sentence when the text is not valid. */
export function parseDelayLevels(text: string): readonly number[] {
  const levels = text
    .trim()
    .split(/\s+/)
    .map((word) => {
      const [, number, unit] = /^(\d{1,9})([smhd])$/.exec(word) ?? []
      const delayMs = Number(number) * (UNIT_MS[unit ?? ''] ?? Number.NaN)
      if (!(delayMs > 0 && delayMs <= DELAY_MS_MAX))
        throw new ConfigError(
          `messageDelayLevel holds "${word}"; each level is a number with s, m, h or d, such as 30s, and at most a year`,
        )
      return delayMs
    })
  if (levels.length > LEVELS_MAX)
    throw new ConfigError(`messageDelayLevel has ${levels.length} levels; at most ${LEVELS_MAX} are possible`)
  return levels
}
// #endregion parse-levels
