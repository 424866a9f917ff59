/**
 * Reads and writes times for operators. All times are UTC, because a node has no time zone.
 *
 * | written                    | means                                  |
 * | -------------------------- | -------------------------------------- |
 * | `now`                      | this moment                            |
 * | `1700000000000`            | ms since 1970                          |
 * | `2023-11-14#22:13:20:000`  | a day and a time, with milliseconds     |
 *
 * RocketMQ: `UtilAll.parseDate`, `timeMillisToHumanString2`. Unlike GlassMQ, RocketMQ uses the time zone of the machine.
 */

import { dateOf, daysOf } from '../common/calendar.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../common/units.ts'
import { CommandLineError } from './command-line.ts'

/**
 * Returns a time in ms since 1970. Throws `CommandLineError` when the text has none of the forms in the table of this file.
 */
export function parseMoment(text: string, nowMs: number): number {
  if (text === 'now') return nowMs
  if (/^-?\d{1,16}$/.test(text)) return Number(text)
  const found = /^(\d{4})-(\d\d)-(\d\d)#(\d\d):(\d\d):(\d\d):(\d{3})$/.exec(text)
  if (found === null)
    throw new CommandLineError(
      `"${text}" is no moment; write now, milliseconds since 1970, or yyyy-MM-dd#HH:mm:ss:SSS (UTC)`,
    )
  const [year, month, day, hour, minute, second, ms] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  return daysOf(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1_000 + ms
}

/** Returns a time as text, such as `2023-11-14 22:13:20,000`. */
export function momentText(timeMs: number): string {
  const days = Math.floor(timeMs / DAY_MS)
  const ms = timeMs - days * DAY_MS
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const time = `${two(ms / HOUR_MS)}:${two((ms / MINUTE_MS) % 60)}:${two((ms / 1_000) % 60)}`
  const { year, month, day } = dateOf(days)
  return `${year}-${two(month)}-${two(day)} ${time},${String(ms % 1_000).padStart(3, '0')}`
}
