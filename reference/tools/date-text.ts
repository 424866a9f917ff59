/**
 * Times as operators write and read them. All times are UTC: a node knows no time zone.
 *
 * | written                    | means                                  |
 * | -------------------------- | -------------------------------------- |
 * | `now`                      | this moment                            |
 * | `1700000000000`            | ms since 1970                          |
 * | `2023-11-14#22:13:20:000`  | a day and a time, with milliseconds     |
 *
 * RocketMQ: `UtilAll.parseDate`, `timeMillisToHumanString2`, which use the machine's zone. Days are counted by the
 * algorithm of Howard Hinnant's `days_from_civil`.
 */

import { DAY_MS, HOUR_MS, MINUTE_MS } from '../common/units.ts'
import { CommandLineError } from './command-line.ts'

/** The days from 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS = 719_468
const ERA_DAYS = 146_097

/** Reads a time, in ms since 1970. Throws `CommandLineError` with the forms that are understood. */
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

/** Writes a time, such as `2023-11-14 22:13:20,000`. */
export function momentText(timeMs: number): string {
  const days = Math.floor(timeMs / DAY_MS)
  const ms = timeMs - days * DAY_MS
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const time = `${two(ms / HOUR_MS)}:${two((ms / MINUTE_MS) % 60)}:${two((ms / 1_000) % 60)}`
  return `${dateOf(days)} ${time},${String(ms % 1_000).padStart(3, '0')}`
}

/** Days since 1970-01-01. The year begins in March, so that the leap day comes last. */
function daysOf(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * ERA_DAYS + dayOfEra - EPOCH_DAYS
}

function dateOf(days: number): string {
  const shifted = days + EPOCH_DAYS
  const era = Math.floor(shifted / ERA_DAYS)
  const dayOfEra = shifted - era * ERA_DAYS
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}
