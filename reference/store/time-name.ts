/**
 * Converts a time to the name of an index file, `yyyyMMddHHmmssSSS`. The name has 17 digits, so the order of names is the
 * order of times.
 *
 * The name is computed with whole numbers and in UTC, so every machine and every JavaScript engine computes the same name.
 * In RocketMQ, the name is in local time (`UtilAll.timeMillisToHumanString`). RocketMQ can read the names of this store,
 * because RocketMQ accepts any 17 digits as a name.
 */
import { dateOf, daysOf } from '../common/calendar.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../common/units.ts'

/** Returns the name for a time. `ms` is the number of milliseconds since 1970. */
export function nameOfTime(ms: number): string {
  const days = Math.floor(ms / DAY_MS)
  const { year, month, day } = dateOf(days)
  const ofDay = ms - days * DAY_MS
  const part = (value: number, digits: number) => String(value).padStart(digits, '0')
  return (
    part(year, 4) +
    part(month, 2) +
    part(day, 2) +
    part(Math.floor(ofDay / HOUR_MS), 2) +
    part(Math.floor(ofDay / MINUTE_MS) % 60, 2) +
    part(Math.floor(ofDay / 1_000) % 60, 2) +
    part(ofDay % 1_000, 3)
  )
}

/** Returns the time of a name, as the number of milliseconds since 1970. `name` must have 17 digits. */
export function timeOfName(name: string): number {
  const part = (from: number, digits: number) => Number(name.slice(from, from + digits))
  const ofDay = ((part(8, 2) * 60 + part(10, 2)) * 60 + part(12, 2)) * 1_000 + part(14, 3)
  return daysOf(part(0, 4), part(4, 2), part(6, 2)) * DAY_MS + ofDay
}
